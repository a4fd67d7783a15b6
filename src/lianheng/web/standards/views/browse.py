"""Three menu levels (unit type → category → item), search, print view, coverage of topics."""

from dataclasses import asdict
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from lianheng.web.accounts.requests import UserRequest
from lianheng.web.standards import queries
from lianheng.web.standards.forms import ClauseForm
from lianheng.web.standards.models import Catalogue, StandardList
from lianheng.web.standards.rule_words import describe
from lianheng.web.standards.search_rows import RULE_GROUPS
from lianheng.web.standards.sources import source_lines
from lianheng.web.standards.stored import values_of
from lianheng.web.units.models import UnitType


@login_required
@require_safe
def index(request: UserRequest) -> HttpResponse:
    """First level: the unit types that the city runs."""
    catalogue = queries.catalogue_for(request.user, request.GET.get("version", ""))
    context = _version(request, catalogue)
    if catalogue is not None:
        context["entries"] = queries.first_level(catalogue)
    return render(request, "standards/index.html", context)


@login_required
@require_safe
def unit_type(request: UserRequest, code: str) -> HttpResponse:
    """A unit type opens to its list, or to the choice between its lists."""
    catalogue = _catalogue(request)
    kind = get_object_or_404(UnitType, code=code)
    lists = [queries.get_list(catalogue, each) for each in kind.lists.split(",")]
    if len(lists) == 1:
        return redirect(reverse("standards:list", args=[lists[0].code]) + _suffix(request))
    return render(request, "standards/unit_type.html", {**_version(request, catalogue), "kind": kind, "lists": lists})


@login_required
@require_safe
def standard_list(request: UserRequest, code: str) -> HttpResponse:
    """Second level: categories of a list with their items, and its negative rows."""
    catalogue = _catalogue(request)
    sheet = queries.get_list(catalogue, code)
    context = {"sheet": sheet, "kind": _kind(sheet)}
    return render(request, "standards/list.html", {**_version(request, catalogue), **context})


@login_required
@require_safe
def print_list(request: UserRequest, code: str) -> HttpResponse:
    """The whole list on one page, to be printed or read through."""
    catalogue = _catalogue(request)
    sheet = queries.get_list(catalogue, code, problems=True)
    rules = {item.code: describe(item.rule) for category in sheet.categories.all() for item in category.items.all()}
    return render(request, "standards/print.html", {**_version(request, catalogue), "sheet": sheet, "rules": rules})


@login_required
@require_safe
def category(request: UserRequest, code: str) -> HttpResponse:
    """Third level: the items of a category below its short form."""
    catalogue = _catalogue(request)
    found = queries.get_category(catalogue, code)
    context = {"category": found, "kind": _kind(found.standard_list)}
    return render(request, "standards/category.html", {**_version(request, catalogue), **context})


@login_required
@require_safe
def item(request: UserRequest, code: str) -> HttpResponse:
    """One item with everything that is asked, and what it rests on."""
    return show_item(request, code)


def show_item(request: UserRequest, code: str, form: ClauseForm | None = None, status: int = 200) -> HttpResponse:
    """Render an item; also used when the clause form comes back with errors."""
    catalogue = _catalogue(request)
    found: Any = queries.get_item(catalogue, code)
    topics = {topic["code"]: topic["name"] for topic in catalogue.head["topics"]}
    documents: list[Any] = queries.documents_with_clauses([found.code, found.category.code])
    context = _version(request, catalogue) | {
        "item": found,
        "kind": next((dict(zip(("code", "name", "lists"), kind, strict=True)) for kind in found.kinds), None),
        "problems": sorted(found.problem_list),
        "rules": describe(found.rule),
        "tags": [topics.get(tag, tag) for tag in found.tags],
        "sources": source_lines(found.source, catalogue.head),
        "negatives": queries.negatives_of(found),
        "clauses": [
            {"document": document, "clause": clause, "item_code": of, "pk": pk}
            for document in documents
            for clause, of, pk in sorted(document.clauses)
        ],
    }
    if context["editor"]:
        context["form"] = form or ClauseForm(documents=documents)
    return render(request, "standards/item.html", context, status=status)


@login_required
@require_safe
def search(request: UserRequest) -> HttpResponse:
    """Items, negative rows, indicators and rules that hold any two characters."""
    catalogue = queries.catalogue_for(request.user, request.GET.get("version", ""))
    text = request.GET.get("q", "").strip()[:40]
    context = _version(request, catalogue) | {"text": text, "too_short": len(text) == 1, "limit": SEARCH_LIMIT}
    if catalogue is not None and len(text) >= 2:
        found = queries.find_standards(catalogue, text, SEARCH_LIMIT)
        context["found"] = [(row, _kept(queries.address_of(row), request)) for row in found]
    return render(request, "standards/search.html", context)


SEARCH_LIMIT = 100


@login_required
@require_safe
def evaluation(request: UserRequest) -> HttpResponse:
    """百分制考评: the three levels of the evaluation, and the rules that hold for every list."""
    catalogue = _catalogue(request)
    loaded = values_of(catalogue)
    if loaded.evaluation is None:
        raise Http404
    items = list(loaded.evaluation.all_items())
    context = {
        "sheet": loaded.evaluation,
        "total": len(items),
        "rules": {item.code: describe(asdict(item)) for item in items},
        "common": [(heading, loaded.rules.get(key, ())) for key, heading in RULE_GROUPS],
    }
    return render(request, "standards/evaluation.html", {**_version(request, catalogue), **context})


@login_required
@require_safe
def coverage(request: UserRequest) -> HttpResponse:
    """问题导向定标准: which topics of high risk or strong concern have an item."""
    catalogue = _catalogue(request)
    covered, topics = queries.coverage(catalogue)
    context = {"covered": covered, "topics": topics, "total": len(topics)}
    return render(request, "standards/coverage.html", {**_version(request, catalogue), **context})


def _catalogue(request: UserRequest) -> Catalogue:
    catalogue = queries.catalogue_for(request.user, request.GET.get("version", ""))
    if catalogue is None:
        raise Http404
    return catalogue


def _kept(address: str, request: UserRequest) -> str:
    """Return an address that stays in the version; the query goes before the place on the page."""
    path, sign, place = address.partition("#")
    return path + _suffix(request) + sign + place


def _suffix(request: UserRequest) -> str:
    version = request.GET.get("version", "")
    return f"?version={version}" if version else ""


def _version(request: UserRequest, catalogue: Catalogue | None) -> dict[str, Any]:
    """What every page of a version shows: which one it is, and the suffix that keeps links in it."""
    content = catalogue.head if catalogue else {}
    editor = queries.may_edit(request.user)
    return {"catalogue": catalogue, "content": content, "keep": _suffix(request), "editor": editor}


def _kind(sheet: StandardList) -> UnitType | None:
    """The unit type under which a list hangs, also when the city has switched it off."""
    return UnitType.objects.filter(code=sheet.unit_type).first()
