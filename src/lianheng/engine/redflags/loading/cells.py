"""One cell of a source as a value of its declared type, or the reason why it is none."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from contextlib import suppress
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from lianheng.engine.redflags.loading.clear_ids import SHORTEST, holds_clear_id
from lianheng.engine.redflags.loading.identity import normalised, pseudonym
from lianheng.engine.redflags.loading.reasons import Reason
from lianheng.engine.redflags.register import Column
from lianheng.engine.redflags.types import ColumnType

_DAY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})(?:\s*[日号])?|(\d{4})(\d{2})(\d{2})")
_MONTH = re.compile(r"(\d{4})(?:\s*[-/.年]\s*(0?[1-9]|1[0-2])\s*月?份?|(0[1-9]|1[0-2]))")
_YEAR = re.compile(r"\s*(\d{4})\s*年(?:度)?\s*")
_TIME = re.compile(r"[T ]\s*(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?")
_FLOATED = re.compile(r"\d(?:\.\d+)?[eE]\+?\d+")
_PLAIN = re.compile(r"[+-]?[0-9]+(?:\.[0-9]*)?")
# Commas part thousands, or ten thousands as in 1,0000; a decimal comma (1,5) must not become fifteen.
_WRITTEN = re.compile(
    r"[+-]?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,4}(?:,[0-9]{4})+|[0-9]*)(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?"
)
_HALF_WIDTH = str.maketrans("０１２３４５６７８９，．＋－", "0123456789,.+-")
# What a spreadsheet program shows for a formula that fails, and for a number that its column is too narrow for.
_ERROR = re.compile(r"#(?:N/A|REF!|VALUE!|DIV/0!|NAME\?|NUM!|NULL!|SPILL!|CALC!|#{2,})")
_YES = {"是", "有", "true", "1", "y", "yes", "t", "√"}
_NO = {"否", "无", "false", "0", "n", "no", "f", "×"}
_EXCEL_START = dt.datetime(1899, 12, 30)  # noqa: DTZ001  a workbook knows no zone
# What an instant with a zone is told in; China has had one, without summer time, since 1992.
_CHINA = dt.timezone(dt.timedelta(hours=8))
# Above this a float no longer holds every digit of an id.
_EXACT = 10**15


class BadCell(ValueError):
    """A cell that cannot be read as its type, or fails a check."""

    def __init__(self, code: str, *, value: object = None, **values: object) -> None:
        self.reason = Reason(code, value=value, **values)
        super().__init__(self.reason)


class Tally:
    """How many cells of a load were rounded."""

    rounded = 0


def cell_reader(column: Column, key: bytes, tally: Tally | None = None) -> Callable[[Any], str]:
    """The function that turns a cell of this column into the text that is stored; "" is null.

    Parameters
    ----------
    column : its type, role and checks.
    key : of the hashes, for protected columns.
    tally : counts the areas that had more decimals than their column and were rounded half up.

    Returns
    -------
    A function of the raw cell that raises BadCell with the reason.

    Example
    -------
    >>> from lianheng.engine.redflags.types import ColumnType
    >>> day = Column("d", ColumnType("date"), "日期", (), "", "plain", True, None, None, (), "")
    >>> [cell_reader(day, b"")(text) for text in ("2024-1-5", "2024/01/05", "20240105", "2024年1月5日", 45296.0)]
    ['2024-01-05', '2024-01-05', '2024-01-05', '2024-01-05', '2024-01-05']
    """
    convert = _converter(column, tally or Tally())
    pattern = re.compile(column.pattern) if column.pattern else None
    protected = column.protected
    watched = not protected and column.role != "serial"
    firms = "信用代码" in f"{column.headings}{column.meaning}"
    # A refused id would otherwise stand in the reason.
    shown: Callable[[str], str | None] = (lambda text: None) if protected else str
    low, high, words = column.at_least, column.at_most, frozenset(column.one_of)

    def read(raw: Any) -> str:
        if is_blank(raw):
            if column.required:
                raise BadCell("blank")
            return ""
        if isinstance(raw, dt.datetime) and raw.tzinfo is not None:
            raw = raw.astimezone(_CHINA).replace(tzinfo=None)
        if isinstance(raw, str) and "#" in raw and _ERROR.fullmatch(raw.strip()):
            raise BadCell("spreadsheet_error", value=raw.strip())
        text = convert(raw, column.type)
        if protected and not (text.isascii() and text.isalnum()):
            # As it is hashed; the apostrophe is a spreadsheet's sign for text, which some exports leave in.
            text = normalised(text).lstrip("'‘’`")
        if watched and len(text) >= SHORTEST and holds_clear_id(text, firms):
            raise BadCell("clear_id")
        if pattern is not None and not pattern.fullmatch(text):
            number = isinstance(raw, int | float) and not isinstance(raw, bool)
            raise BadCell("form_of_number" if number else "form", value=shown(text), pattern=column.pattern)
        if words and text not in words:
            raise BadCell("not_listed", value=shown(text), words=", ".join(column.one_of))
        if low is not None and Decimal(text) < low:
            raise BadCell("below", text=text, bound=low)
        if high is not None and Decimal(text) > high:
            raise BadCell("above", text=text, bound=high)
        return pseudonym(key, text) if protected else text

    return read


def is_blank(raw: Any) -> bool:
    """Whether a cell holds nothing: no value, blanks, or the NaN that table programs write for a missing number.

    Example
    -------
    >>> is_blank(None), is_blank("  "), is_blank(float("nan")), is_blank(0)
    (True, True, True, False)
    """
    return raw is None or (not raw.strip() if isinstance(raw, str) else isinstance(raw, float) and raw != raw)


def _converter(column: Column, tally: Tally) -> Callable[[Any, ColumnType], str]:
    """The reader of the column's type; months, years and measured areas are read in more forms than others."""
    if column.type.name == "text" and takes_months(column.pattern):
        return _month
    if column.type.name == "integer" and column.label.endswith(("年度", "年份")):
        return _year
    if column.type.name == "decimal" and "面积" in column.label:
        return lambda raw, type_: _area(raw, type_, tally)
    return _CONVERTERS[column.type.name]


