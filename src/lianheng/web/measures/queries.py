"""Reads of values and re-checks, and who may see what."""

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast, StrIndex
from django.shortcuts import get_object_or_404

from lianheng.web.accounts.models import User
from lianheng.web.accounts.prepared import ask_for
from lianheng.web.accounts.scope import visible
from lianheng.web.evidence.models import Evidence
from lianheng.web.evidence.scope import seen_by
from lianheng.web.measures import year
from lianheng.web.measures.models import Measure, MeasureValue, Recheck, RecheckDraw, ValueImport
from lianheng.web.measures.services.rechecks import MAY_CHECK
from lianheng.web.measures.services.values import MAY_ENTER
from lianheng.web.shell.json_lists import listed
from lianheng.web.shell.prepared import ask, one_or_404
from lianheng.web.trail.models import TrailEntry
from lianheng.web.trail.queries import action_name, name_of, with_names
from lianheng.web.units.models import Institution

HISTORY = 200


def values_for(user: User) -> QuerySet[MeasureValue]:
    """Return the values of institutions in this person's scope."""
    return MeasureValue.objects.filter(seen_by(user, "entered_by")).select_related(
        "measure", "institution", "entered_by"
    )


def get_value_for(user: User, value_id: int) -> MeasureValue:
    """Return a value with what proves it (`proofs`) and the whole that it is a part of (`wholes`), as lists."""
    return one_or_404(ask_for(user, _value, value_id))


def _value(user: User, value_id: int) -> QuerySet[MeasureValue]:
    whole = MeasureValue.objects.filter(
        institution=OuterRef("institution"), period=OuterRef("period"), measure=OuterRef("measure__part_of")
    )
    rows = values_for(user).filter(pk=value_id)
    return rows.annotate(
        proofs=listed(Evidence.objects.filter(values=OuterRef("pk")), "pk", "title", "dated"),
        wholes=listed(whole, "pk", "measure__name", "value"),
    )


def checked_of(value_id: int) -> QuerySet[Recheck]:
    """Return the re-checks of a value that are done."""
    return Recheck.objects.filter(value=value_id).exclude(checked_at=None).select_related("checked_by")


def draws_for(user: User) -> QuerySet[RecheckDraw]:
    """Return the draws of which this person checks something; with how many are done."""
    rows = Recheck.objects.filter(visible(user, roles=MAY_CHECK)).values("draw")
    return (
        RecheckDraw.objects.filter(pk__in=rows)
        .select_related("drawn_by")
        .annotate(done=Count("rechecks", filter=~Q(rechecks__checked_at=None)))
        .order_by("-id")
    )


def get_draw_for(user: User, draw_id: int) -> RecheckDraw:
    return get_object_or_404(draws_for(user), pk=draw_id)


def rechecks_for(user: User) -> QuerySet[Recheck]:
    """Return the re-checks in scope of who checks; units see theirs on the value's page once they are done."""
    return (
        Recheck.objects.filter(visible(user, roles=MAY_CHECK))
        .select_related("value__measure", "institution", "checked_by")
        .order_by("id")
    )


def waiting_rechecks(user: User) -> QuerySet[Recheck]:
    """Return what this person may still say of the samples drawn: `require_checker` as a query."""
    rows = Recheck.objects.filter(visible(user, roles=MAY_CHECK, acting=True), checked_at=None, draw__isnull=False)
    return rows.exclude(value__entered_by=user)


def get_recheck_for(user: User, recheck_id: int) -> Recheck:
    return get_object_or_404(rechecks_for(user), pk=recheck_id)


def imports_of(user: User) -> QuerySet[ValueImport]:
    return ValueImport.objects.filter(created_by=user).order_by("-id")[:10]


def supplied_measures(institution: Institution, period: str) -> list[Measure]:
    """Return what others supply for an institution, in the order of items."""
    codes = year.supplied(institution, period)
    found = Measure.objects.in_bulk(codes)
    return [found[code] for code in codes if code in found]


def lacking_for(user: User, period: str) -> QuerySet[Institution]:
    """Return the institutions that still lack what this person may enter for them."""
    seen = visible(user, institution="id", roles=MAY_ENTER, acting=True)
    return year.lacking(period).filter(seen).order_by("sort_key", "pk")


@dataclass(frozen=True)
class Change:
    """One change of a value, from the trail."""

    time: dt.datetime
    actor: str
    action: str
    before: str
    after: str


def history_of(value: MeasureValue) -> Sequence[Change]:
    """Return how a value came to be what it is, newest first. Ask for the value's visibility before."""
    rows = ask(_entries_with, f"institution:{value.institution_id}", f'"{value.measure_id}":')
    found = [(time, name_of(actor, name), action, json.loads(content)) for time, actor, name, action, content in rows]
    changes = [
        Change(time, actor, action_name(action), *_pair(details["values"][value.measure_id]))
        for time, actor, action, details in found
        if value.measure_id in details.get("values", {}) and details.get("period", value.period) == value.period
    ]
    return sorted([*changes, *_imports(value)], key=lambda change: change.time, reverse=True)


def _entries_with(unit: str, mark: str) -> QuerySet[TrailEntry, Any]:
    """Return the entries of a unit whose details hold the mark."""
    entries = TrailEntry.objects.filter(unit=unit, result=TrailEntry.DONE)
    entries = entries.alias(at=StrIndex("payload__content", Value(mark))).filter(at__gt=0)
    return (
        with_names(entries)
        .order_by("-seq")
        .values_list("time", "actor", "name", "action", "payload__content")[:HISTORY]
    )


def _imports(value: MeasureValue) -> list[Change]:
    """A whole import is one entry of the trail; what it did to one value stands in its batch."""
    changes = []
    for batch in ask(_batches_with, value.period, f"[{value.pk}, "):
        for pk, _, before, after in batch.changes:
            if pk == value.pk:
                word = f"导入 {batch.file_name}" + ("，后来撤回" if batch.undone else "")
                changes.append(Change(batch.created, batch.created_by.name, word, before[0] if before else "", after))
    return changes


def _batches_with(period: str, mark: str) -> QuerySet[ValueImport]:
    # Cast to text, a batch of thousands is only looked through by the database, not read: both write "[12, ".
    batches = ValueImport.objects.filter(period=period).alias(at=StrIndex(Cast("changes", TextField()), Value(mark)))
    return batches.filter(at__gt=0).select_related("created_by")


def _pair(values: Sequence[str]) -> tuple[str, str]:
    return str(values[0]), str(values[1])
