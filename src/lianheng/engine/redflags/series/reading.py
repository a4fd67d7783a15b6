"""Monthly series out of a file of counts, or out of the rows of a loaded register counted by month."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

from lianheng.engine.redflags.loading.cells import BadCell, is_blank, read_number, read_text
from lianheng.engine.redflags.loading.headings import LOOK_AHEAD, plain
from lianheng.engine.redflags.loading.reading import open_source
from lianheng.engine.redflags.problems import RunError
from lianheng.engine.redflags.register import Register
from lianheng.engine.redflags.series.monthly import Monthly, make_series, month_name, month_number, month_of
from lianheng.engine.redflags.trace.registers import Reader

HEADINGS = {
    "unit": ("unit", "单位", "单位名称", "名称"),
    "month": ("month", "月份", "年月", "日期"),
    "count": ("count", "件数", "数量", "次数", "人次"),
}


@dataclass(frozen=True, slots=True)
class Read:
    """Series, where they come from, and alerts about units or the source that went quiet."""

    series: tuple[Monthly, ...]
    source: str
    sha256: str
    alerts: tuple[str, ...]


def read_counts(path: Path, sheet: str = "", names: Mapping[str, str] | None = None) -> Read:
    """Series from a file with one row a unit and month.

    Parameters
    ----------
    path, sheet : CSV, Excel or Parquet.
    names : headings of `unit`, `month` and `count` where they differ from the usual ones. Without a column of units
        the file is one series.

    Returns
    -------
    The series; a month without a row is a gap, not 0. All end with the file's last month.

    Raises
    ------
    RunError naming line and column: no such column, no month, a count that is no whole number of at least 0, a unit
    and month that stand twice, no row.
    """
    source = open_source(path, sheet)
    places, rows = _open(source.name, source.rows, names or {})
    found: dict[str, dict[int, int]] = {}
    for line, cells in rows:
        if all(map(is_blank, cells)):
            continue
        unit, month, count = _row(source.name, line, places, cells)
        months = found.setdefault(unit, {})
        if month in months:
            raise RunError(f"{source.name}: line {line}: {unit} {month_name(month)} stands twice; keep one row a month")
        months[month] = count
    if source.odd:
        line, _, reason = source.odd[0]
        raise RunError(f"{source.name}: line {line}: {reason}")
    if not found:
        raise RunError(f"{source.name}: there is no row below the names of the columns")
    last = max(max(months) for months in found.values())
    series = tuple(make_series(unit, months, last) for unit, months in sorted(found.items()))
    stopped = [
        f"{one.unit}自{month_name(max(found[one.unit]) + 1)}起没有数据" for one in series if max(found[one.unit]) < last
    ]
    return Read(series, source.name, source.sha256, tuple(stopped))


def _open(
    name: str, rows: Iterator[tuple[int, list[Any]]], names: Mapping[str, str]
) -> tuple[dict[str, int], Iterator[tuple[int, list[Any]]]]:
    """Places of the columns, and the rows below their names; a title may stand above."""
    ahead = list(islice(rows, LOOK_AHEAD))
    wanted = {
        key: {plain(names[key])} if names.get(key) else {plain(word) for word in words}
        for key, words in HEADINGS.items()
    }
    for number, (_, cells) in enumerate(ahead):
        places = {
            key: place for key, words in wanted.items() for place, cell in reversed(list(enumerate(cells)))
            if cell not in (None, "") and plain(cell) in words
        }  # fmt: skip
        if {"month", "count"} <= set(places) and (not names.get("unit") or "unit" in places):
            return places, (row for part in (ahead[number + 1 :], rows) for row in part)
    if not ahead:
        raise RunError(f"{name}: the file is empty; the first row holds the names of the columns")
    said = "; ".join(f"{key}: {names.get(key) or ' / '.join(HEADINGS[key])}" for key in HEADINGS)
    there = ", ".join(str(cell) for cell in ahead[0][1] if cell not in (None, ""))
    raise RunError(f"{name}: no row names the columns of month and count ({said}); the first row has {there}")


def _row(name: str, line: int, places: Mapping[str, int], cells: list[Any]) -> tuple[str, int, int]:
    raw = {key: cells[place] if place < len(cells) else None for key, place in places.items()}
    if "unit" in places and is_blank(raw["unit"]):
        raise RunError(f"{name}: line {line}: the unit is blank; fill it in")
    try:
        unit = read_text(raw["unit"]) if "unit" in places else "全部"
    except BadCell as error:
        raise RunError(f"{name}: line {line}: column unit: {error}") from error
    return unit, _month(name, line, raw["month"]), _count(name, line, raw["count"])


def _month(name: str, line: int, raw: Any) -> int:
    if isinstance(raw, dt.date):
        return month_of(raw)
    try:
        return month_number(str(int(raw)) if isinstance(raw, float) else str(raw))
    except (ValueError, OverflowError) as error:
        raise RunError(f"{name}: line {line}: column month: {error}") from error


def _count(name: str, line: int, raw: Any) -> int:
    try:
        number = read_number(raw)
    except BadCell:
        number = Decimal(-1)
    if not 0 <= number < 10**12 or number != int(number):
        raise RunError(f"{name}: line {line}: column count: {raw!r} is not a whole number of at least 0")
    return int(number)


def read_register(reader: Reader, register: Register, date: str, unit: str, today: dt.date) -> Read:
    """Series of the rows of a loaded register by month.

    Parameters
    ----------
    reader, register : where it lies, and its declaration.
    date : the column whose month counts.
    unit : the column of units; blank: one series.
    today : the month of this day is not over and is left out.

    Returns
    -------
    The series from each unit's first month on; a month without a row is 0, since rows are events. They end with the
    register's last month, and an alert says so where that is older than last month.

    Raises
    ------
    RunError: not loaded, no such column, not a date.
    """
    rows = reader.there().get(register.id, 0)
    if not rows:
        raise RunError(f"register {register.id} is not loaded: lianheng registers load {register.id} FILE")
    for name in (date, *([unit] if unit else [])):
        if name not in register.columns:
            raise RunError(f"{register.id} has no column {name!r}; it has {', '.join(register.columns)}")
    if register.columns[date].type.name not in ("date", "timestamp"):
        raise RunError(f"column {date} of {register.id} is {register.columns[date].type}, not a date")
    column = f"CAST({unit} AS VARCHAR)" if unit else "'全部'"
    months = f"12 * EXTRACT(YEAR FROM {date}) + EXTRACT(MONTH FROM {date}) - 1"
    counted = reader.select(
        f"SELECT {column} AS unit, CAST({months} AS BIGINT) AS month, count(*) AS events FROM {register.id} "
        f"WHERE NOT {date} IS NULL GROUP BY 1, 2"
    )
    found: dict[str, dict[int, int]] = {}
    for name, month, events in counted:
        if month < month_of(today):
            found.setdefault(name if name is not None else "（空）", {})[int(month)] = int(events)
    if not found:
        raise RunError(f"{register.id} has no row dated before {today:%Y-%m}")
    last = max(max(held) for held in found.values())
    alerts = [f"{register.title}只到{month_name(last)}，其后没有一行"] if last < month_of(today) - 1 else []
    series = tuple(make_series(name, held, last, fill=0) for name, held in sorted(found.items()))
    return Read(series, f"register {register.id}", "", tuple(alerts))
