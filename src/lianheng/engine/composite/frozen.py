"""Goalposts frozen over years: the rules of a normalisation as a CSV file."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from lianheng.engine.plain_numbers import plain_float

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
    found: dict[str, Rule] = {}
    for place, row in enumerate(rows, start=2):
        code = row["iCode"]
        if code in found:
            raise CompositeError(f"{code} stands twice; keep one", file=path.name, row=place, column="iCode")
        found[code] = _rule(row, path.name, place)
    for code in codes:
        if code not in found:
            raise CompositeError(f"there is no frozen rule for {code}", file=path.name)
    return tuple(found[code] for code in codes)


def _rule(row: dict[str, str], file: str, place: int) -> Rule:
    numbers = {}
    for name in NUMBERS:
        try:
            value = plain_float(row[name])
        except ValueError as error:
            raise CompositeError(str(error), file=file, row=place, column=name) from None
        if math.isnan(value) or (name == "divisor" and value == 0):
            raise CompositeError("a divisor of 0 or a value that is no number", file=file, row=place, column=name)
        numbers[name] = value
    if row["direction"] not in ("1", "-1"):
        problem = f"{row['direction']!r} is no direction; write 1 or -1"
        raise CompositeError(problem, file=file, row=place, column="direction")
    rule = Rule(row["iCode"], int(row["direction"]), constant=row["constant"])
    return replace(rule, **numbers)  # type: ignore[arg-type]
