"""One value with its way back, and the entry of what others supply for one institution."""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from lianheng.web.accounts.requests import UserRequest
from lianheng.web.accounts.scope import grant_for, require_role
from lianheng.web.measures import queries, services, year
from lianheng.web.measures.forms import PERIOD, EntryForm
from lianheng.web.measures.models import Measure, MeasureValue
from lianheng.web.shell.clock import today
from lianheng.web.shell.errors import InvalidInput, StaleForm, why_refused
from lianheng.web.shell.prepared import ask
from lianheng.web.shell.unknown_conditions import printable
from lianheng.web.units.models import Institution
from lianheng.web.units.queries import get_institution_for, search_institutions

MOST_LACKING = 50


def period_of(request: UserRequest) -> str:
    """Return the period that an address or a form names, this year where it names none; else say what a period is."""
    asked = request.GET.get("period", "") or request.POST.get("period", "")
    if asked and not re.fullmatch(PERIOD, asked):
        raise InvalidInput(f"“{printable(asked)}”不是年度。年度写成四位数字，例如 2026", "period")
    return asked or str(today().year)


@login_required
@require_safe
def value(request: UserRequest, value_id: int) -> HttpResponse:
    """Show what a number is, where it comes from, what proves it, and every change of it."""
    row: Any = queries.get_value_for(request.user, value_id)
    context = {
        "value": row,
        "whole": row.wholes[0] if row.wholes else None,
        "evidence": [_proof(*proof) for proof in sorted(row.proofs)],
        "history": queries.history_of(row),
        "rechecks": ask(queries.checked_of, row.pk),
        "state": year.state(row.period),
    }
    return render(request, "measures/value.html", context)


def _proof(pk: int, title: str, dated: str | None) -> dict[str, Any]:
    return {"pk": pk, "title": title, "dated": dt.date.fromisoformat(dated) if dated else None}


@login_required
@require_safe
def enter(request: UserRequest) -> HttpResponse:
    """Find the institution for which to enter numbers, or go to the Excel form of a list."""
    require_role(request.user, services.MAY_ENTER, act="录入数据")
    period, text = period_of(request), request.GET.get("q", "").strip()[:40]
    found = [row for row in search_institutions(request.user, text) if grant_for(request.user, services.MAY_ENTER, row)]
    state = year.state(period)
    # The whole number is said; of thousands the first are listed, the others go into the Excel form.
    lacking = (
        queries.lacking_for(request.user, period) if state.code and not state.closed else Institution.objects.none()
    )
    context = {
        "period": period,
        "q": text,
        "found": found,
        "lacking": lacking.select_related("division")[:MOST_LACKING],
        "lacking_count": lacking.count(),
        "too_short": len(text) == 1,
        "lists": year.entered_lists(period),
        "begun": bool(state.code),
        "state": state,
        "imports": [
            (batch, "" if batch.undone else why_refused(services.require_same_state, batch))
            for batch in queries.imports_of(request.user)
        ],
    }
    return render(request, "measures/enter.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def enter_values(request: UserRequest, institution_id: int) -> HttpResponse:
    """Enter what others supply for one institution: surveys and the like."""
    institution = get_institution_for(request.user, institution_id)
    require_role(request.user, services.MAY_ENTER, institution, "录入数据")
    period = period_of(request)
    measures = queries.supplied_measures(institution, period)
    if request.method == "POST" and not measures:
        raise Http404
    stored = _stored(institution, period, measures)
    form = EntryForm(measures, _texts(stored), request.POST or None)
    status, changed = 200, set[str]()
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                return _saved(request, institution, period, form)
            except InvalidInput as error:
                add_errors(form, error)
            except StaleForm:
                stored = _stored(institution, period, measures)
                now = _texts(stored)
                changed = {code for code, text in form.shown().items() if now.get(code, "") != text}
                form, status = EntryForm(measures, now, form.over(now)), 409
    context = {
        "institution": institution,
        "period": period,
        "state": year.state(period),
        "form": form,
        "stale": status == 409,
        "lines": [
            (form[f"v.{code}"], form[f"was.{code}"], stored.get(code), code in changed)
            for code in (measure.code for measure in measures)
        ],
    }
    return render(request, "measures/enter_values.html", context, status=status)


def _stored(institution: Institution, period: str, measures: Sequence[Measure]) -> dict[str, MeasureValue]:
    rows = institution.measure_values.filter(period=period, measure__in=measures).select_related("entered_by")
    return {row.measure_id: row for row in rows}


def _texts(stored: Mapping[str, MeasureValue]) -> dict[str, str]:
    return {code: row.value for code, row in stored.items()}


def _saved(request: UserRequest, institution: Institution, period: str, form: EntryForm) -> HttpResponse:
    count = services.enter_values(
        actor=request.user,
        institution_id=institution.pk,
        period=period,
        values=form.typed(),
        source=form.cleaned_data["source"],
        as_of=form.cleaned_data["as_of"],
        shown=form.shown(),
    )
    messages.success(request, f"{institution.name}：存了 {count} 个数" if count else "没有改动")
    return redirect("measures:enter")


def add_errors(form: EntryForm, error: InvalidInput) -> None:
    """Put each message above its own field."""
    per_field = getattr(error, "errors", None) or {error.field or "": error.message}
    for name, message in per_field.items():
        place = next((key for key in (f"v.{name}", name) if key in form.fields), None)
        form.add_error(place, message)
