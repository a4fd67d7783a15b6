"""What users write is text: it is drawn, never obeyed, and never pushes anything off the page."""

import io

import pytest
from docx import Document
from hypothesis import given, settings
from hypothesis import strategies as st

from lianheng.engine.letters import (
    Annex,
    Heading,
    OfficialDocument,
    PageBreak,
    Paragraph,
    Table,
    document_number,
    missing_characters,
    to_docx,
    to_pdf,
)

from .reading import MM, characters, glyphs_not_defined, texts
from .sample import DATE, NOTICE, PLAIN, changed

pytestmark = pytest.mark.slow

MARKUP = [
    '#import "/etc/passwd": *',
    '#read("/etc/passwd")',
    "$x$ 与 $ sum $",
    "*粗* _斜_ `码` = 不是标题",
    r"\u{5b57} \ \\ \n",
    "引号 \" ' “甲”‘乙’",
    "《办法》<b>&amp;</b>]]>",
    "#",
    "- 一 + 二 / 三: 四 ~ @五 <六> // 七 /* 八 */ -- --- ...",
    "{{ 甲 }} {% 乙 %} #{丙} #[丁]",
]


def _docx_text(document: OfficialDocument) -> str:
    opened = Document(io.BytesIO(to_docx(document)))
    cells = [cell.text for table in opened.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(p.text for p in opened.paragraphs), *cells])


@pytest.mark.parametrize("text", MARKUP)
def test_markup_is_drawn_as_it_is_written(text: str) -> None:
    document = changed(
        NOTICE,
        title=text,
        addressee=text,
        body=(Heading(1, text), Paragraph(text), Table((text, "乙"), ((text, text),))),
        attachments=(text,),
        signer_agency=text,
    )
    wanted = "".join(text.split()).rstrip(".")
    drawn = "".join(texts(to_pdf(document))).replace("\u200b", "")
    assert drawn.count(wanted) >= 5
    assert _docx_text(document).replace("\u200b", "").count(text) >= 5


def test_long_unbroken_text_stays_inside_the_page() -> None:
    long = "https://example.org/" + "a" * 3000
    document = changed(
        NOTICE,
        title=long[:300],
        addressee="W" * 200,
        body=(
            Paragraph(long),
            Heading(2, "W" * 200),
            Table(tuple("甲乙丙丁戊己庚辛"), ((long[:2000], *("W" * 30,) * 7),)),
        ),
        attachments=("W" * 200,),
        signer_agency="W" * 200,
        copies="W" * 200,
        printed_by="W" * 200,
    )
    pdf = to_pdf(document)
    assert "".join(texts(pdf)).count("a") >= 5000
    for page in characters(pdf):
        assert max(c["x1"] for c in page) * MM <= 184.5
        assert min(c["x0"] for c in page) * MM >= 27.5


def test_a_table_of_200_rows_repeats_its_header_on_each_page() -> None:
    rows = tuple((str(i), f"第{i}中学", f"{i / 4:.2f}") for i in range(1, 201))
    document = changed(PLAIN, body=(Table(("名次", "单位", "得分"), rows, align=("center", "left", "right")),))
    pages = texts(to_pdf(document))
    assert len(pages) > 4
    assert all(page.count("名次单位得分") == 1 for page in pages)
    assert all(any(f"第{i}中学" in page for page in pages) for i in range(1, 201))
    table = Document(io.BytesIO(to_docx(document))).tables[0]
    assert len(table.rows) == 201
    assert table.rows[0]._tr.xpath("./w:trPr/w:tblHeader")
    assert not table.rows[1]._tr.xpath("./w:trPr/w:tblHeader")


def test_a_table_without_rows_says_so() -> None:
    document = changed(PLAIN, body=(Table(("项目", "分值"), ()),))
    assert "项目分值无" in texts(to_pdf(document))[0]
    assert _docx_text(document).split("\n")[-2:] == ["无", "无"]  # one cell over two columns, read twice


def test_a_page_break_begins_a_page() -> None:
    document = changed(PLAIN, body=(Paragraph("甲"), PageBreak(), Paragraph("乙")))
    first, second = texts(to_pdf(document))
    assert "甲" in first and "乙" in second
    paragraphs = Document(io.BytesIO(to_docx(document))).paragraphs
    assert [p.text for p in paragraphs if p.paragraph_format.page_break_before] == ["乙"]


def test_annexes_follow_the_signature_and_precede_the_tail_block() -> None:
    annexes = (Annex("得分表", (Heading(1, "学校"), Table(("甲",), (("1",),)))), Annex("清单", (Paragraph("丙"),)))
    document = changed(NOTICE, attachments=(), annexes=annexes)
    pages = texts(to_pdf(document))
    drawn = "".join(pages)
    order = ["附件：1.得分表2.清单", "2026年1月20日", "附件1", "一、学校", "附件2", "抄送："]
    places = [drawn.index(part) for part in order[:2]]
    places += [drawn.index(part, places[-1]) for part in order[2:]]
    assert places == sorted(places)
    assert "附件2" in pages[-1] and "附件1" in pages[-2]
    text = _docx_text(document)
    assert text.index("附件1") < text.index("一、学校") < text.index("附件2")


def test_characters_that_no_font_has_become_a_visible_gap_and_are_named() -> None:
    document = changed(PLAIN, body=(Paragraph("甲\ue170乙🙂"),))
    assert missing_characters(document) == "\ue170🙂"
    pdf = to_pdf(document)
    assert "甲〓乙〓" in texts(pdf)[0]
    assert glyphs_not_defined(pdf) == 0


def test_control_characters_are_dropped() -> None:
    document = changed(PLAIN, title="甲\x00\u202e乙", body=(Paragraph("丙\x1b\ufeff丁\r\n戊"),))
    drawn = texts(to_pdf(document))[0]
    assert "甲乙" in drawn and "丙丁戊" in drawn
    assert _docx_text(document).split("\n")[-2:] == ["丙丁", "戊"]


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=120), st.text(max_size=40))
def test_any_text_makes_both_files(body: str, cell: str) -> None:
    document = changed(NOTICE, body=(Paragraph(body), Heading(2, cell), Table((cell, body), ((body, cell),))))
    assert glyphs_not_defined(to_pdf(document)) == 0
    Document(io.BytesIO(to_docx(document)))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Heading(5, "甲"), "level must be 1, 2, 3 or 4"),
        (lambda: Table((), ()), "at least one column"),
        (lambda: Table(("甲", "乙"), (("1",),)), "row 1 has 1 cells, the header has 2"),
        (lambda: Table(("甲",), (), widths=(0.0,)), "positive"),
        (lambda: Table(("甲",), (), widths=(1, 2)), "widths has 2 entries"),
        (lambda: Table(("甲",), (), align=("middle",)), "align must be one of"),
        (lambda: changed(PLAIN, title=" "), "title is empty"),
        (lambda: changed(PLAIN, kind=""), "kind is empty"),
        (lambda: changed(PLAIN, agency=" "), "agency is empty"),
        (lambda: changed(PLAIN, layout="letter"), "needs an agency"),
        (lambda: changed(PLAIN, layout="poster"), "file or letter"),
        (lambda: changed(PLAIN, date=DATE.replace(year=1979)), "before 1980"),
        (lambda: document_number("", 2026, 1), "agency code is empty"),
        (lambda: document_number("衡廉办", 26, 1), "four digits"),
        (lambda: document_number("衡廉办", 2026, 0), "starts at 1"),
    ],
)
def test_what_cannot_be_a_document_is_refused_with_a_reason(make, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()
