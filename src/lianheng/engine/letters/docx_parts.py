"""Parts of an official document in .docx: heads, title, blocks, signature, tail block, headers and footers."""

from typing import Any

from .content import Content
from .docx_table import draw_table
from .metrics import (
    LETTER_LINE_FROM_BOTTOM,
    LETTER_LINE_LENGTH,
    MARGIN_BOTTOM,
    MARGIN_LEFT,
    MARK_BELOW_PAGE_TOP_LETTER,
    MARK_BELOW_TYPE_TOP,
    PAGE_NUMBER_BELOW_TYPE,
    PAGE_WIDTH,
    POINTS_PER_MM,
    RED,
    RED_LINE_BELOW_NUMBER,
    TYPE_WIDTH,
)
from .ooxml import (
    BIAOSONG,
    FANG,
    HEI,
    KAI,
    PITCH,
    SONG,
    add_page_field,
    add_text,
    border,
    element,
    exact_lines,
    format_paragraph,
)

MARKING_HEIGHT, PAGE_NUMBER_HEIGHT = 12.0, 16.0  # points
HEADER_DISTANCE = MARK_BELOW_PAGE_TOP_LETTER - MARKING_HEIGHT / POINTS_PER_MM
FOOTER_DISTANCE = LETTER_LINE_FROM_BOTTOM  # the letter's lower line ends the footer; page numbers stand higher
BELOW_PAGE_NUMBER = MARGIN_BOTTOM - PAGE_NUMBER_BELOW_TYPE - PAGE_NUMBER_HEIGHT / POINTS_PER_MM - FOOTER_DISTANCE
CHARACTER = 315  # one tightened character of size 3, in twentieths of a point
SIZE_4_CHARACTER = 280
HEADING_FONTS = (HEI, KAI, FANG, FANG)


def twips(millimetres: float) -> int:
    return round(millimetres * POINTS_PER_MM * 20)


def blank_lines(target: Any, count: int, *, keep: bool = False) -> None:
    for _ in range(count):
        paragraph = target.add_paragraph()
        format_paragraph(paragraph, **({"keepNext": element("keepNext")} if keep else {}))
        add_text(paragraph, "")


def draw_paragraph(target: Any, text: str, *, indented: bool = True, keep: bool = False) -> None:
    children = {"keepNext": element("keepNext")} if keep else {}
    if indented:
        children["ind"] = element("ind", firstLineChars=200, firstLine=2 * CHARACTER)
    paragraph = target.add_paragraph()
    format_paragraph(paragraph, jc=element("jc", val="both"), **children)
    add_text(paragraph, text)


def draw_heading(target: Any, node: Content) -> None:
    paragraph = target.add_paragraph()
    format_paragraph(
        paragraph,
        keepNext=element("keepNext"),
        ind=element("ind", firstLineChars=200, firstLine=2 * CHARACTER),
        outlineLvl=element("outlineLvl", val=node["level"]),  # the title is level 0
    )
    add_text(paragraph, node["text"], HEADING_FONTS[node["level"] - 1])


def draw_blocks(target: Any, nodes: list[Content]) -> None:
    new_page = False
    for node in nodes:
        if node["type"] == "pagebreak":
            new_page = True
            continue
        before = len(target.element.body)
        if node["type"] == "heading":
            draw_heading(target, node)
        elif node["type"] == "paragraph":
            draw_paragraph(target, node["text"], keep=node["keep"])
        else:
            draw_table(target, node)
        if new_page:
            _begin_page(target.element.body[before - 1])
        new_page = False


def _begin_page(block: Any) -> None:
    """Let the first paragraph of a block, be it in a table, begin a page."""
    first = next(block.iter(element("p").tag))
    properties = first.get_or_add_pPr()
    position = len(properties.findall(element("keepNext").tag))
    properties.insert(position, element("pageBreakBefore"))


def draw_head(target: Any, tree: Content) -> None:
    if tree["mark"] is None:
        if tree["number"]:
            _draw_number(target, tree["number"], "center")
    elif tree["layout"] == "letter":
        for text, font in _corner(tree):
            paragraph = target.add_paragraph()
            format_paragraph(paragraph)
            add_text(paragraph, text, font)
        _draw_number(target, tree["number"], "right")
        blank_lines(target, 2)
    else:
        _draw_file_head(target, tree)


