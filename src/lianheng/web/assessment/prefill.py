"""What the rules alone give a sheet's items: shown to assessors before they score."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from lianheng.engine.scoring.inputs import UnitInput
from lianheng.engine.scoring.score import Score, score_unit
from lianheng.web.assessment.declared import engine_scheme
from lianheng.web.assessment.models import Sheet
from lianheng.web.assessment.queries import current_values, hits_of

JUDGED = {"G", "F"}
# Why an item takes no points from an assessor now.
NOT_APPLICABLE, WAITING, FAULTY = "not_applicable", "waiting", "faulty"


@dataclass(frozen=True)
class Prefill:
    """Item → computed points (None where there are none), and item → why nobody gives it points."""

    points: dict[str, Decimal | None]
    closed: dict[str, str]


def computed_score(sheet: Sheet, on_file: Mapping[str, str] | None = None) -> Score:
    """Score a sheet from the measures as they stand, without assessors, events after the list, or quarters.

    `on_file` is what `current_values` would read, where somebody has read it already.
    """
    scheme = engine_scheme(sheet.scheme)
    values = dict(current_values(sheet) if on_file is None else on_file)
    counted = [use for use in scheme.measures() if use.code.startswith("events.")]
    counts = hits_of(sheet) if counted else {}
    for use in counted:
        values[use.code] = str(counts.get((use.item, use.variable), 0))
    return score_unit(scheme, UnitInput(code=sheet.institution.code, values=values))


def prefill(sheet: Sheet, on_file: Mapping[str, str] | None = None) -> Prefill:
    """Return what the rules give each item, rounded to two places; items that assessors judge (G, F) have no points."""
    cent = Decimal("0.01")
    score = computed_score(sheet, on_file)
    points: dict[str, Decimal | None] = {}
    closed: dict[str, str] = {}
    waiting = _waiting(score)
    for row in score.items:
        code = row.item.code
        points[code] = None
        if {part.rule for part in row.item.parts} <= JUDGED:
            continue
        if row.computed is not None:
            exact = Decimal(row.computed.numerator) / Decimal(row.computed.denominator)
            points[code] = exact.quantize(cent, ROUND_HALF_UP)
        elif code in waiting:
            closed[code] = WAITING
        elif row.basis != "missing":
            closed[code] = NOT_APPLICABLE if row.basis == "not_applicable" else FAULTY
    return Prefill(points, closed)


def prefilled(sheet: Sheet, on_file: Mapping[str, str] | None = None) -> dict[str, Decimal | None]:
    """Return item → computed points alone."""
    return prefill(sheet, on_file).points


def _waiting(score: Score) -> set[str]:
    """Return the items that lack a number; a grade or yes/no that is missing is what the assessors judge."""
    kinds = {item.code: item for item in score.scheme.items}
    gaps = [(gap.item, kinds[gap.item].variable(gap.variable).kind) for gap in score.missing]
    return {code for code, kind in gaps if kind not in ("grade", "yes_no")}
