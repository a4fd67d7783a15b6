"""Tables of a .docx: those of the body, whose header repeats on each page, and the one that holds the tail block."""

from collections.abc import Sequence
from typing import Any

from .content import Content
from .metrics import POINTS_PER_MM, TAIL_RULE, TAIL_RULE_MIDDLE, TYPE_WIDTH
from .ooxml import FANG, HEI, add_text, element, exact_lines, format_paragraph, table_borders

LINE = 4  # eighths of a point
NO_ROWS = "无"
FULL_WIDTH = int(TYPE_WIDTH * POINTS_PER_MM * 20)


def draw_table(target: Any, node: Content) -> None:
    """Draw one table of the body, with its caption above."""
    if node["caption"]:
        caption = target.add_paragraph()
        format_paragraph(caption, keepNext=element("keepNext"), jc=element("jc", val="center"))
        add_text(caption, node["caption"], HEI, 14)
    size = 10.5 if len(node["header"]) > 6 else 12
    widths = _column_widths(node["widths"])
    table = _new_table(target, widths)
    edge = (LINE, "single")
    table.append(element("tblPr"))
    _set_properties(table, table_borders(top=edge, left=edge, bottom=edge, right=edge, insideH=edge, insideV=edge))
    _set_grid(table, widths)
    _add_row(table, node["header"], widths, ["center"] * len(widths), HEI, size, header=True)
    for row in node["rows"]:
        _add_row(table, row, widths, node["align"], FANG, size)
    if not node["rows"]:
        _add_row(table, [NO_ROWS], [sum(widths)], ["center"], FANG, size, span=len(widths))


def draw_floating_tail(target: Any, tail: Content, *, ruled: bool) -> None:
    """版记: a table that floats on the lower edge of the type area of the last page."""
    table = _new_table(target, [FULL_WIDTH])
    table.append(element("tblPr"))
    outer, inner = (_eighths(TAIL_RULE), "single"), (_eighths(TAIL_RULE_MIDDLE), "single")
    borders = table_borders(top=outer, bottom=outer, insideH=inner) if ruled else table_borders()
    _set_properties(table, borders, floating=True)
    _set_grid(table, [FULL_WIDTH])
    if tail["copies"]:
        _add_tail_row(table, f"抄送：{tail['copies']}", hanging=3 * 280)
    if tail["printed_by"]:
        _add_tail_row(table, f"{tail['printed_by']}\t{tail['printed']}")


def _eighths(millimetres: float) -> int:
    return round(millimetres * POINTS_PER_MM * 8)


def _column_widths(shares: Sequence[float]) -> list[int]:
    total = sum(shares)
    return [int(FULL_WIDTH * share / total) for share in shares]


def _new_table(target: Any, widths: Sequence[int]) -> Any:
    table = element("tbl")
    target.element.body.insert_element_before(table, "w:sectPr")
    return table


def _set_properties(table: Any, borders: Any, *, floating: bool = False) -> None:
    properties = table.find(element("tblPr").tag)
    if floating:
        place = {"horzAnchor": "margin", "vertAnchor": "margin", "tblpXSpec": "center", "tblpYSpec": "bottom"}
        properties.append(element("tblpPr", leftFromText=0, rightFromText=0, **place))
    properties.append(element("tblW", w=FULL_WIDTH, type="dxa"))
    if not floating:
        properties.append(element("jc", val="center"))
    properties.append(borders)
    properties.append(element("tblLayout", type="fixed"))
    margins = element("tblCellMar")
    for side in ("left", "right"):
        margins.append(element(side, w=0 if floating else 60, type="dxa"))
    properties.append(margins)


def _set_grid(table: Any, widths: Sequence[int]) -> None:
    grid = element("tblGrid")
    for width in widths:
        grid.append(element("gridCol", w=width))
    table.append(grid)


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
        paragraph = _add_cell(row, width, span)
        format_paragraph(
            paragraph,
            snapToGrid=element("snapToGrid", val=0),
            spacing=exact_lines(round(size * 28), before=40, after=40),
            jc=element("jc", val=align),
        )
        add_text(paragraph, text, font, size, tighten=0)
    table.append(row)


def _add_cell(row: Any, width: int, span: int = 1) -> Any:
    from docx.text.paragraph import Paragraph

    cell, properties, paragraph = element("tc"), element("tcPr"), element("p")
    properties.append(element("tcW", w=width, type="dxa"))
    if span > 1:
        properties.append(element("gridSpan", val=span))
    properties.append(element("vAlign", val="center"))
    cell.append(properties)
    cell.append(paragraph)
    row.append(cell)
    return Paragraph(paragraph, None)  # type: ignore[arg-type]


def _add_tail_row(table: Any, text: str, hanging: int = 0) -> None:
    row = element("tr")
    paragraph = _add_cell(row, FULL_WIDTH)
    tabs = element("tabs")
    tabs.append(element("tab", val="right", pos=FULL_WIDTH - 280))
    format_paragraph(
        paragraph,
        tabs=tabs,
        snapToGrid=element("snapToGrid", val=0),
        spacing=exact_lines(440, before=60, after=60),
        ind=element("ind", left=280 + hanging, right=280, hanging=hanging),
    )
    add_text(paragraph, text, FANG, 14, tighten=0)
    table.append(row)
