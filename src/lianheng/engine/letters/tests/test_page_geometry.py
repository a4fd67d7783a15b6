"""GB/T 9704-2012, 5.2.3: 22 lines of 28 characters fill the type area."""

import datetime
from itertools import pairwise

import pytest

from lianheng.engine.letters import Heading, Paragraph, Table, to_pdf

from .reading import MM, characters, lines_of, rules, texts
from .sample import LETTER, NOTICE, PLAIN, changed

FULL_PAGE = 22 * 28


def _pages(length: int) -> list[int]:
    """How many 国 stand on each page when a body holds `length` of them."""
    return [page.count("国") for page in texts(to_pdf(changed(PLAIN, body=(Paragraph("国" * length),))))]


def test_a_continuation_page_holds_616_characters_and_the_617th_begins_a_new_one() -> None:
    first = _pages(3 * FULL_PAGE)[0]
    assert _pages(first + FULL_PAGE) == [first, 616]
    assert _pages(first + FULL_PAGE + 1) == [first, 616, 1]


def test_an_indented_first_line_holds_26_characters() -> None:
    page = characters(to_pdf(changed(PLAIN, body=(Paragraph("国" * 54),))))[0]
    assert [len(line) for line in lines_of(page, "国")] == [26, 28]


def test_the_type_area_is_156_by_225_millimetres() -> None:
    page = characters(to_pdf(changed(PLAIN, body=(Paragraph("国" * 3 * FULL_PAGE),))))[1]
    lines = lines_of(page, "国")
    assert len(lines) == 22
    assert {len(line) for line in lines} == {28}
    assert lines[0][0]["x0"] * MM == pytest.approx(28, abs=0.1)
    assert lines[0][-1]["x1"] * MM == pytest.approx(184, abs=0.15)
    pitches = [(below[0]["top"] - above[0]["top"]) * MM for above, below in pairwise(lines)]
    assert pitches == pytest.approx([225 / 22] * 21, abs=0.01)
    assert 37 - 1 <= lines[0][0]["top"] * MM <= 37 + 1
    assert lines[-1][0]["bottom"] * MM <= 297 - 35


def test_a_red_head_takes_its_room_and_the_following_pages_are_full() -> None:
    document = changed(NOTICE, body=(Paragraph("国" * 3 * FULL_PAGE),))
    counts = [page.count("国") for page in texts(to_pdf(document))]
    assert 0 < counts[0] < FULL_PAGE
    assert counts[1] == FULL_PAGE


def test_paragraphs_begin_two_characters_in() -> None:
    page = characters(to_pdf(changed(PLAIN, body=(Paragraph("甲乙"), Paragraph("丙丁")))))[0]
    starts = [c["x0"] * MM for c in page if c["text"] in "甲丙"]
    assert starts == pytest.approx([28 + 2 * 16 * MM] * 2, abs=0.3)


def test_body_and_title_have_the_sizes_of_the_standard() -> None:
    page = characters(to_pdf(changed(NOTICE, body=(Paragraph("甲"),), attachments=())))[0]
    size = {c["text"]: c["size"] for c in page}
    font = {c["text"]: c["fontname"] for c in page}
    assert (size["甲"], size["综"], size["特"]) == (16, 22, 16)
    assert "FandolFang" in font["甲"]
    assert "NotoSerif" in font["综"] and "Bold" in font["综"]
    assert "FandolHei" in font["特"]


def test_headings_number_themselves_each_level_in_its_font() -> None:
    pages = characters(to_pdf(NOTICE))
    drawn = "".join(texts(to_pdf(NOTICE)))
    for heading in ("一、总体情况", "（一）学校", "1.得分", "（1）靠前的单位", "二、工作要求"):
        assert heading in drawn
    font = {c["text"]: c["fontname"] for page in pages for c in page}
    assert "FandolHei" in font["况"]
    assert "FandolKai" in font["校"] or "FandolKai" in font["（"]


