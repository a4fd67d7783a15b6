"""Limits between two steps: over, under, still open, or not to be told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal

from lianheng.engine.redflags.trace.events import Event, Known
from lianheng.engine.redflags.trace.finding import BREAK, CANNOT_TELL, Finding
from lianheng.engine.redflags.trace.process import Limit, Process
from lianheng.engine.redflags.trace.workdays import Span, add_months, workdays_between

UNIT_NAMES = {"day": "天", "workday": "个工作日", "month": "个月"}


def judge_limits(
    process: Process, case: str, by_step: dict[str, list[Event]], known: Known, today: dt.date
) -> list[Finding]:
    """Each limit in force on the day of its first step, against the days of the case.

    Parameters
    ----------
    process, case : whose limits.
    by_step : dated and undated events of the case by step.
    known : calendar of days off, last day each source speaks of, silent steps.
    today : open limits are counted up to this day, or to the source's last day if that is earlier.

    Returns
    -------
    Findings; none where a limit is kept, not in force, or its first step has not happened.
    """
    found = []
    for limit in process.limits:
        start = _day(by_step.get(limit.start, ()), last=False)
        if start is None or not limit.in_force(start):
            continue
        finding = _closed(process, case, limit, start, by_step, known) if limit.end in by_step else None
        if limit.end not in by_step and limit.at_most is not None:
            finding = _open(process, case, limit, start, by_step, known, today)
        if finding:
            found.append(finding)
    return found


def _day(events: Iterable[Event], *, last: bool) -> dt.date | None:
    days = [event.date for event in events if event.date]
    return (max(days) if last else min(days)) if days else None


def _closed(
    process: Process, case: str, limit: Limit, start: dt.date, by_step: dict[str, list[Event]], known: Known
) -> Finding | None:
    end = _day(by_step[limit.end], last=limit.last)
    if end is None:
        return None
    took = span_between(start, end, limit.unit, known)
    names = f"“{process.steps[limit.start].title}”（{start}）到“{process.steps[limit.end].title}”（{end}）"
    unit = UNIT_NAMES[limit.unit]
    if limit.at_most is not None and took.most > limit.at_most:
        over = took.least > limit.at_most
        said = f"{names}用了{_said(took)}{unit}，时限{limit.at_most}{unit}"
        return _finding(case, "over_limit", over, limit, said, end, took, limit.at_most)
    # Steps in the wrong order are told once, as wrong order.
    told = end < start and process.steps[limit.start].ordered and process.steps[limit.end].ordered
    if limit.at_least is not None and took.least < limit.at_least and not told:
        under = took.most < limit.at_least
        said = f"{names}只有{_said(took)}{unit}，不得少于{limit.at_least}{unit}"
        return _finding(case, "under_limit", under, limit, said, end, took, limit.at_least)
    return None


def _open(
    process: Process, case: str, limit: Limit, start: dt.date, by_step: dict[str, list[Event]], known: Known,
    today: dt.date,
) -> Finding | None:  # fmt: skip
    """The second step has not come: overdue only where its source speaks of the days after the limit."""
    allowed = limit.at_most or 0
    took = span_between(start, today, limit.unit, known)
    if took.most <= allowed or not process.steps[limit.end].required or _passed(process, limit.end, by_step):
        return None
    title, unit = process.steps[limit.end].title, UNIT_NAMES[limit.unit]
    said = f"“{process.steps[limit.start].title}”（{start}）后{_said(took)}{unit}仍无“{title}”，时限{allowed}{unit}"
    why = known.silent.get(limit.end, "")
    if not why and limit.end in known.unlinked.get(case, ()):
        why = "台账之间没有本案的编号对应"
    if not why and case in known.doubtful:
        why = "本案有未能读入的行"
    until = known.until.get(limit.end)
    if not why and (until is None or span_between(start, until, limit.unit, known).least <= allowed):
        why = f"“{title}”的数据只到{until or '（无日期）'}"
    if why:
        return _finding(case, "over_limit", False, limit, f"{said}；{why}", None, took, allowed)
    return _finding(case, "over_limit", took.least > allowed, limit, said, today, took, allowed)


def _passed(process: Process, step: str, by_step: dict[str, list[Event]]) -> bool:
    """Whether a later step has happened: that the step lacks is told once, as missing."""
    steps = list(process.steps.values())
    place = [other.id for other in steps].index(step)
    return any(other.ordered and other.id in by_step for other in steps[place + 1 :])


def span_between(start: dt.date, end: dt.date, unit: str, known: Known) -> Span:
    """How long from one day to another in the unit; a month begun counts as a whole one."""
    if unit == "workday":
        return workdays_between(start, end, known.free)
    if unit == "day" or end <= start:
        days = (end - start).days
        return Span(days, days)
    months = (end.year - start.year) * 12 + end.month - start.month
    months += end > add_months(start, months)
    return Span(months, months)


def _said(span: Span) -> str:
    return str(span.least) if span.known else f"{span.least}至{span.most}"


def _finding(
    case: str, kind: str, sure: bool, limit: Limit, said: str, day: dt.date | None, took: Span, allowed: int
) -> Finding:
    why = "" if sure or took.known else "；没有这些天的工作日历，不能判断"
    draft = "（草案时限）" if limit.origin == "draft" else ""
    return Finding(
        case, kind, BREAK if sure else CANNOT_TELL, limit.end, said + draft + why, rule=limit.id, other=limit.start,
        day=day, measured=Decimal(took.least) if took.known else None, allowed=Decimal(allowed), unit=limit.unit,
        basis=limit.basis + limit.article, origin=limit.origin,
    )  # fmt: skip
