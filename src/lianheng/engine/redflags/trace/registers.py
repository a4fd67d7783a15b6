"""Events of a process out of loaded registers: one query over all steps, whatever holds the registers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, Protocol

from lianheng.engine.redflags.register import Register
from lianheng.engine.redflags.trace.events import Event, Known, SourceAlert, note_silent_steps
from lianheng.engine.redflags.trace.process import EventSource, Process
from lianheng.engine.redflags.words import named_register

EVENTS, LINKS, CALENDAR = "process_event", "process_link", "calendar"
Case = tuple[str, list[Event]]


class Reader(Protocol):
    """Where registers lie."""

    def there(self) -> Mapping[str, int]:
        """Rows by register; one that was never loaded is absent."""

    def select(self, sql: str) -> Iterator[tuple[Any, ...]]:
        """The rows of a query in DuckDB's dialect."""


def read_cases(
    process: Process, registers: Mapping[str, Register], reader: Reader, only: str = ""
) -> tuple[Known, Iterator[Case]]:
    """What the registers can answer, and the events case by case in order of their numbers.

    Parameters
    ----------
    process : whose steps are read.
    registers : declarations, for titles in alerts.
    reader : the loaded registers.
    only : one case; blank: all.

    Returns
    -------
    `Known` and an iterator of case and events. A row whose number leads to no case makes a case of its own number, and
    what such a case cannot reach is noted in `unlinked` as the iterator goes.
    """
    there = {name for name, rows in reader.there().items() if rows}
    known = Known(free=read_calendar(reader) if CALENDAR in there else {})
    _alerts(process, registers, reader.there(), known)
    known.unheard = {
        step.id
        for step in process.steps.values()
        if not any(_is_there(source, there) for source in step.sources) and (step.sources or EVENTS not in there)
    }
    parts = list(_parts(process, there))
    if not parts:
        note_silent_steps(process, set(), known)
        return known, iter(())
    union = " UNION ALL ".join(parts)
    via = _summary(process, registers, reader, union, there, known)
    kinds = _linked_kinds(process, reader, there, known)
    where = f" WHERE case_no = {_quoted(only)}" if only else ""
    rows = reader.select(
        f"SELECT case_no, step, day, amount, document, actor, origin, via, linked FROM ({union}) AS e{where} "
        "ORDER BY case_no, day, step, document, origin, amount"
    )
    return known, _grouped(rows, via, kinds, known)


def read_calendar(reader: Reader) -> dict[dt.date, bool]:
    """Whether a day is off, for each day of the calendar register."""
    return {day: bool(off) for day, off in reader.select(f"SELECT day, holiday FROM {CALENDAR}")}


def _alerts(process: Process, registers: Mapping[str, Register], there: Mapping[str, int], known: Known) -> None:
    wanted = [*process.registers, EVENTS, *([LINKS] if process.links else [])]
    if any(limit.unit == "workday" for limit in process.limits):
        wanted.append(CALENDAR)
    for name in wanted:
        if name not in there:
            known.alerts.append(SourceAlert("missing", name, f"{named_register(registers, name)}从未载入"))
        elif not there[name]:
            known.alerts.append(SourceAlert("empty", name, f"{named_register(registers, name)}已载入但没有一行"))


def _parts(process: Process, there: set[str]) -> Iterator[str]:
    """One SELECT for each source that is there."""
    for step in process.steps.values():
        for source in step.sources:
            if _is_there(source, there):
                yield _source_sql(process, step.id, source, LINKS in there)
    if EVENTS in there:
        yield (
            f"SELECT case_no, {_step_sql(process)} AS step, event_date AS day, "
            f"CAST(amount AS DECIMAL(18, 2)) AS amount, document, actor, '{EVENTS}' AS origin, "
            f"'' AS via, TRUE AS linked FROM {EVENTS} "
            f"WHERE process = {_quoted(process.id)} AND {_step_sql(process)} <> ''"
        )


def _is_there(source: EventSource, there: set[str]) -> bool:
    """Whether rows of the source can lead to cases at all."""
    return source.register in there and (LINKS in there or not source.linked)


def _conditions(source: EventSource) -> str:
    """What rows must be beside dated; a blank word is none of those that are left out."""
    told = [f"t.{column} IN ({_list(words)})" for column, words in source.only]
    told += [f"NOT coalesce(t.{column}, '') IN ({_list(words)})" for column, words in source.besides]
    told += ["NOT l.case_no IS NULL"] if source.linked else []
    return "".join(f" AND {condition}" for condition in told)


def _list(words: Sequence[str]) -> str:
    return ", ".join(_quoted(word) for word in words)


