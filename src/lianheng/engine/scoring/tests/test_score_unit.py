"""From items to the rounded score: re-scaling, missing values, judged points, quarters, clamp, rounding, grade."""

from __future__ import annotations

import json
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any

import pytest

from lianheng.engine.scoring.scheme import Scheme
from lianheng.engine.scoring.score import Event, UnitInput, score_all, score_unit
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


def two_categories(**other: Any) -> Scheme:
    return scheme_of(
        category("T1", 60, item("T1.1", 20, ratio(12), loss(8, 4)), item("T1.2", 40, ratio(40))),
        category("T2", 40, item("T2.1", 40, ratio(40))),
        **other,
    )


def values(a: tuple[Any, Any], n: Any, b: tuple[Any, Any], c: tuple[Any, Any]) -> dict[str, Any]:
    pairs = {"t1_1": a, "t1_2": b, "t2_1": c}
    read = {f"form.{slug}.{key}": pair[place] for slug, pair in pairs.items() for place, key in enumerate("xy")}
    return {**read, "events.t1_1.n": n}


def test_parts_items_and_categories_add_up() -> None:
    score = score_values(two_categories(), values((1, 2), 1, (3, 4), (1, 4)))
    assert [entry.earned for entry in score.items] == [10, 30, 10]
    assert [(entry.code, entry.earned) for entry in score.categories] == [("T1", 40), ("T2", 10)]
    assert (score.final, score.grade, score.state) == (50, "较差", "scored")


def test_a_part_not_applicable_is_rescaled_in_its_item() -> None:
    score = score_values(two_categories(), values((0, 0), 1, (4, 4), (4, 4)))
    assert score.items[0].earned == 10
    assert score.final == 90


def test_an_item_not_applicable_is_rescaled_in_its_category() -> None:
    score = score_values(two_categories(), values((1, 2), 1, (0, 0), (1, 1)))
    assert [entry.earned for entry in score.items] == [10, None, 40]
    assert [entry.earned for entry in score.categories] == [30, 40]
    assert score.final == 70


def test_a_category_not_applicable_is_rescaled_in_its_list() -> None:
    score = score_values(two_categories(), values((1, 2), 1, (3, 4), (0, 0)))
    assert [entry.earned for entry in score.categories] == [40, None]
    assert score.list_total == Fraction(200, 3)


def test_a_list_not_applicable_gives_no_score() -> None:
    score = score_values(one_item_scheme(ratio(100)), {"form.t1_1.x": 0, "form.t1_1.y": 0})
    assert (score.final, score.grade, score.state, score.missing, score.errors) == (None, None, "no_score", (), ())


def test_three_levels_are_rescaled_level_by_level() -> None:
    scheme = scheme_of(
        category(
            "EA",
            100,
            category("EA1", 40, item("EA1.1", 30, ratio(30)), item("EA1.2", 10, ratio(10))),
            category("EA2", 60, item("EA2.1", 60, ratio(60))),
        ),
        kind="evaluation",
    )
    read = {"form.ea1_1.x": 1, "form.ea1_1.y": 2, "form.ea1_2.x": 0, "form.ea1_2.y": 0}
    score = score_values(scheme, {**read, "form.ea2_1.x": 1, "form.ea2_1.y": 1})
    assert [(entry.code, entry.earned) for entry in score.categories] == [("EA", 80), ("EA1", 20), ("EA2", 60)]
    score = score_values(scheme, {**read, "form.ea2_1.x": 0, "form.ea2_1.y": 0})
    assert score.final == 50


@pytest.mark.parametrize("gap", [None, "", "  "])
def test_missing_is_not_not_applicable(gap: Any) -> None:
    score = score_values(two_categories(), values((gap, 2), 1, (3, 4), (1, 4)))
    assert (score.final, score.state) == (None, "missing")
    assert score.missing == (("T1.1", "x", "form.t1_1.x"),)


def test_absent_counts_of_events_are_missing_and_not_zero() -> None:
    score = score_values(one_item_scheme(loss(100, 4)), {})
    assert score.missing == (("T1.1", "n", "events.t1_1.n"),)


def test_everything_missing_and_wrong_is_named_at_once() -> None:
    score = score_values(two_categories(), values((None, 2), -1, (3, 0), ("?", None)))
    assert [gap.measure for gap in score.missing] == ["form.t1_1.x", "form.t2_1.y"]
    assert [error[:4] for error in score.errors] == ["T1.1", "T1.2", "T2.1"]
    assert [entry.basis for entry in score.items] == ["missing", "error", "missing"]


def test_half_a_missing_ratio_still_blocks_when_the_other_half_is_zero() -> None:
    assert score_values(two_categories(), values((0, None), 1, (3, 4), (1, 4))).state == "missing"


def test_judged_points_replace_the_computed_ones_which_stay_beside_them() -> None:
    score = score_values(two_categories(), values((1, 2), 1, (3, 4), (1, 4)), judged={"T1.2": Decimal("35.5")})
    assert (score.items[1].computed, score.items[1].earned, score.items[1].basis) == (30, Fraction(71, 2), "judged")
    assert score.final == Decimal("55.50")


@pytest.mark.parametrize("points", [Decimal("-0.01"), Decimal("40.01"), None, Decimal("NaN")])
def test_judged_points_outside_the_items_are_refused(points: Any) -> None:
    score = score_values(two_categories(), values((1, 2), 1, (3, 4), (1, 4)), judged={"T1.2": points})
    assert score.final is None
    assert score.errors[0].startswith("T1.2 ")


def test_judged_points_for_an_unknown_item_are_refused() -> None:
    score = score_values(two_categories(), values((1, 2), 1, (3, 4), (1, 4)), judged={"T9.9": Decimal(1)})
    assert "T9.9" in score.errors[0]


