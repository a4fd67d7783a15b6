"""COINr's input tables (iData, iMeta) from CSV files, checked."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lianheng.engine.plain_numbers import plain_float

from .errors import CompositeError
from .framework import Framework
from .framework_checks import is_code
from .tables import Floats, Table

MISSING = ("", "NA", "NaN", "nan")


@dataclass(frozen=True, eq=False)
class Inputs:
    """An index's raw data: indicators, structure and the other columns of the units.

    ``table.rows`` of any later table points into ``names``, ``groups`` and ``denominators``.
    """

    table: Table
    framework: Framework
    names: tuple[str, ...]
    groups: Mapping[str, tuple[str, ...]]
    denominators: Mapping[str, Floats]

    def group(self, name: str, table: Table) -> tuple[str, ...]:
        """Return a group column for the rows of a table; "" where a unit has no group."""
        if name not in self.groups:
            known = ", ".join(self.groups) or "none"
            raise CompositeError(f"there is no group column {name}; group columns are: {known}")
        column = self.groups[name]
        return tuple(column[row] for row in table.rows)

    def denominator(self, name: str, table: Table) -> Floats:
        """Return a denominator column for the rows of a table."""
        if name not in self.denominators:
            known = ", ".join(self.denominators) or "none"
            raise CompositeError(f"there is no denominator column {name}; denominator columns are: {known}")
        values: Floats = self.denominators[name][table.rows]
        return values


def read_inputs(
    indicators: Path | str, meta: Path | str, units: Path | str | None = None, *, exclude: Sequence[str] = ()
) -> Inputs:
    """Read and check the tables of an index.

    Parameters
    ----------
    indicators : path
        CSV with uCode, optionally Time, and the indicator columns; unit columns may stand here too (COINr's iData).
    meta : path
        CSV with one row per indicator, aggregate, group and denominator (COINr's iMeta).
    units : path, optional
        CSV with uCode, optionally uName and Time, and group and denominator columns.
    exclude : sequence of str
        Indicators or aggregates to leave out.

    Returns
    -------
    Inputs
        Units sorted by code (panel: by time, then code), indicators in the order of the meta file.

    Raises
    ------
    CompositeError
        With file, row and column, for codes unknown, duplicate, not numeric, parent loops, weights not positive.
    """
    indicators, meta, units = Path(indicators), Path(meta), Path(units) if units is not None else None
    whole = Framework.from_rows(read_rows(meta)[1], file=meta.name)
    framework = whole.without(exclude) if exclude else whole
    sheet = _Sheet(indicators)
    side = _Sheet(units) if units else None
    order = _order(sheet)
    _check_columns(sheet, side, framework, whole)
    values = np.column_stack([sheet.numbers(code)[order] for code in framework.indicators])
    times = sheet.numbers("Time")[order] if _is_panel(sheet) else None
    table = Table(tuple(sheet.units[place] for place in order), framework.indicators, values, times)
    groups = {code: _side_text(code, sheet, side, order) for code in framework.of_kind("Group")}
    denominators = {code: _side_numbers(code, sheet, side, order) for code in framework.of_kind("Denominator")}
    names = _side_text("uName", sheet, side, order, optional=True)
    named = tuple(name or unit for name, unit in zip(names, table.units, strict=True))
    return Inputs(table, framework, named, groups, denominators)


def read_rows(path: Path) -> tuple[list[str], list[dict[str, str]]]:
    """Read a CSV file as header and rows; ragged, empty and undecodable files are errors."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file)
            header = [name.strip() for name in next(reader, [])]
            rows = [row for row in reader if row]
    except OSError as error:
        raise CompositeError(f"cannot be read: {error.strerror}", file=str(path)) from None
    except UnicodeDecodeError:
        raise CompositeError("is not UTF-8 text; save it as CSV UTF-8", file=str(path)) from None
    except csv.Error as error:
        raise CompositeError(f"is not a CSV table: {error}", file=str(path)) from None
    if not header:
        raise CompositeError("is empty; the first row names the columns", file=path.name)
    for place, name in enumerate(header):
        if name in header[:place]:
            raise CompositeError(f"the column {name} stands there twice", file=path.name, row=1, column=name)
    for number, row in enumerate(rows, start=2):
        if len(row) != len(header):
            problem = f"has {len(row)} cells, the header has {len(header)}"
            raise CompositeError(problem, file=path.name, row=number)
    return header, [dict(zip(header, (cell.strip() for cell in row), strict=True)) for row in rows]


def parse_number(text: str, *, file: str, row: int, column: str) -> float:
    """Return a cell as a number; empty, NA and NaN are missing, infinity and words are errors."""
    if text in MISSING:
        return math.nan
    try:
        value = plain_float(text)
    except ValueError:
        raise CompositeError(f"{text!r} is not a number", file=file, row=row, column=column) from None
    if math.isinf(value):
        raise CompositeError("infinity is not a value; leave the cell empty", file=file, row=row, column=column)
    return value


class _Sheet:
    """One CSV file with a uCode column."""

    def __init__(self, path: Path) -> None:
        self.file = path.name
        self.header, self.rows = read_rows(path)
        if "uCode" not in self.header:
            raise CompositeError("the column uCode is missing", file=self.file, row=1, column="uCode")
        if not self.rows:
            raise CompositeError("there is no unit", file=self.file)
        self.units = [row["uCode"] for row in self.rows]
        self._check_units()

    def _check_units(self) -> None:
        first: dict[tuple[str, str], int] = {}
        for number, row in enumerate(self.rows, start=2):
            code = row["uCode"]
            if not code or any(letter.isspace() for letter in code):
                problem = f"{code!r} is not a unit code; codes are not empty and have no spaces"
                raise CompositeError(problem, file=self.file, row=number, column="uCode")
            if code in self.header:
                problem = f"the unit code {code} is also the name of a column"
                raise CompositeError(problem, file=self.file, row=number, column="uCode")
            key = (code, row.get("Time", ""))
            if key in first:
                problem = f"the unit {' '.join(key).strip()} stands in row {first[key]} already"
                raise CompositeError(problem, file=self.file, row=number, column="uCode")
            first[key] = number

    def numbers(self, column: str) -> Floats:
        return np.array(
            [
                parse_number(row[column], file=self.file, row=number, column=column)
                for number, row in enumerate(self.rows, start=2)
            ]
        )


def _is_panel(sheet: _Sheet) -> bool:
    return "Time" in sheet.header and len({row["Time"] for row in sheet.rows}) > 1


def _order(sheet: _Sheet) -> list[int]:
    """Units sorted by code; a panel by time first."""
    if not _is_panel(sheet):
        return sorted(range(len(sheet.units)), key=lambda place: sheet.units[place])
    times = sheet.numbers("Time")
    for place in np.flatnonzero(np.isnan(times)):
        raise CompositeError("a panel needs a time in every row", file=sheet.file, row=int(place) + 2, column="Time")
    return sorted(range(len(sheet.units)), key=lambda place: (times[place], sheet.units[place]))


def _check_columns(sheet: _Sheet, side: _Sheet | None, framework: Framework, whole: Framework) -> None:
    known = {element.code for element in whole} | {"uCode", "uName", "Time"}
    for each in (sheet, side) if side else (sheet,):
        for name in each.header:
            if name in whole.aggregates:
                problem = f"{name} is an aggregate; its values are computed, take the column out"
                raise CompositeError(problem, file=each.file, row=1, column=name)
            if not is_code(name):
                problem = f"{name!r} is not a code; codes have no spaces and no leading digit"
                raise CompositeError(problem, file=each.file, row=1, column=name)
            if name not in known:
                problem = f"the code {name} is unknown: no row of the meta file names it"
                raise CompositeError(problem, file=each.file, row=1, column=name)
    for code in framework.indicators:
        if code not in sheet.header:
            problem = f"the indicator {code} of the meta file has no column"
            raise CompositeError(problem, file=sheet.file, row=1, column=code)
    for kind in ("Group", "Denominator", "Other"):
        for code in framework.of_kind(kind):
            if code not in sheet.header and (side is None or code not in side.header):
                problem = f"the {kind.lower()} {code} of the meta file has no column"
                raise CompositeError(problem, file=(side or sheet).file, row=1, column=code)
    if side:
        known_units = set(sheet.units)
        for number, unit in enumerate(side.units, start=2):
            if unit not in known_units:
                problem = f"the unit {unit} is unknown: {sheet.file} has no such row"
                raise CompositeError(problem, file=side.file, row=number, column="uCode")
    for element in framework:
        if element.denominator and element.denominator not in framework.of_kind("Denominator"):
            problem = f"the denominator {element.denominator} of {element.code} is not a row of type Denominator"
            raise CompositeError(problem, column="Denominator")


def _side_rows(column: str, sheet: _Sheet, side: _Sheet | None, order: Sequence[int]) -> tuple[_Sheet, list[int]]:
    """Find, for each ordered unit, the row of the file that holds a unit column."""
    if side is None or column in sheet.header:
        return sheet, list(order)
    by_pair = {(row["uCode"], row.get("Time", "")): place for place, row in enumerate(side.rows)}
    times = {row.get("Time", "") for row in side.rows}
    by_unit = {row["uCode"]: place for place, row in enumerate(side.rows)} if len(times) == 1 else {}
    found = []
    for place in order:
        unit = sheet.rows[place]
        row = by_pair.get((unit["uCode"], unit.get("Time", "")), by_unit.get(unit["uCode"]))
        if row is None:
            problem = f"the unit {unit['uCode']} is not in {side.file}"
            raise CompositeError(problem, file=sheet.file, row=place + 2, column="uCode")
        found.append(row)
    return side, found


def _side_text(
    column: str, sheet: _Sheet, side: _Sheet | None, order: Sequence[int], *, optional: bool = False
) -> tuple[str, ...]:
    if optional and column not in sheet.header and (side is None or column not in side.header):
        return ("",) * len(order)
    source, rows = _side_rows(column, sheet, side, order)
    texts = (source.rows[row][column] for row in rows)
    return tuple("" if text in MISSING else text for text in texts)


def _side_numbers(column: str, sheet: _Sheet, side: _Sheet | None, order: Sequence[int]) -> Floats:
    source, rows = _side_rows(column, sheet, side, order)
    values: Floats = source.numbers(column)[rows]
    return values
