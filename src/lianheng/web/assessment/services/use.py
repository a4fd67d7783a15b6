"""结果运用: the four inclusions of a unit and the five linkages of a round."""

import datetime as dt
import hashlib
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

import rfc8785
from django.db import transaction

from lianheng.web.accounts.models import User
from lianheng.web.accounts.roles import Role
from lianheng.web.accounts.scope import require_role
from lianheng.web.assessment.models import Inclusion, Linkage, Objection, Result, ResultRun, Round
from lianheng.web.assessment.services.rounds import city_of
from lianheng.web.evidence.models import Evidence
from lianheng.web.shell.clock import now, today
from lianheng.web.shell.errors import InvalidInput, StaleForm, WrongState
from lianheng.web.trail.services import record
from lianheng.web.units.models import Institution


@transaction.atomic
def file_inclusion(
    *,
    actor: User,
    institution_id: int,
    year: int,
    kind: str,
    date: dt.date | None,
    evidence_id: int | None,
    revision: int = 0,
) -> Inclusion:
    """File one of the four inclusions of a unit's year; without date and document the slot counts as missing.

    `revision` is what the page showed of the slot, 0 where nothing was filed.
    """
    institution = Institution.objects.select_for_update().get(pk=institution_id)
    require_role(actor, [Role.UNIT_ADMIN, Role.UNIT_LEADER, Role.SPECIAL_OFFICE], institution, "登记四纳入")
    if kind not in dict(Inclusion.KINDS):
        raise InvalidInput("请从四类里选一类", "kind")
    if date and date > today():
        raise InvalidInput("日期在将来，请核对", "date")
    if evidence_id and not Evidence.objects.filter(pk=evidence_id, institution=institution).exists():
        raise InvalidInput("材料不属于这个单位，请重新选择", "evidence")
    row = Inclusion.objects.filter(institution=institution, year=year, kind=kind).first() or Inclusion(
        institution=institution, year=year, kind=kind
    )
    if row.revision != revision:
        raise StaleForm
    row.date, row.evidence_id = date, evidence_id
    row.revision += 1
    row.place_like(institution)
    row.save()
    record(
        actor=actor,
        action="assessment.inclusion_filed",
        subject=row,
        unit=f"institution:{institution.pk}",
        details={"kind": kind, "year": year, "complete": bool(date and evidence_id)},
    )
    return row


def inclusion_share(rows: Sequence[Inclusion]) -> tuple[Decimal, list[str]]:
    """Return the share of the four inclusions that are evidenced, in percent, and the names of those missing."""
    complete = {row.kind for row in rows if row.date and row.evidence_id}
    missing = [name for kind, name in Inclusion.KINDS if kind not in complete]
    return Decimal(100 * len(complete)) / len(Inclusion.KINDS), missing


def converted(score: Decimal, scale: Decimal) -> Decimal:
    """Return a score of 100 on another scale, rounded half up to two places: 88.6 on 5 is 4.43."""
    return (score * scale / 100).quantize(Decimal("0.01"), ROUND_HALF_UP)


def export_rows(run: ResultRun, scale: Decimal) -> list[list[str]]:
    """Return unit code, name, class, score and converted score of every result, in one order."""
    rows = (
        Result.objects.filter(run=run)
        .exclude(score=None)
        .select_related("institution")
        .order_by("group", "institution__code")
    )
    return [
        [row.institution.code, row.name, row.group, f"{row.score:.2f}", f"{converted(row.score, scale):.2f}"]
        for row in rows
        if row.score is not None
    ]


@transaction.atomic
def export_linkage(*, actor: User, round_id: int, kind: str, scale: Decimal, office: str) -> Linkage:
    """Hand a published year over to another assessment on its own scale; the content's hash is kept."""
    round_ = Round.objects.select_for_update().get(pk=round_id)
    require_role(actor, [Role.SPECIAL_OFFICE], city_of(round_), "报送挂钩结果")
    if round_.state not in (Round.PUBLISHED, Round.LOCKED):
        raise WrongState("结果公布后才能报送")
    if kind not in dict(Linkage.KINDS):
        raise InvalidInput("请从五类里选一类", "kind")
    if not 0 < scale <= 1000:
        raise InvalidInput("满分要大于 0，不超过 1000", "scale")
    if not office.strip():
        raise InvalidInput("请填接收单位", "office")
    run = ResultRun.objects.defer("inputs").get(round=round_, current=True)
    linkage = Linkage.objects.create(
        round=round_,
        run=run,
        kind=kind,
        scale=scale,
        office=office.strip()[:60],
        sha256=hashlib.sha256(rfc8785.dumps(export_rows(run, scale))).hexdigest(),
        exported_by=actor,
        exported_at=now(),
    )
    record(
        actor=actor,
        action="assessment.linkage_exported",
        subject=linkage,
        unit=f"round:{round_.pk}",
        details={"kind": kind, "scale": str(scale), "office": linkage.office, "sha256": linkage.sha256},
    )
    return linkage


@transaction.atomic
def note_receipt(*, actor: User, linkage_id: int, revision: int, receipt: str, receipt_on: dt.date) -> Linkage:
    """Note the receiving office's receipt."""
    linkage = Linkage.objects.select_for_update(of=("self",)).select_related("round").get(pk=linkage_id)
    require_role(actor, [Role.SPECIAL_OFFICE], city_of(linkage.round), "登记回执")
    if linkage.revision != revision:
        raise StaleForm
    if receipt_on > today():
        raise InvalidInput("回执日期在将来，请核对", "receipt_on")
    if not receipt.strip():
        raise InvalidInput("请填回执文号或签收人单位", "receipt")
    linkage.receipt, linkage.receipt_on = receipt.strip()[:120], receipt_on
    linkage.revision += 1
    linkage.save()
    record(actor=actor, action="assessment.receipt_noted", subject=linkage, unit=f"round:{linkage.round_id}")
    return linkage


def lists_frozen(run: ResultRun) -> bool:
    """Say whether an open objection freezes the praise and interview lists of a run's round."""
    return Objection.objects.filter(result__run__round_id=run.round_id, upheld=None).exists()
