"""What a register consists of, in the words of those who fill its table."""

from __future__ import annotations

from typing import Any

from lianheng.engine.redflags.loading.cells import takes_months
from lianheng.engine.redflags.loading.reasons import form_in_words
from lianheng.engine.redflags.register import Column, Register

_TYPES = {"text": "文本", "integer": "整数", "date": "日期", "timestamp": "时间", "boolean": "是或否"}


def describe_register(register: Register) -> list[dict[str, Any]]:
    """One row a column: heading, type, what it is checked for, other headings under which it is recognised.

    Parameters
    ----------
    register : the declaration.

    Returns
    -------
    Rows in the order of the declaration, texts in Chinese.
    """
    return [
        {
            "heading": column.label, "name": column.name, "type": _type(column), "marks": _marks(register, column),
            "also": [*column.also, column.name], "meaning": column.meaning,
            "without": column.without,
        }
        for column in register.columns.values()
    ]  # fmt: skip


def _type(column: Column) -> str:
    if column.type.name == "text" and takes_months(column.pattern):
        return "月份，如 2024-03、2024年3月"
    if column.type.name == "decimal":
        return f"小数，至多{column.type.scale}位"
    return _TYPES.get(column.type.name, column.type.name)


def _marks(register: Register, column: Column) -> list[str]:
    marks = ["必填"] if column.required else []
    if column.name in register.key:
        marks.append("主键")
    if column.protected:
        marks.append("载入时即转为散列")
    if column.at_least is not None:
        marks.append(f"不小于{column.at_least}")
    if column.at_most is not None:
        marks.append(f"不大于{column.at_most}")
    if column.one_of:
        marks.append(f"只能是{'、'.join(column.one_of)}")
    if column.pattern and not takes_months(column.pattern):
        marks.append(f"形式 {form_in_words(column.pattern)}")
    return marks
