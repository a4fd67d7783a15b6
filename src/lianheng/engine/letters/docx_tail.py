"""版记 of a .docx: copies and printer between rules, on the lower edge of the type area of the last page."""

from typing import Any

from .content import Content
from .metrics import MARGIN_LEFT, POINTS_PER_MM, SIZE_4, TAIL_RULE, TAIL_RULE_MIDDLE, TYPE_WIDTH
from .ooxml import FANG, add_cell, add_text, begin_table, element, exact_lines, format_paragraph, table_borders

FULL_WIDTH = int(TYPE_WIDTH * POINTS_PER_MM * 20)
PRINTED_WIDTH = 13 * 280  # room for 2026年12月31日印发 and the indent
CHARACTER = round(SIZE_4 * 20)


def draw_tail(target: Any, tail: Content, *, ruled: bool) -> None:
    """Draw the tail block as a table that floats to the lower edge of the type area.

    Placed from the page's left edge: LibreOffice lets a table as wide as the text float only if it is.
    """
    place = element(
        "tblpPr",
        leftFromText=0,
        rightFromText=0,
        vertAnchor="margin",
        horzAnchor="page",
        tblpX=round(MARGIN_LEFT * POINTS_PER_MM * 20),
        tblpYSpec="bottom",
    )
    outer, inner = _eighths(TAIL_RULE), _eighths(TAIL_RULE_MIDDLE)
    borders = table_borders(top=outer, bottom=outer, insideH=inner) if ruled else table_borders()
    widths = [FULL_WIDTH - PRINTED_WIDTH, PRINTED_WIDTH]
    table = begin_table(widths, borders, place=place, padding=0)
    target.element.body.insert_element_before(table, "w:sectPr")
    if tail["copies"]:
        row = _add_row(table)
        _fill(add_cell(row, FULL_WIDTH, 2), f"抄送：{tail['copies']}", left=CHARACTER, right=CHARACTER, hanging=3)
    if tail["printed_by"]:
        row = _add_row(table)
        _fill(add_cell(row, widths[0]), tail["printed_by"], left=CHARACTER)
        _fill(add_cell(row, widths[1]), tail["printed"], right=CHARACTER, align="right")
    anchor = target.add_paragraph()  # a file may not end with a table
    format_paragraph(anchor, snapToGrid=element("snapToGrid", val=0), spacing=exact_lines(20))


def _eighths(millimetres: float) -> int:
    return round(millimetres * POINTS_PER_MM * 8)


def _add_row(table: Any) -> Any:
    row, properties = element("tr"), element("trPr")
    properties.append(element("cantSplit"))
    row.append(properties)
    table.append(row)
    return row


def _fill(paragraph: Any, text: str, *, left: int = 0, right: int = 0, hanging: int = 0, align: str = "left") -> None:
    room = hanging * CHARACTER
    format_paragraph(
        paragraph,
        snapToGrid=element("snapToGrid", val=0),
        spacing=exact_lines(440, before=60, after=60),
        ind=element("ind", left=left + room, right=right, hanging=room),
        jc=element("jc", val=align),
    )
    add_text(paragraph, text, FANG, SIZE_4, tighten=0)
