"""Pages of places: the lazy tree, one place, its changes, the map."""

import itertools
import math
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.forms import Form
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from lianheng.web.accounts.requests import UserRequest
from lianheng.web.shell.clock import today
from lianheng.web.shell.errors import InvalidInput
from lianheng.web.shell.refused_forms import show_refusal
from lianheng.web.trail.queries import timeline
from lianheng.web.units import forms, queries, services
from lianheng.web.units.county_map import county_map
from lianheng.web.units.division_search import found_divisions
from lianheng.web.units.models import COLUMN_OF_LEVEL, NOW, Division
from lianheng.web.units.tables import DivisionTable

MOST_FOUND = 50

FORMS: dict[str, type[forms.ChangeForm]] = {
    "rename": forms.RenameForm,
    "move": forms.MoveForm,
    "merge": forms.MergeForm,
    "end": forms.ChangeForm,
}


@login_required
@require_safe
def tree(request: UserRequest) -> HttpResponse:
    """Where this person's tree begins, a single root opens at once; or the places that a search finds (`?q=`)."""
    if "q" in request.GET:
        return _found(request, request.GET["q"].strip()[:40])
    roots = queries.roots_for(request.user)
    if len(roots) == 1:
        return redirect("units:division", roots[0].pk)
    return render(request, "units/tree.html", {"roots": roots})


def _found(request: UserRequest, text: str) -> HttpResponse:
    hits = found_divisions(request.user, text, MOST_FOUND + 1)
    context = {"q": text, "hits": hits[:MOST_FOUND], "more": len(hits) > MOST_FOUND, "too_short": len(text) < 2}
    return render(request, "units/found.html", context)


@login_required
@require_safe
def division(request: UserRequest, code: str) -> HttpResponse:
    """One place: its children, what is on it, its history."""
    place, children = queries.get_place_for(request.user, code)
    counts = queries.count_bodies(request.user, place, COLUMN_OF_LEVEL[min(place.level + 1, Division.VILLAGE)])
    below = dict(Division.LEVELS).get(place.level + 1, "")
    levels = [(place.level + 1, below, len(children))] if place.level == Division.TOWN else queries.levels_below(place)
    context: dict[str, Any] = {
        "division": place,
        "path": queries.path_of(request.user, place),
        "children": children,
        "levels": [(level, label, f"{n:,}") for level, label, n in levels] if children else [],
        "types": [(kind, counts.type_names[kind], f"{n:,}") for kind, n in sorted(counts.by_type.items())],
        "total": f"{counts.total:,}",
        # Every change raises the revision: without one there is nothing to read.
        "changes": place.changes.order_by("-date", "-pk") if place.revision else [],
        "timeline": timeline(place) if place.revision else [],
        "may_change": queries.may_change_structure(request.user, place),
        "scope_query": _scope_query(place),
    }
    if place.level == Division.CITY:
        context["roll_up"] = queries.roll_up(place, {c: float(n) for c, n in counts.by_place.items()}, children)
    else:
        context["counted"] = [(child, f"{counts.by_place.get(child.pk, 0):,}") for child in children]
    return render(request, "units/division.html", context)


def _scope_query(place: Division) -> str:
    return f"?county={place.county}" if place.county else ""


@login_required
@require_safe
def divisions_of_level(request: UserRequest, code: str, level: int) -> HttpResponse:
    """Every place of one level under a place."""
    place = queries.get_division_for(request.user, code)
    if level not in dict(Division.LEVELS) or level <= place.level:
        raise Http404
    # Who sees a place by an own institution there doesn't see what lies below it.
    rows = queries.divisions_below(place, level) & queries.visible_divisions(request.user)
    label = dict(Division.LEVELS)[level]
    return DivisionTable().respond(request, rows, "units/level.html", {"division": place, "label": label})


@login_required
@require_safe
def county_map_page(request: UserRequest) -> HttpResponse:
    """The counties of the city on a map, with the table that says the same and the zones beside it."""
    city = queries.city_of_profile()
    if city is None:
        return render(request, "units/map.html", {})
    seen = queries.visible_divisions(request.user).filter(NOW, city=city.pk, level=Division.COUNTY)
    counts = queries.counts_by(queries.institutions_in(request.user, city), "county")
    values = {place.pk: (_step(counts, place.pk), f"{counts.get(place.pk, 0)}", _url(place.pk)) for place in seen}
    title = f"{city.name}各县（市、区）单位数，内容与旁边的表相同"
    figures = queries.roll_up(city, {code: float(n) for code, n in counts.items()})
    codes = set(values)
    order = [row.division.pk for row in figures.rows if row.division.pk in codes]
    drawing = county_map(values, title, _legend(counts), order)
    context = {
        "city": city,
        "map": drawing,
        "roll_up": figures,
        "codes": codes,
        "zones": [place for place in seen if place.statistical],
    }
    return render(request, "units/map.html", context)