def test_the_head_stands_where_the_standard_wants_it() -> None:
    pdf = to_pdf(NOTICE)
    page = characters(pdf)[0]
    mark = [c for c in page if c["non_stroking_color"] in ((1, 0, 0), [1, 0, 0])]
    assert "".join(c["text"] for c in mark) == NOTICE.agency
    assert mark[0]["top"] * MM == pytest.approx(37 + 35, abs=1)
    number = next(c for c in page if c["text"] == "〔")
    line = next(r for r in rules(pdf) if r["x1"] - r["x0"] > 400)
    assert (line["x0"] * MM, line["x1"] * MM) == pytest.approx((28, 184), abs=0.01)
    assert tuple(line["stroking_color"]) == (1, 0, 0)
    assert (line["top"] - number["bottom"]) * MM == pytest.approx(4, abs=0.6)
    assert "衡廉办〔2026〕5号" in texts(pdf)[0]


def test_page_numbers_stand_outside_on_odd_and_even_pages() -> None:
    document = changed(PLAIN, body=(Paragraph("国" * 3 * FULL_PAGE),))
    for position, page in enumerate(characters(to_pdf(document)), start=1):
        foot = [c for c in page if c["top"] * MM > 262 and c["text"].strip()]
        assert "".join(c["text"] for c in foot) == f"—{position}—"
        assert {c["size"] for c in foot} == {14}
        # one character of size 4 from the edge of the type area
        edge = 184 - foot[-1]["x1"] * MM if position % 2 else foot[0]["x0"] * MM - 28
        assert edge == pytest.approx(14 * MM, abs=0.2)
        assert 262 + 6 <= foot[0]["top"] * MM <= 262 + 8


def test_the_tail_block_ends_on_the_lower_edge_of_the_type_area() -> None:
    pdf = to_pdf(NOTICE)
    pages = texts(pdf)
    wide = [r for r in rules(pdf, len(pages) - 1) if r["x1"] - r["x0"] > 440]
    tail = sorted(wide, key=lambda r: r["top"])[-3:]
    assert [r["linewidth"] * MM for r in tail] == pytest.approx([0.35, 0.25, 0.35], abs=0.001)
    assert tail[-1]["bottom"] * MM == pytest.approx(262, abs=0.4)
    assert "抄送：市委办公室，市政府办公室。" in pages[-1]
    assert "2026年1月21日印发" in pages[-1]


def test_the_signature_is_centred_over_the_date_which_stands_four_characters_in() -> None:
    document = changed(NOTICE, signer_agency="衡阳市教育局", body=(), addressee=None, copies=None, printed_by=None)
    page = characters(to_pdf(document))[0]
    name = next(line for line in _rows(page) if "".join(c["text"] for c in line).strip() == "衡阳市教育局")
    date = next(line for line in _rows(page) if "".join(c["text"] for c in line).strip() == "2026年1月20日")
    assert 184 - date[-1]["x1"] * MM == pytest.approx(4 * 16 * MM, abs=0.3)
    assert _centre(name) == pytest.approx(_centre(date), abs=0.3)


def test_without_a_seal_the_date_begins_two_characters_after_the_name() -> None:
    document = changed(NOTICE, signer_agency="清廉衡阳建设办公室", sealed=False, body=(), copies=None, printed_by=None)
    page = characters(to_pdf(document))[0]
    name = next(line for line in _rows(page) if "".join(c["text"] for c in line).strip() == "清廉衡阳建设办公室")
    date = next(line for line in _rows(page) if "".join(c["text"] for c in line).strip() == "2026年1月20日")
    assert 184 - name[-1]["x1"] * MM == pytest.approx(2 * 16 * MM, abs=0.3)
    assert (date[0]["x0"] - name[0]["x0"]) == pytest.approx(2 * 16, abs=0.8)


def test_no_page_holds_the_signature_alone() -> None:
    for length in range(280, 620, 28):
        paragraphs = (Paragraph("国" * length), Paragraph("民" * 20))
        pages = texts(to_pdf(changed(NOTICE, body=paragraphs, attachments=(), copies=None, printed_by=None)))
        assert "民" in next(page for page in pages if "2026年1月20日" in page)


def test_a_long_note_of_annexes_leaves_no_page_half_empty() -> None:
    """Thirteen names, text of many lengths: only the six lines of its end and the signature wait for the next page."""
    names = tuple(f"第{number}份名单" for number in range(1, 14))
    for length in range(200, 700, 84):
        body = (Paragraph("国" * length), Heading(1, "要求"), Paragraph("民" * 60))
        pdf = to_pdf(changed(NOTICE, body=body, attachments=names, copies=None, printed_by=None))
        pages = texts(pdf)
        signed = next(number for number, page in enumerate(pages) if "2026年1月20日" in page)
        assert "12.第12份名单" in pages[signed] and "13.第13份名单" in pages[signed], length
        lowest = max(c["bottom"] * MM for c in characters(pdf)[signed - 1] if c["bottom"] * MM < 263)
        assert lowest > 297 - 35 - 6 * 225 / 22, (length, lowest)


