"""The pieces of WordprocessingML that official documents need and python-docx has no words for."""

import datetime
import io
import zipfile
from collections.abc import Sequence
from typing import Any

from .errors import require
from .metrics import CHARACTERS_PER_LINE, LINES_PER_PAGE, POINTS_PER_MM, RED, TYPE_HEIGHT, TYPE_WIDTH

# Government fonts by name: every office computer has them. The file itself holds none.
FANG, KAI, HEI, BIAOSONG, SONG = "仿宋_GB2312", "楷体_GB2312", "黑体", "方正小标宋简体", "宋体"
ROMAN = "Times New Roman"

# Twentieths of a point. 579 and not 580 (225 mm / 22 = 28.99 pt): LibreOffice rounds up and would lose a line.
PITCH = int(TYPE_HEIGHT * POINTS_PER_MM / LINES_PER_PAGE * 20)
# 28 characters of 16 pt less a quarter of a point fit into 156 mm; less a fifth do not.
TIGHTENING = -5
assert CHARACTERS_PER_LINE * (16 + TIGHTENING / 20) <= TYPE_WIDTH * POINTS_PER_MM


def name(tag: str) -> str:
    """The full name of `w:tag`."""
    return str(require("docx.oxml.ns", ".docx documents").qn(f"w:{tag}"))


def element(tag: str, **attributes: object) -> Any:
    """Make `w:tag`; attribute names get the same prefix."""
    made = require("docx.oxml", ".docx documents").OxmlElement(f"w:{tag}")
    for attribute, value in attributes.items():
        made.set(name(attribute), str(value))
    return made


def fonts(east_asian: str, latin: str = ROMAN) -> Any:
    """Name the fonts of a run; the hint keeps quotation marks and dashes Chinese."""
    return element("rFonts", ascii=latin, hAnsi=latin, eastAsia=east_asian, cs=latin, hint="eastAsia")


# Order matters in WordprocessingML: children out of the schema's order make Word call a file damaged.
_PARAGRAPH_ORDER = (
    "keepNext", "keepLines", "pageBreakBefore", "framePr", "widowControl", "pBdr", "tabs", "autoSpaceDE", "autoSpaceDN",
    "snapToGrid", "spacing", "ind", "jc", "outlineLvl",
)  # fmt: skip


def format_paragraph(paragraph: Any, **children: Any) -> None:
    """Set paragraph properties, each given as an element, in the order that the schema wants."""
    properties = paragraph._p.get_or_add_pPr()
    # No widow control, so that a page is filled to its last line; no air between Chinese and figures.
    switched_off = {switch: element(switch, val=0) for switch in ("widowControl", "autoSpaceDE", "autoSpaceDN")}
    wanted = {**switched_off, "spacing": exact_lines(), **children}
    for child in sorted(wanted, key=_PARAGRAPH_ORDER.index):
        properties.append(wanted[child])


def exact_lines(height: int = PITCH, before: int = 0, after: int = 0) -> Any:
    """Line height and spacing in twentieths of a point."""
    return element("spacing", before=before, after=after, line=height, lineRule="exact")


def add_text(
    paragraph: Any,
    text: str,
    font: str = FANG,
    size: float = 16,
    *,
    latin: str = ROMAN,
    tighten: int = TIGHTENING,
    color: str = "",
    scale: float = 1.0,
) -> None:
    """Append a run; newlines become line breaks."""
    run = paragraph.add_run()
    properties = run._r.get_or_add_rPr()
    properties.append(fonts(font, latin))
    if color:
        properties.append(element("color", val=color))
    if tighten:
        properties.append(element("spacing", val=tighten))
    if scale != 1.0:
        properties.append(element("w", val=int(scale * 100)))
    properties.append(element("sz", val=int(size * 2)))
    properties.append(element("szCs", val=int(size * 2)))
    properties.append(element("lang", val="en-US", eastAsia="zh-CN"))
    for position, line in enumerate(text.split("\n")):
        if position:
            run.add_break()
        run.add_text(line)


def add_page_field(paragraph: Any) -> None:
    """Append the field that shows the page's number, in half-width Song of size 4."""
    for kind in ("begin", "instruction", "separate", "shown", "end"):
        run = paragraph.add_run()
        run._r.get_or_add_rPr().append(fonts(SONG, SONG))
        run._r.rPr.append(element("sz", val=28))
        if kind == "instruction":
            instruction = element("instrText")
            instruction.text = "PAGE"
            run._r.append(instruction)
        elif kind == "shown":
            run.add_text("1")
        else:
            run._r.append(element("fldChar", fldCharType=kind))


def border(edge: str, style: str, eighths: int, space: int = 0, color: str = RED) -> Any:
    """A line at one edge of a paragraph; width in eighths of a point, distance in points."""
    box = element("pBdr")
    box.append(element(edge, val=style, sz=eighths, space=space, color=color))
    return box


def table_borders(**edges: int) -> Any:
    """Lines of a table by edge, their width in eighths of a point; an edge that is not named has none."""
    box = element("tblBorders")
    for edge in ("top", "left", "bottom", "right", "insideH", "insideV"):
        style = "single" if edge in edges else "nil"
        box.append(element(edge, val=style, sz=edges.get(edge, 0), space=0, color="000000"))
    return box


def begin_table(widths: Sequence[int], borders: Any, *, place: Any = None, padding: int = 60) -> Any:
    """Make a table of fixed column widths, in twentieths of a point; `place` lets it float."""
    table, properties, grid = element("tbl"), element("tblPr"), element("tblGrid")
    properties.append(element("jc", val="center") if place is None else place)
    width = element("tblW", w=sum(widths), type="dxa")
    properties.insert(0 if place is None else 1, width)
    properties.append(borders)
    properties.append(element("tblLayout", type="fixed"))
    margins = element("tblCellMar")
    for side in ("left", "right"):
        margins.append(element(side, w=padding, type="dxa"))
    properties.append(margins)
    for column in widths:
        grid.append(element("gridCol", w=column))
    table.append(properties)
    table.append(grid)
    return table


def add_cell(row: Any, width: int, span: int = 1) -> Any:
    """Append a cell to a row; its paragraph comes back."""
    cell, properties, paragraph = element("tc"), element("tcPr"), element("p")
    properties.append(element("tcW", w=width, type="dxa"))
    if span > 1:
        properties.append(element("gridSpan", val=span))
    properties.append(element("vAlign", val="center"))
    cell.append(properties)
    cell.append(paragraph)
    row.append(cell)
    return require("docx.text.paragraph", ".docx documents").Paragraph(paragraph, None)


def pack(document: Any, date: datetime.date) -> bytes:
    """Save a document so that equal documents are equal bytes: the zip's own clock is stopped at `date`."""
    saved, packed = io.BytesIO(), io.BytesIO()
    document.save(saved)
    with zipfile.ZipFile(saved) as source, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target:
        for member in source.namelist():
            entry = zipfile.ZipInfo(member, date_time=(date.year, date.month, date.day, 0, 0, 0))
            entry.compress_type, entry.create_system, entry.external_attr = zipfile.ZIP_DEFLATED, 3, 0o600 << 16
            target.writestr(entry, source.read(member))
    return packed.getvalue()
