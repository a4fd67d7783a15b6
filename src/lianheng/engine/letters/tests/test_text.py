"""Numbers, dates and breaks of lines."""

import doctest
import importlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lianheng.engine.letters import to_pdf
from lianheng.engine.letters.text import breakable, chinese_numeral, clean, heading_numbers, title_lines

from .reading import MM, characters
from .sample import NOTICE, changed

MODULES = ["content", "coverage", "document", "docx", "errors", "metrics", "pdf", "text"]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_in_the_docstrings_are_true(name: str) -> None:
    failed, tried = doctest.testmod(importlib.import_module(f"lianheng.engine.letters.{name}"))
    assert tried > 0
    assert failed == 0


def test_numerals_from_one_to_ninety_nine() -> None:
    written = [chinese_numeral(n) for n in range(1, 100)]
    assert len(set(written)) == 99
    assert written[:11] == [*"一二三四五六七八九十", "十一"]
    assert (written[19], written[20], written[98]) == ("二十", "二十一", "九十九")
    assert chinese_numeral(100) == "100"


def test_a_level_that_is_skipped_counts_from_one() -> None:
    assert heading_numbers([1, 3, 3, 1, 3]) == ["一、", "1.", "2.", "二、", "1."]
    assert heading_numbers([]) == []


@given(st.text(alphabet="关于的通报《》、，年度评价2025结果和", min_size=1, max_size=80))
def test_title_lines_lose_nothing_and_fit(title: str) -> None:
    lines = title_lines(title)
    assert "".join(lines) == title
    assert all(len(line) <= 38 for line in lines)


def test_a_title_breaks_into_lines_of_like_length_outside_book_titles() -> None:
    lines = title_lines("关于印发《清廉学校建设评价标准》和《清廉医院建设评价标准》的通知")
    assert len(lines) == 2
    assert all(line.count("《") == line.count("》") for line in lines)
    assert title_lines("短标题") == ["短标题"]
    assert title_lines("上行\n下行") == ["上行", "下行"]


def test_an_ordinary_word_is_left_alone() -> None:
    assert breakable("GB/T 9704 与 12,345.67", longest=10) == "GB/T 9704 与 12,345.67"
    assert clean("洣水镇\ue170") == "洣水镇\ue170"


@pytest.mark.parametrize("length", [2, 6, 11, 15, 24, 40])
def test_a_mark_stays_on_one_line_within_the_type_area(length: int) -> None:
    agency = ("清廉衡阳建设工作领导小组办公室" * 3)[:length]
    mark = [c for c in characters(to_pdf(changed(NOTICE, agency=agency)))[0] if c["non_stroking_color"] == (1, 0, 0)]
    assert "".join(c["text"] for c in mark) == agency
    assert len({round(c["bottom"]) for c in mark}) == 1
    assert min(c["x0"] for c in mark) * MM >= 28
    assert max(c["x1"] for c in mark) * MM <= 184
