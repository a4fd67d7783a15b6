"""Reads of standards. Everybody who is logged in may read; drafts are the office's until they are published."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, OuterRef, Prefetch, Q, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse

from lianheng.library import catalogue as library
from lianheng.web.accounts.models import User
from lianheng.web.shell.json_lists import listed
from lianheng.web.shell.prepared import ask, one_or_404
from lianheng.web.standards import search
from lianheng.web.standards.models import (
    Catalogue,
    Category,
    ClauseLink,
    Item,
    NegativeItem,
    PolicyDocument,
    ProblemDescription,
    StandardList,
    StandardSearch,
)
from lianheng.web.standards.permission import is_office
from lianheng.web.standards.stored import values_of
from lianheng.web.units.models import UnitType

# Hundreds of kilobytes that a page of rows does not need.
HEAVY = ("content",)
EVALUATION = "E"


def may_edit(user: User) -> bool:
    """Whether the person loads, imports, publishes and files here."""
    return is_office(user)


def versions_for(user: User) -> QuerySet[Catalogue]:
    """Return the versions this person may read, newest first."""
    rows = (
        Catalogue.objects.defer(*HEAVY)
        .prefetch_related(Prefetch("based_on", Catalogue.objects.defer(*HEAVY)))
        .order_by("-id")
    )
    return rows if may_edit(user) else rows.exclude(state=Catalogue.DRAFT)


def live_catalogue() -> Catalogue | None:
    """Return the version published last."""
    return next(iter(ask(_live)), None)


def _live() -> QuerySet[Catalogue]:
    rows = Catalogue.objects.filter(state=Catalogue.PUBLISHED).defer(*HEAVY)
    return rows.order_by("-published_at", "-id")[:1]


def catalogue_for(user: User, version: str) -> Catalogue | None:
    """Return the version that an address names, else the live one; None before anything is published."""
    if not version:
        return live_catalogue()
    found = versions_for(user).filter(version=version).first()
    if found is None:
        raise Http404
    return found


@dataclass(frozen=True)
class MenuEntry:
    """One entry of the first menu level."""

    unit_type: UnitType
    lists: Sequence[StandardList]


def first_level(catalogue: Catalogue) -> list[MenuEntry]:
    """Return the unit types that the city runs, with the lists that each opens to."""
    counted = catalogue.lists.annotate(
        categories_count=Count("categories", distinct=True), items_count=Count("categories__items", distinct=True)
    )
    lists = {row.code: row for row in counted}
    return [
        MenuEntry(kind, [lists[code] for code in kind.lists.split(",") if code in lists])
        for kind in UnitType.objects.filter(enabled=True)
    ]


def get_list(catalogue: Catalogue, code: str, *, problems: bool = False) -> StandardList:
    """Return a list with its categories, items and negative rows, on wish with the problem descriptions."""
    items = Item.objects.prefetch_related("problems") if problems else Item.objects.all()
    rows = catalogue.lists.prefetch_related(Prefetch("categories__items", items), "negatives")
    return get_object_or_404(rows, code=code)


def get_category(catalogue: Catalogue, code: str) -> Category:
    rows = Category.objects.filter(standard_list__catalogue=catalogue).select_related("standard_list")
    return get_object_or_404(rows.prefetch_related("items__problems"), code=code)


def get_item(catalogue: Catalogue, code: str) -> Item:
    """Return an item with its problem descriptions (`problem_list`) and the unit type that opens to it (`kinds`)."""
    return one_or_404(ask(_item, catalogue.pk, code))


def _item(catalogue_id: int, code: str) -> QuerySet[Item]:
    rows = Item.objects.filter(category__standard_list__catalogue=catalogue_id, code=code).annotate(
        problem_list=listed(ProblemDescription.objects.filter(item=OuterRef("pk")), "code", "text"),
        kinds=listed(
            UnitType.objects.filter(code=OuterRef("category__standard_list__unit_type")), "code", "name", "lists"
        ),
    )
    return rows.select_related("category__standard_list")


def negatives_of(item: Item) -> list[NegativeItem]:
    """Return the negative rows that belong to an item."""
    return ask(_negatives, item.category.standard_list_id, item.code)


def _negatives(list_id: int, code: str) -> QuerySet[NegativeItem]:
    return NegativeItem.objects.filter(standard_list=list_id, item=code)


def documents_with_clauses(codes: Sequence[str]) -> list[PolicyDocument]:
    """Return the slots in order, each with the clauses (`clauses`: clause, code, id) on which these codes rest."""
    return ask(_documents, *codes)


def _documents(*codes: str) -> QuerySet[PolicyDocument]:
    links = ClauseLink.objects.filter(document=OuterRef("pk"), item_code__in=codes)
    return PolicyDocument.objects.annotate(clauses=listed(links, "clause", "item_code", "pk")).order_by("slot")


def find_standards(catalogue: Catalogue, text: str, limit: int = 50) -> list[StandardSearch]:
    """Return what of a version holds the text: by code and name first, then in the order of the catalogue."""
    rows = list(search.matching(catalogue.pk, text).defer("bigrams"))
    rows.sort(key=lambda row: (row.code.lower() != text.strip().lower(), text.strip() not in row.name, row.order))
    return rows[:limit]


def address_of(row: StandardSearch) -> str:
    """Return where a found row stands: the page of an item, else its line on the list or evaluation page."""
    if row.kind == StandardSearch.ITEM:
        return reverse("standards:item", args=[row.code])
    if row.kind == StandardSearch.NEGATIVE and row.list_code != EVALUATION:
        return f"{reverse('standards:list', args=[row.list_code])}#{row.code}"
    return f"{reverse('standards:evaluation')}#{row.code}"


def search_standards(text: str, limit: int = 10) -> list[tuple[str, str, str]]:
    """Return title, second line and address of what is live and holds the text; for the search over everything."""
    catalogue = live_catalogue()
    if catalogue is None:
        return []
    found = find_standards(catalogue, text, limit)
    return [(f"{row.code} {row.name}", f"{row.place} · {row.text[:60]}", address_of(row)) for row in found]


@dataclass(frozen=True)
class TopicRow:
    """One topic of the coverage page."""

    name: str
    unit_type: str
    items: Sequence[Item]


def coverage(catalogue: Catalogue) -> tuple[library.TopicCoverage, list[TopicRow]]:
    """问题导向定标准: which topics have an item in a version, and which items."""
    values = values_of(catalogue)
    kinds = {kind.code: kind.name for kind in values.unit_types}
    items = list(
        Item.objects.filter(category__standard_list__catalogue=catalogue)
        .select_related("category__standard_list")
        .order_by("category__standard_list__order", "category__order", "order")
    )
    rows = [
        TopicRow(topic.name, kinds.get(topic.unit_type, ""), [item for item in items if topic.code in item.tags])
        for topic in values.topics
    ]
    return library.topic_coverage(values), rows


@dataclass(frozen=True)
class Meter:
    """How many slots of the document library are filled, and which are not."""

    documents: Sequence[PolicyDocument]

    @property
    def filed(self) -> int:
        return sum(document.filed for document in self.documents)

    @property
    def total(self) -> int:
        return len(self.documents)

    @property
    def empty(self) -> list[PolicyDocument]:
        return [document for document in self.documents if not document.filed]


def document_meter() -> Meter:
    """Return the 11 slots in order."""
    return Meter(list(PolicyDocument.objects.annotate(links_count=Count("links")).order_by("slot")))


def get_document(slot: str) -> PolicyDocument:
    return get_object_or_404(PolicyDocument.objects.select_related("evidence"), slot=slot)


@dataclass(frozen=True)
class RestingItems:
    """A clause with the live items that rest on it."""

    link: ClauseLink
    items: Sequence[Item]


def items_resting_on(document: PolicyDocument, catalogue: Catalogue | None) -> list[RestingItems]:
    """Return the clauses of a document in order; a link to a category stands for all its items."""
    links = list(document.links.order_by("id"))
    codes = {link.item_code for link in links}
    rows: list[Item] = []
    if catalogue is not None:
        live = Item.objects.filter(category__standard_list__catalogue=catalogue).select_related("category")
        named = Q(code__in=codes) | Q(category__code__in=codes)
        rows = list(live.filter(named).order_by("category__standard_list__order", "category__order", "order"))
    return [
        RestingItems(link, [item for item in rows if link.item_code in (item.code, item.category.code)])
        for link in links
    ]
