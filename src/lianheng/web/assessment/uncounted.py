"""What was settled after a year's newest run was computed and is in no result yet: upheld objections, confirmed events.

Each takes values of one round, or references to them in a query over rounds or runs.
"""

from typing import Any

from django.db.models import Count, OuterRef, QuerySet, Subquery, Value

from lianheng.web.assessment.models import ConfirmedEvent, Objection, ResultRun, Round
from lianheng.web.shell.errors import WrongState


def late_objections(round_: Any, computed_at: Any) -> QuerySet[Objection]:
    """Return the objections to a round's results that were upheld after a computation."""
    return Objection.objects.filter(result__run__round=round_, upheld=True, answered_at__gt=computed_at)


def late_events(city: Any, year: Any, computed_at: Any) -> QuerySet[ConfirmedEvent]:
    """Return the events of a city's year that were confirmed after a computation; the same that a snapshot freezes."""
    rows = ConfirmedEvent.objects.filter(state=ConfirmedEvent.CONFIRMED, city=city, date__year=year)
    return rows.filter(confirmed_at__gt=computed_at)


def how_many(rows: QuerySet[Any]) -> Subquery:
    return Subquery(rows.order_by().values(_all=Value(1)).annotate(figure=Count("pk")).values("figure"))


def newest_run(round_: Round) -> Any:
    """Return a round's newest run with what it does not count, in one query."""
    when = OuterRef("computed_at")
    return (
        ResultRun.objects.defer("inputs")
        .annotate(
            late_events=how_many(late_events(OuterRef("round__division"), OuterRef("round__year"), when)),
            late_objections=how_many(late_objections(OuterRef("round"), when)),
        )
        .get(round=round_, current=True)
    )


def events_in_words(count: int) -> str:
    return f"有 {count} 个认定事件在上次计算以后认定，还没有计入"


def require_all_counted(run: Any) -> None:
    """Refuse to take a run further that lacks what was settled since; `run` comes from `newest_run`."""
    if run.late_objections:
        raise WrongState("有采纳的异议还没有计入结果，请先重新计算")
    if run.late_events:
        raise WrongState(f"{events_in_words(run.late_events)}，先重新计算")
