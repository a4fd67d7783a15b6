"""One line for what the statistics engines refuse, and for the extra that they need."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

from lianheng.cli.csv_tables import Table, TableError

Act = Callable[[argparse.Namespace], int]
NOT_UNDERSTOOD = 2
TOO_LARGE = "numbers grow too large to reckon with; look for values like 1e300 and correct them"


def guarded(act: Act, name: str, in_file: Callable[[str, argparse.Namespace], str] = lambda said, _: said) -> Act:
    """Turn refusals and missing packages into one line that starts with ``lianheng name``, and exit code 2.

    ``in_file`` puts what an engine says about its arguments into the words of the command line and the file.
    """

    def run(arguments: argparse.Namespace) -> int:
        try:
            import numpy as np

            with np.errstate(over="raise"):
                return act(arguments)
        except ModuleNotFoundError as error:
            said = f"{error.name} is missing: pip install 'lianheng[statistics]'"
        except FloatingPointError:
            said = in_file(TOO_LARGE, arguments)
        except TableError as error:
            said = str(error)
        except ValueError as error:  # the engines' errors say what, where and how to mend it
            said = in_file(str(error), arguments)
        print(f"lianheng {name}: {said}", file=sys.stderr)
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
