"""Sheets and seats, and what happened to a sheet."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import ExtractYear

from lianheng.web.accounts.models import User
from lianheng.web.accounts.prepared import ask_for
from lianheng.web.accounts.roles import READERS
from lianheng.web.accounts.scope import grant_for, visible
from lianheng.web.assessment.models import ConfirmedEvent, Seat, Sheet
from lianheng.web.assessment.queries.rounds import OFFICE
from lianheng.web.shell.json_lists import listed
from lianheng.web.shell.prepared import one_or_404
from lianheng.web.trail.queries import TimelineRow, timeline


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


# Who scores a sheet is known to the offices alone, neither to the unit nor to the other assessors.
OF_ASSESSORS = {f"assessment.{act}" for act in ("scores_saved", "scores_finished", "assessor_replaced", "third_seated")}


def sheet_timeline(user: User, sheet: Sheet) -> Sequence[TimelineRow]:
    """Return what happened to a sheet; who assessed it is told to the offices only, so that nobody can press them."""
    return timeline(sheet, hidden=told_to_offices(user, sheet))


def told_to_offices(user: User, sheet: Sheet) -> set[str]:
    """Return the acts on a sheet that this person is not told of."""
    return set() if grant_for(user, OFFICE, sheet) is not None else OF_ASSESSORS
