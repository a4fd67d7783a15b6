"""复核: draw a sample of self-reported numerators, look at each on the spot, and let the found value count."""

import hashlib
import math
import secrets
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from django.db import transaction

from lianheng.web.accounts.models import User
from lianheng.web.accounts.roles import Role
from lianheng.web.accounts.scope import require_role
from lianheng.web.measures import year
from lianheng.web.measures.models import Measure, MeasureValue, Recheck, RecheckDraw
from lianheng.web.measures.services.values import RECHECKED, SELF_REPORTED, store_values
from lianheng.web.measures.values import canonical
from lianheng.web.shell.clock import now, today
from lianheng.web.shell.errors import Forbidden, InvalidInput, StaleForm, WrongState
from lianheng.web.trail.services import record
from lianheng.web.units.models import Division, Institution
from lianheng.web.units.services import lock_city

SHARE = Fraction(5, 100)
TOLERANCE = Fraction(10, 100)
MAY_CHECK = (Role.SPECIAL_OFFICE, Role.LEAD_DEPARTMENT)


def ticket(seed: str, institution: str, measure: str) -> str:
    """Return the lot of one value; the smallest tickets are drawn. Anyone can work it out with a pocket hash."""
    # The separator keeps ("ab", "c") and ("a", "bc") from sharing a ticket.
    return hashlib.sha256(f"{seed}\n{institution}\n{measure}".encode()).hexdigest()


def sample_size(population: int) -> int:
    """Return 5 % of the population, rounded up, at least 1; 0 of nothing."""
    return max(1, math.ceil(SHARE * population)) if population else 0


def population_of(division: Division, period: str, part: str) -> list[tuple[int, str, str]]:
    """Return (value id, institution code, measure code) of every self-reported numerator, in a fixed order.

    A numerator is a number that is no other number's whole.
    """
    wholes = Measure.objects.exclude(part_of="").values("part_of")
    rows = MeasureValue.objects.filter(
        period=period,
        city=division.city or division.pk,
        source=SELF_REPORTED,
        measure__kind=Measure.NUMBER,
        measure__item__startswith=part,
    )
    rows = rows.exclude(value="").exclude(measure__in=wholes)
    if len(division.pk) > 4:
        rows = rows.filter(county=division.pk)
    return sorted(rows.values_list("pk", "institution__code", "measure_id"), key=lambda row: row[1:])


def drawn(seed: str, population: Sequence[tuple[int, str, str]]) -> list[int]:
    """Return the ids of the drawn values: the same for the same seed and population, in whatever order it comes."""
    tickets = sorted((ticket(seed, institution, measure), pk) for pk, institution, measure in population)
    return [pk for _, pk in tickets[: sample_size(len(population))]]


@transaction.atomic
def draw_recheck(*, actor: User, period: str, part: str, seed: str | None = None) -> RecheckDraw:
    """Draw 5 % of the self-reported numerators of a list or category, at least one; once a period and part."""
    # Two draws at once queue here; the second finds the first.
    division = Division.objects.get(pk=lock_city().division)
    require_role(actor, [Role.SPECIAL_OFFICE], division, "抽取复核样本")
    year.require_open(period)
    part = part.strip()
    if not part:
        raise InvalidInput("请选复核哪张清单", "part")
    if RecheckDraw.objects.filter(division=division.pk, period=period, part=part).exists():
        raise WrongState(f"{period} 年 {part} 已经抽过复核样本，不能重抽")
    population = population_of(division, period, part)
    if not population:
        raise WrongState(f"{period} 年 {part} 还没有单位填报的数量可以复核")
    seed = seed or secrets.token_hex(16)
    listing = "\n".join(f"{institution} {measure}" for _, institution, measure in population)
    chosen = drawn(seed, population)
    draw = RecheckDraw.objects.create(
        period=period,
        part=part,
        division=division.pk,
        seed=seed,
        population=len(population),
        population_sha256=hashlib.sha256(listing.encode()).hexdigest(),
        size=len(chosen),
        drawn_by=actor,
        drawn_at=now(),
    )
    Recheck.objects.bulk_create(_rechecks(draw, chosen), batch_size=500)
    record(
        actor=actor,
        action="measures.recheck_drawn",
        subject=draw,
        details={"period": period, "part": part, "seed": seed, "population": len(population), "size": len(chosen)},
    )
    return draw


def _rechecks(draw: RecheckDraw, chosen: list[int]) -> list[Recheck]:
    values = MeasureValue.objects.in_bulk(chosen)
    rows = []
    for pk in chosen:
        value = values[pk]
        row = Recheck(
            draw=draw, value=value, institution_id=value.institution_id, period=value.period, reported=value.value
        )
        row.place_like(value)
        rows.append(row)
    return rows


def is_over(reported: str, found: str) -> bool:
    """Say whether a report misses what was found by more than 10 % of it; anything misses a found 0."""
    told, true = Fraction(Decimal(reported or "0")), Fraction(Decimal(found))
    return abs(told - true) > TOLERANCE * true


def require_recheckable(actor: User, row: Recheck) -> None:
    """Refuse who may not say what was found for a value, and a year that takes nothing more; also before the form."""
    require_checker(actor, row)
    year.require_open(row.period)


def require_checker(actor: User, row: Recheck) -> None:
    """Refuse whose scope doesn't hold the value, and who entered it."""
    require_role(actor, MAY_CHECK, row, "登记复核结果")
    if actor.pk == row.value.entered_by_id:
        raise Forbidden("填报的人不能复核自己的数")


@transaction.atomic
def enter_recheck(*, actor: User, recheck_id: int, revision: int, found: str, note: str = "") -> Recheck:
    """Enter what was found on the spot; over 10 % error it takes the place of the report for the year."""
    row = (
        Recheck.objects.select_for_update(of=("self",))
        .select_related("value__measure", "institution")
        .get(pk=recheck_id)
    )
    if row.revision != revision:
        raise StaleForm
    if row.checked_at is not None:
        raise WrongState("这一项已经复核过了")
    # Only now: what was found may stand there already, entered by the very person who sends the form twice.
    require_recheckable(actor, row)
    value = row.value
    text = canonical(value.measure, found)
    if not text:
        raise InvalidInput("请填现场核到的数；核到没有就填 0", "found")
    _refuse_above_whole(value, text)
    row.reported, row.found, row.note = value.value, text, note.strip()[:200]
    row.replaces = is_over(value.value, text)
    row.checked_by, row.checked_at = actor, now()
    row.revision += 1
    row.save()
    if row.replaces:
        _replace(actor, row, text)
    record(
        actor=actor,
        action="measures.value_rechecked",
        subject=value,
        unit=f"institution:{row.institution_id}",
        details={
            "period": row.period,
            "values": {value.measure_id: [row.reported, text]},
            "replaces": row.replaces,
            "note": row.note,
        },
    )
    return row


def _replace(actor: User, row: Recheck, text: str) -> None:
    institution = Institution.objects.get(pk=row.institution_id)
    store_values(
        actor=actor,
        institution=institution,
        period=row.period,
        values={row.value.measure_id: text},
        source=RECHECKED,
        as_of=today(),
    )


def _refuse_above_whole(value: MeasureValue, text: str) -> None:
    if not value.measure.part_of:
        return
    whole = (
        MeasureValue.objects.filter(
            institution_id=value.institution_id, period=value.period, measure_id=value.measure.part_of
        )
        .exclude(value="")
        .select_related("measure")
        .first()
    )
    if whole is not None and Decimal(text) > Decimal(whole.value):
        raise InvalidInput(f"核到的数（{text}）比“{whole.measure.name}”（{whole.value}）还大，请核对", "found")
