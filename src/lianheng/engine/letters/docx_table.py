"""Tables in the body of a .docx; the header repeats on each page."""

from collections.abc import Sequence
from typing import Any

from .content import Content
from .metrics import POINTS_PER_MM, TYPE_WIDTH
from .ooxml import FANG, HEI, add_cell, add_text, begin_table, element, exact_lines, format_paragraph, table_borders

LINE = 4  # eighths of a point
NO_ROWS = "无"
FULL_WIDTH = int(TYPE_WIDTH * POINTS_PER_MM * 20)


def draw_table(target: Any, node: Content) -> None:
    """Draw one table of the body, with its caption above."""
    if node["caption"]:
        caption = target.add_paragraph()
        format_paragraph(caption, keepNext=element("keepNext"), jc=element("jc", val="center"))
        add_text(caption, node["caption"], HEI, 14)
    size = node["size"]
    widths = _column_widths(node["widths"])
    edges = dict.fromkeys(("top", "left", "bottom", "right", "insideH", "insideV"), LINE)
    table = begin_table(widths, table_borders(**edges))
    target.element.body.insert_element_before(table, "w:sectPr")
    _add_row(table, node["header"], widths, ["center"] * len(widths), HEI, size, header=True)
    for row in node["rows"]:
        _add_row(table, row, widths, node["align"], FANG, size)
    if not node["rows"]:
        _add_row(table, [NO_ROWS], [sum(widths)], ["center"], FANG, size, span=len(widths))


def _column_widths(shares: Sequence[float]) -> list[int]:
    total = sum(shares)
    return [int(FULL_WIDTH * share / total) for share in shares]


def _add_row(
    table: Any,
    cells: Sequence[str],
    widths: Sequence[int],
    aligns: Sequence[str],
    font: str,
    size: float,
    *,
    header: bool = False,
    span: int = 1,
) -> None:
    row, properties = element("tr"), element("trPr")
    properties.append(element("cantSplit"))
    if header:
        properties.append(element("tblHeader"))
    row.append(properties)
    for text, width, align in zip(cells, widths, aligns, strict=True):
        paragraph = add_cell(row, width, span)
        format_paragraph(
            paragraph,
            snapToGrid=element("snapToGrid", val=0),
            spacing=exact_lines(round(size * 28), before=40, after=40),
            jc=element("jc", val=align),
        )
        add_text(paragraph, text, font, size, tighten=0)
    table.append(row)
