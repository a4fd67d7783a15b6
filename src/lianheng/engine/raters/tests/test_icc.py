"""Intraclass correlations against the paper, the package psych, and their definitions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lianheng.engine.raters import RatersError, intraclass_correlations

from .testdata import SHROUT_FLEISS, needs_folder, numbers

# psych 2.2.9 under R 4.2.2, ICC(sf, lmer=FALSE): value, lower and upper bound.
PSYCH = {
    "1,1": (0.1657417684, -0.13293232487, 0.7225600623),
    "2,1": (0.2897637795, 0.01878651337, 0.7610843696),
    "3,1": (0.7148407148, 0.34246476503, 0.9458582600),
    "1,k": (0.4427971337, -0.88444215524, 0.9124154203),
    "2,k": (0.6200505476, 0.07113681530, 0.9272320402),
    "3,k": (0.9093155424, 0.67567471382, 0.9858916782),
}
# The same, ICC(anxiety, lmer=FALSE).
PSYCH_ANXIETY = {
    "1,1": (0.1750223814, -0.07744657487, 0.4843360938),
    "2,1": (0.1979982594, -0.03891062609, 0.4935739460),
    "3,k": (0.4525862069, -0.15292128665, 0.7663308002),
}


def test_the_paper_prints_these_values() -> None:
    found = intraclass_correlations(SHROUT_FLEISS)
    # Shrout and Fleiss (1979), table 4.
    assert [round(one.value, 2) for one in found.values()] == [0.17, 0.29, 0.71, 0.44, 0.62, 0.91]


@pytest.mark.parametrize("form", PSYCH)
def test_intervals_agree_with_psych(form: str) -> None:
    one = intraclass_correlations(SHROUT_FLEISS)[form]
    assert (one.value, one.lower, one.upper) == pytest.approx(PSYCH[form], abs=2e-10)


def test_f_tests_agree_with_psych() -> None:
    found = intraclass_correlations(SHROUT_FLEISS)
    assert (found["1,1"].f, found["1,1"].df1, found["1,1"].df2) == pytest.approx((1.794678492, 5, 18))
    assert found["1,1"].p_value == pytest.approx(0.1647688083446, rel=1e-9)
    assert found["2,k"].p_value == pytest.approx(0.0001345665165, rel=1e-9)


@needs_folder
@pytest.mark.parametrize("form", PSYCH_ANXIETY)
def test_real_ratings_agree_with_psych(form: str) -> None:
    one = intraclass_correlations(numbers("interrater/anxiety.csv"))[form]
    assert (one.value, one.lower, one.upper) == pytest.approx(PSYCH_ANXIETY[form], abs=2e-10)


def test_consistent_raters_who_differ_in_level() -> None:
    ratings = np.array([[1.0, 3.0], [2.0, 4.0], [5.0, 7.0]])
    found = intraclass_correlations(ratings)
    assert found["3,1"].value == found["3,1"].lower == found["3,1"].upper == 1
    # MSB 8.667, MSE 0, MSJ 6: 8.667 / (8.667 + 2·6/3).
    assert found["2,1"].value == pytest.approx((26 / 3) / (26 / 3 + 4))


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10_000), st.integers(3, 9), st.integers(2, 5))
def test_what_must_hold(seed: int, n: int, k: int) -> None:
    chance = np.random.default_rng(seed)
    ratings = chance.normal(0, 1, (n, 1)) + chance.normal(0, 1, (n, k))
    found = intraclass_correlations(ratings)
    for one in found.values():
        # The interval of form 2 is an approximation that need not hold a negative estimate.
        if one.form[0] != "2" or one.value > 0:
            assert one.lower <= one.value <= one.upper
    for form in "123":
        single = found[f"{form},1"].value
        stepped = k * single / (1 + (k - 1) * single) if 1 + (k - 1) * single > 0 else -np.inf
        assert found[f"{form},k"].value == pytest.approx(stepped)
    moved = intraclass_correlations(7 + 3 * ratings[::-1, ::-1])
    assert [one.value for one in moved.values()] == pytest.approx([one.value for one in found.values()])
    narrow, wide = intraclass_correlations(ratings, coverage=0.5)["2,1"], found["2,1"]
    if wide.value > 0:
        assert wide.lower <= narrow.lower <= narrow.upper <= wide.upper


@pytest.mark.parametrize(
    ("ratings", "message"),
    [
        ([[1.0, float("nan")], [2.0, 3.0]], "unit 0, rater 1 .* missing"),
        ([[1.0], [2.0]], "1 column"),
        ([[1.0, 2.0]], "only one unit"),
        ([[1.0, 1.0], [1.0, 1.0]], "all ratings are equal"),
        ([], "table of units"),
    ],
)
def test_what_has_no_correlation_is_refused(ratings: list[list[float]], message: str) -> None:
    with pytest.raises(RatersError, match=message):
        intraclass_correlations(ratings)
