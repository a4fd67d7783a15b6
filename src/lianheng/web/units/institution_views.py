"""Pages of institutions: the list, one institution, its changes."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from lianheng.web.accounts.requests import UserRequest
from lianheng.web.accounts.roles import Role
from lianheng.web.accounts.scope import grant_for, require_role
from lianheng.web.shell.clock import today
from lianheng.web.shell.errors import InvalidInput
from lianheng.web.shell.refused_forms import show_refusal
from lianheng.web.units import forms, queries, services
from lianheng.web.units.models import Institution
from lianheng.web.units.panels import panels_for
from lianheng.web.units.services.institutions import data_of
from lianheng.web.units.services.same_names import TICK
from lianheng.web.units.tables import InstitutionTable
from lianheng.web.units.unit_acts import acts_on


@login_required
@require_safe
def institutions(request: UserRequest) -> HttpResponse:
    """The institutions of my scope."""
    rows = queries.institutions_for(request.user).select_related("division")
    context = {"may_create": grant_for(request.user, [Role.SPECIAL_OFFICE]) is not None}
    return InstitutionTable(request.user).respond(request, rows, "units/institutions.html", context)


@login_required
@require_safe
def institution(request: UserRequest, institution_id: int) -> HttpResponse:
    """One institution: facts, panels of other rooms, history."""
    row = queries.get_institution_for(request.user, institution_id)
    context: dict[str, Any] = {
        "institution": row,
        "panels": panels_for(request.user, row),
        # Every change raises the revision: without one there is nothing to read.
        "changes": row.changes.select_related("successor").order_by("-date", "-pk") if row.revision else [],
        "timeline": acts_on(request.user, row),
        "may_change": queries.may_change_institution(request.user, row),
    }
    return render(request, "units/institution.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def create_institution(request: UserRequest) -> HttpResponse:
    """Set up an institution."""
    require_role(request.user, [Role.SPECIAL_OFFICE], act="新设单位")
    initial = {"revision": 0, "date": today(), "division": request.GET.get("division", "")}
    form = forms.InstitutionForm(request.POST or None, initial=initial, asked_by=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            given = form.cleaned_data
            row = services.create_institution(
                actor=request.user,
                data=form.data_given(),
                valid_from=given["date"],
                today=today(),
                basis=given["basis"],
                same_name=given.get(TICK, False),
            )
        except InvalidInput as error:
            _show_refusal(form, error)
        else:
            messages.success(request, f"已设立 {row.name}")
            return redirect("units:institution", row.pk)
    status = 422 if request.method == "POST" else 200
    context = {"form": form, "heading": "新设单位", "no_types": not queries.unit_types()}
    return render(request, "units/institution_form.html", context, status=status)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit_institution(request: UserRequest, institution_id: int) -> HttpResponse:
    """Change an institution from a day on."""
    row = queries.get_institution_for(request.user, institution_id)
    require_role(request.user, [Role.SPECIAL_OFFICE], row, "修改单位")
    form = forms.InstitutionForm(request.POST or None, initial=_initial(row), current=row, asked_by=request.user)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            services.edit_institution(
                actor=request.user,
                institution_id=row.pk,
                revision=given["revision"],
                data=form.data_given(),
                date=given["date"],
                basis=given["basis"],
                today=today(),
                same_name=given.get(TICK, False),
            )
        except InvalidInput as error:
            _show_refusal(form, error)
        else:
            messages.success(request, "已修改")
            return redirect("units:institution", row.pk)
    status = 422 if request.method == "POST" else 200
    context = {"form": form, "heading": f"修改：{row.name}", "institution": row}
    return render(request, "units/institution_form.html", context, status=status)


def _show_refusal(form: forms.InstitutionForm, refusal: InvalidInput) -> None:
    if refusal.field == TICK:
        form.ask_whether_same_name()
    show_refusal(form, refusal)


def _initial(row: Institution) -> dict[str, Any]:
    data = data_of(row)
    return {**vars(data), "revision": row.revision, "date": today()}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def end_institution(request: UserRequest, institution_id: int) -> HttpResponse:
    """End an institution, or merge it into another."""
    row = queries.get_institution_for(request.user, institution_id)
    require_role(request.user, [Role.SPECIAL_OFFICE], row, "撤销或合并单位")
    form = forms.EndInstitutionForm(request.POST or None, initial={"revision": row.revision, "date": today()})
    if request.method == "POST" and form.is_valid():
        try:
            _end(request, row, form.cleaned_data)
        except InvalidInput as error:
            show_refusal(form, error)
        else:
            messages.success(request, f"{row.name}已{'合并' if form.cleaned_data['into'] else '撤销'}")
            return redirect("units:institution", row.pk)
    status = 422 if request.method == "POST" else 200
    context = {"form": form, "heading": f"撤销或合并：{row.name}", "institution": row}
    return render(request, "units/institution_form.html", context, status=status)


def _end(request: UserRequest, row: Institution, given: dict[str, Any]) -> None:
    into = None
    if given["into"]:
        found = queries.institutions_for(request.user).filter(code=given["into"]).first()
        if found is None:
            raise InvalidInput("您的范围内没有这个编码的单位", "into")
        into = found.pk
    services.end_institution(
        actor=request.user,
        institution_id=row.pk,
        revision=given["revision"],
        date=given["date"],
        basis=given["basis"],
        today=today(),
        into=into,
    )