def _corner(tree: Content) -> list[tuple[str, str]]:
    """Copy number in FangSong, secrecy and urgency in HeiTi."""
    return [
        (text, FANG if position == 0 and tree["copy_number_first"] else HEI)
        for position, text in enumerate(tree["corner"])
    ]


def _draw_number(target: Any, text: str, align: str) -> None:
    paragraph = target.add_paragraph()
    format_paragraph(paragraph, jc=element("jc", val=align))
    add_text(paragraph, text)


def _draw_file_head(target: Any, tree: Content) -> None:
    for text, font in _corner(tree):
        paragraph = target.add_paragraph()
        format_paragraph(paragraph)
        add_text(paragraph, text, font)
    before = twips(MARK_BELOW_TYPE_TOP) - len(tree["corner"]) * PITCH
    _draw_mark(target.add_paragraph(), tree["mark"], before=max(before, 0))
    numbered = bool(tree["number"] or tree["leader"])
    blank_lines(target, 2 if numbered else 0)
    paragraph = target.add_paragraph()
    children = {"pBdr": border("bottom", "single", 12, space=round(RED_LINE_BELOW_NUMBER * POINTS_PER_MM))}
    if tree["leader"]:
        children["tabs"] = element("tabs")
        children["tabs"].append(element("tab", val="right", pos=twips(TYPE_WIDTH) - CHARACTER))
    else:
        children["jc"] = element("jc", val="center")
    format_paragraph(paragraph, spacing=exact_lines(360 if numbered else 20), **children)
    if tree["leader"]:
        add_text(paragraph, f"\u3000{tree['number']}\t签发人：")
        add_text(paragraph, tree["leader"], KAI)
    else:
        add_text(paragraph, tree["number"])
    blank_lines(target, 2)


def _draw_mark(paragraph: Any, mark: Content, *, before: int = 0, **children: Any) -> None:
    height = round(mark["size"] * 20)
    format_paragraph(
        paragraph,
        snapToGrid=element("snapToGrid", val=0),
        spacing=exact_lines(height, before=before),
        jc=element("jc", val="center"),
        **children,
    )
    add_text(paragraph, mark["text"], BIAOSONG, mark["size"], latin=BIAOSONG, tighten=0, color=RED, scale=mark["scale"])


def draw_title(target: Any, lines: list[str]) -> None:
    paragraph = target.add_paragraph()
    format_paragraph(
        paragraph,
        keepNext=element("keepNext"),
        keepLines=element("keepLines"),
        snapToGrid=element("snapToGrid", val=0),
        spacing=exact_lines(34 * 20),
        jc=element("jc", val="center"),
        outlineLvl=element("outlineLvl", val=0),
    )
    add_text(paragraph, "\n".join(lines), BIAOSONG, 22, latin=BIAOSONG, tighten=0)
    blank_lines(target, 1)


def draw_attachment_note(target: Any, names: list[Content]) -> None:
    """附件说明: the label once, every name at the same distance from the left; its end stays with the signature."""
    if names:
        # The blank line with the label: a page may not begin with it.
        blank_lines(target, 1, keep=True)
    for position, name in enumerate(names):
        paragraph = target.add_paragraph()
        hanging = 3 if position == 0 else 0
        format_paragraph(
            paragraph,
            ind=element("ind", left=5 * CHARACTER, hanging=hanging * CHARACTER),
            **({"keepNext": element("keepNext")} if name["keep"] else {}),
        )
        add_text(paragraph, name["text"] if position else f"附件：{name['text']}")


