"""Says what is wrong with a unit's values for an item: what is missing, and what is there but cannot stand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from lianheng.engine.scoring.compiled import part_share
from lianheng.engine.scoring.declared import Item, Variable
from lianheng.engine.scoring.inputs import READERS, BadValueError, is_missing
from lianheng.engine.scoring.rules import RuleError


class Missing(NamedTuple):
    """A value that is not there, so that nothing can be published for this unit."""

    item: str
    variable: str
    measure: str


def diagnose(item: Item, values: Mapping[str, Any]) -> tuple[list[Missing], list[str]]:
    """All missing values and all errors of an item that could not be computed; at least one of them."""
    missing = [
        Missing(item.code, key, item.variable(key).measure)
        for key in item.used
        if is_missing(values.get(item.variable(key).measure))
    ]
    errors: list[str] = []
    read: dict[str, Any] = {}
    for key in item.used:
        variable = item.variable(key)
        value = values.get(variable.measure)
        if is_missing(value):
            continue
        try:
            read[key] = READERS[variable.kind](value)
        except BadValueError as bad:
            errors.append(f"{item.code} {item.name}：{_named(variable)}的值 {_shown(value)} {bad}，请更正")
    errors.extend(_above_whole(item, read, values))
    if not errors:
        errors.extend(_contradictions(item, read, values))
    if not missing and not errors:
        # Never let an item that could not be read pass as not applicable.
        errors.append(f"{item.code} {item.name}：数据无法计算，请核对该条目的全部数值")
    return missing, errors


def _above_whole(item: Item, read: Mapping[str, Any], values: Mapping[str, Any]) -> list[str]:
    """A number larger than the one that it is declared a part of."""
    errors = []
    for key in item.used:
        part, larger = item.variable(key), item.variable(key).part_of
        if larger is not None and larger in read and key in read and read[key] > read[larger]:
            whole = item.variable(larger)
            errors.append(
                f"{item.code} {item.name}：{_named(part)}为 {_shown(values[part.measure])}，"
                f"大于它所属的{_named(whole)} {_shown(values[whole.measure])}，请更正其中一个"
            )
    return errors


def _contradictions(item: Item, read: Mapping[str, Any], values: Mapping[str, Any]) -> list[str]:
    """What only the rule can see, such as a numerator over nothing; said once for each part that has all its values."""
    errors = []
    for part in item.parts:
        if any(key not in read for key in part.variables):
            continue
        try:
            part_share(part, item, values)
        except RuleError as contradiction:
            names = "、".join(
                f"{_named(item.variable(key))}={_shown(values[item.variable(key).measure])}" for key in part.variables
            )
            errors.append(f"{item.code} {item.name}：{contradiction}（{names}），请更正")
    return errors


def _named(variable: Variable) -> str:
    return f"{variable.name}（{variable.measure}）"


def _shown(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 40 else text[:40] + "…"
