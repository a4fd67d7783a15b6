"""Candidates, registers and rows of evidence in the words that people read; ids of people are shortened."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from lianheng.engine.redflags.model import Model
from lianheng.engine.redflags.register import Register

COLOUR_NAMES = {"red": "红", "yellow": "黄", "blue": "蓝"}
YES_NO = {"true": "是", "false": "否"}
_DRAFT = re.compile(r" ?\(draft([^)]*)\)")
OUTCOMES = {"ran": "已运行", "carried": "沿用上次", "not_run": "未运行", "failed": "失败"}


def is_person(model: Model, name: str) -> bool:
    """Whether a value of a candidate is a person's id: by its own name, or as what its evidence matches one with."""
    if name in model.person_columns:
        return True
    pairs = (pair for evidence in model.evidence for pair in evidence.match.items())
    return any(value == name and column in model.person_columns for column, value in pairs)


def masked(model: Model, name: str, value: str | None) -> str:
    """A value of a candidate; of a person's id only the beginning."""
    text = value or ""
    return text[:8] if is_person(model, name) else text


def unit_cells(model: Model, row: dict[str, Any]) -> list[str]:
    """A candidate's keys, one cell each; ids of people are shortened."""
    unit = json.loads(row["unit"])
    return [masked(model, key, unit.get(key)) for key in model.keys]


def object_in_words(model: Model, row: dict[str, Any]) -> str:
    """What a candidate is about: 村代码 430499001208."""
    return "，".join(
        f"{model.key_labels[key]} {cell}" for key, cell in zip(model.keys, unit_cells(model, row), strict=True)
    )


def named_register(registers: Mapping[str, Register], id_: str) -> str:
    """A register as people call it, and its id: 种粮补贴清册（subsidy）."""
    return f"{registers[id_].title}（{id_}）" if id_ in registers else id_


def rest_in_words(unlisted: int) -> str:
    """What stands after the last row of evidence where the limit cuts."""
    return f"…另有{unlisted}行未列；起决定作用的行先列，其余请到源台账查看。"


def row_in_words(model: Model | None, register: Register | None, row: Mapping[str, str | None]) -> str:
    """A row of evidence under its register's headings; what is stored as a hash is shortened.

    Example
    -------
    >>> row_in_words(None, None, {"area": "40", "note": None})
    'area：40'
    """
    columns = register.columns if register else {}
    said = []
    for name, value in row.items():
        if value is not None:
            column = columns.get(name)
            hidden = (column is not None and column.protected) or (model is not None and name in model.person_columns)
            text = YES_NO.get(value, value) if column is not None and column.type.name == "boolean" else value
            said.append(f"{column.label if column else name}：{text[:8] if hidden else text}")
    return "，".join(said)


def basis_in_words(model: Model) -> str:
    """The legal basis; what nobody has held against the published text yet says so at its end."""
    return "；".join(_basis(entry.text, entry.article) for entry in model.legal_basis)


def _basis(text: str, article: str) -> str:
    draft = _DRAFT.search(text)
    if not draft:
        return text.replace("draft", "须核对现行文本") + article
    return f"{text[: draft.start()]}{text[draft.end() :]}{article}（{draft[1].lstrip('，') or '须核对现行文本'}）"


def measure_in_words(model: Model, name: str, value: str | None) -> str:
    """A measure with its unit: 484572.00 元; none: —."""
    measure = model.measures[name]
    if value is None:
        return "—"
    text = YES_NO.get(value, value) if measure.type.name == "boolean" else masked(model, name, value)
    return f"{text} {measure.unit}".rstrip()
