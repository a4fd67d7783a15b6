"""A version's rows, made from the library's values and nothing else."""

from collections.abc import Iterable

from lianheng.library import catalogue as library
from lianheng.web.standards import search
from lianheng.web.standards.models import (
    Catalogue,
    Category,
    Item,
    NegativeItem,
    ProblemDescription,
    StandardList,
)
from lianheng.web.standards.search_rows import search_rows

BATCH = 500


def write_rows(catalogue: Catalogue, loaded: library.Catalogue) -> None:
    """Write lists, categories, items, problem descriptions, negative rows and the search index of a version.

    A statement for each table: row by row they were most of a load.
    """
    unit_type_of = {choice.list: kind.code for kind in loaded.unit_types for choice in kind.lists}
    lists = StandardList.objects.bulk_create(
        _list(catalogue, sheet, unit_type_of[sheet.code], order) for order, sheet in enumerate(loaded.lists)
    )
    sheets = list(zip(lists, loaded.lists, strict=True))
    groups = [group for _, sheet in sheets for group in sheet.categories]
    categories = Category.objects.bulk_create(
        _category(row, group, order) for row, sheet in sheets for order, group in enumerate(sheet.categories)
    )
    entries = [entry for group in groups for entry in group.items]
    items = Item.objects.bulk_create(
        (
            _item(row, entry, order)
            for row, group in zip(categories, groups, strict=True)
            for order, entry in enumerate(group.items)
        ),
        batch_size=BATCH,
    )
    ProblemDescription.objects.bulk_create(_problems(zip(items, entries, strict=True)), batch_size=BATCH)
    NegativeItem.objects.bulk_create(
        _negative(row, entry, order) for row, sheet in sheets for order, entry in enumerate(sheet.negatives)
    )
    search.write_index(search_rows(catalogue, loaded))


def _list(catalogue: Catalogue, sheet: library.StandardList, unit_type: str, order: int) -> StandardList:
    return StandardList(
        catalogue=catalogue,
        code=sheet.code,
        name=sheet.name,
        unit_type=unit_type,
        lead_department=sheet.lead,
        points=sheet.points,
        order=order,
    )


def _category(standard_list: StandardList, group: library.Category, order: int) -> Category:
    return Category(
        standard_list=standard_list,
        code=group.code,
        name=group.name,
        points=group.points,
        mnemonic=group.mnemonic,
        mnemonic_mark=group.mnemonic_mark,
        mark=group.mark,
        order=order,
    )


def _item(category: Category, entry: library.Item, order: int) -> Item:
    return Item(
        category=category,
        code=entry.code,
        name=entry.name,
        standard=entry.standard,
        lead_department=entry.lead,
        evidence=entry.evidence,
        points=entry.points,
        rule={
            "parts": [dict(part) for part in entry.parts],
            "variables": {name: dict(value) for name, value in entry.variables.items()},
            "measures": dict(entry.measures),
            "note": entry.note,
        },
        tags=list(entry.tags),
        mark=entry.mark,
        source=entry.mark_note,
        order=order,
    )


def _problems(items: Iterable[tuple[Item, library.Item]]) -> Iterable[ProblemDescription]:
    return (
        ProblemDescription(item=item, code=row.code, text=row.text) for item, entry in items for row in entry.problems
    )


def _negative(standard_list: StandardList, row: library.Negative, order: int) -> NegativeItem:
    return NegativeItem(
        standard_list=standard_list,
        code=row.code,
        name=row.name,
        confirmed_by=row.confirmed_by,
        effect=row.effect,
        cap=row.cap or "",
        points=row.points,
        item=row.item or "",
        mark=row.mark,
        order=order,
    )
