"""A version's rows, made from the library's values and nothing else."""

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


def write_rows(catalogue: Catalogue, loaded: library.Catalogue) -> None:
    """Write lists, categories, items, problem descriptions, negative rows and the search index of a version."""
    unit_type_of = {choice.list: kind.code for kind in loaded.unit_types for choice in kind.lists}
    for order, sheet in enumerate(loaded.lists):
        standard_list = StandardList.objects.create(
            catalogue=catalogue,
            code=sheet.code,
            name=sheet.name,
            unit_type=unit_type_of[sheet.code],
            lead_department=sheet.lead,
            points=sheet.points,
            order=order,
        )
        for number, group in enumerate(sheet.categories):
            category = _write_category(standard_list, group, number)
            for place, entry in enumerate(group.items):
                _write_item(category, entry, place)
        _write_negatives(standard_list, sheet)
    search.write_index(search_rows(catalogue, loaded))


def _write_category(standard_list: StandardList, group: library.Category, order: int) -> Category:
    return Category.objects.create(
        standard_list=standard_list,
        code=group.code,
        name=group.name,
        points=group.points,
        mnemonic=group.mnemonic,
        mnemonic_mark=group.mnemonic_mark,
        mark=group.mark,
        order=order,
    )


def _write_negatives(standard_list: StandardList, sheet: library.StandardList) -> None:
    NegativeItem.objects.bulk_create(
        NegativeItem(
            standard_list=standard_list,
            code=row.code,
            name=row.name,
            confirmed_by=row.confirmed_by,
            effect=row.effect,
            cap=row.cap or "",
            points=row.points,
            item=row.item or "",
            mark=row.mark,
            order=number,
        )
        for number, row in enumerate(sheet.negatives)
    )


def _write_item(category: Category, entry: library.Item, order: int) -> None:
    item = Item.objects.create(
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
    ProblemDescription.objects.bulk_create(
        ProblemDescription(item=item, code=row.code, text=row.text) for row in entry.problems
    )
