"""Sums of money that must fit each other: paid within the contract, contract within the plan."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal

from lianheng.engine.redflags.trace.events import Event, Known
from lianheng.engine.redflags.trace.finding import BREAK, CANNOT_TELL, Finding
from lianheng.engine.redflags.trace.process import AmountRule, Process


def judge_amounts(process: Process, case: str, by_step: dict[str, list[Event]], known: Known) -> list[Finding]:
    """Each amount rule against the sums of the case.

    Parameters
    ----------
    process, case : whose rules.
    by_step : events of the case by step.
    known : which steps are silent, which case has refused rows.

    Returns
    -------
    A break where the left sum is over; `cannot_tell` where an amount that decides is not there; nothing where neither
    side has happened, or the sums fit. A missing amount on the left is taken to be at least 0.

    Example
    -------
    >>> from lianheng.engine.redflags.trace.read_process import read_process
    >>> process = read_process(
    ...     {"id": "buy", "version": 1, "title": "采购", "case": "编号", "meaning": "每次一案",
    ...      "steps": {"deal": {"title": "合同"}, "pay": {"title": "付款", "repeats": True}},
    ...      "amounts": {"paid": {"title": "付款不超过合同", "left": ["pay"], "right": ["deal"], "basis": "合同",
    ...                           "origin": "draft"}}}, "buy.yaml")
    >>> day = dt.date(2024, 5, 1)
    >>> events = {"deal": [Event("A", "deal", day, Decimal(100))],
    ...           "pay": [Event("A", "pay", day, Decimal(60)), Event("A", "pay", day, Decimal(50))]}
    >>> judge_amounts(process, "A", events, Known())[0].text
    '付款不超过合同：付款合计110.00元，合同合计100.00元，多10.00元'
    """
    found = []
    for rule in process.amounts:
        left = [event for step in rule.left for event in by_step.get(step, ())]
        if not left or not rule.in_force(min((e.date for e in left if e.date), default=dt.date.max)):
            continue
        finding = _judge(process, case, rule, left, by_step, known)
        if finding:
            found.append(finding)
    return found


def _judge(
    process: Process, case: str, rule: AmountRule, left: list[Event], by_step: dict[str, list[Event]], known: Known
) -> Finding | None:
    right = [event for step in rule.right for event in by_step.get(step, ())]
    spent, allowed = _sum(left), _sum(right) * rule.percent / 100
    over = spent > allowed
    why = _why_unsure(process, case, rule, left, by_step, known, over)
    if not why and not over:
        return None
    left_names, right_names = (_names(process, steps) for steps in (rule.left, rule.right))
    share = "" if rule.percent == 100 else f"的{rule.percent.normalize():f}%"
    said = f"{rule.title}：{left_names}合计{spent:.2f}元，{right_names}合计{share}{allowed:.2f}元"
    said += f"，多{spent - allowed:.2f}元" if over and not why else ""
    said += f"；不能判断：{why}" if why else ""
    return Finding(
        case, "amount", CANNOT_TELL if why else BREAK, rule.left[-1], said, rule=rule.id, other=rule.right[0],
        day=_day_of_excess(left, allowed) if over else None, measured=spent, allowed=allowed, unit="yuan",
        basis=rule.basis + rule.article, origin=rule.origin,
    )  # fmt: skip


def _why_unsure(
    process: Process, case: str, rule: AmountRule, left: list[Event], by_step: dict[str, list[Event]], known: Known,
    over: bool,
) -> str:  # fmt: skip
    steps = process.steps
    for step in (*rule.left, *rule.right):
        for event in by_step.get(step, ()):
            if event.amount is not None and event.amount < 0 and not steps[step].negative:
                return f"“{steps[step].title}”有负的金额"
    if case in known.doubtful:
        return "本案有未能读入的行"
    for step in rule.right:
        if any(event.amount is None for event in by_step.get(step, ())):
            return f"“{steps[step].title}”有一笔没有金额"
        absent = step not in by_step
        # An addition in a register that is not loaded could still explain the excess.
        unheard = step in known.unheard or step in known.unlinked.get(case, ())
        if absent and (steps[step].required or (over and unheard)):
            return f"没有“{steps[step].title}”的金额"
    if not over and any(event.amount is None for event in left):
        return f"“{_names(process, rule.left)}”有一笔没有金额"
    return ""


def _sum(events: Iterable[Event]) -> Decimal:
    return sum((event.amount for event in events if event.amount is not None), Decimal(0))


def _names(process: Process, steps: Iterable[str]) -> str:
    return "、".join(process.steps[step].title for step in steps)


def _day_of_excess(left: list[Event], allowed: Decimal) -> dt.date | None:
    """The day on which the sum passed what is allowed."""
    total = Decimal(0)
    for event in sorted(left, key=lambda e: e.date or dt.date.max):
        total += event.amount or 0
        if total > allowed:
            return event.date
    return None
