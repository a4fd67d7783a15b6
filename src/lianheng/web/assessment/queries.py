"""Reads of an assessment year, and who may see what."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Case, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import ExtractYear
from django.shortcuts import get_object_or_404

from lianheng.engine.scoring.scheme import MeasureUse
from lianheng.web.accounts.models import User
from lianheng.web.accounts.prepared import ask_for
from lianheng.web.accounts.roles import ADMINISTRATORS, READERS, Role
from lianheng.web.accounts.scope import grant_for, grants_of, roles_of, visible
from lianheng.web.assessment.declared import engine_scheme
from lianheng.web.assessment.models import (
    ConfirmedEvent,
    ItemScore,
    Objection,
    OfficialNotice,
    Result,
    Round,
    Scheme,
    Seat,
    Sheet,
    Snapshot,
)
from lianheng.web.measures.models import MeasureValue
from lianheng.web.shell.json_lists import listed, moment_of
from lianheng.web.shell.prepared import one_or_404
from lianheng.web.trail.queries import TimelineRow, acts_on, joined_timeline, timeline
from lianheng.web.units.models import Division, Placed

# Who sees results before they are shown to the units themselves.
OFFICE = (Role.SPECIAL_OFFICE, Role.LEADING_GROUP)
SHOWN = (Round.NOTICE, Round.PUBLISHED, Round.LOCKED)
FORM = "form."


def rounds_for(user: User) -> QuerySet[Round]:
    """Return the rounds that are launched; offices also see the one in preparation, the three administrators none."""
    if not works_here(user):
        return Round.objects.none()
    rounds = Round.objects.order_by("-year")
    return rounds if _is_office(user) else rounds.exclude(state=Round.DRAFT)


def get_round_for(user: User, round_id: int) -> Round:
    return get_object_or_404(rounds_for(user), pk=round_id)


def get_round_with_papers_for(user: User, round_id: int) -> Round:
    """Return a round with its snapshots and notices: `papers_of` tells them."""
    return one_or_404(ask_for(user, _round_with_papers, round_id))


def _round_with_papers(user: User, round_id: int) -> QuerySet[Round]:
    notices = OfficialNotice.objects.filter(round=OuterRef("pk"))
    snapshots = Snapshot.objects.filter(round=OuterRef("pk"))
    return (
        rounds_for(user)
        .filter(pk=round_id)
        .annotate(
            notice_rows=listed(notices, "sequence", *_NOTICE),
            snapshot_rows=listed(snapshots, "created", *_SNAPSHOT),
        )
    )


_NOTICE = ("pk", "title", "number", "issued_on", "issued_by__name", "run__current")
_SNAPSHOT = ("period", "number", "units", "missing", "sha256")


def papers_of(round_: Any) -> dict[str, list[dict[str, Any]]]:
    """Return snapshots and notices of `get_round_with_papers_for`, newest first."""
    notices = [dict(zip(_NOTICE, row, strict=True)) for _, *row in sorted(round_.notice_rows, reverse=True)]
    for notice in notices:
        notice["issued_on"] = dt.date.fromisoformat(notice["issued_on"])
    snapshots = [
        {"created": created} | dict(zip(_SNAPSHOT, row, strict=True))
        for created, row in sorted(((moment_of(row[0]), row[1:]) for row in round_.snapshot_rows), reverse=True)
    ]
    return {"notices": notices, "snapshots": snapshots}


def place_of(round_: Round) -> Division:
    """Return a round's city as far as a grant asks for it, without a query."""
    return Division(code=round_.division, province=round_.division[:2], city=round_.division)


def works_here(user: User) -> bool:
    """Say whether a person has a part in the assessment: the three administrators look after people and the trail."""
    return bool(roles_of(user) - ADMINISTRATORS)


def reads_sheets(user: User) -> bool:
    """Say whether a person has sheets to read: everybody with a part in the assessment but survey bodies."""
    return bool(roles_of(user) & {*READERS, Role.ASSESSOR} - ADMINISTRATORS)


def reads_results(user: User) -> bool:
    """Say whether a person may find results and objections: not by the roles of assessors and survey bodies."""
    return bool(roles_of(user) & set(READERS) - ADMINISTRATORS)


def _is_office(user: User) -> bool:
    return any(grant.role in OFFICE for grant in grants_of(user))


def sheets_for(user: User) -> QuerySet[Sheet]:
    """Return the sheets in this person's scope; assessors see the sheets of their seats only."""
    return Sheet.objects.filter(
        visible(user, roles=READERS) | Q(pk__in=Seat.objects.filter(assessor=user).values("sheet"))
    )


# What one page of a sheet shows; a scheme's content, for one, is hundreds of kilobytes.
_OF_ONE_SHEET = (
    *(field.name for field in Sheet._meta.concrete_fields),
    *(f"round__{name}" for name in ("year", "name", "state", "division", "late_days")),
    *(f"scheme__{name}" for name in ("name", "version", "list_code", "fingerprint", "catalogue")),
    *("institution__code", "institution__name", "submitted_by__name"),
)


def get_sheet_for(user: User, sheet_id: int) -> Sheet:
    return one_or_404(ask_for(user, _sheet, sheet_id))


