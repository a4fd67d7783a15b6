"""得分说明: one unit's score as a tree, rule → inputs → points, made on demand by the rule functions of the batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from lianheng.engine.scoring import sentences
from lianheng.engine.scoring.compiled import TroubleError, part_share
from lianheng.engine.scoring.declared import Category, Item, Part
from lianheng.engine.scoring.inputs import READERS, BadValueError, UnitInput, is_missing, number
from lianheng.engine.scoring.ranking import Placing
from lianheng.engine.scoring.recompute import Recomputed, recompute
from lianheng.engine.scoring.result import CategoryScore, ItemScore, Score, line_dict, rounded
from lianheng.engine.scoring.rules import RuleError
from lianheng.engine.scoring.scheme import Scheme
from lianheng.engine.scoring.score import score_unit
from lianheng.engine.scoring.sheet import plain
from lianheng.engine.scoring.stages import ExplainedStep, explain_steps


@dataclass(frozen=True, slots=True)
class InputLine:
    """One input of a part: the variable, the measure that filled it and its value as text (None: missing).

    A constant of the scheme has no measure. `each` is what one event costs (D parts only).
    """

    variable: str
    name: str
    measure: str | None
    value: str | None
    each: str | None = None


@dataclass(frozen=True, slots=True)
class Node:
    """A category, item or part: what it is worth, what it earned, and the sentence that says why.

    `rule` and `inputs` belong to parts; `basis`, `judged` and `computed` to items.
    """

    kind: str  # category | item | part
    code: str
    name: str
    points: Decimal
    earned: Fraction | None
    sentence: str
    children: tuple[Node, ...] = ()
    rule: str | None = None
    rule_text: str | None = None
    inputs: tuple[InputLine, ...] = ()
    basis: str | None = None
    judged: str | None = None
    computed: Fraction | None = None

    def to_dict(self) -> dict[str, Any]:
        """The node as JSON-ready data."""
        data: dict[str, Any] = {
            "kind": self.kind,
            "code": self.code,
            "name": self.name,
            "points": plain(self.points),
            "earned": None if self.earned is None else str(rounded(self.earned)),
            "earned_exact": None if self.earned is None else str(self.earned),
            "sentence": self.sentence,
        }
        if self.kind == "part":
            data["rule"], data["rule_text"] = self.rule, self.rule_text
            data["inputs"] = [
                {"variable": i.variable, "name": i.name, "measure": i.measure, "value": i.value, "each": i.each}
                for i in self.inputs
            ]
            return data
        if self.kind == "item":
            data["basis"], data["judged"] = self.basis, self.judged
            data["computed"] = None if self.computed is None else str(rounded(self.computed))
        data["children"] = [child.to_dict() for child in self.children]
        return data


@dataclass(frozen=True, slots=True)
class Explanation:
    """A unit's whole score, from each input to the grade."""

    score: Score
    unit: UnitInput
    categories: tuple[Node, ...]
    steps: tuple[ExplainedStep, ...]

    def recompute(self) -> Decimal | None:
        """The final score derived again from the tree alone; None where the unit has no score."""
        return self.recompute_all().final

    def recompute_all(self) -> Recomputed:
        """Points of every item and category, steps, final score and grade, derived again from the tree alone."""
        return recompute(self.to_dict())

    def to_dict(self) -> dict[str, Any]:
        """The tree as JSON-ready data, complete enough to recompute the score from it."""
        scheme, score = self.score.scheme, self.score
        daily = scheme.daily
        by_event = [veto for veto in score.vetoes if veto.events]
        return {
            "scheme": scheme.id,
            "scheme_name": scheme.name,
            "scheme_kind": scheme.kind,
            "unit": score.unit,
            "state": score.state,
            "final": None if score.final is None else str(score.final),
            "grade": score.grade,
            "categories": [node.to_dict() for node in self.categories],
            "steps": [step.to_dict() for step in self.steps],
            "daily": daily and {"yearly": plain(daily.yearly), "quarterly": plain(daily.quarterly)},
            "quarters": [str(quarter) for quarter in self.unit.quarters],
            "deductions": [line_dict(line) for line in score.deductions],
            "bonus": [line_dict(line) for line in score.bonus],
            "list_score": None if self.unit.list_score is None else str(self.unit.list_score),
            "event_vetoes": [
                {"code": v.code, "name": v.name, "cap": v.cap, "events": list(v.events)} for v in by_event
            ],
            "low_score_rules": [
                {"code": row.code, "below": plain(row.below), "cap": row.grade_cap}
                for row in scheme.vetoes
                if row.below is not None
            ],
            "shown": [{"code": s.code, "name": s.name, "events": list(s.events)} for s in score.tally.shown],
            "grades": [{"name": grade.name, "at_least": plain(grade.at_least)} for grade in scheme.grades],
            "missing": [{"item": m.item, "variable": m.variable, "measure": m.measure} for m in score.missing],
            "errors": list(score.errors),
        }


