"""`lianheng models …`: supervision models over the registers of an office."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lianheng.engine.redflags.library import Library

NEEDS = "lianheng models: first install what models need: pip install 'lianheng[redflags]'"


def add_parser(rooms: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands about models."""
    models = rooms.add_parser("models", help="supervision models: list, run, explain, judge, test")
    acts = models.add_subparsers(metavar="ACT", required=True)
    test = acts.add_parser("test", help="run each model's own cases")
    test.add_argument("models", nargs="*", metavar="MODEL", help="only these")
    _common(test)
    test.set_defaults(run=guarded(run_test))


def _common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--models", dest="folder", type=Path, metavar="FOLDER", help="a folder of models of your own")
    parser.add_argument("--json", action="store_true", help="print JSON")


def guarded(act: Any) -> Any:
    """Turn what an engine refuses into one message and exit code 2."""

    def run(arguments: argparse.Namespace) -> int:
        try:
            from lianheng.engine.redflags.problems import DeclarationError, RunError
        except ImportError:
            print(NEEDS, file=sys.stderr)
            return 2
        try:
            result: int = act(arguments)
        except ImportError as error:
            print(f"{NEEDS} ({error.name} is missing)", file=sys.stderr)
            return 2
        except (DeclarationError, RunError) as error:
            print(f"lianheng: {error}", file=sys.stderr)
            return 2
        return result

    return run


def load(arguments: argparse.Namespace) -> Library:
    """The shipped library, or the one in `--models`."""
    from lianheng.library.models import MODELS, load_library

    return load_library(arguments.folder or MODELS)


def run_test(arguments: argparse.Namespace) -> int:
    """Return 0 when every case comes out as expected, 1 when one does not, 2 when the models cannot be read."""
    from lianheng.engine.redflags.problems import RunError
    from lianheng.engine.redflags.trial import try_model

    library = load(arguments)
    unknown = sorted(set(arguments.models) - set(library.models))
    if unknown:
        raise RunError(f"no model {', '.join(unknown)}; there are {', '.join(library.models)}")
    outcomes = [
        outcome
        for model in library.models.values()
        if not arguments.models or model.id in arguments.models
        for outcome in try_model(library, model)
    ]
    if arguments.json:
        rows = [{"model": o.model, "case": o.case, "ok": o.ok, "differences": list(o.differences)} for o in outcomes]
        print(json.dumps(rows, ensure_ascii=False, indent=1))
    else:
        for outcome in outcomes:
            print(f"{'ok     ' if outcome.ok else 'FAILED '} {outcome.model}  {outcome.case}")
            for difference in outcome.differences:
                print(f"          {difference}")
        print(f"{sum(o.ok for o in outcomes)} of {len(outcomes)} cases of {len({o.model for o in outcomes})} models")
    return 0 if outcomes and all(outcome.ok for outcome in outcomes) else 1