def _sheet(user: User, sheet_id: int) -> QuerySet[Sheet]:
    # A scheme's content is long and known by its fingerprint once it was read: see declared.py.
    rows = sheets_for(user).select_related("round", "scheme", "institution", "submitted_by").only(*_OF_ONE_SHEET)
    hits = {"hits": _hits(OuterRef("institution"), OuterRef("round__year"))}
    return rows.filter(pk=sheet_id).annotate(**hits)


def _hits(institution: Any, year: Any) -> Subquery:
    """Return the kind and the term of each confirmed event of a sheet's institution and year."""
    return listed(_events_in(institution, year), "kind", "term")


def _events_in(institution: Any, year: Any) -> QuerySet[ConfirmedEvent]:
    rows = ConfirmedEvent.objects.filter(institution=institution, state=ConfirmedEvent.CONFIRMED)
    return rows.annotate(in_year=ExtractYear("date")).filter(in_year=year)


def hits_of(sheet: Sheet) -> Counter[tuple[str, str]]:
    """Return how often each count of an item was hit, as the sheet's own query brought it or asked for now."""
    hits = sheet.hits
    if hits is None:
        hits = _events_in(sheet.institution_id, sheet.round.year).values_list("kind", "term")
    return Counter((kind, term) for kind, term in hits)


def seats_for(user: User) -> QuerySet[Seat]:
    """Return this person's own seats of rounds that are being scored."""
    return Seat.objects.filter(assessor=user).select_related("sheet__round", "sheet__scheme", "sheet__institution")


def get_seat_for(user: User, seat_id: int) -> Seat:
    seat: Any = one_or_404(ask_for(user, _seat, seat_id))
    seat.sheet.hits = seat.hits
    return seat  # type: ignore[no-any-return]


def _seat(user: User, seat_id: int) -> QuerySet[Seat]:
    hits = _hits(OuterRef("sheet__institution"), OuterRef("sheet__round__year"))
    return seats_for(user).filter(pk=seat_id).defer("sheet__scheme__content").annotate(hits=hits)


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


def events_for(user: User) -> QuerySet[ConfirmedEvent]:
    """Return the events in scope; units see their own only once confirmed."""
    entering = visible(user, roles=EVENT_ROLES)
    others = set(READERS) - set(EVENT_ROLES)
    return ConfirmedEvent.objects.filter(
        entering | (visible(user, roles=others) & Q(state=ConfirmedEvent.CONFIRMED))
    ).select_related("institution")


EVENT_ROLES = (Role.SPECIAL_OFFICE, Role.SUPERVISION_ROOM, Role.RESIDENT_INSPECTION_GROUP)


def get_event_for(user: User, event_id: int) -> ConfirmedEvent:
    return one_or_404(ask_for(user, _event, event_id))


def _event(user: User, event_id: int) -> QuerySet[ConfirmedEvent]:
    return events_for(user).filter(pk=event_id).select_related("entered_by", "confirmed_by")


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


def asked_measures(scheme: Scheme) -> Sequence[MeasureUse]:
    """Return what a sheet asks its institution for: not what events, surveys or this room itself supply."""
    supplied = {use.code for use in supplied_measures(scheme)}
    return [u for u in engine_scheme(scheme).measures() if u.code.startswith(FORM) and u.code not in supplied]


def supplied_measures(scheme: Scheme) -> Sequence[MeasureUse]:
    """Return what others supply for a sheet: everything that an item scored by survey (S) reads."""
    surveyed = {item.code for item in engine_scheme(scheme).items if any(part.rule == "S" for part in item.parts)}
    return [u for u in engine_scheme(scheme).measures() if u.code.startswith(FORM) and u.item in surveyed]


def current_values(sheet: Sheet) -> dict[str, str]:
    """Return measure code → value of a sheet's institution and period; blanks are left out."""
    rows = MeasureValue.objects.filter(institution_id=sheet.institution_id, period=sheet.period).exclude(value="")
    return dict(rows.values_list("measure_id", "value"))


def missing_measures(sheet: Sheet) -> list[MeasureUse]:
    """Return what a sheet still lacks: a missing value blocks publication."""
    present = current_values(sheet)
    return [
        use for use in engine_scheme(sheet.scheme).measures() if use.code.startswith(FORM) and use.code not in present
    ]


# Who scores a sheet is known to the offices alone, neither to the unit nor to the other assessors.
OF_ASSESSORS = {f"assessment.{act}" for act in ("scores_saved", "scores_finished", "assessor_replaced", "third_seated")}


def sheet_timeline(user: User, sheet: Sheet) -> Sequence[TimelineRow]:
    """Return what happened to a sheet; who assessed it is told to the offices only, so that nobody can press them."""
    return timeline(sheet, hidden=_told_to_offices(user, sheet))


def _told_to_offices(user: User, sheet: Sheet) -> set[str]:
    return set() if grant_for(user, OFFICE, sheet) is not None else OF_ASSESSORS


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
        acts_on(Sheet, sheet.pk, hidden=_told_to_offices(user, sheet)),
        acts_on(Round, result.run.round_id, only=OF_RESULTS),
    ]
    objections = [row.pk for row in objections_on(result) if row.seen]
    if objections:
        parts.append(acts_on(Objection, *objections))
    return joined_timeline(parts, limit=30)
