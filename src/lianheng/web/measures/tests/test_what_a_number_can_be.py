"""Counts are whole, months are twelve at most, and only digits are digits."""

from decimal import Decimal

import pytest

from lianheng.web.measures.models import Measure
from lianheng.web.measures.values import canonical
from lianheng.web.shell.errors import InvalidInput
from lianheng.web.shell.plain_numbers import read_number

MONTHS = Measure(code="m", name="完成审核的月份数")
MATTERS = Measure(code="n", name="应公开的事项数")
DAYS = Measure(code="d", name="实际开放天数")
PEOPLE = Measure(code="p", name="关键岗位人数")
BOUGHT = Measure(code="b", name="约定采购量")
INDEX = Measure(code="i", name="满意度指数", kind=Measure.INDEX)


@pytest.mark.parametrize(
    ("measure", "typed", "kept"),
    [
        (MONTHS, "12", "12"),
        (MONTHS, "１２", "12"),
        (MATTERS, "1,200", "1200"),
        (MATTERS, "3.0", "3"),
        (DAYS, "366", "366"),
        (BOUGHT, "1.5", "1.5"),
        (INDEX, "８１．５", "81.5"),
        (MATTERS, "0", "0"),
    ],
)
def test_what_can_be(measure: Measure, typed: str, kept: str) -> None:
    assert canonical(measure, typed) == kept


@pytest.mark.parametrize(
    ("measure", "typed", "message"),
    [
        (MONTHS, "99", "一年只有 12 个月，不能超过 12"),
        (MONTHS, "13", "不能超过 12"),
        (DAYS, "367", "一年最多 366 天"),
        (MATTERS, "1.5", "要填整数，不能是 1.5"),
        (MATTERS, "99999999999", "数字太大"),
        (PEOPLE, "10000001", "不能超过 10,000,000"),
        (MATTERS, "1e3", "要填数字，不能是“1e3”"),
        (MATTERS, "1_000", "要填数字"),
        (MATTERS, "٣", "要填数字"),
        (MATTERS, "NaN", "要填数字"),
        (MATTERS, "Infinity", "要填数字"),
        (MATTERS, "1,2", "要填数字"),
        (MATTERS, "-1", "不能是负数"),
        (INDEX, "100.01", "不能超过 100"),
        (INDEX, "1.23456", "最多四位小数"),
    ],
)
def test_what_cannot_be(measure: Measure, typed: str, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        canonical(measure, typed)


def test_reading_a_number() -> None:
    assert read_number(" 1,234.50 ") == Decimal("1234.50") and read_number("－5") == -5
    assert [read_number(text) for text in ("", ".", "-", "1 000", "+1", "0x10", "²")] == [None] * 7
