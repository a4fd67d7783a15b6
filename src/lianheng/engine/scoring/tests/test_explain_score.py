"""The explanation of a unit: rule, inputs, points and the sentence for each, down to the grade."""

from __future__ import annotations

import json
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lianheng.engine.scoring.explain import Explanation, Node, explain
from lianheng.engine.scoring.result import rounded
from lianheng.engine.scoring.score import Event, UnitInput, rank, score_all
from lianheng.engine.scoring.sentences import sum_sentence, weighted
from lianheng.engine.scoring.tests.building import (
    category,
    index_scheme,
    item,
    loss,
    one_item_scheme,
    ratio,
    scheme_of,
)


def explained(scheme: Any, values: dict[str, Any], **other: Any) -> Explanation:
    return explain(scheme, UnitInput("u", values, **other))


def admissions() -> Any:
    """X4.1 of the school list, alone in its category, and a second item."""
    row = item("X4.1", 14, ratio(6, "on_time", "due"), loss(8, 4, "confirmed"))
    row["variables"]["on_time"]["name"], row["variables"]["due"]["name"] = "按期公开", "应公开"
    row["variables"]["confirmed"]["name"] = "确认事件"
    return scheme_of(category("X4", 100, row, item("X4.2", 86, ratio(86))))


VALUES = {
    "form.x4_1.on_time": 16,
    "form.x4_1.due": 20,
    "events.x4_1.confirmed": 1,
    "form.x4_2.x": 1,
    "form.x4_2.y": 3,
}


def first_item(explanation: Explanation) -> Node:
    return explanation.categories[0].children[0]


def sentence(part: dict[str, Any], values: dict[str, Any]) -> str:
    [node] = first_item(explained(one_item_scheme(part), values)).children
    return node.sentence


def test_each_part_shows_its_rule_inputs_and_formula() -> None:
    part, other = first_item(explained(admissions(), VALUES)).children
    assert part.sentence == "得分 = 6 × min(1, 按期公开 ÷ 应公开) = 6 × 16 ÷ 20 = 4.80"
    assert part.rule == "Q" and part.rule_text and part.rule_text.startswith("按比例计分")
    assert [(line.measure, line.value) for line in part.inputs] == [
        ("form.x4_1.on_time", "16"),
        ("form.x4_1.due", "20"),
    ]
    assert other.sentence == "得分 = 8 − 4 × 1（确认事件）= 4.00"


def test_the_item_shows_the_sum() -> None:
    assert first_item(explained(admissions(), VALUES)).sentence == "得分 = 4.80 + 4.00 = 8.80"


@pytest.mark.parametrize(
    ("part", "values", "text"),
    [
        (ratio(100), {"x": 1, "y": 3}, "得分 = 100 × min(1, 变量x ÷ 变量y) = 100 × 1 ÷ 3 ≈ 33.33"),
        (ratio(100), {"x": 5, "y": 3}, "得分 = 100 × min(1, 变量x ÷ 变量y) = 100 × 1 = 100.00（5 ÷ 3 不低于 1）"),
        (ratio(100), {"x": 0, "y": 0}, "得分 = 100 × min(1, 变量x ÷ 变量y)；变量y为 0，不适用"),
        (ratio(100, y=12), {"x": 9}, "得分 = 100 × min(1, 变量x ÷ 12) = 100 × 9 ÷ 12 = 75.00"),
        ({"rule": "G", "points": 100, "grade": "g"}, {"g": "B"}, "得分 = 100 × 变量g B（80%）= 80.00"),
        ({"rule": "F", "points": 100, "yes": "f"}, {"f": False}, "变量f：否，不得分；得分 = 0.00"),
        ({"rule": "S", "points": 100, "index": "s"}, {"s": "85.50"}, "得分 = 100 × 变量s 85.5 ÷ 100 = 85.50"),
        (
            {"rule": "S", "points": 100, "index": {"rate": "r", "target": 30}},
            {"r": 24},
            "指数 = min(100, 变量r ÷ 30 × 100) = min(100, 24 ÷ 30 × 100) = 80.00；得分 = 100 × 指数 ÷ 100 = 80.00",
        ),
    ],
)
def test_each_rule_has_its_sentence(part: dict[str, Any], values: dict[str, Any], text: str) -> None:
    assert sentence(part, {f"form.t1_1.{key}": value for key, value in values.items()}) == text


def test_a_deduction_says_when_it_ends_at_zero() -> None:
    assert sentence(loss(100, 60), {"events.t1_1.n": 2}) == "得分 = 100 − 60 × 2（变量n）= 0.00（扣完为止）"


def test_rescaling_is_shown_where_it_happens() -> None:
    node = explained(admissions(), {**VALUES, "form.x4_2.x": 0, "form.x4_2.y": 0}).categories[0]
    assert node.sentence == "X4.2 条目X4.2（86 分）不适用，其余按比例折算：得分 = (8.80) ÷ 14 × 100 ≈ 62.86"


