"""数据快照: measures and confirmed events of a period, frozen as canonical bytes."""

import datetime as dt
import gzip
import hashlib
import json
from collections import Counter, defaultdict
from typing import Any

import rfc8785
from django.db import transaction

from lianheng.web.accounts.models import User
from lianheng.web.accounts.roles import Role
from lianheng.web.accounts.scope import require_role
from lianheng.web.assessment.declared import engine_scheme
from lianheng.web.assessment.models import ConfirmedEvent, Round, Scheme, Sheet, Snapshot
from lianheng.web.measures.models import MeasureValue
from lianheng.web.shell.clock import now, today
from lianheng.web.shell.errors import InvalidInput, WrongState
from lianheng.web.trail.services import record
from lianheng.web.units.models import Division

EVENT_PREFIX = "events."


def pack(content: Any) -> tuple[bytes, str]:
    """Return canonical JSON compressed with a fixed header, and the SHA-256 of the JSON itself."""
    plain = rfc8785.dumps(content)
    return gzip.compress(plain, compresslevel=6, mtime=0), hashlib.sha256(plain).hexdigest()


def unpack(content: bytes | memoryview) -> Any:
    return json.loads(gzip.decompress(bytes(content)))


def freeze_snapshot(*, actor: User | None, round_: Round, period: str) -> Snapshot:
    """Freeze a period inside the caller's act; each freeze of a period is a new, numbered snapshot."""
    sheets = list(round_.sheets.select_related("institution", "scheme"))
    if period != str(round_.year):
        # Only schemes that declare a daily share read quarters; the lists are not asked for any.
        sheets = [sheet for sheet in sheets if engine_scheme(sheet.scheme).daily]
    content, missing = _content(round_, sheets, period)
    packed, digest = pack(content)
    number = Snapshot.objects.filter(round=round_, period=period).count() + 1
    snapshot = Snapshot.objects.create(
        round=round_,
        period=period,
        number=number,
        sha256=digest,
        content=packed,
        units=len(content["units"]),
        missing=missing,
        created=now(),
        created_by=actor,
    )
    record(
        actor=actor,
        action="assessment.snapshot_frozen",
        subject=snapshot,
        unit=f"round:{round_.pk}",
        details={"period": period, "sha256": digest, "units": len(content["units"]), "missing": missing},
    )
    return snapshot


def takes_quarters(round_: Round, *, computed: bool) -> bool:
    """Say whether quarters may still be frozen: while the year runs, before its first computation."""
    return round_.state in (Round.LAUNCHED, Round.ASSESSING) or (round_.state == Round.MODERATING and not computed)


def last_quarter(year: int, day: dt.date) -> int | None:
    """Return the last quarter of a year that is over on a day."""
    return max((quarter for quarter in (1, 2, 3, 4) if day >= _after(year, quarter)), default=None)


def _after(year: int, quarter: int) -> dt.date:
    return dt.date(year + quarter // 4, quarter % 4 * 3 + 1, 1)


@transaction.atomic
def freeze_quarter(*, actor: User, round_id: int, quarter: int) -> Snapshot:
    """Freeze a quarter's measures of the evaluation; part of the daily share of the year's score."""
    round_ = Round.objects.select_for_update().get(pk=round_id)
    require_role(actor, [Role.SPECIAL_OFFICE], Division.objects.get(pk=round_.division), "冻结季度快照")
    if quarter not in (1, 2, 3, 4):
        raise InvalidInput("季度是 1 到 4", "quarter")
    if round_.state == Round.DRAFT:
        raise WrongState("年度考评还没有启动，没有考评表可以取数")
    if not takes_quarters(round_, computed=round_.runs.exists()):
        raise WrongState("这个年度的结果已经计算过，季度快照要在计算以前冻结，现在不能再冻结")
    next_quarter = _after(round_.year, quarter)
    if today() < next_quarter:
        raise WrongState(f"第{quarter}季度还没有结束，{next_quarter} 起才能冻结")
    return freeze_snapshot(actor=actor, round_=round_, period=f"{round_.year}Q{quarter}")


def _content(round_: Round, sheets: list[Sheet], period: str) -> tuple[dict[str, Any], int]:
    wanted = {sheet.scheme_id: _codes(sheet.scheme) for sheet in {s.scheme_id: s for s in sheets}.values()}
    needed: dict[int, set[str]] = defaultdict(set)
    for sheet in sheets:
        needed[sheet.institution_id] |= wanted[sheet.scheme_id]
    values: dict[int, dict[str, str]] = defaultdict(dict)
    rows = MeasureValue.objects.filter(period=period, city=round_.division).values_list(
        "institution_id", "measure_id", "value", "as_of", "source"
    )
    facts: dict[int, dict[str, list[str]]] = defaultdict(dict)
    for institution_id, code, value, as_of, source in rows.iterator(chunk_size=5000):
        if code in needed.get(institution_id, ()) and value:
            values[institution_id][code] = value
            facts[institution_id][code] = [as_of.isoformat(), source]
    events: dict[int, list[dict[str, Any]]] = {}
    counts: dict[int, Counter[str]] = {}
    if period == str(round_.year):
        events, counts = _events(round_)
    units: list[dict[str, Any]] = []
    missing = 0
    for institution in {sheet.institution_id: sheet.institution for sheet in sheets}.values():
        own = dict(values.get(institution.pk, {}))
        for code in needed[institution.pk]:
            if code.startswith(EVENT_PREFIX):
                own[code] = str(counts.get(institution.pk, Counter()).get(code, 0))
            elif code not in own and not code.startswith("assessment."):
                missing += 1
        units.append(
            {
                "code": institution.code,
                "values": own,
                "facts": facts.get(institution.pk, {}),
                "events": events.get(institution.pk, []),
            }
        )
    units.sort(key=lambda unit: str(unit["code"]))
    return {"format": "lianheng-snapshot/1", "year": round_.year, "period": period, "units": units}, missing


def _codes(scheme: Scheme) -> set[str]:
    return {use.code for use in engine_scheme(scheme).measures()}


def _events(round_: Round) -> tuple[dict[int, list[dict[str, Any]]], dict[int, Counter[str]]]:
    """Return confirmed events of the year by institution, and how often each D part of an item was hit."""
    events: dict[int, list[dict[str, Any]]] = defaultdict(list)
    counts: dict[int, Counter[str]] = defaultdict(Counter)
    rows = ConfirmedEvent.objects.filter(
        state=ConfirmedEvent.CONFIRMED, city=round_.division, date__year=round_.year
    ).order_by("id")
    for row in rows:
        events[row.institution_id].append(
            {
                "code": f"{row.kind}#{row.pk}",
                "kind": row.kind,
                "found": row.found,
                "mended": row.mended,
                "item": row.item or None,
                "days_overdue": row.days_overdue,
            }
        )
        if row.term:
            counts[row.institution_id][f"{EVENT_PREFIX}{row.kind.lower().replace('.', '_')}.{row.term}"] += 1
    return events, counts
