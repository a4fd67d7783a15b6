"""The .docx: government fonts by name, margins, grid, head and tail, as a word processor reads them."""

import io
import zipfile
from xml.etree import ElementTree

import pytest
from docx import Document
from docx.oxml.ns import qn

from lianheng.engine.letters import Heading, Paragraph, Table, to_docx

from .sample import LETTER, NOTICE, PLAIN, changed


def _open(document):
    return Document(io.BytesIO(to_docx(document)))


def _fonts(opened) -> dict[str, str]:
    """The East Asian font of each run's text."""
    return {
        "".join(t.text or "" for t in run.iter(qn("w:t"))): run.find(qn("w:rPr"))
        .find(qn("w:rFonts"))
        .get(qn("w:eastAsia"))
        for run in opened.element.body.iter(qn("w:r"))
    }


def test_margins_and_grid_are_those_of_the_standard() -> None:
    section = _open(NOTICE).sections[0]
    margins = [section.top_margin, section.left_margin, section.right_margin, section.bottom_margin]
    assert [round(m.mm) for m in margins] == [37, 28, 26, 35]
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (210, 297)
    grid = section._sectPr.find(qn("w:docGrid"))
    assert (grid.get(qn("w:type")), grid.get(qn("w:linePitch"))) == ("lines", "579")


def test_each_part_names_its_government_font() -> None:
    fonts = _fonts(_open(NOTICE))
    wanted = {
        NOTICE.agency: "方正小标宋简体",
        "一、总体情况": "黑体",
        "（一）学校": "楷体_GB2312",
        "1.得分": "仿宋_GB2312",
        "（1）靠前的单位": "仿宋_GB2312",
        "各单位要制定整改措施。": "仿宋_GB2312",
        "特急": "黑体",
        "000001": "仿宋_GB2312",
    }
    # The agency's name is drawn twice, as the mark and as the signature; the later run wins in the dictionary.
    marks = [
        r for r in _open(NOTICE).element.body.iter(qn("w:r")) if r.find(qn("w:rPr")).find(qn("w:color")) is not None
    ]
    assert [m.find(qn("w:rPr")).find(qn("w:rFonts")).get(qn("w:eastAsia")) for m in marks] == [
        wanted.pop(NOTICE.agency)
    ]
    assert {text: fonts[text] for text in wanted} == wanted


def test_the_body_is_size_3_on_exact_lines_without_widow_control() -> None:
    paragraph = next(p for p in _open(NOTICE).paragraphs if p.text == "各单位要制定整改措施。")
    assert paragraph.runs[0].font.size.pt == 16
    spacing = paragraph._p.pPr.find(qn("w:spacing"))
    assert (spacing.get(qn("w:line")), spacing.get(qn("w:lineRule"))) == ("579", "exact")
    assert paragraph.paragraph_format.widow_control is False
    assert paragraph._p.pPr.find(qn("w:ind")).get(qn("w:firstLineChars")) == "200"


def test_the_title_is_size_2_and_centred() -> None:
    title = next(p for p in _open(NOTICE).paragraphs if "综合评价结果的通报" in p.text)
    assert title.text.replace("\n", "") == NOTICE.title
    assert title.runs[0].font.size.pt == 22
    assert title.alignment == 1
    assert title.runs[0]._r.rPr.find(qn("w:rFonts")).get(qn("w:eastAsia")) == "方正小标宋简体"


def test_the_number_stands_over_a_red_line() -> None:
    number = next(p for p in _open(NOTICE).paragraphs if p.text == "衡廉办〔2026〕5号")
    line = number._p.pPr.find(qn("w:pBdr")).find(qn("w:bottom"))
    assert (line.get(qn("w:color")), line.get(qn("w:space"))) == ("ff0000", "11")  # 4 mm


def test_page_numbers_stand_right_on_odd_and_left_on_even_pages() -> None:
    opened = _open(NOTICE)
    assert opened.settings.odd_and_even_pages_header_footer
    section = opened.sections[0]
    for footer, side in ((section.footer, 2), (section.even_page_footer, 0)):
        paragraph = footer.paragraphs[0]
        assert paragraph.alignment == side
        assert paragraph.text == "— 1 —"
        assert [i.text for i in paragraph._p.iter(qn("w:instrText"))] == ["PAGE"]


def test_the_marking_heads_every_page() -> None:
    section = _open(NOTICE).sections[0]
    assert [h.paragraphs[0].text for h in (section.header, section.even_page_header)] == ["演示数据"] * 2
    first = _open(changed(LETTER, marking="演示数据")).sections[0].first_page_header
    assert first.paragraphs[0].text == "演示数据"