def explain(scheme: Scheme, unit: UnitInput, placing: Placing | None = None) -> Explanation:
    """Explain one unit's score.

    Parameters
    ----------
    scheme, unit : what `score_unit` takes.
    placing : the unit's place in its class, where it is known; it adds the step of the 优秀 quota, and its score is
        the one that is explained.

    Returns
    -------
    The tree. Missing values and errors stand in it where they belong; such a tree has no steps.

    References
    ----------
    docs/explanation/scoring.md
    """
    score = score_unit(scheme, unit) if placing is None else placing.score
    items = {entry.item.code: entry for entry in score.items}
    categories = {entry.code: entry for entry in score.categories}
    nodes = tuple(_category(category, categories, items, unit, score) for category in scheme.categories)
    return Explanation(score, unit, nodes, explain_steps(scheme, unit, score, placing))


def _category(
    category: Category,
    categories: dict[str, CategoryScore],
    items: dict[str, ItemScore],
    unit: UnitInput,
    score: Score,
) -> Node:
    children = tuple(_category(child, categories, items, unit, score) for child in category.categories)
    children += tuple(_item(item, items[item.code], unit, score) for item in category.items)
    earned = categories[category.code].earned
    sentence = "尚无得分" if score.final is None else sentences.sum_sentence(category.points, _rows(children))
    return Node("category", category.code, category.name, category.points, earned, sentence, children)


def _rows(nodes: Sequence[Node]) -> list[tuple[str, Decimal, Fraction | None]]:
    return [(f"{node.code} {node.name}".strip(), node.points, node.earned) for node in nodes]


def _item(item: Item, counted: ItemScore, unit: UnitInput, score: Score) -> Node:
    parts = tuple(_part(part, item, n, unit) for n, part in enumerate(item.parts, 1))
    judged = str(unit.judged[item.code]) if counted.basis == "judged" else None
    return Node(
        "item",
        item.code,
        item.name,
        item.points,
        counted.earned,
        _item_sentence(item, counted, parts, judged, score),
        parts,
        basis=counted.basis,
        judged=judged,
        computed=counted.computed,
    )


def _item_sentence(item: Item, counted: ItemScore, parts: tuple[Node, ...], judged: str | None, score: Score) -> str:
    if counted.basis == "missing":
        gaps = [gap.variable for gap in score.missing if gap.item == item.code]
        return "缺少数据：" + "、".join(f"{item.variable(gap).name}（{item.variable(gap).measure}）" for gap in gaps)
    if counted.basis == "error":
        return "；".join(error for error in score.errors if error.startswith(f"{item.code} "))
    if counted.basis == "zeroed":
        return "数据或材料经确认造假（D4），本条目计 0 分"
    computed = "无" if counted.computed is None else str(rounded(counted.computed))
    if counted.basis == "judged":
        # Assessors or an upheld objection: which of them, the engine is not told.
        return f"评定 {judged} 分（计算值 {computed}）"
    if len(parts) == 1:
        return parts[0].sentence
    return sentences.sum_sentence(item.points, _rows(parts))


def _part(part: Part, item: Item, position: int, unit: UnitInput) -> Node:
    inputs = tuple(_input(part, item, place, unit) for place in range(len(part.operands) + len(part.terms)))
    try:
        share = part_share(part, item, unit.values)
    except (TroubleError, BadValueError, RuleError):
        earned, sentence = None, "数据缺少或有误，无法计算"
    else:
        earned = None if share is None else Fraction(part.points) * Fraction(*share)
        values = [line.value or "" for line in inputs]
        sentence = sentences.part_sentence(part, [line.name for line in inputs], values, earned)
    name = f"第 {position} 部分" if len(item.parts) > 1 else item.name
    return Node(
        "part",
        "" if len(item.parts) > 1 else item.code,
        name,
        part.points,
        earned,
        sentence,
        rule=part.rule,
        rule_text=sentences.RULE_TEXTS[part.rule],
        inputs=inputs,
    )


def _input(part: Part, item: Item, place: int, unit: UnitInput) -> InputLine:
    """The place-th input of a part: its operands first, then the counts of its terms."""
    each = None
    if place < len(part.operands):
        operand = part.operands[place]
        if isinstance(operand, Decimal):
            return InputLine("", plain(operand), None, plain(operand))
        key = operand
    else:
        term = part.terms[place - len(part.operands)]
        key, each = term.count, plain(term.points)
    variable = item.variable(key)
    value = unit.values.get(variable.measure)
    shown = None if is_missing(value) else _value_text(variable.kind, value)
    return InputLine(key, variable.name, variable.measure, shown, each)


def _value_text(kind: str, value: Any) -> str:
    """The value as it was read; one that cannot be read is shown as it stands."""
    try:
        read = READERS[kind](value)
    except BadValueError:
        return str(value)
    if kind == "yes_no":
        return "是" if read else "否"
    return str(read) if kind == "grade" else sentences.number_text(number(value))
