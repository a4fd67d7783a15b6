"""为什么能看到: why a person sees a thing, or does not; for security and audit administrators."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from lianheng.web.accounts.directory import has_role, managed, people_for, require_admin
from lianheng.web.accounts.models import User
from lianheng.web.accounts.requests import UserRequest
from lianheng.web.accounts.roles import READERS as READING
from lianheng.web.accounts.roles import Role
from lianheng.web.accounts.scope import visible
from lianheng.web.accounts.why import Answer, explain
from lianheng.web.assessment.models import Inclusion
from lianheng.web.assessment.queries import events_for, results_for, sheets_for
from lianheng.web.desk.sight_things import MOST, find_things, words_of
from lianheng.web.desk.words import describe_grants
from lianheng.web.evidence.queries import evidence_for
from lianheng.web.measures.queries import rechecks_for, values_for
from lianheng.web.shell.clock import today
from lianheng.web.trail.models import TrailEntry
from lianheng.web.trail.services import record
from lianheng.web.units.models import Institution, Placed

READERS = (Role.SECURITY_ADMIN, Role.AUDIT_ADMIN)
# The lists of what was handed in and found: the answer is theirs, each with its own rule beside the place.
LISTS: dict[str, Callable[[User], QuerySet[Any]]] = {
    "assessment.sheet": sheets_for,
    "assessment.result": results_for,
    "assessment.confirmedevent": events_for,
    "assessment.inclusion": lambda user: Inclusion.objects.filter(visible(user, roles=READING)),
    "evidence.evidence": evidence_for,
    "measures.measurevalue": values_for,
    "measures.recheck": rechecks_for,
}


@dataclass(frozen=True)
class Kind:
    """A table that is scoped by ancestor columns, as its lists ask `visible`."""

    label: str
    model: type[Model]
    institution: str


def kinds() -> dict[str, Kind]:
    """Return every table with ancestor columns, institutions first; a new room's tables come by themselves."""
    found = {"units.institution": Kind("单位", Institution, "id")}
    for model in apps.get_models():
        if issubclass(model, Placed) and model is not Institution and hasattr(model, "institution"):
            words = (model.__doc__ or model.__name__).split(":")[0]
            found[model._meta.label_lower] = Kind(words, model, "institution")
    return found


@login_required
@require_safe
def why(request: UserRequest) -> HttpResponse:
    """Answer "why can X see this" from the predicate that the lists use; the answer is an entry."""
    require_admin(request.user, READERS, "查询“为什么能看到”")
    given = {name: request.GET.get(name, "").strip()[:80] for name in ("person", "kind", "thing", "year")}
    context: dict[str, Any] = {"kinds": kinds().items(), "given": given, "errors": {}}
    if given["person"] or given["thing"]:
        context |= _answer(request.user, given)
    return render(request, "desk/people_why.html", context, status=404 if context["errors"] else 200)


def _answer(actor: User, given: dict[str, str]) -> dict[str, Any]:
    person = people_for(actor).filter(username=given["person"].lower()).first()
    kind = kinds().get(given["kind"] or "units.institution")
    if kind is None:
        raise Http404
    errors = {}
    if person is None:
        errors["person"] = "没有这个用户名，或者不在您管的范围内"
    rows: list[Any] = []
    if given["year"] and not re.fullmatch("[12][0-9]{3}", given["year"]):
        errors["year"] = "年度写成四位数字，例如 2026；不限年度就留空"
    else:
        rows = find_things(_things_for(actor, kind), given["thing"], given["year"])
        if not rows:
            errors["thing"] = f"没有找到这个{kind.label}。填单位编码或全称，也可以填编号；只能查您管的地方"
    if errors or person is None:
        return {"errors": errors}
    if len(rows) > 1:
        candidates = [(getattr(row, "code", row.pk), words_of(row)) for row in rows]
        return {"candidates": candidates, "kind_label": kind.label, "is_cut": len(rows) == MOST}
    return _answer_for(actor, person, kind, rows[0])


def _answer_for(actor: User, person: User, kind: Kind, row: Any) -> dict[str, Any]:
    lists = LISTS.get(kind.model._meta.label_lower)
    listed = lists(person) if lists else None
    one = kind.model._default_manager.filter(pk=row.pk)
    answer = explain(person, one, today(), institution=kind.institution, listed=listed)
    _note(actor, person, kind, row, answer)
    words = describe_grants([verdict.grant for verdict in answer.verdicts])
    rows = list(zip(answer.verdicts, words, strict=True))
    return {"person": person, "words": words_of(row), "kind_label": kind.label, "answer": answer, "rows": rows}


def _things_for(actor: User, kind: Kind) -> QuerySet[Any]:
    """Return the things in the places that this administrator looks after; an auditor looks everywhere."""
    rows = kind.model._default_manager.all()
    if has_role(actor, [Role.AUDIT_ADMIN]):
        return rows
    return rows.filter(managed(actor, READERS, prefix="", own=kind.institution))


def _note(actor: User, person: User, kind: Kind, row: Model, answer: Answer) -> None:
    details = {"thing": f"{kind.model._meta.label_lower}:{row.pk}", "sees": answer.sees}
    with transaction.atomic():
        record(actor=actor, action="accounts.sight_explained", subject=person, details=details, result=TrailEntry.READ)
