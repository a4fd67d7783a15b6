"""Writes the template and a list as a workbook; a cell that looks like a formula is written as text."""

from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import Any

import xlsxwriter  # type: ignore[import-untyped]

from lianheng.library import catalogue as library
from lianheng.web.standards.workbook import columns

DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
ROWS_WITH_DROPDOWN = 500


def write_workbook(catalogue: library.Catalogue, lists: Sequence[library.StandardList]) -> bytes:
    """Return the workbook of some lists; of none: the template, with the sample rows alone."""
    file = BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    rows = {
        columns.CATEGORIES: _category_rows(lists),
        columns.ITEMS: _item_rows(catalogue, lists),
        columns.PROBLEMS: _problem_rows(lists),
    }
    pages = {sheet: _write_sheet(book, sheet, list(rows[sheet])) for sheet in columns.SHEETS}
    _write_options(book, catalogue, pages[columns.ITEMS])
    page = book.add_worksheet(columns.README)
    page.set_column(0, 0, 100)
    for number, line in enumerate(columns.README_LINES):
        page.write_string(number, 0, line)
    book.close()
    return file.getvalue()


def _write_sheet(book: Any, sheet: columns.Sheet, rows: list[Sequence[Any]]) -> Any:
    bold, wrapped, quoted = book.add_format({"bold": True}), book.add_format({"text_wrap": True}), book.add_format()
    quoted.set_quote_prefix()
    page = book.add_worksheet(sheet.name)
    page.freeze_panes(1, 1)
    for place, column in enumerate(sheet.columns):
        page.set_column(place, place, column.width)
        page.write_string(0, place, column.heading, bold)
    for number, row in enumerate(rows or [sheet.sample], 1):
        for place, value in enumerate(row):
            if isinstance(value, int | float):
                page.write_number(number, place, value)
            else:
                page.write_string(number, place, value, quoted if value.startswith(DANGEROUS) else wrapped)
    return page


def _write_options(book: Any, catalogue: library.Catalogue, page: Any) -> None:
    """Offer departments and topics as dropdowns; several departments may be typed, another topic may not."""
    leads = sorted({item.lead for sheet in catalogue.lists for item in sheet.all_items()})
    topics = [topic.name for topic in catalogue.topics]
    options = book.add_worksheet(columns.OPTIONS)
    options.write_column(0, 0, leads)
    options.write_column(0, 1, topics)
    options.hide()
    for key, letter, values, mode in (("lead", "A", leads, "information"), ("tags", "B", topics, "stop")):
        place = columns.ITEMS.columns.index(columns.ITEMS.column(key))
        source = f"={columns.OPTIONS}!${letter}$1:${letter}${max(1, len(values))}"
        rule = {"validate": "list", "source": source, "error_type": mode, "ignore_blank": True}
        page.data_validation(1, place, ROWS_WITH_DROPDOWN, place, rule)


def _category_rows(lists: Sequence[library.StandardList]) -> Iterable[Sequence[Any]]:
    for sheet in lists:
        yield from ((row.code, row.name, row.points, row.mnemonic) for row in sheet.categories)


def _item_rows(catalogue: library.Catalogue, lists: Sequence[library.StandardList]) -> Iterable[Sequence[Any]]:
    topics = {topic.code: topic.name for topic in catalogue.topics}
    for sheet in lists:
        for item in sheet.all_items():
            parts = "+".join(f"{part['points']}" for part in item.parts)
            tags = "、".join(topics[tag] for tag in item.tags)
            yield item.code, item.name, item.standard, item.lead, item.evidence, item.points, parts, tags


def _problem_rows(lists: Sequence[library.StandardList]) -> Iterable[Sequence[Any]]:
    for sheet in lists:
        for item in sheet.all_items():
            yield from ((item.code, problem.code, problem.text) for problem in item.problems)
