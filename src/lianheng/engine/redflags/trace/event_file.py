"""A plain file of events (CSV, Excel, Parquet) as the source of a trace: for an office that has loaded nothing."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby, islice
from pathlib import Path
from typing import Any

from lianheng.engine.redflags.loading.cells import BadCell, cell_reader, is_blank
from lianheng.engine.redflags.loading.headings import LOOK_AHEAD, find_heading_row, place_columns
from lianheng.engine.redflags.loading.reading import open_source
from lianheng.engine.redflags.problems import RunError
from lianheng.engine.redflags.register import Register, read_register
from lianheng.engine.redflags.trace.events import Event, Known, SourceAlert, note_silent_steps
from lianheng.engine.redflags.trace.process import Process

# An id of a person: region, day of birth, order, check digit.
_PERSON = re.compile(r"(?<!\d)\d{6}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])\d{3}[\dXx](?!\d)")
# Roles: what to do about a person's id in a trace is told here, not in the words of a register.
_FILE: dict[str, Any] = {
    "id": "events", "title": "事项表", "meaning": "每个事项一行", "owner": "使用单位",
    "lawful_basis": "使用单位自有数据", "retention_months": 0, "key": ["case"], "expected": {"every": "once"},
    "columns": {
        "case": {"type": "text", "role": "serial", "label": "案件编号",
                 "also": ["案件", "项目编号", "采购项目编号", "补助编号", "编号"], "required": True, "meaning": "案件"},
        "step": {"type": "text", "label": "环节", "also": ["步骤"], "required": True, "meaning": "环节代号或名称"},
        "date": {"type": "date", "label": "日期", "also": ["发生日期"], "meaning": "发生日期"},
        "amount": {"type": "decimal(16,2)", "label": "金额", "also": ["金额（元）"], "meaning": "元"},
        "document": {"type": "text", "role": "serial", "label": "文件编号", "also": ["文号", "凭证号"],
                     "meaning": "文件"},
        "actor": {"type": "text", "role": "serial", "label": "经办岗位", "also": ["经办"], "meaning": "岗位"},
    },
}  # fmt: skip
_OPTIONAL = ("amount", "document", "actor")


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that was not read."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class EventFile:
    """A file's events by case, what is known of them, and the rows refused."""

    name: str
    sha256: str
    cases: dict[str, list[Event]]
    known: Known
    refused: tuple[Refused, ...]
    rows: int


def read_events(
    process: Process,
    path: Path,
    sheet: str = "",
    *,
    most_refused: int = 10,
    progress: Callable[[int], None] | None = None,
) -> EventFile:
    """Read a file with the columns case, step, date, and optionally amount, document, actor.

    Parameters
    ----------
    process : whose steps the file names by id, title or another name.
    path, sheet : the file, and the sheet of a workbook.
    most_refused : percent of refused rows above which the whole file is.
    progress : called with the number of rows read.

    Returns
    -------
    The events. A case with a refused row is doubtful: what it lacks may be in that row. Equal rows count once.

    Raises
    ------
    RunError: wrong columns, no row, or too many refused ones; it names the first of them.
    """
    source = open_source(path, sheet)
    register = read_register(_FILE, "events.yaml")
    places, rows = _open(register, source.name, source.rows)
    readers = {name: cell_reader(column, b"") for name, column in register.columns.items()}
    known, refused, events, seen, twice, total = Known(), [], [], set(), 0, 0
    for line, cells in rows:
        if all(map(is_blank, cells)):
            continue
        total += 1
        if progress and total % 10_000 == 0:
            progress(total)
        row, reason = _row(readers, places, cells)
        event, reason = _event(process, row, line) if not reason else (None, reason)
        if event is None:
            refused.append(Refused(line, reason))
            if row.get("case"):
                known.doubtful.add(row["case"])
        elif (same := (event.case, event.step, event.date, event.amount, event.document)) in seen:
            twice += 1
        else:
            seen.add(same)
            events.append(event)
    refused += [Refused(line, said) for line, _, said in source.odd]
    _refuse(source.name, total + len(source.odd), refused, most_refused)
    _finish(process, source.name, events, refused, twice, known)
    events.sort(key=lambda event: event.case)
    cases = {case: list(group) for case, group in groupby(events, key=lambda event: event.case)}
    cases |= {case: [] for case in sorted(known.doubtful - set(cases))}  # none of whose rows could be read
    return EventFile(source.name, source.sha256, cases, known, tuple(sorted(refused, key=lambda r: r.line)), total)


