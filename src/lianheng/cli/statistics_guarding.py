"""One line for what the statistics engines refuse, and for the extra that they need."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

from lianheng.cli.csv_tables import Table, TableError

Act = Callable[[argparse.Namespace], int]
NOT_UNDERSTOOD = 2


def guarded(act: Act, name: str) -> Act:
    """Turn refusals and missing packages into one line that starts with ``lianheng name``, and exit code 2."""

    def run(arguments: argparse.Namespace) -> int:
        try:
            return act(arguments)
        except ModuleNotFoundError as error:
            print(f"lianheng {name}: {error.name} is missing: pip install 'lianheng[statistics]'", file=sys.stderr)
        except ValueError as error:  # TableError and the engines' errors say what, where and how to mend it
            print(f"lianheng {name}: {error}", file=sys.stderr)
        return NOT_UNDERSTOOD

    return run


def refuse_beyond(table: Table, column: str, numbers: list[float], largest: float) -> None:
    """Refuse the first number beyond what an engine can compute with, by its file, row and column."""
    for row, number in enumerate(numbers, start=2):
        if abs(number) > largest:
            raise TableError(
                f"{table.path}: row {row}, column {column}: {number:g} is beyond ±{largest:g} and cannot be computed "
                "with; correct it, or write the column in a larger unit"
            )
