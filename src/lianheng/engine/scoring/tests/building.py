"""Small schemes and units for the tests, in the declared form."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from lianheng.engine.scoring.scheme import Problem, Scheme, SchemeError
from lianheng.engine.scoring.score import Score, UnitInput, score_unit

GRADES = [
    {"name": "优秀", "at_least": 90},
    {"name": "良好", "at_least": 80},
    {"name": "合格", "at_least": 70},
    {"name": "较差", "at_least": 0},
]
RULES = {
    "deductions": [
        {"code": "D1", "name": "被外部查处", "outside": 2, "self": 0, "concealed": 4, "cap": 10},
        {"code": "D2", "name": "整改逾期", "per_30_days": 0.5, "cap": 5},
        {"code": "D3", "name": "虚假整改", "points": 5},
        {"code": "D4", "name": "数据造假", "points": 5, "zeroes_item": True},
    ],
    "bonus": [{"code": "B1", "name": "经验推广", "points": 2, "cap": 5}],
    "vetoes": [
        {"code": "V1", "name": "班子成员违纪违法", "cap": "较差"},
        {"code": "V2", "name": "清单得分过低", "when_list_score_below": 60, "cap": "合格"},
    ],
}
NEGATIVES = [
    {"code": "N-T1", "name": "无严重事件", "effect": "veto", "cap": "合格"},
    {"code": "N-T2", "name": "无久拖不决", "effect": "deduction", "points": 3},
    {"code": "N-T3", "name": "只作展示", "effect": "shown"},
]


def item(code: str, points: Any, *parts: Mapping[str, Any], part_of: Mapping[str, str] | None = None) -> dict[str, Any]:
    """An item that declares every variable its parts use."""
    keys: list[str] = []
    for part in parts:
        index = part.get("index")
        operands = list(index.values()) if isinstance(index, dict) else [index]
        operands += [part.get(key) for key in ("x", "y", "grade", "yes")]
        operands += [term["count"] for term in part.get("terms", [])]
        keys += [key for key in operands if isinstance(key, str) and key.isidentifier()]
    variables = {key: {"name": f"变量{key}"} for key in keys}
    for key, larger in (part_of or {}).items():
        variables[key]["part_of"] = larger
    return {"code": code, "name": f"条目{code}", "points": points, "parts": list(parts), "variables": variables}


def ratio(points: Any, x: str = "x", y: Any = "y") -> dict[str, Any]:
    """A Q part."""
    return {"rule": "Q", "points": points, "x": x, "y": y}


def loss(points: Any, each: Any, count: str = "n") -> dict[str, Any]:
    """A D part with one term."""
    return {"rule": "D", "points": points, "terms": [{"points": each, "count": count}]}


def category(code: str, points: Any, *below: dict[str, Any]) -> dict[str, Any]:
    """A category of items, or of categories."""
    kind = "items" if "parts" in below[0] else "categories"
    return {"code": code, "name": f"类别{code}", "points": points, kind: list(below)}


def declare(*categories: dict[str, Any], **other: Any) -> dict[str, Any]:
    """A whole declaration; `other` replaces or adds keys."""
    data = {
        "id": "test",
        "list": "T",
        "name": "测试清单",
        "points": 100,
        "kind": "list",
        "categories": list(categories),
        "negatives": NEGATIVES,
        "rules": RULES,
        "grades": GRADES,
        "excellent_share": 0.3,
        "praise_share": "0.10",
    }
    return deepcopy({**data, **other})


def scheme_of(*categories: dict[str, Any], **other: Any) -> Scheme:
    """The scheme of a declaration."""
    return Scheme.from_dict(declare(*categories, **other))


def one_item_scheme(*parts: dict[str, Any], **other: Any) -> Scheme:
    """A scheme with the one item T1.1 worth 100."""
    part_of = other.pop("part_of", None)
    return scheme_of(category("T1", 100, item("T1.1", 100, *parts, part_of=part_of)), **other)


def index_scheme(**other: Any) -> Scheme:
    """A scheme whose list score is simply the index given to it."""
    return one_item_scheme({"rule": "S", "points": 100, "index": "s"}, **other)


def at(scheme: Scheme, score: Any, code: str = "u", **other: Any) -> Score:
    """The score of a unit of `index_scheme` whose list score is `score`."""
    return score_unit(scheme, UnitInput(code, {"form.t1_1.s": score}, **other))


def score_values(scheme: Scheme, values: Mapping[str, Any], **other: Any) -> Score:
    """The score of a unit with these values."""
    return score_unit(scheme, UnitInput("u", values, **other))


def problems_of(data: Any) -> list[Problem]:
    """The problems for which a declaration is refused; none if it is accepted."""
    try:
        Scheme.from_dict(data)
    except SchemeError as refused:
        return refused.problems
    return []


def messages(data: Any) -> str:
    """The same as one text."""
    return "\n".join(f"{problem.where}: {problem.message}" for problem in problems_of(data))
