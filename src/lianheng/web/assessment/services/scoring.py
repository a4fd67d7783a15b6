"""打分: what each assessor gives a sheet, and what counts of it."""

from collections.abc import Mapping
from decimal import Decimal

from django.db import transaction

from lianheng.engine.scoring.moderation import Moderation, moderate
from lianheng.engine.scoring.scheme import Scheme as EngineScheme
from lianheng.web.accounts.models import User
from lianheng.web.assessment.declared import engine_scheme
from lianheng.web.assessment.errors import InvalidSheet
from lianheng.web.assessment.models import ItemScore, Seat, Sheet
from lianheng.web.assessment.open_seats import why_closed
from lianheng.web.assessment.prefill import FAULTY, NOT_APPLICABLE, WAITING, Prefill, prefill
from lianheng.web.assessment.services.seats import lock_seat, why_not
from lianheng.web.shell.clock import now
from lianheng.web.shell.errors import Forbidden, InvalidInput, WrongState
from lianheng.web.shell.free_text import personal_number_refused
from lianheng.web.shell.plain_numbers import read_number
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
    seat = lock_seat(seat_id, revision)
    _require_own(actor, seat)
    if seat.done_at is not None:
        raise WrongState("这个席位已经打完分；要改请工作专班退回")
    scheme = engine_scheme(seat.sheet.scheme)
    rows = _read_all(seat, scheme, points, reasons, finish=finish)
    seat.scores.all().delete()
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


def _read_all(
    seat: Seat, scheme: EngineScheme, points: Mapping[str, str], reasons: Mapping[str, str], *, finish: bool
) -> list[ItemScore]:
    """Return the scores that were typed, or refuse with what is wrong at each item."""
    known = prefill(seat.sheet)
    rows, errors = [], {}
    for code in items_of(seat, scheme):
        try:
            typed, reason = points.get(code, ""), reasons.get(code, "")
            # What a third person decides is never left to the computation.
            row = _read(scheme, code, typed, reason, known, finish=finish, agrees=seat.number < 3)
        except InvalidInput as error:
            errors[code] = error.message
        else:
            if row is not None:
                row.seat = seat
                rows.append(row)
    if errors:
        raise InvalidSheet(errors)
    return rows


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
