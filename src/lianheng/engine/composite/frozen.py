"""Goalposts frozen over years: the rules of a normalisation as a CSV file."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from .errors import CompositeError
from .normalise import Rule
from .reading import read_rows

NUMBERS = ("shift", "divisor", "factor", "offset", "floor", "cap")
HEADER = ("iCode", "direction", *NUMBERS, "constant")


def rules_as_rows(rules: Sequence[Rule]) -> list[list[str]] | None:
    """Return header and rows; None where a rule is a rank, which depends on all units and cannot be frozen."""
    if any(rule.ranked for rule in rules):
        return None
    rows = [list(HEADER)]
    for rule in rules:
        numbers = [repr(float(getattr(rule, name))) for name in NUMBERS]
        rows.append([rule.code, str(rule.direction), *numbers, rule.constant])
    return rows


def read_rules(path: Path | str, codes: Sequence[str]) -> tuple[Rule, ...]:
    """Read frozen rules for the codes of a table, in its order; a code without a rule is an error."""
    path = Path(path)
    header, rows = read_rows(path)
    if tuple(header) != HEADER:
        raise CompositeError(f"the columns are not {', '.join(HEADER)}", file=path.name, row=1)
    found = {}
    for number, row in enumerate(rows, start=2):
        try:
            numbers = {name: float(row[name]) for name in NUMBERS}
            direction = int(row["direction"])
        except ValueError as error:
            raise CompositeError(str(error), file=path.name, row=number) from None
        if not numbers["divisor"] or any(math.isnan(value) for value in numbers.values()):
            raise CompositeError("a divisor of 0 or a value that is no number", file=path.name, row=number)
        found[row["iCode"]] = replace(Rule(row["iCode"], direction, constant=row["constant"]), **numbers)  # type: ignore[arg-type]
    for code in codes:
        if code not in found:
            raise CompositeError(f"there is no frozen rule for {code}", file=path.name)
    return tuple(found[code] for code in codes)
