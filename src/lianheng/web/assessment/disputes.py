"""The sheets of a round on which two assessors differ by more than a fifth of an item's points."""

from collections.abc import Collection
from decimal import Decimal

from django.db.models import F, Max, Min

from lianheng.engine.scoring.moderation import TOLERANCE, Moderation
from lianheng.engine.scoring.scheme import Scheme as EngineScheme
from lianheng.web.assessment.declared import engine_scheme
from lianheng.web.assessment.models import ItemScore, Round, Scheme, Seat
from lianheng.web.assessment.services.scoring import settle_scores

Disputed = dict[int, dict[str, tuple[str, Moderation]]]


def disputed_items(round_: Round) -> Disputed:
    """Return sheet → item → its name and how it stands, for every item that a third person decides.

    Four queries whatever the number of sheets: the gaps are found in SQL, and only those items are settled.
    """
    schemes = {row.pk: engine_scheme(row) for row in Scheme.objects.filter(rounds=round_).defer("content")}
    wide = _wide_gaps(round_, schemes)
    given: dict[int, dict[int, dict[str, ItemScore]]] = {}
    items = {code for _, codes in wide.values() for code in codes}
    rows = ItemScore.objects.filter(seat__sheet__in=wide, item__in=items).select_related("seat")
    for row in rows:
        if row.item in wide[row.seat.sheet_id][1]:
            given.setdefault(row.seat.sheet_id, {}).setdefault(row.seat.number, {})[row.item] = row
    found: Disputed = {}
    for sheet, (scheme, _) in wide.items():
        settled = settle_scores(schemes[scheme], given[sheet])
        third = {code: (schemes[scheme].item(code).name, out) for code, out in settled.items() if out.kind == "third"}
        if third:
            found[sheet] = third
    return found


def _wide_gaps(round_: Round, schemes: dict[int, EngineScheme]) -> dict[int, tuple[int, Collection[str]]]:
    """Return sheet → its scheme and the items with too wide a gap, of the sheets that both have finished."""
    unfinished = set(
        Seat.objects.filter(sheet__round=round_, number__lte=2, done_at=None).values_list("sheet", flat=True)
    )
    scores = ItemScore.objects.filter(seat__sheet__round=round_, seat__number__lte=2)
    gaps = scores.values("seat__sheet", "seat__sheet__scheme", "item").annotate(low=Min("points"), high=Max("points"))
    wide: dict[int, tuple[int, set[str]]] = {}
    differing = gaps.filter(high__gt=F("low")).order_by("seat__sheet", "item")
    for sheet, scheme, item, low, high in differing.values_list(
        "seat__sheet", "seat__sheet__scheme", "item", "low", "high"
    ):
        limit = schemes[scheme].item(item).points * Decimal(TOLERANCE.numerator) / TOLERANCE.denominator
        if sheet not in unfinished and high - low > limit:
            wide.setdefault(sheet, (scheme, set()))[1].add(item)
    return wide  # type: ignore[return-value]
