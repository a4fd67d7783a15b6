"""考评席位: who assesses which sheet, evenly and away from home."""

from django.db import transaction

from lianheng.web.accounts.models import Assignment, User
from lianheng.web.accounts.roles import Role
from lianheng.web.accounts.scope import grants_of, require_role
from lianheng.web.assessment.models import Round, Seat, Sheet
from lianheng.web.assessment.open_seats import INVOLVED, lacks_assessors, vacant
from lianheng.web.assessment.services.rounds import city_of, lock_round, refuse_seated
from lianheng.web.shell.clock import today
from lianheng.web.shell.errors import InvalidInput, StaleForm, WrongState
from lianheng.web.trail.services import record

# Seats are given before scoring begins; later only those that somebody left.
SEATED_IN = (Round.DRAFT, Round.LAUNCHED, Round.ASSESSING)


def why_not(assessor: User, sheet: Sheet) -> str | None:
    """Return why this person may not assess this sheet, or None: own unit, own county and who runs it are out."""
    if assessor.institution_id == sheet.institution_id:
        return "不能考评自己的单位"
    home = assessor.institution
    if home is not None and home.county and home.county == sheet.county:
        return "不能考评自己所在县（市、区）的单位"
    held = {grant.role for grant in grants_of(assessor) if grant.role in INVOLVED and grant.covers(sheet)}
    if held & {Role.UNIT_ADMIN, Role.UNIT_LEADER}:
        return "是这个单位的管理员，不能考评它"
    if Role.SPECIAL_OFFICE in held:
        return "是管这个单位的工作专班，组织考评的人不能打分"
    return None


@transaction.atomic
def seat_assessors(*, actor: User, round_id: int, revision: int) -> int:
    """Give every sheet that lacks them two assessors, evenly and away from home; return how many seats were filled.

    A seat whose assessor scores no more is empty like one that nobody ever had.
    """
    round_ = lock_round(round_id, revision=revision, state=SEATED_IN)
    require_role(actor, [Role.SPECIAL_OFFICE], city_of(round_), "安排考评人员")
    refuse_seated(actor, round_, "安排考评人员")
    assessors = assessors_of(round_)
    if len(assessors) < 2:
        raise WrongState("考评人员不足两名，请先由安全管理员授予“考评人员”角色")
    load = dict.fromkeys((person.pk for person in assessors), 0)
    kept, vacated = _seats_of(round_)
    for seats in kept.values():
        for seat in seats:
            load[seat.assessor_id] = load.get(seat.assessor_id, 0) + 1
    new: list[Seat] = []
    again = 0
    for sheet in round_.sheets.filter(lacks_assessors()).order_by("id"):
        present = kept.get(sheet.pk, [])
        seated = {seat.assessor_id for seat in present}
        for number in sorted({1, 2} - {seat.number for seat in present}):
            free = [p for p in assessors if p.pk not in seated and why_not(p, sheet) is None]
            if not free:
                raise WrongState(f"“{sheet.name}”找不到可以回避的考评人员，请增加外县考评人员")
            chosen = min(free, key=lambda person: (load[person.pk], person.pk))
            load[chosen.pk] += 1
            seated.add(chosen.pk)
            left = vacated.get((sheet.pk, number))
            if left is None:
                new.append(Seat(sheet=sheet, number=number, assessor=chosen))
            else:
                put_on(left, chosen, actor)
                again += 1
    Seat.objects.bulk_create(new, batch_size=500)
    count = len(new) + again
    if count:
        details = {"seats": count} | ({"again": again} if again else {})
        act = "assessment.assessors_seated"
        record(actor=actor, action=act, subject=round_, unit=f"round:{round_.pk}", details=details)
    return count


def _seats_of(round_: Round) -> tuple[dict[int, list[Seat]], dict[tuple[int, int], Seat]]:
    """Return the seats that somebody has, by sheet, and those whose assessor scores no more, by sheet and number."""
    rows = Seat.objects.filter(sheet__round=round_)
    kept: dict[int, list[Seat]] = {}
    for seat in rows.exclude(vacant()):
        kept.setdefault(seat.sheet_id, []).append(seat)
    left = rows.filter(vacant()).select_for_update(of=("self",)).select_related("sheet")
    return kept, {(seat.sheet_id, seat.number): seat for seat in left}


def lacks_seats(round_: Round) -> bool:
    """Say whether a sheet of the round has fewer than two assessors."""
    return round_.sheets.filter(lacks_assessors()).exists()


def assessors_of(round_: Round) -> list[User]:
    """Return the people who may assess in a round's city today, without those who run the round."""
    day = today()
    here = Assignment.objects.filter(
        capture=True, valid_from__lte=day, ended=None, division__in=[round_.division[:2], round_.division]
    ).exclude(valid_to__lt=day)
    runners = here.filter(role=Role.SPECIAL_OFFICE, business_line="", institution=None).values("user")
    rows = (
        here.filter(role=Role.ASSESSOR, user__is_active=True)
        .exclude(user__in=runners)
        .select_related("user__institution")
        .order_by("user_id")
    )
    return list({row.user_id: row.user for row in rows}.values())


def require_unscored(seat: Seat) -> None:
    """Refuse to change a seat that is done with, or of a round past scoring; also before the form is shown."""
    if seat.done_at is not None or seat.sheet.round.state not in (Round.DRAFT, Round.LAUNCHED, Round.ASSESSING):
        raise WrongState("这个席位已经打完分，不能换人")


@transaction.atomic
def replace_assessor(*, actor: User, seat_id: int, revision: int, assessor_id: int) -> Seat:
    """Put another person on a seat whose scores are not finished."""
    seat = lock_seat(seat_id, revision)
    require_role(actor, [Role.SPECIAL_OFFICE], seat.sheet, "调整考评人员")
    refuse_seated(actor, seat.sheet.round, "调整考评人员")
    require_unscored(seat)
    person = User.objects.select_related("institution").get(pk=assessor_id)
    reason = why_not(person, seat.sheet)
    if reason or Seat.objects.filter(sheet=seat.sheet, assessor=person).exists():
        raise InvalidInput(reason or "这个人已经是这份表的考评人员", "assessor")
    put_on(seat, person, actor)
    return seat


def put_on(seat: Seat, person: User, actor: User) -> None:
    """Let another person begin anew on a locked seat."""
    before = seat.assessor_id
    seat.scores.all().delete()
    seat.assessor, seat.revision = person, seat.revision + 1
    seat.save()
    record(
        actor=actor,
        action="assessment.assessor_replaced",
        subject=seat.sheet,
        unit=f"institution:{seat.sheet.institution_id}",
        details={"seat": seat.number, "before": before, "after": person.pk},
    )


def lock_seat(seat_id: int, revision: int) -> Seat:
    """Return the locked seat with its sheet, if it is as the page showed it."""
    seat = (
        Seat.objects.select_for_update(of=("self",))
        .select_related("sheet__round", "sheet__scheme", "sheet__institution")
        .defer("sheet__scheme__content")
        .get(pk=seat_id)
    )
    if seat.revision != revision:
        raise StaleForm
    return seat
