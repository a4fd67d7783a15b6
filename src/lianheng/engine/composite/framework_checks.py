"""The rules of an iMeta table, each with one clear message."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from lianheng.engine.plain_numbers import plain_float

from .errors import CompositeError
from .framework import REQUIRED, TEXTS, TYPES, Element

Row = Mapping[str, object]


def check_rows(rows: Sequence[Row], file: str) -> tuple[Element, ...]:
    """Return the elements, or raise the first problem with its row and column."""
    if not rows:
        raise CompositeError("there is no row; give one row per indicator and aggregate", file=file)
    for column in REQUIRED:
        if column not in rows[0]:
            raise CompositeError(f"the column {column} is missing", file=file, row=1, column=column)
    elements = [_element(row, file, number) for number, row in enumerate(rows, start=2)]
    _check_codes(elements, file)
    _check_levels(elements, file)
    _check_parents(elements, file)
    return tuple(elements)


def is_code(text: str) -> bool:
    """Return whether a text can be a code: not empty, no white space, no leading digit."""
    return bool(text) and not any(letter.isspace() for letter in text) and not text[0].isdigit()


def _element(row: Row, file: str, number: int) -> Element:
    kind, code = _text(row, "Type"), _text(row, "iCode")
    if kind not in TYPES:
        problem = f"{kind!r} is not a type; use one of {', '.join(TYPES)}"
        raise CompositeError(problem, file=file, row=number, column="Type")
    if not is_code(code):
        problem = f"{code!r} is not a code; codes are not empty, have no spaces and no leading digit"
        raise CompositeError(problem, file=file, row=number, column="iCode")
    name, unit = _text(row, "iName") or code, _text(row, "Unit")
    level = _number(row, "Level", file, number)
    if kind not in ("Indicator", "Aggregate"):
        if not math.isnan(level):
            problem = f"{code} is of type {kind} and has no place in the index: leave its Level empty"
            raise CompositeError(problem, file=file, row=number, column="Level")
        return Element(code, kind, name=name, unit=unit)
    _check_level(level, kind, code, file, number)
    extras = {
        column: _number(row, column, file, number, strict=False)
        for column in row
        if column not in (*REQUIRED, *TEXTS, "Target")
    }
    return Element(
        code=code,
        kind=kind,
        level=int(level),
        parent=_text(row, "Parent"),
        direction=_direction(row, code, file, number),
        weight=_weight(row, code, file, number),
        name=name,
        unit=unit,
        target=_number(row, "Target", file, number),
        denominator=_text(row, "Denominator"),
        parameters={column: value for column, value in extras.items() if not math.isnan(value)},
    )


def _check_level(level: float, kind: str, code: str, file: str, number: int) -> None:
    if math.isnan(level) or level != int(level) or level < 1:
        problem = f"{code} needs a level: 1 for an indicator, 2 or more for an aggregate"
    elif kind == "Indicator" and level != 1:
        problem = f"{code} is an indicator: its level is 1, not {level:g}"
    elif kind == "Aggregate" and level == 1:
        problem = f"{code} is an aggregate: its level is 2 or more"
    else:
        return
    raise CompositeError(problem, file=file, row=number, column="Level")


def _direction(row: Row, code: str, file: str, number: int) -> int:
    direction = _number(row, "Direction", file, number)
    if direction not in (1.0, -1.0):
        problem = f"{code} needs a direction: 1 (higher is better) or -1 (lower is better)"
        raise CompositeError(problem, file=file, row=number, column="Direction")
    return int(direction)


def _weight(row: Row, code: str, file: str, number: int) -> float:
    weight = _number(row, "Weight", file, number)
    if not 0 < weight < math.inf:
        problem = f"{code} needs a weight above 0; to leave it out, name it in exclude"
        raise CompositeError(problem, file=file, row=number, column="Weight")
    return weight


def _check_codes(elements: Sequence[Element], file: str) -> None:
    first: dict[str, int] = {}
    for number, element in enumerate(elements, start=2):
        if element.code in first:
            problem = f"the code {element.code} stands in row {first[element.code]} already; codes are unique"
            raise CompositeError(problem, file=file, row=number, column="iCode")
        first[element.code] = number


def _check_levels(elements: Sequence[Element], file: str) -> None:
    levels = {element.level for element in elements if element.level}
    if 1 not in levels:
        raise CompositeError("there is no indicator (Level 1)", file=file, column="Level")
    if len(levels) < 2:
        raise CompositeError("there is no aggregate (Level 2 or more)", file=file, column="Level")
    gaps = set(range(1, max(levels) + 1)) - levels
    if gaps:
        raise CompositeError(f"no row stands on level {min(gaps)}; levels have no gaps", file=file, column="Level")
    tops = [number for number, element in enumerate(elements, start=2) if element.level == max(levels)]
    if len(tops) > 1:
        problem = f"level {max(levels)} has another row ({tops[0]}); the index stands alone on the highest level"
        raise CompositeError(problem, file=file, row=tops[1], column="Level")


def _check_parents(elements: Sequence[Element], file: str) -> None:
    by_code = {element.code: element for element in elements}
    height = max(element.level for element in elements)
    for number, element in enumerate(elements, start=2):
        if not element.level:
            continue
        problem = _parent_problem(element, by_code, height)
        if problem:
            raise CompositeError(problem, file=file, row=number, column="Parent")
    parents = {element.parent for element in elements if element.level}
    for number, element in enumerate(elements, start=2):
        if element.level > 1 and element.code not in parents:
            problem = f"the aggregate {element.code} has no child; no row names it as its Parent"
            raise CompositeError(problem, file=file, row=number, column="iCode")


def _parent_problem(element: Element, by_code: Mapping[str, Element], height: int) -> str:
    if element.level == height:
        if not element.parent:
            return ""
        if _climbs_to(element.code, element.parent, by_code):
            return f"{element.code} and its parent {element.parent} stand above each other: a loop"
        return f"{element.code} is the index (the highest level): leave its Parent empty"
    if not element.parent:
        return f"{element.code} stands below the index and needs a Parent"
    parent = by_code.get(element.parent)
    if parent is None or not parent.level:
        return f"the parent {element.parent} of {element.code} is not an aggregate of this table"
    if _climbs_to(element.code, element.parent, by_code):
        return f"{element.code} and its parent {element.parent} stand above each other: a loop"
    if parent.level != element.level + 1:
        return (
            f"the parent {parent.code} stands on level {parent.level}; "
            f"the parent of {element.code} stands on level {element.level + 1}"
        )
    return ""


def _climbs_to(code: str, start: str, by_code: Mapping[str, Element]) -> bool:
    """Return whether one meets ``code`` on the way up from ``start``."""
    seen: set[str] = set()
    while start and start not in seen:
        if start == code:
            return True
        seen.add(start)
        start = by_code[start].parent if start in by_code else ""
    return False


def _text(row: Row, column: str) -> str:
    value = row.get(column)
    return "" if value is None or value != value else str(value).strip()


def _number(row: Row, column: str, file: str, number: int, *, strict: bool = True) -> float:
    text = _text(row, column)
    if text in ("", "NA", "NaN"):
        return math.nan
    if text.upper() in ("TRUE", "FALSE") and not strict:
        return float(text.upper() == "TRUE")
    try:
        return plain_float(text)
    except ValueError:
        if not strict:
            return math.nan
        raise CompositeError(f"{text!r} is not a number", file=file, row=number, column=column) from None
