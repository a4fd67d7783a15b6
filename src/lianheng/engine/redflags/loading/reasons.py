"""Why a row is refused: in English for the command line, in Chinese for the file that clerks open, and as a code."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

_EACH = "a cell with a comma in it is written in quotation marks, each column has a heading and each row its cells"
_EACH_ZH = "含逗号的单元格要加引号，每列有表头，每行的单元格与表头一一对应"
# More lines than this within one cell are no note or address.
MOST_LINES = 50
_LOST = "so its last digits are lost: make the column text at the source"
_LOST_ZH = "末几位数字已经丢失：请在源表中把该列设为文本格式后重新填写"
# By code; `shown` is the value as the source has it, or "the value" where it is protected.
WORDS = {
    "blank": ("is blank", "为空，此列必填"),
    "clear_id": (
        "holds what has the form of a person's id, and clear ids are not stored: give it a column of role person_id "
        "(serial numbers: role serial)",
        "含有身份证号样式的号码，明文证件号不入库：请移到证件号列"
        "（确属流水号的列，请管理员在台账声明中注明 role: serial）",
    ),
    "form": ("{shown} does not have the form {pattern}", "{shown}不符合规定的形式：{form}"),
    # Regions that begin with a nought lose it when a spreadsheet takes the code for a number.
    "form_of_number": (
        "{shown} does not have the form {pattern} (it is a number in the file, so noughts at its front are lost: make "
        "the column text at the source)",
        "{shown}不符合规定的形式：{form}（文件中是数字，开头的0已经丢失：请在源表中把该列设为文本格式）",
    ),
    "not_listed": ("{shown} is none of {words}", "{shown}不在允许的取值之内（{words}）"),
    "below": ("{text} is below {bound}", "{text}小于下限{bound}"),
    "above": ("{text} is above {bound}", "{text}大于上限{bound}"),
    "long_number": (f"a long number was stored as a number, {_LOST}", f"长号码按数字保存，{_LOST_ZH}"),
    "scientific": (f"a long number is written as 4.3E+17, {_LOST}", f"长号码写成了4.3E+17的样子，{_LOST_ZH}"),
    "spreadsheet_error": (
        "{shown} is what a spreadsheet shows for a failed formula or a column too narrow: mend the cell at the source",
        "{shown}是表格软件的出错标记或因列宽不足显示的#号，不是内容：请在源表中改正",
    ),
    "not_number": ("{shown} is not a number", "{shown}不是数字"),
    "not_whole": ("{shown} is not a whole number", "{shown}不是整数"),
    "too_long": ("{shown} does not fit {type}", "{shown}的位数超过该列的规定（{type}）"),
    "not_day": (
        "{shown} is not a day such as 2024-01-31, 2024/1/31, 20240131 or 2024年1月31日",
        "{shown}不是日期，应如2024-01-31、2024/1/31、20240131或2024年1月31日",
    ),
    "no_calendar_day": ("{shown} is not a day of the calendar", "{shown}不是日历上有的日期"),
    "not_time": ("{shown} is not a time such as 2024-01-31 08:30:00", "{shown}不是时间，应如2024-01-31 08:30:00"),
    "not_time_of_day": ("{shown} is not a time of day", "{shown}不是一天中的时刻"),
    "not_yes_no": ("{shown} is neither 是 nor 否", "{shown}既不是“是”也不是“否”"),
    "more_cells": (f"has {{cells}} cells under {{headings}} headings: {_EACH}",
                   f"有{{cells}}个单元格，而表头只有{{headings}}个：{_EACH_ZH}"),
    "shifted": (f"has {{cells}} cells under {{headings}} headings, and does not fit: {_EACH}",
                f"有{{cells}}个单元格，表头有{{headings}}个，各列对不上：{_EACH_ZH}"),
    "closing_line": ("is a total or signature line ({word}), not a record", "是合计或落款行（{word}），不是一条记录"),
    "zero_bytes": ("holds zero bytes: not a text file", "含有空字节，不是文本"),
    "encoding": (
        "line is not in the file's encoding ({encoding}): save the file in one encoding",
        "该行的编码与整个文件（{encoding}）不同：请把文件统一存为一种编码",
    ),
    "quote_inside": (
        'has a quotation mark that belongs to no cell: a cell with one is written "…" as a whole, and the mark in it '
        "twice",
        "有一个不属于任何单元格的英文引号：含引号的单元格要整个加引号，其中的引号写两遍",
    ),
    "quote_unclosed": (
        "opens a quotation mark that is not closed where its row ends: close it, or write it twice in a quoted cell "
        f"(a cell holds at most {MOST_LINES} lines, and none that is a row itself)",
        f"有一个英文引号到行末没有关闭：请补上，或在加引号的单元格中写两遍（一个单元格至多{MOST_LINES}行，不得包含整行记录）",
    ),
    "key_twice": ("its key stands twice in this load", "主键在本次载入中重复出现"),
    "key_loaded": (
        "its key is loaded already (to load a newer version of a batch: --replace, which first says what would go; of "
        "single rows: --correct)",
        "主键相同的行已经载入过（要载入更正后的版本，请管理员用 --replace 或 --correct）",
    ),
}  # fmt: skip
_FORMS = {
    r"\d{17}[\dXx]": "18位证件号码，末位可为X",
    r"\d{17}[\dX]": "18位证件号码，末位可为X",
    r"\d{4}-(0[1-9]|1[0-2])": "年月，如2024-03",
}
_OF_KEYS = ("key_twice", "key_loaded")


class Reason(str):
    """A reason as the command line says it, with its code and its Chinese text.

    Example
    -------
    >>> reason = Reason("below", text="-1.50", bound=0)
    >>> str(reason), reason.code, reason.chinese
    ('-1.50 is below 0', 'below', '-1.50小于下限0')
    >>> Reason("not_number", value="一百").chinese, Reason("form", value=None, pattern=r"\\d{12}").chinese
    ('“一百”不是数字', '该值不符合规定的形式：12位数字')
    """

    code: str
    chinese: str

    def __new__(cls, code: str, *, value: object = None, **values: object) -> Reason:
        """The reason of a code; `value` is what the source has, None where nobody may see it."""
        english, chinese = WORDS[code]
        values["form"] = form_in_words(str(values.get("pattern", "")))
        told = repr(value) if isinstance(value, str | float) else str(value)
        reason = super().__new__(cls, english.format(shown="the value" if value is None else told, **values))
        reason.code = code
        reason.chinese = chinese.format(shown="该值" if value is None else f"“{value}”", **values)
        return reason


def form_in_words(pattern: str) -> str:
    """What a pattern asks for, as one who fills the column reads it; the pattern itself where it is a rare one.

    Example
    -------
    >>> form_in_words(r"\\d{12}"), form_in_words(r"\\d{17}[\\dXx]"), form_in_words("[AB]-.*")
    ('12位数字', '18位证件号码，末位可为X', '[AB]-.*')
    """
    if found := re.fullmatch(r"\\d\{(\d+)\}", pattern):
        return f"{found[1]}位数字"
    return _FORMS.get(pattern, pattern)


class Found(NamedTuple):
    """A reason and the heading of the column that it is about; none where it is about the row."""

    column: str
    reason: Reason


def in_english(found: Sequence[Found]) -> str:
    """The reasons of a row, as the command line says them."""
    return "; ".join(str(one) if not column or one.code in _OF_KEYS else f"{column} {one}" for column, one in found)


def in_chinese(found: Sequence[Found]) -> str:
    """The reasons of a row, as clerks read them."""
    return "；".join(f"{column}{'：' if column else ''}{reason.chinese}" for column, reason in found)
