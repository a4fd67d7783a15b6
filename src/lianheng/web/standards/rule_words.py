"""计分规则 in plain Chinese, from the declared form that the engine computes with."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from lianheng.engine.scoring.rules import GRADE_SHARES


def describe(rule: Mapping[str, Any]) -> list[str]:
    """Return one sentence for each part of an item, and the note as the last."""
    names = {key: value["name"] for key, value in rule["variables"].items()}
    parts = rule["parts"]
    lines = [_WORDS[part["rule"]](part, names) for part in parts]
    if len(parts) > 1:
        lines = [
            f"第 {number} 部分，满分 {part['points']} 分：{line}"
            for number, (part, line) in enumerate(zip(parts, lines, strict=True), 1)
        ]
    return lines + ([f"{rule['note']}。"] if rule.get("note") else [])


def _named(value: Any, names: Mapping[str, str]) -> str:
    return f"“{names[value]}”" if isinstance(value, str) else f"{value}"


def _ratio(part: Mapping[str, Any], names: Mapping[str, str]) -> str:
    over, under = _named(part["x"], names), _named(part["y"], names)
    text = f"{over}除以{under}，乘以 {part['points']} 分，最多得 {part['points']} 分"
    return text + ("；两项都为 0 时不适用，分值由同类其他条目分摊。" if isinstance(part["y"], str) else "。")


def _grade(part: Mapping[str, Any], names: Mapping[str, str]) -> str:
    total = Decimal(str(part["points"]))
    shares = "，".join(
        f"{grade} 等 {(total * over / under).normalize():f} 分" for grade, (over, under) in GRADE_SHARES.items()
    )
    return f"按{_named(part['grade'], names)}给分：{shares}。"


def _yes_no(part: Mapping[str, Any], names: Mapping[str, str]) -> str:
    return f"{_named(part['yes'], names)}为“是”得 {part['points']} 分，为“否”得 0 分。"


def _index(part: Mapping[str, Any], names: Mapping[str, str]) -> str:
    index = part["index"]
    if isinstance(index, str):
        return f"{_named(index, names)}除以 100，乘以 {part['points']} 分。"
    rate, target = _named(index["rate"], names), _named(index["target"], names)
    return f"{rate}除以{target}折算为指数（最高 100），指数除以 100，乘以 {part['points']} 分。"


def _deduction(part: Mapping[str, Any], names: Mapping[str, str]) -> str:
    charges = "；".join(_charge(term, names) for term in part["terms"])
    return f"满分 {part['points']} 分，{charges}，扣完为止。只计经确认的事件。"


def _charge(term: Mapping[str, Any], names: Mapping[str, str]) -> str:
    if not term["points"]:
        return f"{_named(term['count'], names)}只计数、不扣分"
    return f"{_named(term['count'], names)}每 1 起扣 {term['points']} 分"


_WORDS = {"Q": _ratio, "G": _grade, "F": _yes_no, "S": _index, "D": _deduction}
