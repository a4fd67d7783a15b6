"""清单一级菜单: which unit types the city runs, and who leads them."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from lianheng.web.accounts.requests import UserRequest
from lianheng.web.shell.errors import InvalidInput
from lianheng.web.shell.refused_forms import show_refusal
from lianheng.web.units import forms, queries, services
from lianheng.web.units.models import CityProfile, UnitType
from lianheng.web.units.services.types import require_city_office


@login_required
@require_safe
def unit_types(request: UserRequest) -> HttpResponse:
    return _page(request)


@login_required
@require_POST
def set_unit_type(request: UserRequest, code: str) -> HttpResponse:
    """Switch a type on or off, name its lead department."""
    kind = get_object_or_404(UnitType, pk=code)
    require_city_office(request.user, "调整单元类型")
    form = forms.UnitTypeForm(request.POST, prefix=code)
    if form.is_valid():
        try:
            services.set_unit_type(actor=request.user, code=code, **form.cleaned_data)
        except InvalidInput as error:
            show_refusal(form, error)
        else:
            messages.success(request, f"{kind.name}：已保存")
            return redirect("units:unit_types")
    return _page(request, {code: form})


def _page(request: UserRequest, bad: dict[str, forms.UnitTypeForm] | None = None) -> HttpResponse:
    city = queries.city_of_profile()
    rows = []
    for kind in queries.unit_types():
        initial = {"revision": kind.revision, "enabled": kind.enabled, "lead_department": kind.lead_department}
        rows.append((kind, (bad or {}).get(kind.pk) or forms.UnitTypeForm(initial=initial, prefix=kind.pk)))
    context = {
        "rows": rows,
        "enabled": sum(kind.enabled for kind, _ in rows),
        "profile": CityProfile.objects.first(),
        "may_change": city is not None and queries.may_change_structure(request.user, city),
    }
    return render(request, "units/unit_types.html", context, status=422 if bad else 200)
