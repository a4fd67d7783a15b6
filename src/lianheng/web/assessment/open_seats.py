"""When a seat may be scored: a sheet as soon as it is handed in, a dispute as soon as it is there."""

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from lianheng.web.accounts.models import Assignment, User
from lianheng.web.accounts.roles import Role
from lianheng.web.assessment.models import Round, Seat, Sheet
from lianheng.web.shell.clock import today

# Who fills in for a unit, or runs its assessment, doesn't score it.
INVOLVED = (Role.UNIT_ADMIN, Role.UNIT_LEADER, Role.SPECIAL_OFFICE)
# A third person is named and scores from the first dispute on; moderation only ends it.
THIRD_STATES = (Round.LAUNCHED, Round.ASSESSING, Round.MODERATING)


def open_to_first_two() -> Q:
    """Seats 1 and 2: all sheets once self-scoring is closed, before that those that are handed in."""
    handed_in = Q(sheet__round__state=Round.LAUNCHED, sheet__state=Sheet.SUBMITTED)
    return Q(number__lte=2) & (Q(sheet__round__state=Round.ASSESSING) | handed_in)


def open_to_third() -> Q:
    return Q(number=3, sheet__round__state__in=THIRD_STATES)


def open_now() -> Q:
    """Seats that can be scored now; the same rule as `why_closed`, in SQL."""
    return open_to_first_two() | open_to_third()


def why_closed(seat: Seat) -> str:
    """Return why a seat cannot be scored now; empty when it can."""
    sheet, round_ = seat.sheet, seat.sheet.round
    if seat.number == 3 and round_.state in THIRD_STATES:
        return ""
    if seat.number < 3 and round_.state == Round.ASSESSING:
        return ""
    if seat.number < 3 and round_.state == Round.LAUNCHED:
        return "" if sheet.state == Sheet.SUBMITTED else "这个单位还没有提交自评，交了以后才能打分"
    return f"{round_.name}现在是“{round_.get_state_display()}”，不能打分"


def vacant() -> Q:
    """Unfinished seats of people who score no more there.

    The account is off, the role was taken, they moved near, or they became administrator, leader or office of the unit.
    """
    day = today()
    held = Assignment.objects.filter(role=Role.ASSESSOR, capture=True, ended=None, valid_from__lte=day)
    scoring = held.exclude(valid_to__lt=day).filter(user__is_active=True)
    return Q(done_at=None) & (
        ~Q(assessor__in=scoring.values("user")) | Q(Exists(_at_home())) | (Q(assessor__in=_taking_part()) & _involved())
    )


def _at_home() -> QuerySet[User]:
    """Return a seat's assessor if of the sheet's own unit or county; as `services.seats.why_not` refuses to seat."""
    unit = Q(institution=OuterRef("sheet__institution"))
    county = Q(institution__county=OuterRef("sheet__county")) & ~Q(institution__county="")
    return User.objects.filter(unit | county, pk=OuterRef("assessor"))


def _taking_part() -> QuerySet[Assignment, Any]:
    """Return everybody with a role of the kind: few of them are assessors, and only those are asked about by seat."""
    return _in_office().values("user")


def _in_office() -> QuerySet[Assignment]:
    day = today()
    rows = Assignment.objects.filter(role__in=INVOLVED, ended=None, valid_from__lte=day)
    return rows.exclude(valid_to__lt=day).exclude(division="", business_line="", institution=None)


def _involved() -> Q:
    """Say that a seat's assessor works for the sheet's unit, or runs its assessment: `Grant.covers` in SQL.

    A stand-in (AB岗) of some days is refused a new seat, but leaves one that somebody has.
    """
    levels = ("province", "city", "county", "town", "village")
    place = Q(division="")
    for level in levels:
        place |= Q(division=OuterRef(f"sheet__{level}"))
    line = Q(business_line="") | Q(business_line=OuterRef("sheet__business_line"))
    unit = Q(institution=None) | Q(institution=OuterRef("sheet__institution"))
    return Q(Exists(_in_office().filter(place, line, unit, user=OuterRef("assessor"))))


def filled(*numbers: int) -> QuerySet[Seat]:
    """Return the seats with these numbers that somebody has who scores, or has scored."""
    return Seat.objects.filter(number__in=numbers).exclude(vacant())


def lacks_assessors() -> Q:
    """Sheets without two assessors."""
    here = filled(1, 2).filter(sheet=OuterRef("pk"))
    return ~Q(Exists(here.filter(number=1))) | ~Q(Exists(here.filter(number=2)))


def lacks_third() -> Q:
    return ~Q(Exists(filled(3).filter(sheet=OuterRef("pk"))))
