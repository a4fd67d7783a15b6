"""第三人: who decides where two assessors differ too much, named for one sheet or for all, by the rule of seating."""

from django.db import transaction

from lianheng.web.accounts.models import User
from lianheng.web.accounts.roles import Role
from lianheng.web.accounts.scope import grants_of, require_role
from lianheng.web.assessment.declared import engine_scheme
from lianheng.web.assessment.disputes import disputed_items
from lianheng.web.assessment.models import Round, Seat, Sheet
from lianheng.web.assessment.open_seats import THIRD_STATES, lacks_third
from lianheng.web.assessment.services.rounds import city_of, refuse_seated
from lianheng.web.assessment.services.scoring import settle
from lianheng.web.assessment.services.seats import assessors_of, put_on, why_not
from lianheng.web.shell.errors import InvalidInput, WrongState
from lianheng.web.trail.services import record


def why_not_third(person: User, sheet: Sheet, seated: set[int]) -> str | None:
    """Return why a person may not decide a sheet, or None; `seated` are those who have a seat at it."""
    if not any(grant.role == Role.ASSESSOR and grant.covers(sheet) for grant in grants_of(person)):
        return "这个人不是本市的考评人员"
    if person.pk in seated:
        return "第三人不能是已经打过分的人"
    if person.pk == sheet.submitted_by_id:
        return "提交自评的人不能给这份表打分"
    return why_not(person, sheet)


def may_be_third(person: User, sheet: Sheet, seated: set[int]) -> bool:
    return why_not_third(person, sheet, seated) is None


@transaction.atomic
def seat_third(*, actor: User, sheet_id: int, assessor_id: int) -> Seat:
    """Name the third person for a sheet whose two assessors differ by more than 20 % on some item."""
    sheet = Sheet.objects.select_for_update(of=("self",)).select_related("round", "scheme").get(pk=sheet_id)
    require_role(actor, [Role.SPECIAL_OFFICE], sheet, "指定第三人")
    refuse_seated(actor, sheet.round, "指定第三人")
    if sheet.round.state not in THIRD_STATES:
        raise WrongState("结果计算以前才能指定第三人")
    if Seat.objects.filter(sheet=sheet, number__lte=2, done_at=None).exists():
        raise WrongState("两名考评人员都打完分后，才能指定第三人")
    disputed = [c for c, s in settle(sheet, engine_scheme(sheet.scheme)).items() if s.needs_third]
    if not disputed:
        raise WrongState("这份表没有需要第三人的条目")
    person = User.objects.select_related("institution").get(pk=assessor_id)
    seated = set(sheet.seats.values_list("assessor_id", flat=True))
    if reason := why_not_third(person, sheet, seated):
        raise InvalidInput(reason, "assessor")
    if not Sheet.objects.filter(lacks_third(), pk=sheet.pk).exists():
        raise WrongState("已经指定了第三人")
    return _seat(actor, sheet, person, disputed)


@transaction.atomic
def seat_thirds(*, actor: User, round_id: int) -> tuple[int, list[str]]:
    """Name a third person for every sheet that waits for one, evenly and away from home.

    Returns how many were named, and the sheets for which nobody is left; the office names somebody there later.
    """
    round_ = Round.objects.select_for_update().get(pk=round_id)
    require_role(actor, [Role.SPECIAL_OFFICE], city_of(round_), "指定第三人")
    refuse_seated(actor, round_, "指定第三人")
    if round_.state not in THIRD_STATES:
        raise WrongState("结果计算以前才能指定第三人")
    disputed = disputed_items(round_)
    sheets = Sheet.objects.select_for_update(of=("self",)).filter(pk__in=disputed).order_by("pk")
    waiting = list(sheets.filter(lacks_third()))
    if not waiting:
        raise WrongState("没有等着指定第三人的考评表")
    people = assessors_of(round_)
    load = dict.fromkeys((person.pk for person in people), 0)
    taken: dict[int, set[int]] = {}
    for sheet_id, person_id in Seat.objects.filter(sheet__round=round_).values_list("sheet", "assessor"):
        taken.setdefault(sheet_id, set()).add(person_id)
        load[person_id] = load.get(person_id, 0) + 1
    nobody = []
    for sheet in waiting:
        free = [person for person in people if may_be_third(person, sheet, taken[sheet.pk])]
        if not free:
            nobody.append(sheet.name)
            continue
        chosen = min(free, key=lambda person: (load[person.pk], person.pk))
        load[chosen.pk] += 1
        _seat(actor, sheet, chosen, list(disputed[sheet.pk]))
    return len(waiting) - len(nobody), nobody


def _seat(actor: User, sheet: Sheet, person: User, items: list[str]) -> Seat:
    left = Seat.objects.select_for_update(of=("self",)).select_related("sheet").filter(sheet=sheet, number=3).first()
    if left is not None:
        put_on(left, person, actor)
        return left
    seat = Seat.objects.create(sheet=sheet, number=3, assessor=person)
    record(
        actor=actor,
        action="assessment.third_seated",
        subject=sheet,
        unit=f"institution:{sheet.institution_id}",
        details={"assessor": person.pk, "items": items},
    )
    return seat