def test_judged_points_stand_beside_the_computed_ones() -> None:
    node = first_item(explained(admissions(), VALUES, judged={"X4.1": Decimal("9.5")}))
    assert (node.earned, node.basis, node.sentence) == (Decimal("9.5"), "judged", "评定 9.5 分（计算值 8.80）")


def test_missing_values_are_named_in_the_tree_which_then_has_no_steps() -> None:
    explanation = explained(admissions(), {**VALUES, "form.x4_1.due": None})
    assert first_item(explanation).sentence == "缺少数据：应公开（form.x4_1.due）"
    assert (explanation.steps, explanation.recompute()) == ((), None)


def test_a_bad_value_is_shown_as_it_stands_with_the_reason() -> None:
    node = first_item(explained(admissions(), {**VALUES, "form.x4_1.due": "二十"}))
    assert node.children[0].inputs[1].value == "二十"
    assert "不是数" in node.sentence


def test_every_step_is_explained() -> None:
    events = [Event("E1", "D1"), Event("E2", "B1"), Event("E3", "N-T1")]
    scheme = index_scheme(daily={"yearly": 0.7, "quarterly": 0.3})
    steps = {
        step.name: step for step in explained(scheme, {"form.t1_1.s": 95}, events=events, quarters=[Decimal(85)]).steps
    }
    assert list(steps) == ["list", "mix", "deductions", "bonus", "clamp", "rounded", "grade", "veto"]
    assert steps["mix"].sentence == "0.7 × 年终 95.00 + 0.3 × 季度平均 85.00（85）= 92.00"
    assert steps["deductions"].sentence.startswith("D1 被外部查处：外部查处 2 分 × 1")
    assert steps["deductions"].result == "90.00"
    assert (steps["grade"].result, steps["veto"].result) == ("优秀", "合格")
    assert steps["veto"].sentence == "N-T1 无严重事件（事件 E3）：等次最高为合格"


def test_the_quota_is_explained_where_the_class_is_known() -> None:
    scheme = index_scheme()
    units = [UnitInput(f"u{n}", {"form.t1_1.s": 95 - n}) for n in range(3)]
    placings = {placing.unit: placing for placing in rank(scheme, score_all(scheme, units))}
    steps = {step.name: step for step in explain(scheme, units[1], placings["u1"]).steps}
    assert steps["quota"].result == "良好"
    assert "30%" in steps["quota"].sentence
    assert steps["veto"].result == "良好"


def test_a_doctored_tree_no_longer_agrees() -> None:
    """Recomputing starts from the inputs, so a changed input shows; the points printed beside it do not help."""
    from lianheng.engine.scoring.recompute import recompute

    tree = explained(admissions(), VALUES).to_dict()
    assert recompute(json.loads(json.dumps(tree))).final == Decimal(tree["final"])
    tree["categories"][0]["children"][0]["children"][0]["inputs"][0]["value"] = "20"
    assert recompute(tree).final != Decimal(tree["final"])


@given(
    st.lists(
        st.tuples(st.sampled_from([Fraction(1), Fraction(7, 10), Fraction(3, 10), Fraction(100, 86)]),
                  st.fractions(min_value=0, max_value=40, max_denominator=997)),
        min_size=1, max_size=9,
    )
)  # fmt: skip
def test_shown_numbers_give_the_shown_sum(terms: list[tuple[Fraction, Fraction]]) -> None:
    exact = sum((weight * number for weight, number in terms), Fraction(0))
    # On the very edge of rounding no number of places is enough.
    assume(abs(exact * 100 % 1 - Fraction(1, 2)) > Fraction(1, 1000))
    texts = weighted(terms)
    shown = sum((weight * Fraction(text) for (weight, _), text in zip(terms, texts, strict=True)), Fraction(0))
    assert rounded(shown) == rounded(exact)
    assert all(abs(Fraction(text) - number) <= Fraction(1, 200) for text, (_, number) in zip(texts, terms, strict=True))


def test_a_receipt_that_rounding_would_break_shows_one_place_more() -> None:
    """17.69 + 18.82 + 20.00 + 25.74 + 9.47 is 91.72, not the 91.73 of the score."""
    earned = [Fraction(n, 10_000) for n in (176_932, 188_237, 200_000, 257_409, 94_742)]
    parts = [(str(n), Decimal(20), value) for n, value in enumerate(earned)]
    assert sum_sentence(Decimal(100), parts) == "得分 = 17.693 + 18.824 + 20.000 + 25.741 + 9.474 ≈ 91.73"
    even = [("a", Decimal(50), Fraction(25, 2)), ("b", Decimal(50), Fraction(1, 4))]
    assert sum_sentence(Decimal(100), even) == "得分 = 12.50 + 0.25 = 12.75"
