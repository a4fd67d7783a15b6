"""Results and objections: from when on who reads which run, and what a result's page tells."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Case, OuterRef, Q, QuerySet, Value, When

from lianheng.web.accounts.models import User
from lianheng.web.accounts.prepared import ask_for
from lianheng.web.accounts.roles import READERS
from lianheng.web.accounts.scope import visible
from lianheng.web.assessment.models import ItemScore, Objection, Result, Round, Sheet
from lianheng.web.assessment.queries.rounds import OFFICE
from lianheng.web.assessment.queries.sheets import told_to_offices
from lianheng.web.shell.json_lists import listed, moment_of
from lianheng.web.shell.prepared import one_or_404
from lianheng.web.trail.queries import TimelineRow, acts_on, joined_timeline
from lianheng.web.units.models import Placed

SHOWN = (Round.NOTICE, Round.PUBLISHED, Round.LOCKED)


def results_for(user: User) -> QuerySet[Result]:
    """Return results in scope: the newest at once for offices, from the notice period on for everybody else.

    While a reopened round is corrected, the published results stay in force and are listed beside the newest.
    """
    public = Q(run__round__state__in=SHOWN) | Q(run__in_force=True)
    return Result.objects.filter(Q(current=True) | Q(run__in_force=True)).filter(_readable(user, listed=public))


_OF_ONE_RESULT = (
    *(field.name for field in Result._meta.concrete_fields),
    *(f"sheet__{field.name}" for field in Placed._meta.fields),
    *("sheet__institution", "sheet__scheme__name", "sheet__scheme__version", "sheet__scheme__fingerprint"),
    *(
        f"run__{name}"
        for name in ("number", "round", "snapshot", "in_force", "published_on", "shown", "reason", "computed_at")
    ),
    *(f"run__round__{name}" for name in ("year", "name", "state", "division", "objection_due")),
    *("run__snapshot__created", "run__snapshot__sha256", "institution__code", "institution__name"),
)


def get_result_for(user: User, result_id: int) -> Result:
    """Return one result, also of an earlier run of the same round, if its sheet is in scope and its run was shown."""
    return one_or_404(ask_for(user, _result, result_id))


def _result(user: User, result_id: int) -> QuerySet[Result]:
    rows = Result.objects.filter(_readable(user), pk=result_id).select_related(
        "run__round", "run__snapshot", "sheet__scheme", "institution"
    )
    # The whole year's package and snapshot hang on the run; one page needs neither.
    return rows.only(*_OF_ONE_RESULT).annotate(**_of_its_sheet(user))


@dataclass(frozen=True)
class GivenObjection:
    """An objection to a result of one sheet; `inputs` are those of the result that it was raised against."""

    pk: int
    item: str
    upheld: bool | None
    points: Decimal | None
    answered_at: dt.datetime | None
    result: int
    seen: bool
    inputs: Any


_SCORE = ("seat__number", "seat__assessor__name", "item", "points", "computed", "reason")


def _of_its_sheet(user: User) -> dict[str, Any]:
    """Return what a result's page tells of its sheet: every score given and every objection, whatever the run."""
    seen = Case(When(_may_see_objections(user), then=Value(1)), default=Value(0))
    objections = Objection.objects.filter(result__sheet=OuterRef("sheet")).annotate(seen=seen)
    fields = ("pk", "item", "upheld", "points", "answered_at", "result_id", "seen", "result__inputs")
    return {
        "score_rows": listed(ItemScore.objects.filter(seat__sheet=OuterRef("sheet")), *_SCORE),
        "objection_rows": listed(objections, *fields),
    }


def scores_on(result: Any) -> list[tuple[int, str, ItemScore]]:
    """Return seat number, name and score of everything given on the sheet of a `get_result_for`."""
    return [
        (number, name, ItemScore(item=item, points=_decimal(points), computed=_decimal(computed), reason=reason))
        for number, name, item, points, computed, reason in result.score_rows
    ]


def objections_on(result: Any) -> list[GivenObjection]:
    """Return the objections to all results of the sheet of a `get_result_for`, newest first."""
    return [
        GivenObjection(
            pk=pk,
            item=item,
            upheld=None if upheld is None else bool(upheld),
            points=_decimal(points),
            answered_at=moment_of(answered_at) if answered_at else None,
            result=of,
            seen=bool(seen),
            inputs=inputs,
        )
        for pk, item, upheld, points, answered_at, of, seen, inputs in sorted(
            result.objection_rows, reverse=True, key=lambda row: row[0]
        )
    ]


def _decimal(value: Any) -> Any:
    return None if value is None else Decimal(str(value))


def other_results(user: User, result: Result) -> list[Result]:
    """Return the other runs' results of the same sheet that this person may read, the one in force first."""
    return ask_for(user, _others, result.sheet_id, result.pk)


def _others(user: User, sheet_id: int, result_id: int) -> QuerySet[Result]:
    rows = Result.objects.filter(_readable(user), sheet=sheet_id).exclude(pk=result_id).select_related("run")
    run = [f"run__{name}" for name in ("number", "in_force", "published_on", "reason")]
    return rows.only("score", "grade", "current", *run).order_by("-run__in_force", "-run__number")


def _readable(user: User, listed: Q | None = None) -> Q:
    """Offices read every run; the others those that a notice period showed, for good (`listed`: only some of them)."""
    early = visible(user, roles=OFFICE)
    later = set(READERS) - set(OFFICE)
    return early | (visible(user, roles=later) & Q(run__shown=True) & (listed or Q()))


def readable_of_sheet(user: User, sheet_id: int) -> list[Result]:
    """Return the results of all runs of a sheet that this person may read, the one that counts first."""
    return ask_for(user, _of_sheet, sheet_id)


def _of_sheet(user: User, sheet_id: int) -> QuerySet[Result]:
    rows = Result.objects.filter(_readable(user), sheet=sheet_id).select_related("run")
    run = [f"run__{name}" for name in ("number", "in_force", "published_on")]
    return rows.only("current", *run).order_by("-run__in_force", "-run__number")


def objections_for(user: User) -> QuerySet[Objection]:
    """Return the objections in scope; like results, not those of the whole city to whoever assesses somewhere in it."""
    rows = Objection.objects.filter(_may_see_objections(user))
    return rows.select_related("result__run__round", "raised_by", "answered_by")


def _may_see_objections(user: User) -> Q:
    return visible(user, prefix="result__", roles=READERS)


def get_objection_for(user: User, objection_id: int) -> Objection:
    return one_or_404(ask_for(user, _objection, objection_id))


def _objection(user: User, objection_id: int) -> QuerySet[Objection]:
    return objections_for(user).filter(pk=objection_id)


# What a round's acts tell of each of its results; the page of the round tells the same to everybody.
OF_RESULTS = [
    f"assessment.{act}"
    for act in (
        "self_scoring_closed", "moderation_started", "results_computed", "round_reviewed", "notice_opened",
        "round_published", "round_locked", "round_reopened",
    )
]  # fmt: skip


def result_timeline(user: User, result: Result) -> Sequence[TimelineRow]:
    """Return what happened from the sheet to the result: filling, scoring, computing, notice, objection, the end."""
    sheet = result.sheet
    parts = [
        acts_on(Sheet, sheet.pk, hidden=told_to_offices(user, sheet)),
        acts_on(Round, result.run.round_id, only=OF_RESULTS),
    ]
    objections = [row.pk for row in objections_on(result) if row.seen]
    if objections:
        parts.append(acts_on(Objection, *objections))
    return joined_timeline(parts, limit=30)
