"""What a sheet asks for, from whom, and what is there."""

from collections.abc import Sequence

from lianheng.engine.scoring.scheme import MeasureUse
from lianheng.web.assessment.declared import engine_scheme
from lianheng.web.assessment.models import Scheme, Sheet
from lianheng.web.measures.models import MeasureValue

FORM = "form."


def asked_measures(scheme: Scheme) -> Sequence[MeasureUse]:
    """Return what a sheet asks its institution for: not what events, surveys or this room itself supply."""
    supplied = {use.code for use in supplied_measures(scheme)}
    return [u for u in engine_scheme(scheme).measures() if u.code.startswith(FORM) and u.code not in supplied]


def supplied_measures(scheme: Scheme) -> Sequence[MeasureUse]:
    """Return what others supply for a sheet: everything that an item scored by survey (S) reads."""
    surveyed = {item.code for item in engine_scheme(scheme).items if any(part.rule == "S" for part in item.parts)}
    return [u for u in engine_scheme(scheme).measures() if u.code.startswith(FORM) and u.item in surveyed]


def current_values(sheet: Sheet) -> dict[str, str]:
    """Return measure code → value of a sheet's institution and period; blanks are left out."""
    rows = MeasureValue.objects.filter(institution_id=sheet.institution_id, period=sheet.period).exclude(value="")
    return dict(rows.values_list("measure_id", "value"))


def missing_measures(sheet: Sheet) -> list[MeasureUse]:
    """Return what a sheet still lacks: a missing value blocks publication."""
    present = current_values(sheet)
    return [
        use for use in engine_scheme(sheet.scheme).measures() if use.code.startswith(FORM) and use.code not in present
    ]
