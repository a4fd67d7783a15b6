"""What the commands about registers and models share: one message for a refusal, and the clock."""

from __future__ import annotations

import argparse
import datetime as dt
import json
import sys
from collections.abc import Callable
from typing import Any

NEEDS = "first install what models need: pip install 'lianheng[redflags]'"


def guarded(act: Callable[[argparse.Namespace], int]) -> Callable[[argparse.Namespace], int]:
    """Turn what an engine refuses, or a missing extra, into one message and exit code 2; with --json an object, too."""

    def run(arguments: argparse.Namespace) -> int:
        try:
            from lianheng.engine.redflags.problems import DeclarationError, RunError
        except ImportError as error:  # pragma: no cover - the engine's own folder is always there
            return _say(f"{NEEDS} ({error.name} is missing)", arguments)
        try:
            return act(arguments)
        except ModuleNotFoundError as error:
            return _say(f"{NEEDS} ({error.name} is missing)", arguments)
        except (DeclarationError, RunError) as error:
            return _say(str(error), arguments)
        except BrokenPipeError:
            raise
        except OSError as error:
            where = f"{error.filename}: " if error.filename else ""
            return _say(f"{where}{error.strerror or error}", arguments)
        except Exception as error:
            if not _is_of_duckdb(error):
                raise
            # A full disk, or a file of the office that is no Parquet file any more: DuckDB's first line names it.
            return _say(str(error).splitlines()[0], arguments)

    return run


def _is_of_duckdb(error: Exception) -> bool:
    """Without importing DuckDB: who never called it pays nothing."""
    duckdb = sys.modules.get("duckdb")
    return duckdb is not None and isinstance(error, duckdb.Error)


class Intermixed(argparse.ArgumentParser):
    """A parser that takes options between the words as well: `load pay --replace a.csv b.csv`."""

    _inside = False

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> tuple[Any, list[str]]:
        """Parse the options first, then the words."""
        if self._inside:
            return super().parse_known_args(args, namespace)
        self._inside = True
        try:
            return self.parse_known_intermixed_args(args, namespace)
        finally:
            self._inside = False


def _say(text: str, arguments: argparse.Namespace) -> int:
    print(f"lianheng: {text}", file=sys.stderr)
    if getattr(arguments, "json", False):
        print(json.dumps({"error": text}, ensure_ascii=False))
    return 2


def clock_day() -> dt.date:
    """The day on the clock."""
    return dt.datetime.now().astimezone().date()


def today_of(arguments: argparse.Namespace) -> dt.date:
    """`--today`, or the day on the clock; the engines get it as an argument."""
    from lianheng.engine.redflags.problems import RunError

    if arguments.today is None:
        return clock_day()
    try:
        return dt.date.fromisoformat(arguments.today)
    except ValueError as error:
        raise RunError(f"--today {arguments.today}: give a day such as 2024-12-31") from error
