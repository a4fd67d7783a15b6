"""Every write of the registry and of values."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from lianheng.web.accounts.models import User
from lianheng.web.accounts.roles import Role
from lianheng.web.accounts.scope import require_role
from lianheng.web.evidence.models import Evidence
from lianheng.web.measures import year
from lianheng.web.measures.models import Measure, MeasureValue
from lianheng.web.measures.values import canonical, check_together
from lianheng.web.shell.clock import now, today
from lianheng.web.shell.errors import InvalidInput, StaleForm
from lianheng.web.trail.services import record
from lianheng.web.units.models import Institution

MAY_ENTER = (Role.SPECIAL_OFFICE, Role.THIRD_PARTY)
SELF_REPORTED = "单位填报"
RECHECKED = "复核"


class InvalidValues(InvalidInput):
    """Several values at once cannot be accepted; `errors` maps a measure's code to its Chinese message."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__("；".join(errors.values()))
        self.errors = dict(errors)


def register_measures(measures: Sequence[Measure]) -> None:
    """Put the measures of a loaded catalogue or of a room into the registry; part of the caller's transaction."""
    Measure.objects.bulk_create(
        measures,
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["name", "kind", "room", "item", "part_of"],
        batch_size=500,
    )


def read_values(values: Mapping[str, str]) -> dict[str, str]:
    """Return the canonical texts of typed values; all that is wrong is reported at once."""
    measures = Measure.objects.in_bulk(values.keys())
    errors: dict[str, str] = {}
    read: dict[str, str] = {}
    for code, text in values.items():
        if code not in measures:
            errors[code] = f"没有登记数据项 {code}"
            continue
        try:
            read[code] = canonical(measures[code], text)
        except InvalidInput as error:
            errors[code] = error.message
    errors |= check_together(measures, read)
    if errors:
        raise InvalidValues(errors)
    return read


def store_values(
    *,
    actor: User | None,
    institution: Institution,
    period: str,
    values: Mapping[str, str],
    source: str,
    as_of: dt.date,
    evidence: Mapping[str, Sequence[int]] | None = None,
) -> dict[str, tuple[str, str]]:
    """Write canonical values inside the caller's act; return what changed as code → (before, after).

    A re-checked value stays for the year: only another re-check changes it.
    """
    stored = {
        row.measure_id: row
        for row in MeasureValue.objects.select_for_update().filter(
            institution=institution, period=period, measure__in=list(values)
        )
    }
    _refuse_rechecked(stored, values, source)
    entry = {"source": source, "as_of": as_of, "entered_by": actor, "entered_at": now()}
    place = {column: getattr(institution, column) for column in Institution.PLACE}
    new = [code for code in values if code not in stored]
    MeasureValue.objects.bulk_create(
        MeasureValue(measure_id=code, institution=institution, period=period, value=values[code], **entry, **place)
        for code in new
    )
    changed = {code: ("", values[code]) for code in new if values[code]}
    for code, row in stored.items():
        if row.value != values[code]:
            changed[code] = (row.value, values[code])
            _change(row, values[code], **entry)
    if evidence is not None:
        _link_evidence(institution, period, evidence)
    return changed


def _change(row: MeasureValue, text: str, **entry: Any) -> None:
    row.value, row.revision = text, row.revision + 1
    for column, value in entry.items():
        setattr(row, column, value)
    row.save()


def _refuse_rechecked(stored: Mapping[str, MeasureValue], values: Mapping[str, str], source: str) -> None:
    errors = {
        code: f"“{stored[code].measure.name}”已经复核，以复核值 {stored[code].value} 为准，不能再改"
        for code, text in values.items()
        if code in stored and stored[code].source == RECHECKED != source and stored[code].value != text
    }
    if errors:
        raise InvalidValues(errors)


def _link_evidence(institution: Institution, period: str, evidence: Mapping[str, Sequence[int]]) -> None:
    rows = {
        row.measure_id: row
        for row in MeasureValue.objects.filter(institution=institution, period=period, measure__in=list(evidence))
    }
    own = set(Evidence.objects.filter(institution=institution).values_list("pk", flat=True))
    for code, ids in evidence.items():
        if code in rows:
            if not set(ids) <= own:
                raise InvalidInput("引用的佐证材料不属于这个单位，请重新选择")
            rows[code].evidence.set(ids)


def _refuse_own_reports(institution: Institution, period: str, values: Mapping[str, str]) -> None:
    """What the institution itself reported is changed by itself, or by a re-check; by nobody else."""
    rows = MeasureValue.objects.filter(
        institution=institution, period=period, measure__in=list(values), source=SELF_REPORTED
    ).exclude(value="")
    errors = {
        row.measure_id: f"“{row.measure.name}”是单位自己填报的，要改请退回考评表或者复核"
        for row in rows.select_related("measure")
        if values[row.measure_id].strip() != row.value
    }
    if errors:
        raise InvalidValues(errors)


def _require_as_shown(institution: Institution, period: str, shown: Mapping[str, str]) -> None:
    rows = MeasureValue.objects.filter(institution=institution, period=period, measure__in=list(shown))
    stored = dict(rows.values_list("measure", "value"))
    if any(stored.get(code, "") != text for code, text in shown.items()):
        raise StaleForm


def read_origin(source: str, as_of: dt.date) -> tuple[str, dt.date]:
    """Return where numbers that others supply come from, and of which day they are, or say what is wrong with it."""
    source = source.strip()[:120]
    if not source or source in (SELF_REPORTED, RECHECKED):
        raise InvalidInput("请写明数据来源，例如“2026年民意调查”", "source")
    if as_of > today():
        raise InvalidInput("数据日期在将来，请核对", "as_of")
    return source, as_of


@transaction.atomic
def enter_values(
    *,
    actor: User,
    institution_id: int,
    period: str,
    values: Mapping[str, str],
    source: str,
    as_of: dt.date | None = None,
    shown: Mapping[str, str] | None = None,
) -> int:
    """Enter what the institution does not report itself (surveys, registers of others); return how many changed.

    `shown` is what the form showed of each: where another has changed one meanwhile, nothing is written.
    """
    institution = Institution.objects.select_for_update(of=("self",)).get(pk=institution_id)
    require_role(actor, MAY_ENTER, institution, "录入数据")
    year.require_open(period)
    if shown is not None:
        _require_as_shown(institution, period, shown)
    source, as_of = read_origin(source, as_of or today())
    _refuse_own_reports(institution, period, values)
    changed = store_values(
        actor=actor,
        institution=institution,
        period=period,
        values=read_values(values),
        source=source,
        as_of=as_of,
    )
    if changed:
        record(
            actor=actor,
            action="measures.values_entered",
            subject=institution,
            unit=f"institution:{institution.pk}",
            details={"period": period, "source": source, "values": {k: list(v) for k, v in changed.items()}},
        )
    return len(changed)
