"""认定事件: entered by one person, confirmed by another; unconfirmed ones count nowhere."""

import datetime as dt

from django.db import transaction
from django.db.models import QuerySet

from lianheng.web.accounts.models import User
from lianheng.web.accounts.roles import Role
from lianheng.web.accounts.scope import require_other_hand, require_role
from lianheng.web.assessment.declared import engine_scheme
from lianheng.web.assessment.groups import lists_of
from lianheng.web.assessment.models import ConfirmedEvent, Round, Scheme
from lianheng.web.assessment.queries import EVENT_ROLES
from lianheng.web.shell.clock import local_day, now, today
from lianheng.web.shell.errors import InvalidInput, StaleForm, WrongState
from lianheng.web.trail.services import record
from lianheng.web.units.models import Institution

OVERDUE, FAKED = "D2", "D4"
MAY_CONFIRM = (Role.SUPERVISION_ROOM, Role.RESIDENT_INSPECTION_GROUP, Role.SPECIAL_OFFICE)


def items_for(institution: Institution, year: int) -> set[str]:
    """Return the items of every scheme that assesses an institution."""
    return {item.code for scheme in _schemes(institution, year) for item in engine_scheme(scheme).items}


def _schemes(institution: Institution, year: int) -> QuerySet[Scheme]:
    return Scheme.objects.filter(year=year, state=Scheme.PUBLISHED, code__in=lists_of(institution))


def kinds_for(institution: Institution, year: int) -> dict[str, tuple[str, ...]]:
    """Return the event codes that may be registered for an institution, each with the counts (terms) it may hit."""
    kinds: dict[str, tuple[str, ...]] = {}
    for scheme in _schemes(institution, year):
        declared = engine_scheme(scheme)
        terms = {item.code: _terms(item) for item in declared.items}
        kinds |= {kind: terms.get(kind, ()) for kind in declared.event_kinds}
    return dict(sorted(kinds.items()))


def _terms(item: object) -> tuple[str, ...]:
    parts = item.parts  # type: ignore[attr-defined]
    return tuple(term.count for part in parts if part.rule == "D" for term in part.terms)


@transaction.atomic
def enter_event(
    *,
    actor: User,
    institution_id: int,
    kind: str,
    found: str,
    date: dt.date,
    facts: str,
    term: str = "",
    item: str = "",
    mended: bool = False,
    days_overdue: int | None = None,
    form_key: str = "",
) -> ConfirmedEvent:
    """Register an event for confirmation. One event costs points once: under the item that names it, else under D1.

    Of one filled-in form (`form_key`) sent twice the second is refused; it waits for the first at the institution.
    """
    institution = Institution.objects.select_for_update(of=("self",)).get(pk=institution_id)
    require_role(actor, EVENT_ROLES, institution, "登记认定事件")
    if form_key and ConfirmedEvent.objects.filter(form_key=form_key, entered_by=actor).exists():
        raise WrongState("这张表刚才已经交过，事件只登记一次。请到“认定事件”里看，不用再交")
    _require_countable(date)
    term = _fitting(institution, date.year, kind, term=term, item=item, days_overdue=days_overdue)
    if not facts.strip():
        raise InvalidInput("请写明事实：时间、地点、经过，不写个人姓名", "facts")
    event = ConfirmedEvent(
        institution=institution,
        kind=kind,
        term=term,
        item=item,
        found=found,
        mended=mended,
        days_overdue=days_overdue,
        date=date,
        facts=facts.strip()[:300],
        entered_by=actor,
        entered_at=now(),
        form_key=form_key,
    )
    event.place_like(institution)
    event.save(force_insert=True)
    details = {"kind": kind, "found": found, "date": date.isoformat()}
    unit = f"institution:{institution.pk}"
    record(actor=actor, action="assessment.event_entered", subject=event, unit=unit, details=details)
    return event


