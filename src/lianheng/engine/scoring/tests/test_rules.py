"""Each rule code by itself, through a one-item scheme: Q, G, F, D, S, and the rescaled index of EC2.1."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from lianheng.engine.scoring.tests.building import (
    at,
    category,
    index_scheme,
    item,
    loss,
    one_item_scheme,
    ratio,
    scheme_of,
    score_values,
)

X, Y, N = "form.t1_1.x", "form.t1_1.y", "events.t1_1.n"


@pytest.mark.parametrize(
    ("x", "y", "points"),
    [(16, 20, "80.00"), (20, 20, "100.00"), (25, 20, "100.00"), (0, 20, "0.00"), (1, 3, "33.33"), (2, 3, "66.67")],
)
def test_q_gives_the_ratio_and_at_most_everything(x: int, y: int, points: str) -> None:
    assert str(score_values(one_item_scheme(ratio(100)), {X: x, Y: y}).final) == points


@pytest.mark.parametrize(("x", "y"), [("1.5", "2"), (Decimal("1.5"), 2), (1.5, 2), (3, "4")])
def test_q_reads_whole_numbers_text_decimals_and_floats(x: Any, y: Any) -> None:
    assert score_values(one_item_scheme(ratio(100)), {X: x, Y: y}).final == 75


def test_q_reads_a_float_through_its_text() -> None:
    assert score_values(one_item_scheme(ratio(100)), {X: 0.1, Y: 0.3}).list_total * 3 == 100


def test_q_over_nothing_is_not_applicable() -> None:
    score = score_values(one_item_scheme(ratio(100)), {X: 0, Y: 0})
    assert (score.items[0].basis, score.items[0].earned, score.final) == ("not_applicable", None, None)


def test_q_with_a_constant_below() -> None:
    scheme = one_item_scheme(ratio(100, y=2))
    assert [score_values(scheme, {X: meetings}).final for meetings in (0, 1, 2, 5)] == [0, 50, 100, 100]


def test_q_with_a_constant_that_is_not_whole() -> None:
    assert score_values(one_item_scheme(ratio(100, y="2.5")), {X: 1}).final == 40


def test_values_as_text_give_the_same_as_numbers() -> None:
    scheme = one_item_scheme(ratio(60), loss(40, 7))
    score = score_values(scheme, {X: 5, Y: 7, N: 2})
    assert score_values(scheme, {X: "5", Y: "7", N: "2"}).list_total == score.list_total
    assert score_values(scheme, {X: " 5", Y: "7.0", N: "2.0"}).list_total == score.list_total


@pytest.mark.parametrize(("x", "y"), [(1, 0), (-1, 3), (1, -3), ("abc", 3), (True, 3), ("NaN", 3), (float("inf"), 3)])
def test_q_refuses_something_over_nothing_negatives_and_what_is_no_number(x: Any, y: Any) -> None:
    score = score_values(one_item_scheme(ratio(100)), {X: x, Y: y})
    assert score.final is None
    assert score.missing == ()
    assert len(score.errors) == 1
    assert "T1.1" in score.errors[0]


@pytest.mark.parametrize(("grade", "points"), [("A", 100), ("B", 80), ("C", 60), ("D", 0), (" A ", 100)])
def test_g_gives_the_grades_share(grade: str, points: int) -> None:
    scheme = one_item_scheme({"rule": "G", "points": 100, "grade": "x"})
    assert score_values(scheme, {X: grade}).final == points


@pytest.mark.parametrize("grade", ["E", "a", 1, "优"])
def test_g_refuses_other_grades(grade: Any) -> None:
    score = score_values(one_item_scheme({"rule": "G", "points": 100, "grade": "x"}), {X: grade})
    assert score.state == "error"


@pytest.mark.parametrize(
    ("value", "points"),
    [
        (True, 100),
        (False, 0),
        (1, 100),
        (0, 0),
        ("是", 100),
        ("否", 0),
        ("yes", 100),
        ("no", 0),
        ("True", 100),
        (1.0, 100),
    ],
)
def test_f_is_all_or_nothing(value: Any, points: int) -> None:
    assert score_values(one_item_scheme({"rule": "F", "points": 100, "yes": "x"}), {X: value}).final == points


@pytest.mark.parametrize("value", [2, "maybe", -1, Decimal("NaN")])
def test_f_refuses_what_is_neither_yes_nor_no(value: Any) -> None:
    assert score_values(one_item_scheme({"rule": "F", "points": 100, "yes": "x"}), {X: value}).state == "error"


def test_f_key_may_be_the_truth_value_that_yaml_makes_of_a_bare_yes() -> None:
    assert score_values(one_item_scheme({"rule": "F", "points": 100, "yes": "x"}), {X: True}).final == 100
    bare = item("T1.1", 100, {"rule": "F", "points": 100, "yes": "x"})
    bare["parts"] = [{"rule": "F", "points": 100, True: "x"}]
    assert score_values(scheme_of(category("T1", 100, bare)), {X: False}).final == 0


@pytest.mark.parametrize(("events", "points"), [(0, 100), (1, 60), (2, 20), (3, 0), (9, 0), ("1", 60)])
def test_d_takes_points_for_each_event_down_to_zero(events: Any, points: int) -> None:
    assert score_values(one_item_scheme(loss(100, 40)), {N: events}).final == points


def test_d_with_several_terms_one_of_them_free() -> None:
    terms = [{"points": 1.5, "count": "found"}, {"points": 0, "count": "own"}]
    scheme = one_item_scheme({"rule": "D", "points": 100, "terms": terms})
    score = score_values(scheme, {"events.t1_1.found": 2, "events.t1_1.own": 7})
    assert score.final == 97


@pytest.mark.parametrize("events", [-1, "0.5", "many"])
def test_d_refuses_what_is_no_number_of_events(events: Any) -> None:
    assert score_values(one_item_scheme(loss(100, 40)), {N: events}).state == "error"


@pytest.mark.parametrize("index", [0, 85, "85.5", Decimal("99.99"), 100])
def test_s_gives_the_index_over_a_hundred(index: Any) -> None:
    assert at(index_scheme(), index).final == Decimal(str(index))


@pytest.mark.parametrize("index", [101, -1, "100.01"])
def test_s_refuses_an_index_outside_0_to_100(index: Any) -> None:
    assert at(index_scheme(), index).state == "error"


@pytest.mark.parametrize(("rate", "points"), [(0, 0), (24, 80), (30, 100), (45, 100)])
@pytest.mark.parametrize("target", [30, "t"])
def test_s_rescales_a_rate_by_its_target_before_scoring(rate: int, points: int, target: Any) -> None:
    scheme = one_item_scheme({"rule": "S", "points": 100, "index": {"rate": "x", "target": target}})
    assert score_values(scheme, {X: rate, "form.t1_1.t": 30}).final == points


def test_s_refuses_a_target_of_zero() -> None:
    scheme = one_item_scheme({"rule": "S", "points": 100, "index": {"rate": "x", "target": "t"}})
    score = score_values(scheme, {X: 20, "form.t1_1.t": 0})
    assert score.state == "error"
    assert "目标值" in score.errors[0]


def test_a_numerator_above_the_whole_it_is_declared_a_part_of_is_refused() -> None:
    declared = one_item_scheme(ratio(100), part_of={"x": "y"})
    score = score_values(declared, {X: 25, Y: 20})
    assert score.state == "error"
    assert "25" in score.errors[0] and "20" in score.errors[0] and Y in score.errors[0]
    assert score_values(one_item_scheme(ratio(100)), {X: 25, Y: 20}).final == 100


def test_part_of_holds_across_the_parts_of_an_item() -> None:
    scheme = one_item_scheme(ratio(50, "a", 10), ratio(50, "b", 10), part_of={"a": "b"})
    assert score_values(scheme, {"form.t1_1.a": 5, "form.t1_1.b": 5}).final == 50
    assert score_values(scheme, {"form.t1_1.a": 6, "form.t1_1.b": 5}).state == "error"
