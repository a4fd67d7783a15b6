"""复核: draw a sample, enter what was found, see what follows."""

import re

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lianheng.web.accounts.requests import UserRequest
from lianheng.web.accounts.roles import Role
from lianheng.web.accounts.scope import grant_for, require_role
from lianheng.web.measures import queries, services, year
from lianheng.web.measures.forms import PERIOD, DrawForm, RecheckForm
from lianheng.web.measures.services.rechecks import MAY_CHECK
from lianheng.web.measures.views import period_of
from lianheng.web.shell.clock import today
from lianheng.web.shell.errors import InvalidInput, why_refused
from lianheng.web.shell.refused_forms import show_refusal
from lianheng.web.units.queries import city_of_profile


@login_required
@require_safe
def rechecks(request: UserRequest) -> HttpResponse:
    """The draws so far, and the form for another."""
    require_role(request.user, MAY_CHECK, act="复核数据")
    return _rechecks(request, period_of(request), None)


def _rechecks(request: UserRequest, period: str, form: DrawForm | None, status: int = 200) -> HttpResponse:
    lists, city = year.lists(period), city_of_profile()
    context = {
        "form": form or DrawForm(lists, initial={"period": period}),
        "no_profile": city is None,
        "may_draw": city is not None and grant_for(request.user, [Role.SPECIAL_OFFICE], city) is not None,
        "draws": [(draw, dict(lists).get(draw.part, draw.part)) for draw in queries.draws_for(request.user)],
    }
    return render(request, "measures/rechecks.html", context, status=status)


def _typed_period(request: UserRequest) -> str:
    """Return the period typed in the form; what is none has no lists, and the form's own field says so."""
    typed: str = request.POST.get("period", "")
    return typed if re.fullmatch(PERIOD, typed) else str(today().year)


@login_required
@require_POST
def draw_recheck(request: UserRequest) -> HttpResponse:
    """Draw 5 % of a list's self-reported numerators."""
    city = city_of_profile()
    if city is not None:
        require_role(request.user, [Role.SPECIAL_OFFICE], city, "抽取复核样本")
    period = _typed_period(request)
    form = DrawForm(year.lists(period), request.POST)
    if form.is_valid():
        try:
            draw = services.draw_recheck(actor=request.user, **form.cleaned_data)
        except InvalidInput as error:
            show_refusal(form, error)
        else:
            messages.success(request, f"从 {draw.population} 个填报数里抽了 {draw.size} 个")
            return redirect("measures:draw", draw.pk)
    return _rechecks(request, period, form, status=422)


@login_required
@require_safe
def draw(request: UserRequest, draw_id: int) -> HttpResponse:
    """One draw: what to check, how it was drawn, what came of it."""
    row = queries.get_draw_for(request.user, draw_id)
    rows = list(queries.rechecks_for(request.user).filter(draw=row))
    rows.sort(key=lambda check: (check.checked_at is not None, check.institution.sort_key, check.pk))
    context = {
        "draw": row,
        "rows": [(check, why_refused(services.require_checker, request.user, check)) for check in rows],
        "replaced": sum(check.replaces for check in rows),
        "state": year.state(row.period),
    }
    return render(request, "measures/draw.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def enter_recheck(request: UserRequest, recheck_id: int) -> HttpResponse:
    """Enter what was found on the spot for one value."""
    row = queries.get_recheck_for(request.user, recheck_id)
    if row.checked_at is None:
        services.require_recheckable(request.user, row)
    form = RecheckForm(request.POST or None, initial={"revision": row.revision})
    context = {"recheck": row, "form": form, "evidence": row.value.evidence.select_related("file")}
    if request.method != "POST":
        return render(request, "measures/recheck.html", context)
    if form.is_valid():
        try:
            done = services.enter_recheck(actor=request.user, recheck_id=row.pk, **form.cleaned_data)
        except InvalidInput as error:
            form.add_error("found", error.message)
        else:
            word = f"差错超过 10%，本年度改按 {done.found} 计" if done.replaces else "差错没有超过 10%，仍按填报数计"
            messages.success(request, f"{row.institution.name}：{word}")
            return redirect("measures:draw", done.draw_id) if done.draw_id else redirect("measures:rechecks")
    return render(request, "measures/recheck.html", context, status=422)
