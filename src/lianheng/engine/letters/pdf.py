"""An official document as PDF, drawn by typst with the fonts of this package and no others."""

import datetime
import json
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

from . import metrics
from .content import content
from .coverage import FONTS, substitute, undrawable
from .document import OfficialDocument
from .errors import require
from .text import clean

_TEMPLATE = Path(__file__).parent / "letter.typ"
_one_at_a_time = Lock()  # a compiler is kept, for starting one costs twenty times a page, and it serves one caller


def to_pdf(document: OfficialDocument) -> bytes:
    """Draw a document as PDF in the layout of GB/T 9704-2012.

    Parameters
    ----------
    document : the document. Its texts are drawn as they are; nothing in them is read as markup. A character that no
        shipped font has appears as 〓 (see `missing_characters`).

    Returns
    -------
    The file. Equal documents give equal bytes, on any machine, in any time zone.

    References
    ----------
    GB/T 9704-2012, chapters 5 to 7 and 10.

    Example
    -------
    >>> from lianheng.engine.letters import OfficialDocument
    >>> note = OfficialDocument(kind="通知", title="关于开会的通知", body=(), date=datetime.date(2026, 1, 5))
    >>> to_pdf(note)[:5]
    b'%PDF-'
    """
    inputs = {
        "document": substitute(json.dumps(content(document), ensure_ascii=False, sort_keys=True)),
        "figures": json.dumps(_figures(document), ensure_ascii=False, sort_keys=True),
    }
    midnight = datetime.datetime.combine(document.date, datetime.time(), tzinfo=datetime.UTC)
    with _one_at_a_time:
        drawn = _compiler().compile(format="pdf", sys_inputs=inputs, timestamp=int(midnight.timestamp()))
    return bytes(drawn)


def missing_characters(document: OfficialDocument) -> str:
    """List the characters of a document that its PDF shows as 〓, each once; empty when all can be drawn.

    >>> from lianheng.engine.letters import OfficialDocument, Paragraph
    >>> body = (Paragraph("洣水镇\\ue170"),)
    >>> missing_characters(OfficialDocument(kind="函", title="函", body=body, date=datetime.date(2026, 1, 5)))
    '\\ue170'
    """
    return undrawable(json.dumps(content(document), ensure_ascii=False))


@lru_cache(maxsize=1)
def _compiler() -> Any:
    typst = require("typst", "PDF documents")
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONTS)])
    return typst.Compiler(str(_TEMPLATE), root=str(_TEMPLATE.parent), font_paths=fonts, ignore_system_fonts=True)


def _figures(document: OfficialDocument) -> dict[str, Any]:
    return {
        "author": clean(document.signer_agency or document.agency or ""),
        "date": [document.date.year, document.date.month, document.date.day],
        "page_width": metrics.PAGE_WIDTH,
        "page_height": metrics.PAGE_HEIGHT,
        "top": metrics.MARGIN_TOP,
        "bottom": metrics.MARGIN_BOTTOM,
        "left": metrics.MARGIN_LEFT,
        "right": metrics.MARGIN_RIGHT,
        "type_width": metrics.TYPE_WIDTH,
        "type_height": metrics.TYPE_HEIGHT,
        "lines": metrics.LINES_PER_PAGE,
        "characters": metrics.CHARACTERS_PER_LINE,
        "size_2": metrics.SIZE_2,
        "size_3": metrics.SIZE_3,
        "size_4": metrics.SIZE_4,
        "mark_top": metrics.MARK_BELOW_TYPE_TOP,
        "mark_top_letter": metrics.MARK_BELOW_PAGE_TOP_LETTER,
        "letter_line_length": metrics.LETTER_LINE_LENGTH,
        "letter_line_bottom": metrics.LETTER_LINE_FROM_BOTTOM,
        "red_line_below": metrics.RED_LINE_BELOW_NUMBER,
        "page_number_below": metrics.PAGE_NUMBER_BELOW_TYPE,
        "tail_rule": metrics.TAIL_RULE,
        "tail_rule_middle": metrics.TAIL_RULE_MIDDLE,
        "red": metrics.RED,
    }