def test_the_letter_has_its_frame_on_the_first_page_and_no_number_there() -> None:
    section = _open(LETTER).sections[0]
    assert section.different_first_page_header_footer
    edges = [
        paragraph._p.pPr.find(qn("w:pBdr"))[0].get(qn("w:val"))
        for part in (section.first_page_header, section.first_page_footer)
        for paragraph in part.paragraphs
        if paragraph._p.pPr.find(qn("w:pBdr")) is not None
    ]
    assert edges == ["thickThinSmallGap", "thinThickSmallGap"]
    assert not list(section.first_page_footer._element.iter(qn("w:instrText")))
    assert list(section.footer._element.iter(qn("w:instrText")))


def test_the_tail_block_floats_to_the_lower_edge_between_three_rules() -> None:
    tail = _open(NOTICE).tables[-1]
    place = tail._tbl.tblPr.find(qn("w:tblpPr"))
    assert (place.get(qn("w:vertAnchor")), place.get(qn("w:tblpYSpec"))) == ("margin", "bottom")
    rules = tail._tbl.tblPr.find(qn("w:tblBorders"))
    # eighths of a point: 0.35 mm is 1 pt, 0.25 mm is 0.75 pt
    assert [rules.find(qn(f"w:{e}")).get(qn("w:sz")) for e in ("top", "insideH", "bottom")] == ["8", "6", "8"]
    assert tail.rows[0].cells[0].text == "抄送：市委办公室，市政府办公室。"
    assert [c.text for c in tail.rows[1].cells] == ["清廉衡阳建设工作领导小组办公室", "2026年1月21日印发"]


def test_without_copies_and_printer_there_is_no_tail() -> None:
    assert not _open(changed(PLAIN, body=(Paragraph("甲"),))).tables


def test_properties_carry_the_date_of_the_document() -> None:
    properties = _open(NOTICE).core_properties
    assert properties.title == NOTICE.title
    assert properties.author == NOTICE.signer_agency
    assert properties.created == properties.modified
    assert properties.created.date() == NOTICE.date
    with zipfile.ZipFile(io.BytesIO(to_docx(NOTICE))) as packed:
        assert {entry.date_time for entry in packed.infolist()} == {(2026, 1, 20, 0, 0, 0)}
        assert not [name for name in packed.namelist() if "thumbnail" in name]


# CT_PPr and CT_RPr are sequences: Word calls a file damaged whose children stand in another order.
SCHEMA_ORDER = {
    "pPr": """pStyle keepNext keepLines pageBreakBefore framePr widowControl numPr suppressLineNumbers pBdr shd tabs
        suppressAutoHyphens kinsoku wordWrap overflowPunct topLinePunct autoSpaceDE autoSpaceDN bidi adjustRightInd
        snapToGrid spacing ind contextualSpacing mirrorIndents suppressOverlap jc textDirection textAlignment
        textboxTightWrap outlineLvl divId cnfStyle rPr sectPr pPrChange""",
    "rPr": """rStyle rFonts b bCs i iCs caps smallCaps strike dstrike outline shadow emboss imprint noProof snapToGrid
        vanish webHidden color spacing w kern position sz szCs highlight u effect bdr shd fitText vertAlign rtl cs em
        lang eastAsianLayout specVanish oMath""",
    "tblPr": """tblStyle tblpPr tblOverlap bidiVisual tblStyleRowBandSize tblStyleColBandSize tblW jc tblCellSpacing
        tblInd tblBorders shd tblLayout tblCellMar tblLook""",
    "tcPr": "cnfStyle tcW gridSpan hMerge vMerge tcBorders shd noWrap tcMar textDirection tcFitText vAlign",
}


@pytest.mark.parametrize("document", [NOTICE, LETTER, changed(NOTICE, signing_leader="某某某")])
def test_children_stand_in_the_order_of_the_schema(document) -> None:
    with zipfile.ZipFile(io.BytesIO(to_docx(document))) as packed:
        parts = [n for n in packed.namelist() if n.startswith(("word/document", "word/header", "word/footer"))]
        assert len(parts) > 4
        for name in parts:
            root = ElementTree.fromstring(packed.read(name))
            for tag, names in SCHEMA_ORDER.items():
                order = names.split()
                for properties in root.iter(qn(f"w:{tag}")):
                    places = [order.index(child.tag.split("}")[1]) for child in properties]
                    assert places == sorted(set(places)), (name, tag, [child.tag for child in properties])


def test_tables_share_the_line_and_align_their_columns() -> None:
    table = Table(("甲", "乙"), (("1", "2"),), widths=(1, 3), align=("left", "right"), caption="表名")
    opened = _open(changed(PLAIN, body=(Heading(1, "表"), table)))
    widths = [int(c.get(qn("w:w"))) for c in opened.tables[0]._tbl.tblGrid]
    assert widths[1] == pytest.approx(3 * widths[0], rel=0.01)
    assert sum(widths) == pytest.approx(156 / 25.4 * 1440, abs=5)
    assert [c.paragraphs[0].alignment for c in opened.tables[0].rows[1].cells] == [0, 2]
    assert "表名" in [p.text for p in opened.paragraphs]
