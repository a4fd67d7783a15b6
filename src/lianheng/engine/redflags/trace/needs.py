"""Optional steps that a large case must have: a single source is argued and made public before it is bought from."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from lianheng.engine.redflags.trace.events import Event, Known
from lianheng.engine.redflags.trace.finding import BREAK, CANNOT_TELL, Finding
from lianheng.engine.redflags.trace.process import Need, Process


def judge_needs(process: Process, case: str, by_step: dict[str, list[Event]], known: Known) -> list[Finding]:
    """Each need in force against the steps and amounts of the case.

    Parameters
    ----------
    process, case : whose needs.
    by_step : events of the case by step.
    known : which steps are silent, which case has refused rows.

    Returns
    -------
    A break where the step is not there, a later one is, and the amount is large enough; `cannot_tell` where nobody
    records the step, no amount is known, or the need says so of smaller amounts. Nothing else is a finding.

    Example
    -------
    >>> from lianheng.engine.redflags.trace.read_process import read_process
    >>> process = read_process(
    ...     {"id": "buy", "version": 1, "title": "采购", "case": "编号", "meaning": "每次一案",
    ...      "steps": {"shown": {"title": "公示", "required": False}, "deal": {"title": "合同"}},
    ...      "needs": {"large": {"title": "100元以上须先公示", "step": "shown", "amount_of": ["deal"], "at_least": 100,
    ...                          "basis": "规定", "origin": "office"}}}, "buy.yaml")
    >>> day = dt.date(2024, 5, 1)
    >>> judge_needs(process, "A", {"deal": [Event("A", "deal", day, Decimal(100))]}, Known())[0].text
    '缺“公示”环节，其后的“合同”已于2024-05-01发生；金额100.00元；100元以上须先公示'
    >>> judge_needs(process, "A", {"deal": [Event("A", "deal", day, Decimal(99))]}, Known())
    []
    """
    days = [event.date for events in by_step.values() for event in events if event.date]
    first = min(days, default=dt.date.max)
    found = (_judge(process, case, need, by_step, known) for need in process.needs if need.in_force(first))
    return [finding for finding in found if finding]


def _judge(process: Process, case: str, need: Need, by_step: dict[str, list[Event]], known: Known) -> Finding | None:
    steps = list(process.steps.values())
    place = list(process.steps).index(need.step)
    later = next((step for step in steps[place + 1 :] if step.ordered and step.id in by_step), None)
    if need.step in by_step or later is None:
        return None
    title, amount = process.steps[need.step].title, _amount(need, by_step)
    if amount is not None and amount < need.at_least and need.below == "clear":
        return None
    first = by_step[later.id][0]
    why = known.why_unknown(need.step, case) or _why_amount(need, amount)
    happened = f"其后的“{later.title}”已于{first.date or '（无日期）'}发生"
    said = f"不能判断是否缺“{title}”：{why}" if why else f"缺“{title}”环节，{happened}；金额{amount:.2f}元"
    said += f"；{need.title}{_draft(need)}"
    return Finding(
        case, "missing_step", CANNOT_TELL if why else BREAK, need.step, said, rule=need.id,
        day=first.date, measured=amount, allowed=need.at_least, unit="yuan", basis=need.basis + need.article,
        origin=need.origin,
    )  # fmt: skip


def _amount(need: Need, by_step: dict[str, list[Event]]) -> Decimal | None:
    """The largest of the steps' sums; None where no amount is known."""
    sums = []
    for step in need.amount_of:
        known = [event.amount for event in by_step.get(step, ()) if event.amount is not None]
        sums += [sum(known, Decimal(0))] if known else []
    return max(sums, default=None)


def _why_amount(need: Need, amount: Decimal | None) -> str:
    if amount is None:
        return "没有采购金额"
    return f"金额{amount:.2f}元，未达{need.at_least:.0f}元" if amount < need.at_least else ""


def _draft(need: Need) -> str:
    return "（草案规则）" if need.origin == "draft" else ""
