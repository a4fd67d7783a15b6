"""What was settled after a year's newest run was computed and is in no result yet: upheld objections, events
confirmed, numbers changed or taken back.

Each takes values of one round, or references to them in a query over rounds or runs.
"""

from typing import Any

from django.db.models import Count, OuterRef, QuerySet, Subquery, TextField, Value
from django.db.models.functions import Cast, Coalesce

from lianheng.web.assessment.models import ConfirmedEvent, Objection, ResultRun, Round
from lianheng.web.measures.models import MeasureValue, ValueImport
from lianheng.web.shell.errors import WrongState

# Computed, and not final: what is changed now is to be computed again.
UNDECIDED = (Round.COMPUTED, Round.REVIEWED, Round.NOTICE)


def late_objections(round_: Any, computed_at: Any) -> QuerySet[Objection]:
    """Return the objections to a round's results that were upheld after a computation."""
    return Objection.objects.filter(result__run__round=round_, upheld=True, answered_at__gt=computed_at)


def late_events(city: Any, year: Any, computed_at: Any) -> QuerySet[ConfirmedEvent]:
    """Return the events of a city's year that were confirmed after a computation; the same that a snapshot freezes."""
    rows = ConfirmedEvent.objects.filter(state=ConfirmedEvent.CONFIRMED, city=city, date__year=year)
    return rows.filter(confirmed_at__gt=computed_at)


def late_values(city: Any, period: Any, computed_at: Any) -> QuerySet[MeasureValue]:
    """Return the numbers of a city's year that were entered or changed after a computation; what is asked for and was
    never given is none. Those of quarters are frozen before the first computation and change nothing after it.
    """
    rows = MeasureValue.objects.filter(city=city, period=period, entered_at__gt=computed_at)
    return rows.exclude(value="", revision=0)


def late_undos(period: Any, computed_at: Any) -> QuerySet[ValueImport]:
    """Return the imports that a computation counted and that were taken back after it: new numbers left no trace."""
    return ValueImport.objects.filter(period=period, created__lte=computed_at, undone__gt=computed_at)


def _year_of(reference: str) -> Cast:
    return Cast(OuterRef(reference), TextField())


def late_figures(round_: str = "") -> dict[str, Any]:
    """Return the figures of what is late beside objections, for a query over runs (`round_` leads to the round)."""
    city, year, period = OuterRef(f"{round_}division"), OuterRef(f"{round_}year"), _year_of(f"{round_}year")
    when = OuterRef("computed_at")
    values, undos = how_many(late_values(city, period, when)), how_many(late_undos(period, when))
    return {
        "late_events": how_many(late_events(city, year, when)),
        "late_values": Coalesce(values, Value(0)) + Coalesce(undos, Value(0)),
    }


def how_many(rows: QuerySet[Any]) -> Subquery:
    return Subquery(rows.order_by().values(_all=Value(1)).annotate(figure=Count("pk")).values("figure"))


def newest_run(round_: Round) -> Any:
    """Return a round's newest run with what it does not count, in one query."""
    when = OuterRef("computed_at")
    return (
        ResultRun.objects.defer("inputs")
        .annotate(
            **late_figures("round__"),
            late_objections=how_many(late_objections(OuterRef("round"), when)),
        )
        .get(round=round_, current=True)
    )


def events_in_words(count: int) -> str:
    return f"有 {count} 个认定事件在上次计算以后认定，还没有计入"


def values_in_words(count: int) -> str:
    return f"有 {count} 处数据在上次计算以后改过，还没有计入"


def late_in_words(row: Any) -> str:
    """Say which events and numbers a run, or a round with the same figures, does not count; nothing where all are."""
    if row.late_events:
        return events_in_words(row.late_events)
    return values_in_words(row.late_values) if row.late_values else ""


def require_all_counted(run: Any) -> None:
    """Refuse to take a run further that lacks what was settled since; `run` comes from `newest_run`."""
    if run.late_objections:
        raise WrongState("有采纳的异议还没有计入结果，请先重新计算")
    late = late_in_words(run)
    if late:
        raise WrongState(f"{late}，先重新计算")