def _source_sql(process: Process, step: str, source: EventSource, links: bool) -> str:
    joined = links and source.link
    case = f"coalesce(l.case_no, t.{source.key})" if joined else f"t.{source.key}"
    linked = "l.case_no IS NOT NULL" if joined else ("FALSE" if source.link else "TRUE")
    join = ""
    if joined:
        # A number that stands for two cases counts for the first; an alert says so.
        join = (
            f" LEFT JOIN (SELECT number, min(case_no) AS case_no FROM {LINKS} WHERE process = {_quoted(process.id)} "
            f"AND kind = {_quoted(source.link)} GROUP BY number) AS l ON l.number = t.{source.key}"
        )
    amount, document, actor = (
        f"t.{name}" if name else "NULL" for name in (source.amount, source.document, source.actor)
    )
    return (
        f"SELECT {case} AS case_no, '{step}' AS step, CAST(t.{source.date} AS DATE) AS day, "
        f"CAST({amount} AS DECIMAL(18, 2)) AS amount, CAST({document} AS VARCHAR) AS document, "
        f"CAST({actor} AS VARCHAR) AS actor, '{source.register}' AS origin, '{source.link}' AS via, {linked} AS linked "
        f"FROM {source.register} AS t{join} WHERE NOT t.{source.date} IS NULL{_conditions(source)}"
    )


def _step_sql(process: Process) -> str:
    """The step that a text names, as SQL; '' where it names none."""
    names = [(name, step.id) for step in process.steps.values() for name in (step.id, step.title, *step.also)]
    whens = " ".join(f"WHEN {_quoted(name)} THEN '{id_}'" for name, id_ in dict(names).items())
    return f"CASE step {whens} ELSE '' END"


def _summary(
    process: Process, registers: Mapping[str, Register], reader: Reader, union: str, there: set[str], known: Known
) -> dict[str, set[str]]:
    """By which numbers the events of each step come; silent steps and last days go into `known`."""
    via: dict[str, set[str]] = {}
    last_event: Any = None
    if EVENTS in there:
        said = f"FROM {EVENTS} WHERE process = {_quoted(process.id)}"
        last_event = next(iter(reader.select(f"SELECT max(event_date) {said}")))[0]
        strange = list(
            reader.select(f"SELECT step, count(*) {said} AND {_step_sql(process)} = '' GROUP BY step ORDER BY step")
        )
        for name, count in strange:
            text = f"{named_register(registers, EVENTS)}有{count}行的环节“{name}”不在流程“{process.title}”中，没有读入"
            known.alerts.append(SourceAlert("unknown_step", EVENTS, text))
    query = (
        "SELECT step, via, origin, max(day), sum(CASE WHEN linked THEN 0 ELSE 1 END) "
        f"FROM ({union}) AS e GROUP BY step, via, origin"
    )
    for step, kind, origin, last, unlinked in sorted(reader.select(query), key=lambda row: row[:3]):
        via.setdefault(step, set()).add(kind)
        heard: dt.date = last_event if origin == EVENTS else last
        known.until[step] = max(heard, known.until.get(step, heard))
        if unlinked:
            rows = f"{named_register(registers, origin)}有{unlinked}行（{process.steps[step].title}）"
            text = f"{rows}的编号没有对应的案件，各自成案"
            known.alerts.append(SourceAlert("unlinked", origin, text))
    note_silent_steps(process, set(via), known)
    return via


def _linked_kinds(process: Process, reader: Reader, there: set[str], known: Known) -> dict[str, set[str]]:
    """Kinds of number by case."""
    kinds: dict[str, set[str]] = {}
    if LINKS not in there:
        return kinds
    where = f"FROM {LINKS} WHERE process = {_quoted(process.id)}"
    for case, kind in reader.select(f"SELECT DISTINCT case_no, kind {where}"):
        kinds.setdefault(case, set()).add(kind)
    twice = f"SELECT kind, number {where} GROUP BY kind, number HAVING count(DISTINCT case_no) > 1 ORDER BY 1, 2"
    for kind, number in reader.select(twice):
        known.alerts.append(SourceAlert("two_cases", LINKS, f"{kind}编号{number}对应两个案件，只按第一个计"))
    return kinds


def _grouped(
    rows: Iterator[tuple[Any, ...]], via: dict[str, set[str]], kinds: dict[str, set[str]], known: Known
) -> Iterator[Case]:
    for case, group in groupby(rows, key=lambda row: row[0]):
        held = list(group)
        # A row whose number leads to no case makes a case of its own number: all that is known by it is that row's
        # register, not what other registers say under numbers of the same kind.
        reach = ({""} if any(row[8] for row in held) else set()) | kinds.get(case, set())
        here = {row[1] for row in held}
        unlinked = frozenset(step for step, ways in via.items() if step not in here and not ways & reach)
        if unlinked:
            known.unlinked[case] = unlinked
        yield (
            case,
            [
                Event(case, step, day, amount, document or "", actor or "", origin)
                for _, step, day, amount, document, actor, origin, _, _ in held
            ],
        )


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
