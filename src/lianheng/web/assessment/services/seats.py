"""考评席位: who assesses which sheet, what they gave, and the third person where two differ too much."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Count, Q, QuerySet

from lianheng.engine.scoring.moderation import Moderation, moderate
from lianheng.engine.scoring.scheme import Scheme as EngineScheme
from lianheng.web.accounts.models import Assignment, User
from lianheng.web.accounts.roles import Role
from lianheng.web.accounts.scope import grants_of, require_role
from lianheng.web.assessment.declared import engine_scheme
from lianheng.web.assessment.errors import InvalidSheet
from lianheng.web.assessment.models import ItemScore, Round, Seat, Sheet
from lianheng.web.assessment.open_seats import THIRD_STATES, why_closed
from lianheng.web.assessment.prefill import FAULTY, NOT_APPLICABLE, WAITING, Prefill, prefill
from lianheng.web.assessment.services.rounds import city_of, lock_round, refuse_seated
from lianheng.web.shell.clock import now, today
from lianheng.web.shell.errors import Forbidden, InvalidInput, StaleForm, WrongState
from lianheng.web.shell.free_text import personal_number_refused
from lianheng.web.shell.plain_numbers import read_number
from lianheng.web.shell.prepared import ask
from lianheng.web.trail.services import record

# Points that count nowhere are refused: nobody's judgement may vanish without a word.
TAKES_NO_POINTS = {
    NOT_APPLICABLE: "这一条按填报不适用，不打分，请空着",
    WAITING: "这一条的数还没有到，现在不能打分，请空着；到了按系统计算",
    FAULTY: "这一条填报的数互相矛盾，算不出来，请空着；更正后按系统计算",
}
# What stands for an assessor who was done before the number came.
FOLLOWED = "打分时数还没有到，按系统计算的计"
GRADE_POINTS = {"A": Decimal(100), "B": Decimal(80), "C": Decimal(60), "D": Decimal(0)}
# Who fills in for a unit, or runs its assessment, doesn't score it.
INVOLVED = (Role.UNIT_ADMIN, Role.UNIT_LEADER, Role.SPECIAL_OFFICE)


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
    """Give every sheet that lacks them two assessors, evenly and away from home; return how many seats were filled."""
    round_ = lock_round(round_id, revision=revision, state=[Round.DRAFT, Round.LAUNCHED])
    require_role(actor, [Role.SPECIAL_OFFICE], city_of(round_), "安排考评人员")
    refuse_seated(actor, round_, "安排考评人员")
    assessors = assessors_of(round_)
    if len(assessors) < 2:
        raise WrongState("考评人员不足两名，请先由安全管理员授予“考评人员”角色")
    load = dict.fromkeys((person.pk for person in assessors), 0)
    taken: dict[int, list[Seat]] = {}
    for seat in Seat.objects.filter(sheet__round=round_):
        taken.setdefault(seat.sheet_id, []).append(seat)
        load[seat.assessor_id] = load.get(seat.assessor_id, 0) + 1
    seats: list[Seat] = []
    for sheet in round_.sheets.order_by("id"):
        present = taken.get(sheet.pk, [])
        seated = {seat.assessor_id for seat in present}
        for number in {1, 2} - {seat.number for seat in present}:
            free = [p for p in assessors if p.pk not in seated and why_not(p, sheet) is None]
            if not free:
                raise WrongState(f"“{sheet.name}”找不到可以回避的考评人员，请增加外县考评人员")
            chosen = min(free, key=lambda person: (load[person.pk], person.pk))
            load[chosen.pk] += 1
            seated.add(chosen.pk)
            seats.append(Seat(sheet=sheet, number=number, assessor=chosen))
    Seat.objects.bulk_create(seats, batch_size=500)
    record(
        actor=actor,
        action="assessment.assessors_seated",
        subject=round_,
        unit=f"round:{round_.pk}",
        details={"seats": len(seats)},
    )
    return len(seats)


def lacks_seats(round_: Round) -> bool:
    """Say whether a sheet of the round has fewer than two assessors."""
    return round_.sheets.annotate(seated=Count("seats", filter=Q(seats__number__lte=2))).filter(seated__lt=2).exists()


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
    seat = _lock_seat(seat_id, revision)
    require_role(actor, [Role.SPECIAL_OFFICE], seat.sheet, "调整考评人员")
    refuse_seated(actor, seat.sheet.round, "调整考评人员")
    require_unscored(seat)
    person = User.objects.select_related("institution").get(pk=assessor_id)
    reason = why_not(person, seat.sheet)
    if reason or Seat.objects.filter(sheet=seat.sheet, assessor=person).exists():
        raise InvalidInput(reason or "这个人已经是这份表的考评人员", "assessor")
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
    return seat


def _lock_seat(seat_id: int, revision: int) -> Seat:
    seat = (
        Seat.objects.select_for_update(of=("self",))
        .select_related("sheet__round", "sheet__scheme", "sheet__institution")
        .defer("sheet__scheme__content")
        .get(pk=seat_id)
    )
    if seat.revision != revision:
        raise StaleForm
    return seat


def _require_own(actor: User, seat: Seat) -> None:
    if seat.assessor_id != actor.pk:
        raise Forbidden("这个席位不是您的")
    # Read again at the act: the person may have moved since the seat was given.
    reason = why_not(actor, seat.sheet)
    if reason:
        raise Forbidden(f"按回避规则，您{reason}，请工作专班换人")
    if actor.pk == seat.sheet.submitted_by_id:
        raise Forbidden("提交自评的人不能给这份表打分")
    closed = why_closed(seat)
    if closed:
        raise WrongState(closed)


@transaction.atomic
def save_scores(
    *, actor: User, seat_id: int, revision: int, points: Mapping[str, str], reasons: Mapping[str, str], finish: bool
) -> Seat:
    """Save one assessor's sheet of scores as one act; `finish` closes the seat once every item has its points.

    G items take a grade letter or its share of the points, F items all or nothing, the others 0 to the item's points;
    leaving the computed value needs a reason. An item that takes no points stays empty; an empty one with a computed
    value agrees with it once the seat is finished.
    """
    seat = _lock_seat(seat_id, revision)
    _require_own(actor, seat)
    if seat.done_at is not None:
        raise WrongState("这个席位已经打完分；要改请工作专班退回")
    scheme = engine_scheme(seat.sheet.scheme)
    known = prefill(seat.sheet)
    wanted = items_of(seat, scheme)
    rows, errors = [], {}
    for code in wanted:
        try:
            typed, reason = points.get(code, ""), reasons.get(code, "")
            # What a third person decides is never left to the computation.
            row = _read(scheme, code, typed, reason, known, finish=finish, agrees=seat.number < 3)
        except InvalidInput as error:
            errors[code] = error.message
        else:
            if row is not None:
                rows.append(row)
    if errors:
        raise InvalidSheet(errors)
    seat.scores.all().delete()
    for row in rows:
        row.seat = seat
    ItemScore.objects.bulk_create(rows)
    seat.revision += 1
    if finish:
        seat.done_at = now()
    seat.save()
    followed = _note_both_done(seat, scheme) if finish and seat.number < 3 else []
    record(
        actor=actor,
        action="assessment.scores_finished" if finish else "assessment.scores_saved",
        subject=seat.sheet,
        unit=f"institution:{seat.sheet.institution_id}",
        details={"seat": seat.number, "points": {row.item: str(row.points) for row in rows}}
        | ({"other_seat_follows_computation": followed} if followed else {}),
    )
    return seat


def _note_both_done(seat: Seat, scheme: EngineScheme) -> list[str]:
    """Keep on the sheet whether a third person decides, once both are done; of two at once the second sees both.

    Returns the items on which one of them followed the computation, see `_follow_computation`.
    """
    sheet = Sheet.objects.select_for_update(of=("self",)).get(pk=seat.sheet_id)
    if Seat.objects.filter(sheet=sheet, number__lte=2, done_at=None).exists():
        return []
    followed = _follow_computation(sheet)
    sheet.disputed = any(outcome.kind == "third" for outcome in settle(sheet, scheme).values())
    sheet.save(update_fields=["disputed"])
    return followed


def _follow_computation(sheet: Sheet) -> list[str]:
    """Who was done before a number came agreed to the computed value: beside points of the other that is a score."""
    seats = {row.number: row for row in Seat.objects.filter(sheet=sheet, number__lte=2)}
    given: dict[str, list[ItemScore]] = {}
    for row in ItemScore.objects.filter(seat__in=seats.values()).select_related("seat").order_by("item"):
        given.setdefault(row.item, []).append(row)
    alone = [rows[0] for rows in given.values() if len(rows) == 1]
    followed = [(row, row.computed) for row in alone if row.computed is not None and 3 - row.seat.number in seats]
    ItemScore.objects.bulk_create(
        ItemScore(seat=seats[3 - row.seat.number], item=row.item, points=own, computed=own, reason=FOLLOWED)
        for row, own in followed
    )
    return [row.item for row, _ in followed]


Given = Mapping[int, Mapping[str, ItemScore]]


def items_of(seat: Seat, scheme: EngineScheme, given: Given | None = None) -> list[str]:
    """Return the items a seat scores: all for the first two, only those in dispute for the third.

    `given` is what the seats of its sheet hold, where somebody has read it already.
    """
    codes = [item.code for item in scheme.items]
    if seat.number < 3:
        return codes
    settled = settle(seat.sheet, scheme) if given is None else settle_scores(scheme, given)
    return [code for code, outcome in settled.items() if outcome.kind == "third"]


def _read(
    scheme: EngineScheme, code: str, typed: str, reason: str, known: Prefill, *, finish: bool, agrees: bool
) -> ItemScore | None:
    item, computed = scheme.item(code), known.points.get(code)
    rules = {part.rule for part in item.parts}
    text = typed.strip().upper()
    if refused := personal_number_refused(reason):
        raise InvalidInput(refused)
    if code in known.closed:
        if text:
            raise InvalidInput(TAKES_NO_POINTS[known.closed[code]])
        return None
    if not text:
        if not finish:
            return None
        if computed is None or not agrees:
            raise InvalidInput("请打分")
        return ItemScore(item=code, points=computed, computed=computed, reason=reason.strip()[:300])
    if text in GRADE_POINTS and rules == {"G"}:
        value = item.points * GRADE_POINTS[text] / 100
    else:
        number = read_number(text)
        if number is None:
            raise InvalidInput("请填数字" + ("或等次 A、B、C、D" if rules == {"G"} else ""))
        value = number
    if not 0 <= value <= item.points:
        raise InvalidInput(f"要在 0 到 {item.points:f} 之间")
    if value != value.quantize(Decimal("0.01")):
        raise InvalidInput("最多两位小数")
    if rules == {"G"} and value not in {item.points * share / 100 for share in GRADE_POINTS.values()}:
        raise InvalidInput("定性条目只能是 A、B、C、D 四档的分值")
    if rules == {"F"} and value not in (0, item.points):
        raise InvalidInput(f"有无条目只能是 0 或 {item.points:f}")
    if computed is not None and value == computed.quantize(Decimal("0.01")):
        return ItemScore(item=code, points=value, computed=value, reason=reason.strip()[:300])
    if computed is not None and not reason.strip():
        raise InvalidInput(f"与系统计算的 {computed:.2f} 不同，请写明理由")
    return ItemScore(item=code, points=value, computed=computed, reason=reason.strip()[:300])


def settle(sheet: Sheet, scheme: EngineScheme) -> dict[str, Moderation]:
    """Return what counts for each item that the assessors left the computed value of; others follow the computation."""
    given: dict[int, dict[str, ItemScore]] = {}
    for row in ItemScore.objects.filter(seat__sheet=sheet).select_related("seat"):
        given.setdefault(row.seat.number, {})[row.item] = row
    return settle_scores(scheme, given)


def settle_scores(scheme: EngineScheme, given: Given) -> dict[str, Moderation]:
    """Settle each item of a sheet from the rows of its seats (number → item → score)."""
    settled = {}
    for item in scheme.items:
        first, second, third = (given.get(number, {}).get(item.code) for number in (1, 2, 3))
        if first is None or second is None:
            continue
        if first.points == first.computed and second.points == second.computed:
            continue
        settled[item.code] = moderate(item.points, first.points, second.points, third.points if third else None)
    return settled


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
    if not any(grant.role == Role.ASSESSOR and grant.covers(sheet) for grant in grants_of(person)):
        raise InvalidInput("这个人不是本市的考评人员", "assessor")
    reason = why_not(person, sheet)
    if reason or Seat.objects.filter(sheet=sheet, assessor=person).exists():
        raise InvalidInput(reason or "第三人不能是已经打过分的人", "assessor")
    if Seat.objects.filter(sheet=sheet, number=3).exists():
        raise WrongState("已经指定了第三人")
    seat = Seat.objects.create(sheet=sheet, number=3, assessor=person)
    record(
        actor=actor,
        action="assessment.third_seated",
        subject=sheet,
        unit=f"institution:{sheet.institution_id}",
        details={"assessor": person.pk, "items": disputed},
    )
    return seat


@transaction.atomic
def hand_over_seats(actor: User, person: User, to: User) -> int:
    """Give a person's unfinished seats to another, except where avoidance forbids it; those stay to be reseated."""
    moved = 0
    seats = _open_seats(person).select_for_update(of=("self",)).select_related("sheet__institution").order_by("id")
    for seat in seats:
        if why_not(to, seat.sheet) or Seat.objects.filter(sheet=seat.sheet, assessor=to).exists():
            continue
        seat.scores.all().delete()
        seat.assessor, seat.revision = to, seat.revision + 1
        seat.save()
        moved += 1
        record(
            actor=actor,
            action="assessment.assessor_replaced",
            subject=seat.sheet,
            unit=f"institution:{seat.sheet.institution_id}",
            details={"seat": seat.number, "before": person.pk, "after": to.pk},
        )
    return moved


def count_open_seats(person: User) -> int:
    """Count the seats that a person has still to score."""
    return len(ask(_numbers_of_open_seats, person.pk))


def _numbers_of_open_seats(person_id: int) -> QuerySet[Seat, Any]:
    return _open_seats(person_id).values_list("pk")


def _open_seats(person: User | int) -> QuerySet[Seat]:
    states = (Round.DRAFT, Round.LAUNCHED, Round.ASSESSING, Round.MODERATING)
    return Seat.objects.filter(assessor=person, done_at=None, sheet__round__state__in=states)
