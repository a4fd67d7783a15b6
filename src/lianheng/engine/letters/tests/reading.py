"""Reading a PDF back: pages, lines and places in millimetres."""

import io
from collections import defaultdict
from typing import Any

import pdfplumber
from pdfminer.converter import TextConverter
from pdfminer.pdfinterp import PDFPageInterpreter, PDFResourceManager
from pdfminer.pdfpage import PDFPage

MM = 25.4 / 72


def characters(pdf: bytes) -> list[list[dict[str, Any]]]:
    """The characters of each page."""
    with pdfplumber.open(io.BytesIO(pdf)) as opened:
        return [page.chars for page in opened.pages]


def texts(pdf: bytes) -> list[str]:
    """The text of each page, without blanks."""
    return ["".join(c["text"] for c in page if c["text"].strip()) for page in characters(pdf)]


def rules(pdf: bytes, page: int = 0) -> list[dict[str, Any]]:
    with pdfplumber.open(io.BytesIO(pdf)) as opened:
        return [*opened.pages[page].lines, *opened.pages[page].rects]


def lines_of(page: list[dict[str, Any]], character: str) -> list[list[dict[str, Any]]]:
    """The lines that `character` fills, from top to bottom, each from left to right."""
    rows = defaultdict(list)
    for c in page:
        if c["text"] == character:
            rows[round(c["top"], 1)].append(c)
    return [sorted(rows[top], key=lambda c: c["x0"]) for top in sorted(rows)]


def glyphs_not_defined(pdf: bytes) -> int:
    """How often the file draws glyph 0 (.notdef), the box that stands for a character that a font lacks."""

    class Counter(TextConverter):
        count = 0

        def render_char(self, matrix, font, fontsize, scaling, rise, cid, ncs, graphicstate):  # type: ignore[no-untyped-def]
            Counter.count += cid == 0
            return super().render_char(matrix, font, fontsize, scaling, rise, cid, ncs, graphicstate)

    resources = PDFResourceManager()
    interpreter = PDFPageInterpreter(resources, Counter(resources, io.StringIO()))
    for page in PDFPage.get_pages(io.BytesIO(pdf)):
        interpreter.process_page(page)
    return Counter.count
