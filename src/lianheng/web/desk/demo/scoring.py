"""Two assessors for every sheet, most of one mind; where they differ too much, a third."""

from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal

from lianheng.web.accounts.models import User
from lianheng.web.assessment.declared import engine_scheme
from lianheng.web.assessment.models import Seat, Sheet
from lianheng.web.assessment.prefill import prefilled
from lianheng.web.assessment.queries import current_values
from lianheng.web.assessment.services import scoring, seats, thirds
from lianheng.web.desk.demo.foundation import Demo
from lianheng.web.desk.demo.rounds import chance

REASONS = (
    "现场抽查两份台账，数量与填报不同",
    "佐证材料只覆盖部分月份，按有材料的计",
    "公开栏照片日期晚于期限，按逾期计",
    "与主管部门通报的数据核对后调整",
)
SHARE = {"A": 100, "B": 80, "C": 60, "D": 0}
STEP = {"A": "B", "B": "C", "C": "B", "D": "C"}
# How often an assessor leaves the computed value, and how often two sheets in a thousand end in a dispute.
CHANGED, DISPUTED = 0.012, 0.006


def score_all(demo: Demo, rows: Iterable[Seat], *, disputed: frozenset[int] | None = None) -> list[Sheet]:
    """Score every seat and return the sheets on which the two assessors differ; `disputed` names those with a gap."""
    differing: dict[int, Sheet] = {}
    given: dict[int, dict[str, str]] = {}
    shown: dict[int, tuple[dict[str, str], dict[str, Decimal | None]]] = {}
    # One object a person: what a person may do is read once.
    people = {person.pk: person for person in demo.people.assessors}
    for seat in rows:
        if seat.sheet_id not in shown:
            shown[seat.sheet_id] = current_values(seat.sheet), prefilled(seat.sheet)
        dispute = _disputed(seat.sheet) if disputed is None else seat.sheet_id in disputed
        points, reasons = _scores(seat, *shown[seat.sheet_id], dispute=dispute)
        scoring.save_scores(
            actor=people[seat.assessor_id],
            seat_id=seat.pk,
            revision=seat.revision,
            points=points,
            reasons=reasons,
            finish=True,
        )
        if given.setdefault(seat.sheet_id, points) != points:
            differing[seat.sheet_id] = seat.sheet
    return list(differing.values())


def _disputed(sheet: Sheet) -> bool:
    return chance(sheet, "dispute").random() < DISPUTED or _always(sheet)


def _always(sheet: Sheet) -> bool:
    """One dispute is there at every scale."""
    return sheet.list_code == "X" and sheet.institution.name == "衡东县洣水镇演示中学"


def _scores(
    seat: Seat, reported: Mapping[str, str], computed: Mapping[str, Decimal | None], *, dispute: bool
) -> tuple[dict[str, str], dict[str, str]]:
    """Take the computed values, judge G and F items after what was reported, and differ now and then."""
    rng = chance(seat.sheet, f"seat {seat.number}")
    points: dict[str, str] = {}
    reasons: dict[str, str] = {}
    for item in engine_scheme(seat.sheet.scheme).items:
        own = computed[item.code]
        rules = {part.rule for part in item.parts}
        if rules <= {"G", "F"}:
            text = reported.get(item.variables[0].measure, "")
            if rules == {"G"}:
                points[item.code] = STEP[text] if rng.random() < 0.08 else text
            else:
                points[item.code] = str(item.points) if text == "yes" else "0"
        elif own is not None:
            given = own
            if dispute and not reasons:
                given = own if seat.number == 1 else own / 2
            elif rng.random() < CHANGED:
                given = own * Decimal(rng.randint(82, 95)) / 100
            given = given.quantize(Decimal("0.01"), ROUND_HALF_UP)
            points[item.code] = str(given)
            if given != own or (dispute and not reasons):
                reasons[item.code] = REASONS[rng.randrange(len(REASONS))]
    return points, reasons


def settle_disputes(demo: Demo, sheets: Iterable[Sheet]) -> int:
    """Name a third person where they differ too much and let that one decide near the middle; returns how many."""
    count = 0
    for sheet in sheets:
        if not any(s.needs_third for s in scoring.settle(sheet, engine_scheme(sheet.scheme)).values()):
            continue
        third = third_of(demo, sheet)
        seat = thirds.seat_third(actor=demo.people["office"], sheet_id=sheet.pk, assessor_id=third.pk)
        decide(
            Seat.objects.select_related("sheet__scheme", "sheet__institution", "sheet__round").get(pk=seat.pk), third
        )
        count += 1
    return count


def third_of(demo: Demo, sheet: Sheet) -> User:
    """Return who decides where two differ too much."""
    seated = set(Seat.objects.filter(sheet=sheet).values_list("assessor_id", flat=True))
    free = [p for p in demo.people.assessors if p.pk not in seated and seats.why_not(p, sheet) is None]
    return chance(sheet, "third").choice(free)


def decide(seat: Seat, third: User) -> None:
    """Let a third person decide near the middle."""
    scheme, computed = engine_scheme(seat.sheet.scheme), prefilled(seat.sheet)
    points: dict[str, str] = {}
    for code in scoring.items_of(seat, scheme):
        item, own = scheme.item(code), computed[code]
        points[code] = "B" if own is None else str((own * 3 / 4).quantize(Decimal("0.01"), ROUND_HALF_UP))
        if own is None and {part.rule for part in item.parts} == {"F"}:
            points[code] = str(item.points)
    reasons = dict.fromkeys(points, "两名考评人员差距过大，第三人到现场复核后认定")
    scoring.save_scores(
        actor=third, seat_id=seat.pk, revision=seat.revision, points=points, reasons=reasons, finish=True
    )
