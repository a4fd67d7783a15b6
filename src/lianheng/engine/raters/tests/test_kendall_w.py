"""Kendall's W against scipy's Friedman test, hand-worked ranks and its bounds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import friedmanchisquare, spearmanr

from lianheng.engine.raters import RatersError, kendall_w

from .testdata import needs_folder, numbers


def test_ranks_worked_by_hand() -> None:
    # Rank sums 4, 6, 8, 12 of three raters, mean 7.5: S = 12.25 + 2.25 + 0.25 + 20.25 = 35; W = 12·35/(9·60).
    found = kendall_w([[1, 1, 2], [2, 3, 1], [3, 2, 3], [4, 4, 4]])
    assert found.value == pytest.approx(12 * 35 / (9 * 60))
    assert (found.chi_square, found.df) == (pytest.approx(7.0), 3)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10_000), st.integers(3, 12), st.integers(3, 6), st.integers(2, 20))
def test_it_agrees_with_scipy(seed: int, n: int, m: int, values: int) -> None:
    ratings = np.random.default_rng(seed).integers(0, values, (n, m))
    if (np.ptp(ratings, axis=0) > 0).all():
        found = kendall_w(ratings)
        # Friedman's χ² is m(n − 1)W, ties corrected in the same way.
        oracle = friedmanchisquare(*ratings)
        assert found.chi_square == pytest.approx(oracle.statistic)
        assert found.p_value == pytest.approx(oracle.pvalue)
        assert -1e-12 <= found.value <= 1 + 1e-12


def test_it_is_the_mean_rank_correlation() -> None:
    ratings = np.random.default_rng(4).normal(0, 1, (9, 4))
    pairs = [spearmanr(ratings[:, i], ratings[:, j]).statistic for i in range(4) for j in range(i)]
    assert kendall_w(ratings).mean_spearman == pytest.approx(np.mean(pairs))
    assert kendall_w(np.repeat(ratings[:, :1], 3, axis=1)).value == pytest.approx(1)


@needs_folder
def test_anxiety_agrees_with_irr() -> None:
    # irr 0.84.1 under R 4.2.2, kendall(anxiety, TRUE): Wt = 0.540, χ²(19) = 30.8, p = 0.0429.
    found = kendall_w(numbers("interrater/anxiety.csv"))
    assert (round(found.value, 3), round(found.chi_square, 1), round(found.p_value, 4)) == (0.540, 30.8, 0.0429)


@pytest.mark.parametrize(
    ("ratings", "message"),
    [([[1, 2]], "only one unit"), ([[1, 2], [1, 2]], "same rating"), ([[1, np.nan], [1, 2]], "missing")],
)
def test_what_has_no_order_is_refused(ratings: list[list[float]], message: str) -> None:
    with pytest.raises(RatersError, match=message):
        kendall_w(ratings)
