"""Differences between two versions, in words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

KINDS = {"added": "新增", "removed": "删去", "changed": "修改"}
FIELDS = {
    "name": "名称",
    "standard": "标准内容",
    "lead": "牵头部门",
    "evidence": "佐证要求",
    "points": "分值",
    "parts": "计分规则",
    "variables": "数据项",
    "measures": "数据来源",
    "mnemonic": "短句",
    "mnemonic_mark": "短句标注",
    "mark": "标注",
    "mark_note": "出处",
    "tags": "重点问题",
    "text": "文字",
    "cap": "等次上限",
    "effect": "作用",
    "confirmed_by": "认定依据",
    "version": "版本号",
    "effective": "生效日期",
    "source": "来源",
    "note": "备注",
    "parent": "所属",
    "item": "所属条目",
    "lists": "清单",
    "grades": "等次",
}


@dataclass(frozen=True)
class ChangeInWords:
    """One difference as a person reads it."""

    kind: str
    code: str
    field: str
    old: str
    new: str


def describe_changes(changes: Iterable[Mapping[str, Any]]) -> list[ChangeInWords]:
    """Put words to stored changes, in their order."""
    return [
        ChangeInWords(
            KINDS[change["kind"]],
            "目录" if change["code"] == "catalogue" else change["code"],
            FIELDS.get(change["field"], change["field"]) if change["field"] else "",
            _shown(change["old"]),
            _shown(change["new"]),
        )
        for change in changes
    ]


def _shown(value: Any) -> str:
    """Write a value so that it can be read beside another: parts as rule and points, other tables by their texts."""
    if value is None:
        return ""
    if isinstance(value, list):
        return "、".join(_shown(child) for child in value) or "（空）"
    if isinstance(value, dict):
        if "rule" in value:
            return f"{value['rule']} {value.get('points', '')} 分"
        return "，".join(_shown(child) for child in value.values())
    return str(value)
