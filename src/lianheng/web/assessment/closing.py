"""From when self-scoring may be closed: nobody loses time that was promised to them."""

import datetime as dt

from django.db.models import Count, Max, Q, QuerySet

from lianheng.web.assessment.models import Extension, Round, Sheet
from lianheng.web.shell.workdays import add_working_days


def undecided_extensions() -> QuerySet[Extension]:
    """Return the requests for more time that still matter: a sheet handed in, or a closed year, needs none."""
    waiting = Extension.objects.filter(granted=None, sheet__round__state=Round.LAUNCHED)
    return waiting.exclude(sheet__state=Sheet.SUBMITTED)


def first_day(latest_due: dt.date | None, late_days: int) -> dt.date | None:
    """Return the first day after the late window of the latest sheet that is still out; none out, nothing to wait for.

    A granted extension moved its sheet's date, so that the latest date covers it and its late days.
    """
    return add_working_days(latest_due, late_days) + dt.timedelta(days=1) if latest_due else None


def earliest_due(day: dt.date, late_days: int) -> dt.date:
    """Return the earliest due date with which a sheet may still come in on this day."""
    due = day
    while add_working_days(due - dt.timedelta(days=1), late_days) >= day:
        due -= dt.timedelta(days=1)
    return due


def why_not_yet(round_: Round, day: dt.date) -> str:
    """Return why self-scoring cannot be closed on this day, with the day from which it can; or nothing."""
    out = round_.sheets.exclude(state=Sheet.SUBMITTED).aggregate(
        sheets=Count("pk"), latest=Max("due"), longer=Count("pk", filter=Q(due__gt=round_.self_score_due))
    )
    first = first_day(out["latest"], round_.late_days)
    undecided = undecided_extensions().filter(sheet__round=round_).count()
    reasons = []
    if first is not None and day < first:
        last = first - dt.timedelta(days=1)
        text = f"还有 {out['sheets']} 份考评表没有交，补报期到 {_spoken(last)} 为止"
        text += f"（其中 {out['longer']} 份已同意延期）" if out["longer"] else ""
        reasons.append(f"{text}，{_spoken(first)}起才能结束自评")
    if undecided:
        reasons.append(f"还有 {undecided} 份延期申请没有决定，请先决定，再结束自评")
    return "；".join(reasons)


def _spoken(day: dt.date) -> str:
    return f"{day.month}月{day.day}日"
