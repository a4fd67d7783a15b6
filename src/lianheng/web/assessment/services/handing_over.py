"""移交考评席位: the unfinished seats of a person who leaves go to another, where the rules of avoidance allow it."""

from collections import Counter
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from lianheng.web.accounts.handover import Moved
from lianheng.web.accounts.models import User
from lianheng.web.assessment.models import Round, Seat, Sheet
from lianheng.web.assessment.open_seats import vacant
from lianheng.web.assessment.services.seats import put_on
from lianheng.web.assessment.services.thirds import why_not_third
from lianheng.web.shell.prepared import ask


@transaction.atomic
def hand_over_seats(actor: User, person: User, to: User) -> Moved:
    """Give a person's unfinished seats to another; what avoidance forbids stays, and is told with its reason."""
    mine = _open_seats(person)
    seats = list(mine.select_for_update(of=("self",)).select_related("sheet__institution").order_by("id"))
    taken: dict[int, set[int]] = {}
    sheets = [seat.sheet_id for seat in seats]
    for sheet_id, other in Seat.objects.filter(sheet__in=sheets).values_list("sheet", "assessor"):
        taken.setdefault(sheet_id, set()).add(other)
    stays: Counter[str] = Counter()
    for seat in seats:
        reason = _why_not(to, seat.sheet, taken[seat.sheet_id])
        if reason:
            stays[reason] += 1
        else:
            put_on(seat, to, actor)
    return Moved(len(seats) - stays.total(), stays)


def _why_not(to: User, sheet: Sheet, taken: set[int]) -> str | None:
    return f"{to.name}已有这份表的另一个席位" if to.pk in taken else why_not_third(to, sheet, taken)


def count_open_seats(person: User) -> int:
    """Count the seats that a person has still to score."""
    return len(ask(_numbers_of_open_seats, person.pk))


def count_stranded_seats(person: User) -> int:
    """Count the seats that a person has and must not score any more: of the own unit or county, since a move."""
    return _open_seats(person).filter(vacant()).count()


def _numbers_of_open_seats(person_id: int) -> QuerySet[Seat, Any]:
    return _open_seats(person_id).values_list("pk")


def _open_seats(person: User | int) -> QuerySet[Seat]:
    states = (Round.DRAFT, Round.LAUNCHED, Round.ASSESSING, Round.MODERATING)
    return Seat.objects.filter(assessor=person, done_at=None, sheet__round__state__in=states)