def _legend(counts: dict[str, int]) -> list[tuple[str, str]]:
    """Say in numbers what the four fills mean; a fill that no number of units can have is left out."""
    most = max((n for code, n in counts.items() if code), default=0)
    if not most:
        return []
    ends = [most, *(math.floor(most * share) for share in (0.75, 0.5, 0.25)), -1]
    ranges = [(below + 1, end) for end, below in itertools.pairwise(ends)]
    return [(f"t{step}", _numbers(*ends, most)) for step, ends in enumerate(ranges, 1) if ends[0] <= ends[1]]


def _numbers(first: int, last: int, most: int) -> str:
    if first == last:
        return f"{first} 个"
    return f"{first} 个以上" if last == most else f"{first}–{last} 个" if first else f"{last} 个以下"


def _step(counts: dict[str, int], code: str) -> str:
    """Return the fill: four steps of the largest count, the deepest for the most."""
    most = max((n for place, n in counts.items() if place), default=0)
    share = counts.get(code, 0) / most if most else 0
    return "t1" if share > 0.75 else "t2" if share > 0.5 else "t3" if share > 0.25 else "t4"


def _url(code: str) -> str:
    return reverse("units:division", args=[code])


@login_required
@require_safe
def change_division(request: UserRequest, code: str) -> HttpResponse:
    """The forms for renaming, moving, merging and ending a place."""
    place = queries.get_division_for(request.user, code)
    _require_change(request, place)
    return _change_page(request, place)


def _require_change(request: UserRequest, place: Division) -> None:
    """Refuse whoever could not change the place: before a form is shown, as when it is sent."""
    services.require_structure(request.user, place, "更名、划转、合并、撤销")
    services.require_standing(place, "变动")


def _change_page(request: UserRequest, place: Division, bad: dict[str, Form] | None = None) -> HttpResponse:
    fresh = {"revision": place.revision, "date": today()}
    shown: dict[str, Form] = {name: kind(initial=fresh, prefix=name) for name, kind in FORMS.items()}
    if place.statistical:
        shown["zone"] = _zone_form(place)
    context = {"division": place, "forms": shown | (bad or {})}
    return render(request, "units/change_division.html", context, status=422 if bad else 200)


def _zone_form(place: Division, data: Any = None) -> forms.ZoneForm:
    city = Division(pk=place.city, level=Division.CITY)
    counties = [(c.pk, c.name) for c in queries.divisions_below(city, Division.COUNTY) if not c.statistical]
    initial = {"revision": place.revision, "under": place.counted_under}
    return forms.ZoneForm(data, initial=initial, prefix="zone", counties=counties)


def _change(request: UserRequest, code: str, name: str, form: Form, act: Callable[..., Any], done: str) -> HttpResponse:
    """Run one change; a refused value comes back in its form."""
    place = queries.get_division_for(request.user, code)
    _require_change(request, place)
    if form.is_valid():
        try:
            act(actor=request.user, code=place.pk, **form.cleaned_data)
        except InvalidInput as error:
            show_refusal(form, error)
        else:
            messages.success(request, f"{place.name}：{done}")
            return redirect("units:division", place.pk)
    return _change_page(request, place, {name: form})


@login_required
@require_POST
def rename_division(request: UserRequest, code: str) -> HttpResponse:
    form = forms.RenameForm(request.POST, prefix="rename")
    return _change(request, code, "rename", form, _dated(services.rename_division), "已更名")


@login_required
@require_POST
def move_division(request: UserRequest, code: str) -> HttpResponse:
    form = forms.MoveForm(request.POST, prefix="move")
    return _change(request, code, "move", form, _dated(services.move_division), "已划转")


@login_required
@require_POST
def merge_division(request: UserRequest, code: str) -> HttpResponse:
    form = forms.MergeForm(request.POST, prefix="merge")
    return _change(request, code, "merge", form, _dated(services.merge_division), "已合并")


@login_required
@require_POST
def end_division(request: UserRequest, code: str) -> HttpResponse:
    form = forms.ChangeForm(request.POST, prefix="end")
    return _change(request, code, "end", form, _dated(services.end_division), "已撤销")


@login_required
@require_POST
def count_zone_under(request: UserRequest, code: str) -> HttpResponse:
    form = _zone_form(queries.get_division_for(request.user, code), request.POST)
    return _change(request, code, "zone", form, services.count_zone_under, "统计归属已改")


def _dated(act: Callable[..., Any]) -> Callable[..., Any]:
    return lambda **values: act(**values, today=today())