def takes_months(pattern: str) -> bool:
    """Whether a column's pattern is that of a month.

    Example
    -------
    >>> takes_months(r"\\d{4}-(0[1-9]|1[0-2])"), takes_months(r"\\d{12}"), takes_months("")
    (True, False, False)
    """
    return bool(pattern) and [bool(re.fullmatch(pattern, text)) for text in ("2024-01", "202401", "-")] == [
        True, False, False,
    ]  # fmt: skip


def _month(raw: Any, type_: ColumnType) -> str:
    """2024-01 out of a date, 202401, 2024年1月, 2024/1; what is none of them is left to the pattern."""
    if isinstance(raw, dt.date) or (isinstance(raw, float) and 20_000 <= raw < 80_000):
        return _date(raw, type_)[:7]
    found = _MONTH.fullmatch(read_text(raw))
    return f"{found[1]}-{int(found[2] or found[3]):02}" if found else read_text(raw)


def _year(raw: Any, type_: ColumnType) -> str:
    """2025 out of 2025年, 2025年度 or a cell that a spreadsheet has turned into a date."""
    if isinstance(raw, dt.date):
        return str(raw.year)
    found = _YEAR.fullmatch(raw) if isinstance(raw, str) else None
    if found:
        return found[1]
    # A date as text, 2025-01-01: a CSV file out of a spreadsheet that had turned the year into a date.
    if isinstance(raw, str) and len(raw.strip()) > 4:
        with suppress(BadCell):
            return _date(raw, type_)[:4]
    return _integer(raw, type_)


def _area(raw: Any, type_: ColumnType, tally: Tally) -> str:
    """A measured area with more decimals than its column is rounded half up and counted; money never is."""
    number = read_number(raw)
    rounded = number.quantize(Decimal(1).scaleb(-type_.scale), ROUND_HALF_UP) if abs(number) < 10**20 else number
    text = _decimal(rounded, type_)
    tally.rounded += abs(rounded - number) >= Decimal("1e-9")
    return text


def read_text(raw: Any) -> str:
    """A cell as a text: a code that a spreadsheet holds as a number comes without its point and nought.

    Raises
    ------
    BadCell where the last digits of a long number are lost.

    Example
    -------
    >>> read_text(430421.0), read_text(" 甲 "), read_text(1.5)
    ('430421', '甲', '1.5')
    """
    if isinstance(raw, float):
        if not raw.is_integer():
            return str(raw)
        if abs(raw) >= _EXACT:
            raise BadCell("long_number")
        return str(int(raw))
    text = str(raw).strip()
    if "\r" in text:  # one kind of line break; the reader of the typed rows takes no others
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if _FLOATED.fullmatch(text):
        raise BadCell("scientific")
    return text


