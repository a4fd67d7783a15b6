"""Probability of the top k and of a grade."""

from __future__ import annotations

import math

import numpy as np
import pytest

from lianheng.engine.ranks import RanksError, grade_probabilities, top_probabilities


def test_two_units_follow_the_normal_distribution() -> None:
    found = top_probabilities([1.0, 0.0], [0.6, 0.8], top=1, n_draws=40_000)
    # P(X > Y) = Φ(1 / √(0.36 + 0.64)) = Φ(1) = 0.841345 (any table of the normal distribution).
    assert abs(found.values[0, 0] - 0.841345) < 4 * found.monte_carlo_error[0, 0]
    assert found.monte_carlo_error[0, 0] == pytest.approx(math.sqrt(0.841345 * 0.158655 / 40_000), rel=0.02)
    assert found.values.sum() == pytest.approx(1)
    assert found.labels == ("top 1",)


@pytest.mark.parametrize("top", [1, 3, 8])
def test_joint_draws_are_counted_one_by_one(top: int) -> None:
    chance = np.random.default_rng(top)
    scores = chance.normal(0, 1, 8)
    draws = scores + chance.standard_normal((700, 8)) + 5 * chance.standard_normal((700, 1))
    around = scores + draws - draws.mean(axis=0)
    expected = [np.mean([(row > row[unit]).sum() < top for row in around]) for unit in range(8)]
    assert top_probabilities(scores, draws=draws, top=top).values[:, 0] == pytest.approx(expected)


def test_units_that_tie_across_the_line_are_all_in() -> None:
    found = top_probabilities([3.0, 2.0, 2.0, 1.0], [0, 0, 0, 0], top=2, n_draws=10)
    assert found.values[:, 0].tolist() == [1.0, 1.0, 1.0, 0.0]


def test_grades_from_standard_errors_are_exact() -> None:
    found = grade_probabilities([92.0, 80.0], [2.0, 0.0], grades={"合格": 70, "优秀": 90, "良好": 80})
    assert found.labels == ("优秀", "良好", "合格", "")
    # Φ(1) = 0.841345; 80 known exactly reaches the line 80.
    assert found.values[0, :2] == pytest.approx([0.841345, 0.158655], abs=1e-6)
    assert found.values[1].tolist() == [0.0, 1.0, 0.0, 0.0]
    assert found.values.sum(axis=1) == pytest.approx([1, 1])
    assert not found.monte_carlo_error.any()


def test_grades_from_draws_are_shares() -> None:
    draws = [[89.0, 70.0], [91.0, 70.0], [91.0, 70.0], [89.0, 70.0]]
    found = grade_probabilities([90.0, 70.0], draws=draws, grades={"优秀": 90, "其他": -math.inf})
    assert found.values.tolist() == [[0.5, 0.5], [0.0, 1.0]]
    assert found.monte_carlo_error[0].tolist() == [0.25, 0.25]


def test_lower_may_be_better() -> None:
    found = grade_probabilities([4.0], [1.0], grades={"few": 5, "many": 10}, higher_is_better=False)
    assert found.labels == ("few", "many", "")
    assert found.values[0, 0] == pytest.approx(0.841345, abs=1e-6)
    assert top_probabilities([4.0, 9.0], [0, 0], top=1, n_draws=2, higher_is_better=False).values[0, 0] == 1


@pytest.mark.parametrize("grades", [{}, {"a": 1.0, "b": 1.0}, {"a": float("nan")}])
def test_grades_that_cannot_be_are_refused(grades: dict[str, float]) -> None:
    with pytest.raises(RanksError, match="grades need"):
        grade_probabilities([1.0], [1.0], grades=grades)


def test_a_top_beyond_the_list_is_refused() -> None:
    with pytest.raises(RanksError, match="top must be from 1"):
        top_probabilities([1.0], [1.0], top=2)