def draw_signature(target: Any, given: Content) -> None:
    name, date = _width(given["agency"]), _width(given["date"])
    if given["sealed"]:
        # The date stands four characters in, the name is centred over it; a long name moves both to the left.
        centre = max(date / 2 + 4 * CHARACTER, name / 2)
        name_right, date_right = centre - name / 2, centre - date / 2
    else:
        # The name stands two characters in and the date begins two after it, unless the date is the longer.
        name_left = max(2 * CHARACTER + name, 4 * CHARACTER + date)
        name_right, date_right = name_left - name, name_left - 2 * CHARACTER - date
    # With a seal of 42 mm, two blank lines keep its upper edge within one line of the text.
    blank_lines(target, 2 if given["sealed"] else 1, keep=True)
    for text, right in ((given["agency"], name_right), (given["date"], date_right)):
        paragraph = target.add_paragraph()
        keep = {"keepNext": element("keepNext")} if text == given["agency"] else {}
        indent = element("ind", right=max(round(right), 0))
        format_paragraph(paragraph, ind=indent, jc=element("jc", val="right"), **keep)
        add_text(paragraph, text)


def _width(text: str) -> int:
    """Width of a line of size 3 in twentieths of a point: Latin characters take half."""
    return sum(CHARACTER if ord(c) > 0x2E7F else CHARACTER // 2 for c in text)


def draw_annex(target: Any, annex: Content) -> None:
    paragraph = target.add_paragraph()
    format_paragraph(paragraph, pageBreakBefore=element("pageBreakBefore"))
    add_text(paragraph, annex["label"], HEI)
    blank_lines(target, 1)
    draw_title(target, annex["title"])
    draw_blocks(target, annex["body"])


def draw_headers_and_footers(target: Any, tree: Content) -> None:
    section = target.sections[0]
    headers, letter = [section.header, section.even_page_header], tree["layout"] == "letter"
    if letter:
        headers.append(section.first_page_header)
    for header in headers:
        _draw_marking(header.paragraphs[0], tree["marking"])
    _draw_page_number(section.footer.paragraphs[0], "right")
    _draw_page_number(section.even_page_footer.paragraphs[0], "left")
    if letter:
        _draw_letter_frame(section, tree["mark"])


def _draw_marking(paragraph: Any, text: str) -> None:
    format_paragraph(
        paragraph,
        snapToGrid=element("snapToGrid", val=0),
        spacing=exact_lines(round(MARKING_HEIGHT * 20)),
        jc=element("jc", val="right"),
    )
    add_text(paragraph, text, HEI, 9, latin=HEI, tighten=0, color="595959")


def _draw_page_number(paragraph: Any, side: str) -> None:
    indent = {side: SIZE_4_CHARACTER}
    format_paragraph(
        paragraph,
        snapToGrid=element("snapToGrid", val=0),
        spacing=exact_lines(round(PAGE_NUMBER_HEIGHT * 20), after=twips(BELOW_PAGE_NUMBER)),
        ind=element("ind", **indent),
        jc=element("jc", val=side),
    )
    add_text(paragraph, "— ", SONG, 14, latin=SONG, tighten=0)
    add_page_field(paragraph)
    add_text(paragraph, " —", SONG, 14, latin=SONG, tighten=0)


def _draw_letter_frame(section: Any, mark: Content) -> None:
    """信函格式: the mark and its double line head the first page, another double line ends it; no page number."""
    left = twips((PAGE_WIDTH - LETTER_LINE_LENGTH) / 2 - MARGIN_LEFT)
    right = twips(LETTER_LINE_LENGTH - TYPE_WIDTH) + left
    space = round(4 * POINTS_PER_MM)
    wide = element("ind", left=left, right=-right)
    head = section.first_page_header.add_paragraph()
    _draw_mark(head, mark, pBdr=border("bottom", "thickThinSmallGap", 24, space=space), ind=wide)
    after = section.first_page_header.add_paragraph()
    format_paragraph(after, snapToGrid=element("snapToGrid", val=0), spacing=exact_lines(280 + space * 20))
    foot = section.first_page_footer.paragraphs[0]
    format_paragraph(
        foot,
        snapToGrid=element("snapToGrid", val=0),
        spacing=exact_lines(round(PAGE_NUMBER_HEIGHT * 20)),
        pBdr=border("bottom", "thinThickSmallGap", 24),
        ind=element("ind", left=left, right=-right),
    )