def test_an_upward_document_names_its_signing_leader_beside_the_number() -> None:
    page = characters(to_pdf(changed(NOTICE, signing_leader="某某某")))[0]
    row = next(line for line in _rows(page) if "签" in {c["text"] for c in line})
    assert "".join(c["text"] for c in row if c["text"].strip()) == "衡廉办〔2026〕5号签发人：某某某"
    assert row[0]["x0"] * MM == pytest.approx(28 + 16 * MM, abs=0.3)


def test_the_letter_layout_has_two_double_lines_and_no_number_on_page_one() -> None:
    pdf = to_pdf(LETTER)
    first, *rest = texts(pdf)
    assert "—1—" not in first
    assert "—2—" in rest[0]
    lines = sorted(rules(pdf), key=lambda r: r["top"])
    assert len(lines) == 4
    for line in lines:
        assert (line["x0"] * MM, line["x1"] * MM) == pytest.approx((20, 190), abs=0.01)
    above, below = lines[:2], lines[2:]
    assert above[0]["linewidth"] > above[1]["linewidth"]
    assert below[0]["linewidth"] < below[1]["linewidth"]
    assert below[1]["bottom"] * MM == pytest.approx(297 - 20, abs=0.5)
    mark = [c for c in characters(pdf)[0] if c["size"] > 30]
    assert mark[0]["top"] * MM == pytest.approx(30, abs=1)
    assert "印发" not in first + "".join(rest)
    assert "抄送：市委办公室。" in rest[-1]


def test_the_marking_stands_at_the_head_of_each_page_and_only_where_it_is_wanted() -> None:
    pages = texts(to_pdf(changed(NOTICE, body=(Paragraph("国" * 3 * FULL_PAGE),))))
    assert all(page.startswith("演示数据") for page in pages)
    assert "演示数据" not in "".join(texts(to_pdf(changed(NOTICE, marking=None))))


def test_a_plain_document_has_neither_red_nor_signature() -> None:
    pdf = to_pdf(PLAIN)
    assert texts(pdf) == ["评价结果单—1—"]
    assert not rules(pdf)


def test_the_date_prints_without_leading_zeros() -> None:
    drawn = "".join(texts(to_pdf(changed(NOTICE, date=datetime.date(2026, 3, 5)))))
    assert "2026年3月5日" in drawn


def _rows(page: list[dict]) -> list[list[dict]]:
    rows: dict[float, list[dict]] = {}
    for c in page:
        near = next((bottom for bottom in rows if abs(bottom - c["bottom"]) < 4), c["bottom"])
        rows.setdefault(near, []).append(c)
    return [sorted(row, key=lambda c: c["x0"]) for row in rows.values()]


def _centre(line: list[dict]) -> float:
    return (line[0]["x0"] + line[-1]["x1"]) / 2 * MM


def test_a_row_of_a_table_stays_on_one_page() -> None:
    rows = tuple((f"第{n}行首", "长" * 30 + f"第{n}行尾") for n in range(40))
    pages = texts(to_pdf(changed(PLAIN, body=(Table(header=("项目", "说明"), rows=rows, widths=(1, 1)),))))
    assert len(pages) > 2
    for n in range(40):
        assert [f"第{n}行首" in page for page in pages] == [f"第{n}行尾" in page for page in pages], n


def test_a_cell_longer_than_a_page_is_not_cut_off() -> None:
    table = Table(header=("项目", "说明"), rows=(("甲", "长" * 3000 + "完"),), widths=(1, 1))
    assert "完" in texts(to_pdf(changed(PLAIN, body=(table,))))[-1]


def test_a_minus_is_drawn() -> None:
    text = texts(to_pdf(changed(PLAIN, body=(Paragraph("得分 = 12 \u2212 2 × 0"),))))[0]
    assert "12－2×0" in text.replace(" ", "") and "〓" not in text
