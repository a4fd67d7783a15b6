"""What the rules alone give a sheet's items: shown to assessors before they score."""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal

from lianheng.engine.scoring.inputs import UnitInput
from lianheng.engine.scoring.score import Score, score_unit
from lianheng.web.assessment.declared import engine_scheme
from lianheng.web.assessment.models import Sheet
from lianheng.web.assessment.queries import current_values, hits_of

JUDGED = {"G", "F"}


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


def prefilled(sheet: Sheet, on_file: Mapping[str, str] | None = None) -> dict[str, Decimal | None]:
    """Return item → computed points, rounded to two places; items that assessors judge (G, F) have none."""
    cent = Decimal("0.01")
    points: dict[str, Decimal | None] = {}
    for row in computed_score(sheet, on_file).items:
        if {part.rule for part in row.item.parts} <= JUDGED or row.computed is None:
            points[row.item.code] = None
        else:
            exact = Decimal(row.computed.numerator) / Decimal(row.computed.denominator)
            points[row.item.code] = exact.quantize(cent, ROUND_HALF_UP)
    return points
