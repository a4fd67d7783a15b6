"""What one case's events say against its process: breaks, and what cannot be told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from lianheng.engine.redflags.trace.amounts import judge_amounts
from lianheng.engine.redflags.trace.events import Event, Known
from lianheng.engine.redflags.trace.finding import BREAK, CANNOT_TELL, Finding
from lianheng.engine.redflags.trace.limits import judge_limits
from lianheng.engine.redflags.trace.needs import judge_needs
from lianheng.engine.redflags.trace.process import Process


@dataclass(frozen=True, slots=True)
class Trace:
    """One case on one line: its events in order of day, and what was found."""

    case: str
    events: tuple[Event, ...]
    findings: tuple[Finding, ...]

    @property
    def result(self) -> str:
        """`break` where anything is broken, `cannot_tell` where something cannot be told, else `clear`."""
        results = {finding.result for finding in self.findings}
        return BREAK if BREAK in results else CANNOT_TELL if results else "clear"

    @property
    def breaks(self) -> tuple[Finding, ...]:
        """Only the breaks."""
        return tuple(finding for finding in self.findings if finding.result == BREAK)


def judge_case(process: Process, case: str, events: Sequence[Event], known: Known, today: dt.date) -> Trace:
    """Put the events of a case on one line and compare them with the process.

    Parameters
    ----------
    process : the declared process.
    case : number of the case.
    events : of this case alone, in any order.
    known : what the sources can answer.
    today : the day of the run; open limits are counted up to it.

    Returns
    -------
    The trace. No event at all gives a trace without findings.

    Example
    -------
    >>> from lianheng.engine.redflags.trace.read_process import read_process
    >>> process = read_process(
    ...     {"id": "buy", "version": 1, "title": "采购", "case": "采购编号", "meaning": "每次采购一案",
    ...      "steps": {"plan": {"title": "计划"}, "deal": {"title": "合同"}, "pay": {"title": "付款"}}}, "buy.yaml")
    >>> day = dt.date
    >>> trace = judge_case(process, "A1", [Event("A1", "plan", day(2024, 3, 1)), Event("A1", "pay", day(2024, 2, 1))],
    ...                    Known(), day(2024, 4, 1))
    >>> for finding in trace.findings:
    ...     print(finding.kind, finding.text)
    missing_step 缺“合同”环节，其后的“付款”已于2024-02-01发生
    wrong_order “付款”（2024-02-01）早于“计划”（2024-03-01）
    """
    order = {step: place for place, step in enumerate(process.steps)}
    placed = sorted(
        events,
        key=lambda e: (e.date or dt.date.max, order[e.step], e.document, e.origin, e.amount or Decimal(0)),
    )
    by_step: dict[str, list[Event]] = {}
    for event in placed:
        by_step.setdefault(event.step, []).append(event)
    findings: list[Finding] = []
    if placed:
        findings += _undated(process, case, placed, today)
        findings += _missing(process, case, by_step, known)
        findings += judge_needs(process, case, by_step, known)
        findings += _repeated(process, case, by_step)
        findings += _order(process, case, by_step)
        findings += judge_limits(process, case, by_step, known, today)
        findings += judge_amounts(process, case, by_step, known)
    if case in known.doubtful and not findings:
        # What was refused may be what is missing: silence is not clean.
        step = placed[-1].step if placed else next(iter(process.steps))
        findings.append(Finding(case, "refused_row", CANNOT_TELL, step, "本案有未能读入的行，不能判断其完整"))
    return Trace(case, tuple(placed), tuple(findings))


def _undated(process: Process, case: str, events: Sequence[Event], today: dt.date) -> list[Finding]:
    found = []
    for event in events:
        title = process.steps[event.step].title
        if event.date is None:
            text = f"“{title}”没有日期，不能判断先后和时限"
            found.append(Finding(case, "no_date", CANNOT_TELL, event.step, text))
        elif event.date > today:
            text = f"“{title}”的日期{event.date}晚于运行日{today}，请先核对数据"
            found.append(Finding(case, "future_date", CANNOT_TELL, event.step, text, day=event.date))
    return found


def _missing(process: Process, case: str, by_step: dict[str, list[Event]], known: Known) -> list[Finding]:
    """Required steps that did not happen although a later one did."""
    found = []
    steps = list(process.steps.values())
    for place, step in enumerate(steps):
        later = [other for other in steps[place + 1 :] if other.ordered and other.id in by_step]
        if not step.required or step.id in by_step or not later:
            continue
        first = by_step[later[0].id][0]
        why = known.why_unknown(step.id, case)
        if why:
            found.append(Finding(case, "missing_step", CANNOT_TELL, step.id, f"不能判断是否缺“{step.title}”：{why}"))
            continue
        text = f"缺“{step.title}”环节，其后的“{later[0].title}”已于{first.date or '（无日期）'}发生"
        found.append(Finding(case, "missing_step", BREAK, step.id, text, day=first.date))
    return found


def _repeated(process: Process, case: str, by_step: dict[str, list[Event]]) -> list[Finding]:
    """A step that happens once, on two days; the same day twice is one act in two papers."""
    found = []
    for id_, events in by_step.items():
        days = sorted({event.date for event in events if event.date})
        if not process.steps[id_].repeats and len(days) > 1:
            text = f"“{process.steps[id_].title}”发生{len(days)}次（{'、'.join(map(str, days))}），应当只有一次"
            found.append(Finding(case, "repeated_step", BREAK, id_, text, day=days[-1]))
    return found


def _order(process: Process, case: str, by_step: dict[str, list[Event]]) -> list[Finding]:
    """Neighbours in the process whose first days are the other way round: every inversion shows at a neighbour."""
    firsts = []
    for step in process.steps.values():
        days = [event.date for event in by_step.get(step.id, ()) if event.date]
        if step.ordered and days:
            firsts.append((step, min(days)))
    found = []
    for (before, early), (after, late) in pairwise(firsts):
        if late < early:
            text = f"“{after.title}”（{late}）早于“{before.title}”（{early}）"
            found.append(Finding(case, "wrong_order", BREAK, after.id, text, other=before.id, day=late))
    return found
