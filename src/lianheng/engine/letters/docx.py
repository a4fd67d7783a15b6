"""An official document as .docx, for a word processor that has the government fonts."""

import datetime
from typing import Any

from . import docx_parts as parts
from . import ooxml
from .content import Content, content
from .document import OfficialDocument
from .docx_tail import draw_tail
from .errors import require
from .metrics import MARGIN_BOTTOM, MARGIN_LEFT, MARGIN_RIGHT, MARGIN_TOP, PAGE_HEIGHT, PAGE_WIDTH
from .text import clean


def to_docx(document: OfficialDocument) -> bytes:
    """Write a document as .docx in the layout of GB/T 9704-2012.

    Parameters
    ----------
    document : the document. Its texts are written as they are.

    Returns
    -------
    The file. Equal documents give equal bytes; the times in it come from the document's date.

    References
    ----------
    GB/T 9704-2012, chapters 5 to 7 and 10; ECMA-376 part 1, WordprocessingML.

    Example
    -------
    >>> from lianheng.engine.letters import OfficialDocument
    >>> note = OfficialDocument(kind="通知", title="关于开会的通知", body=(), date=datetime.date(2026, 1, 5))
    >>> to_docx(note)[:2]
    b'PK'
    """
    tree = content(document)
    target = require("docx", ".docx documents").Document()
    _describe(target, document)
    _clear_template(target)
    _lay_out_page(target, letter=tree["layout"] == "letter")
    parts.draw_headers_and_footers(target, tree)
    _draw(target, tree)
    return ooxml.pack(target, document.date)


def _draw(target: Any, tree: Content) -> None:
    parts.draw_head(target, tree)
    parts.draw_title(target, tree["title"])
    if tree["addressee"]:
        parts.draw_paragraph(target, tree["addressee"], indented=False)
    parts.draw_blocks(target, tree["body"])
    parts.draw_attachment_note(target, tree["attachments"])
    if tree["signature"]:
        parts.draw_signature(target, tree["signature"])
    for annex in tree["annexes"]:
        parts.draw_annex(target, annex)
    if tree["tail"]:
        draw_tail(target, tree["tail"], ruled=tree["layout"] != "letter")


def _describe(target: Any, document: OfficialDocument) -> None:
    """Fill the file's properties; nothing in them comes from this computer or its clock."""
    moment = datetime.datetime.combine(document.date, datetime.time())
    properties = target.core_properties
    properties.title = _property(document.title)
    properties.author = _property(document.signer_agency or document.agency or "")
    properties.keywords = _property(document.kind)
    properties.language = "zh-CN"
    properties.comments = properties.last_modified_by = ""
    properties.created = properties.modified = moment
    properties.revision = 1


def _property(text: str) -> str:
    return clean(text).replace("\n", "")[:255]  # the longest that a property may be


def _clear_template(target: Any) -> None:
    """Remove what python-docx's own template brings along: a preview picture, Japanese, an older Word's habits."""
    package = target.part.package
    for name in [name for name, relation in package.rels.items() if relation.reltype.endswith("/thumbnail")]:
        del package.rels[name]
    settings = target.settings.element
    for language in settings.iter(ooxml.element("themeFontLang").tag):
        language.set(ooxml.name("eastAsia"), "zh-CN")
    for setting in settings.iter(ooxml.element("compatSetting").tag):
        if setting.get(ooxml.name("name")) == "compatibilityMode":
            setting.set(ooxml.name("val"), "15")


def _lay_out_page(target: Any, *, letter: bool) -> None:
    mm = require("docx.shared", ".docx documents").Mm
    section = target.sections[0]
    section.page_width, section.page_height = mm(PAGE_WIDTH), mm(PAGE_HEIGHT)
    section.top_margin, section.bottom_margin = mm(MARGIN_TOP), mm(MARGIN_BOTTOM)
    section.left_margin, section.right_margin = mm(MARGIN_LEFT), mm(MARGIN_RIGHT)
    section.header_distance = mm(parts.HEADER_DISTANCE)
    section.footer_distance = mm(parts.FOOTER_DISTANCE)
    section.different_first_page_header_footer = letter
    target.settings.odd_and_even_pages_header_footer = True
    for old in section._sectPr.findall(ooxml.element("docGrid").tag):
        section._sectPr.remove(old)
    # type="lines": LibreOffice draws linesAndChars far too wide, so the characters are tightened run by run.
    section._sectPr.append(ooxml.element("docGrid", type="lines", linePitch=ooxml.PITCH))
    _set_default_fonts(target)


def _set_default_fonts(target: Any) -> None:
    properties = target.styles["Normal"].element.get_or_add_rPr()
    for old in properties.findall(ooxml.element("rFonts").tag):
        properties.remove(old)
    properties.insert(0, ooxml.fonts(ooxml.FANG))
    target.styles["Normal"].font.size = require("docx.shared", ".docx documents").Pt(16)