def read_calendar_file(register: Register, path: Path) -> dict[dt.date, bool]:
    """Whether a day is off, out of a file of the register `calendar` (日期, 是否休息日)."""
    source = open_source(path)
    places, rows = _open(register, source.name, source.rows)
    readers = {name: cell_reader(column, b"") for name, column in register.columns.items()}
    found = {}
    for line, cells in rows:
        if all(map(is_blank, cells)):
            continue
        row, reason = _row(readers, places, cells)
        if reason:
            raise RunError(f"{source.name}: line {line}: {reason}")
        found[dt.date.fromisoformat(row["day"])] = row["holiday"] == "true"
    if source.odd:
        raise RunError(f"{source.name}: line {source.odd[0][0]}: {source.odd[0][2]}")
    return found


def _open(register: Register, name: str, rows: Iterator[tuple[int, list[Any]]]) -> tuple[dict[str, int], Any]:
    ahead = list(islice(rows, LOOK_AHEAD))
    if not ahead:
        raise RunError(f"{name}: the file is empty; the first row holds the names of the columns")
    head = find_heading_row(register, [cells for _, cells in ahead])
    places, _ = place_columns(register, ahead[head][1], name)
    if register.id == "events" and "date" not in places:
        raise RunError(f"{name}: no column 日期 (date); the columns are case, step, date, amount, document, actor")

    def following() -> Iterator[tuple[int, list[Any]]]:
        yield from ahead[head + 1 :]
        yield from rows

    return places, following()


def _row(
    readers: dict[str, Callable[[Any], str]], places: dict[str, int], cells: list[Any]
) -> tuple[dict[str, str], str]:
    """The cells as texts, and the first reason why the row is refused."""
    row: dict[str, str] = {}
    reason = ""
    for name, place in places.items():
        try:
            row[name] = readers[name](cells[place] if place < len(cells) else None)
        except BadCell as error:
            reason = reason or f"column {name}: {error}"
    return row, reason


def _event(process: Process, row: dict[str, str], line: int) -> tuple[Event | None, str]:
    step = process.step_named(row["step"])
    if step is None:
        names = ", ".join(f"{s.id} {s.title}" for s in process.steps.values())
        return None, f"column step: {row['step']!r} is no step of {process.id}; there are {names}"
    held = {name: row.get(name, "") for name in _OPTIONAL}
    for name, text in (("case", row["case"]), *held.items()):
        if _PERSON.search(text):
            return (
                None,
                f"column {name}: holds a person's id, which has no place in a trace: put a number or a post there",
            )
    day = dt.date.fromisoformat(row["date"]) if row["date"] else None
    amount = Decimal(held["amount"]) if held["amount"] else None
    return Event(row["case"], step.id, day, amount, held["document"], held["actor"], f"第{line}行"), ""


def _refuse(name: str, total: int, refused: list[Refused], most: int) -> None:
    if not total:
        raise RunError(f"{name}: there is no row below the names of the columns")
    if len(refused) * 100 > total * most:
        first = min(refused, key=lambda r: r.line)
        raise RunError(
            f"{name}: {len(refused)} of {total} rows cannot be read, above {most} %; the first: line {first.line}: "
            f"{first.reason}"
        )


def _finish(process: Process, name: str, events: list[Event], refused: list[Refused], twice: int, known: Known) -> None:
    days = [event.date for event in events if event.date]
    known.until = dict.fromkeys(process.steps, max(days)) if days else {}
    if twice:
        known.alerts.append(SourceAlert("twice", name, f"{name}有{twice}行与前面的行完全相同，只计一次"))
    if refused:
        known.alerts.append(SourceAlert("refused", name, f"{name}有{len(refused)}行不能读入，原因见 refused.csv"))
    note_silent_steps(process, {event.step for event in events}, known)