def read_number(raw: Any) -> Decimal:
    """A cell as a number, exactly as it is written.

    Raises
    ------
    BadCell for anything else, also for a decimal comma, 1_000 and what is not finite.

    Example
    -------
    >>> [str(read_number(raw)) for raw in ("1,234.50", "1,0000", "１２", 3.0)]
    ['1234.50', '10000', '12', '3.0']
    """
    text = repr(raw) if isinstance(raw, float) else str(raw).strip()
    if not _PLAIN.fullmatch(text):
        text = text.translate(_HALF_WIDTH)
        if not _WRITTEN.fullmatch(text):
            raise BadCell("not_number", value=raw)
    try:
        return Decimal(text.replace(",", ""))
    except InvalidOperation as error:
        raise BadCell("not_number", value=raw) from error


def _integer(raw: Any, _: ColumnType) -> str:
    number = read_number(raw)
    if number != number.to_integral_value() or abs(number) >= 2**63:
        raise BadCell("not_whole", value=raw)
    return str(int(number))


def _decimal(raw: Any, type_: ColumnType) -> str:
    number = read_number(raw)
    # A float out of Excel carries noise behind its fifteenth digit; a written number is taken at its word.
    if isinstance(raw, float) and abs(raw) < _EXACT:
        number = round(number, type_.scale) if abs(number - round(number, type_.scale)) < Decimal("1e-9") else number
    try:
        return str(type_.value(number))
    except ValueError as error:
        raise BadCell("too_long", value=raw, type=type_) from error


def _date(raw: Any, _: ColumnType) -> str:
    if isinstance(raw, dt.datetime):
        return raw.date().isoformat()
    if isinstance(raw, dt.date):
        return raw.isoformat()
    if isinstance(raw, float) and 1 <= raw < 80000:
        return (_EXCEL_START + dt.timedelta(days=int(raw))).date().isoformat()
    return _day_of(str(raw).strip(), raw)[0]


def _timestamp(raw: Any, _: ColumnType) -> str:
    if isinstance(raw, dt.datetime):
        return raw.replace(tzinfo=None, microsecond=0).isoformat(sep=" ")
    if isinstance(raw, dt.date):
        return f"{raw.isoformat()} 00:00:00"
    if isinstance(raw, float) and 1 <= raw < 80000:
        return (_EXCEL_START + dt.timedelta(seconds=round(raw * 86400))).isoformat(sep=" ")
    day, rest = _day_of(str(raw).strip(), raw, whole=False)
    found = _TIME.fullmatch(rest) if rest else None
    if rest and not found:
        raise BadCell("not_time", value=raw)
    hour, minute, second = (int(part or 0) for part in found.groups()) if found else (0, 0, 0)
    if hour > 23 or minute > 59 or second > 59:
        raise BadCell("not_time_of_day", value=raw)
    return f"{day} {hour:02}:{minute:02}:{second:02}"


def _day_of(text: str, raw: Any, whole: bool = True) -> tuple[str, str]:
    if isinstance(raw, int | float) and not isinstance(raw, bool) and abs(raw) < _EXACT:
        text = str(int(raw))
    found = _DAY.match(text)
    if not found or (whole and found.end() != len(text) and not _TIME.fullmatch(text[found.end() :])):
        raise BadCell("not_day", value=raw)
    year, month, day = (int(part) for part in found.groups() if part is not None)
    try:
        return dt.date(year, month, day).isoformat(), text[found.end() :]
    except ValueError as error:
        raise BadCell("no_calendar_day", value=raw) from error


def _boolean(raw: Any, _: ColumnType) -> str:
    text = str(int(raw) if isinstance(raw, float) and raw in (0, 1) else raw).strip().lower()
    if text in _YES:
        return "true"
    if text in _NO:
        return "false"
    raise BadCell("not_yes_no", value=raw)


_CONVERTERS: dict[str, Callable[[Any, ColumnType], str]] = {
    "text": lambda raw, _: read_text(raw),
    "integer": _integer,
    "decimal": _decimal,
    "date": _date,
    "timestamp": _timestamp,
    "boolean": _boolean,
}