def _require_countable(date: dt.date) -> None:
    """Refuse a day to come, and one of a year whose results are final."""
    if date > today():
        raise InvalidInput("事件日期在将来，请核对", "date")
    if _is_final(date.year):
        raise InvalidInput(f"{_final(date.year)}。请核对日期；确是那一年的事，请领导小组先重开考评再登记", "date")


def _fitting(institution: Institution, year: int, kind: str, *, term: str, item: str, days_overdue: int | None) -> str:
    """Refuse what does not fit the kind of event; return the count that it hits, the first where none was named."""
    kinds = kinds_for(institution, year)
    if kind not in kinds:
        raise InvalidInput(f"{year} 年度的考评方案里没有事件代码 {kind}，请从列表中选", "kind")
    terms = kinds[kind]
    if term and term not in terms:
        raise InvalidInput(f"{kind} 没有“{term}”这种情形", "term")
    if kind == OVERDUE and days_overdue is None:
        raise InvalidInput("整改逾期请填逾期天数", "days_overdue")
    if kind != OVERDUE and days_overdue is not None:
        raise InvalidInput(f"只有 {OVERDUE} 整改逾期计逾期天数，{kind} 请把这一格空着", "days_overdue")
    if kind == FAKED and not item:
        raise InvalidInput("数据造假请选涉及的条目，这个条目记 0 分", "item")
    if kind != FAKED and item:
        raise InvalidInput(f"只有 {FAKED} 数据造假要选条目，{kind} 请选“不涉及”", "item")
    if item and item not in items_for(institution, year):
        raise InvalidInput(f"考评方案里没有条目 {item}，请从列表中选", "item")
    return term or next(iter(terms), "")


@transaction.atomic
def confirm_event(*, actor: User, event_id: int, revision: int, document: str) -> ConfirmedEvent:
    """Confirm an event on the strength of a document; never by who entered it."""
    event = _lock(event_id, revision)
    require_decider(actor, event)
    if not document.strip():
        raise InvalidInput("请填认定文书的名称和文号", "document")
    event.state, event.document = ConfirmedEvent.CONFIRMED, document.strip()[:120]
    return _decided(event, actor, "assessment.event_confirmed")


@transaction.atomic
def reject_event(*, actor: User, event_id: int, revision: int, reason: str) -> ConfirmedEvent:
    """Turn an event down; it stays on record and counts nowhere."""
    event = _lock(event_id, revision)
    require_decider(actor, event)
    if not reason.strip():
        raise InvalidInput("请写明不予认定的理由", "document")
    event.state, event.document = ConfirmedEvent.REJECTED, reason.strip()[:120]
    return _decided(event, actor, "assessment.event_rejected")


def _lock(event_id: int, revision: int) -> ConfirmedEvent:
    event = ConfirmedEvent.objects.select_for_update().get(pk=event_id)
    if event.revision != revision:
        raise StaleForm
    if event.state != ConfirmedEvent.ENTERED:
        raise WrongState("这个事件已经认定过了")
    require_year_open(event)
    return event


def require_decider(actor: User, event: ConfirmedEvent) -> None:
    """Refuse who may not decide on an event; the page asks before it offers."""
    require_role(actor, MAY_CONFIRM, event, "认定事件")
    require_other_hand(actor, [event.entered_by_id], local_day(event.entered_at), "认定")


def require_year_open(event: ConfirmedEvent) -> None:
    """Refuse to decide on an event of a year whose results are final."""
    if _is_final(event.date.year):
        raise WrongState(f"{_final(event.date.year)}；要计入请领导小组先重开考评")


def _is_final(year: int) -> bool:
    return Round.objects.filter(year=year, state__in=[Round.PUBLISHED, Round.LOCKED]).exists()


def _final(year: int) -> str:
    return f"{year} 年度结果已经公布"


def _decided(event: ConfirmedEvent, actor: User, action: str) -> ConfirmedEvent:
    event.confirmed_by, event.confirmed_at = actor, now()
    event.revision += 1
    event.save()
    record(
        actor=actor,
        action=action,
        subject=event,
        unit=f"institution:{event.institution_id}",
        details={"kind": event.kind, "document": event.document},
    )
    return event