def test_judging_needs_no_grade_beside_it_but_a_missing_count_still_blocks() -> None:
    scheme = one_item_scheme({"rule": "G", "points": 50, "grade": "g"}, loss(50, 5))
    judged = {"T1.1": Decimal(90)}
    assert score_values(scheme, {"events.t1_1.n": 0}, judged=judged).final == 90
    score = score_values(scheme, {}, judged=judged)
    assert [gap.variable for gap in score.missing] == ["n"]


def test_an_item_set_to_zero_needs_no_values_but_one_that_is_there_must_be_sound() -> None:
    false_data = [Event("e", "D4", item="T1.2")]
    score = score_values(two_categories(), values((1, 2), 1, (None, 4), (1, 1)), events=false_data)
    assert (score.missing, score.final) == ((), 45)
    assert score_values(two_categories(), values((1, 2), 1, (-1, 4), (1, 1)), events=false_data).state == "error"


DAILY = {"yearly": 0.7, "quarterly": 0.3}


@pytest.mark.parametrize(
    ("quarters", "final"),
    [([60, 70, 80, 90], "78.50"), ([60], "74.00"), ([70, 71], "77.15"), ([], "80.00")],
)
def test_quarters_are_mixed_in_as_the_mean_of_those_that_exist(quarters: list[int], final: str) -> None:
    score = at(index_scheme(daily=DAILY), 80, quarters=[Decimal(quarter) for quarter in quarters])
    assert str(score.final) == final
    assert score.list_total == 80


def test_quarters_are_mixed_in_only_where_the_scheme_declares_it() -> None:
    assert at(index_scheme(), 80, quarters=[Decimal(0)]).final == 80


@pytest.mark.parametrize("quarters", [[Decimal(101)], [Decimal(-1)], [None], [Decimal(1)] * 5])
def test_quarters_that_are_no_scores_are_refused(quarters: list[Any]) -> None:
    assert at(index_scheme(daily=DAILY), 80, quarters=quarters).state == "error"


@pytest.mark.parametrize(
    ("index", "final"), [("80.005", "80.01"), ("80.0049999999999", "80.00"), ("89.995", "90.00"), ("89.9949", "89.99")]
)
def test_a_half_rounds_up_once_on_the_last_step(index: str, final: str) -> None:
    assert str(at(index_scheme(), index).final) == final


@pytest.mark.parametrize(
    ("index", "grade"),
    [
        ("89.995", "优秀"),
        ("89.994", "良好"),
        (80, "良好"),
        ("79.99", "合格"),
        (70, "合格"),
        ("69.99", "较差"),
        (0, "较差"),
    ],
)
def test_the_grade_is_read_from_the_rounded_score(index: Any, grade: str) -> None:
    assert at(index_scheme(), index).threshold_grade == grade


def test_sums_of_thirds_that_reach_a_half_round_up() -> None:
    # 0.005 + 0.01 + 99.97 = 99.985: each third is endless in decimals, their sum is a tie.
    tie = one_item_scheme(ratio("0.015", "a", 3), ratio("0.015", "b", 3), ratio("99.97", "c", 3))
    score = score_values(tie, {"form.t1_1.a": 1, "form.t1_1.b": 2, "form.t1_1.c": 3})
    assert score.list_total == Fraction("99.985")
    assert str(score.final) == "99.99"


def test_the_steps_are_listed_in_order() -> None:
    events = [Event("e1", "D3"), Event("e2", "B1")]
    score = at(index_scheme(daily=DAILY), 80, quarters=[Decimal(70)], events=events)
    assert [(step.name, str(step.rounded)) for step in score.steps] == [
        ("list", "80.00"),
        ("mix", "77.00"),
        ("deductions", "72.00"),
        ("bonus", "74.00"),
        ("clamp", "74.00"),
        ("rounded", "74.00"),
    ]


def test_the_score_is_clamped_after_the_bonus() -> None:
    score = at(index_scheme(), 99, events=[Event("e1", "B1")])
    assert [str(step.rounded) for step in score.steps[2:]] == ["99.00", "101.00", "100.00", "100.00"]
    low = at(index_scheme(), 1, events=[Event("e1", "D3"), Event("e2", "B1")])
    assert [str(step.rounded) for step in low.steps[2:]] == ["-4.00", "-2.00", "0.00", "0.00"]


def test_the_batch_gives_the_same_as_one_by_one() -> None:
    units = [UnitInput(f"u{n}", values((n, 7), n % 3, (n, 9), (n % 2, n % 2))) for n in range(7)]
    scheme = two_categories()
    assert [s.to_dict() for s in score_all(scheme, units)] == [score_unit(scheme, u).to_dict() for u in units]
    assert score_all(scheme, []) == []


def test_the_callers_decimal_context_changes_nothing() -> None:
    before = score_values(two_categories(), values((1, 3), 1, (3, 7), (1, 4))).to_dict()
    with localcontext() as context:
        context.prec = 2
        again = score_values(two_categories(), values((1, 3), 1, (3, 7), (1, 4))).to_dict()
    assert again == before


def test_it_becomes_json_with_numbers_as_text() -> None:
    data = score_values(two_categories(), values((1, 3), 1, (3, 4), (1, 4))).to_dict()
    assert json.loads(json.dumps(data)) == data
    assert data["final"] == "48.00"
    assert data["items"][0] == {
        "code": "T1.1",
        "points": "20",
        "basis": "computed",
        "computed_exact": "8",
        "computed": "8.00",
        "earned_exact": "8",
        "earned": "8.00",
    }
