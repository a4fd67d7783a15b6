"""Kappas against statsmodels, psych, published tables and hand-worked ones."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.inter_rater import aggregate_raters, cohens_kappa
from statsmodels.stats.inter_rater import fleiss_kappa as statsmodels_fleiss

from lianheng.engine.raters import RatersError, cohen_kappa, fleiss_kappa

from .testdata import needs_folder, rows

# Fleiss (1971), table 1: how many of six psychiatrists put each of thirty patients into each of five categories.
FLEISS_1971 = """0 0 0 6 0|0 3 0 0 3|0 1 4 0 1|0 0 0 0 6|0 3 0 3 0|2 0 4 0 0|0 0 4 0 2|2 0 3 1 0|2 0 0 4 0|0 0 0 0 6
1 0 0 5 0|1 1 0 4 0|0 3 3 0 0|1 0 0 5 0|0 2 0 3 1|0 0 5 0 1|3 0 0 1 2|5 1 0 0 0|0 2 0 4 0|1 0 2 0 3
0 0 0 0 6|0 1 0 5 0|0 2 0 1 3|2 0 0 4 0|1 0 0 4 1|0 5 0 1 0|4 0 0 0 2|0 2 0 4 0|1 0 5 0 0|0 0 0 0 6"""


def fleiss_table() -> list[list[int]]:
    counts = [[int(cell) for cell in row.split()] for line in FLEISS_1971.splitlines() for row in line.split("|")]
    return [[category for category, times in enumerate(row) for _ in range(times)] for row in counts]


def table(counts: list[list[int]]) -> list[list[int]]:
    """Pairs of ratings that a table of counts stands for."""
    return [[i, j] for i, row in enumerate(counts) for j, times in enumerate(row) for _ in range(times)]


@pytest.mark.parametrize("weights", [None, "linear", "quadratic"])
@pytest.mark.parametrize("seed", range(3))
def test_cohen_agrees_with_statsmodels(seed: int, weights: str | None) -> None:
    chance = np.random.default_rng(seed)
    counts = chance.integers(0, 30, (4, 4)) + 40 * np.eye(4, dtype=int)
    oracle = cohens_kappa(counts, wt=weights)
    found = cohen_kappa(table(counts.tolist()), weights=weights)
    assert found.value == pytest.approx(oracle.kappa, rel=1e-12)
    assert found.error == pytest.approx(oracle.std_kappa, rel=1e-10)
    assert found.null_error == pytest.approx(oracle.std_kappa0, rel=1e-10)
    assert (found.lower, found.upper) == pytest.approx((oracle.kappa_low, oracle.kappa_upp), rel=1e-9)
    assert found.p_value == pytest.approx(oracle.pvalue_two_sided, rel=1e-8)


# Fleiss, Cohen, Everitt (1969): two clinicians, 200 people, similarities of three diagnoses.
FCE_TABLE = np.array([[106, 10, 4], [22, 28, 10], [2, 12, 6]])
FCE_WEIGHTS = np.array([[1, 0, 0.4444], [0, 1, 0.6667], [0.4444, 0.6667, 1]])


@pytest.mark.parametrize("weights", [np.eye(3), FCE_WEIGHTS])
def test_both_errors_are_what_a_bootstrap_finds(weights: np.ndarray) -> None:
    found = cohen_kappa(table(FCE_TABLE.tolist()), weights=weights)
    n, chance = FCE_TABLE.sum(), np.random.default_rng(1)
    shares = FCE_TABLE / n

    def spread(of: np.ndarray) -> float:
        drawn = chance.multinomial(n, of.ravel(), size=20_000).reshape(-1, 3, 3) / n
        observed = (drawn * weights).sum(axis=(1, 2))
        expected = np.einsum("bi,ij,bj->b", drawn.sum(axis=2), weights, drawn.sum(axis=1))
        return float(((observed - expected) / (1 - expected)).std())

    # 20,000 draws find a standard deviation to half a percent.
    assert spread(shares) == pytest.approx(found.error, rel=0.02)
    assert spread(np.outer(shares.sum(axis=1), shares.sum(axis=0))) == pytest.approx(found.null_error, rel=0.02)


def test_the_errors_of_fleiss_cohen_and_everitt() -> None:
    plain, weighted = (cohen_kappa(table(FCE_TABLE.tolist()), weights=w) for w in (None, FCE_WEIGHTS))
    # psych 2.2.9 under R 4.2.2, cohen.kappa(table, weights): kappas .4285714 and .50707, sqrt(var.kappa) .053711.
    assert (plain.value, plain.error) == pytest.approx((0.4285714, 0.053711), abs=1e-6)
    assert weighted.value == pytest.approx(0.50707, abs=1e-6)
    # Its sqrt(var.weighted) .05242684 is not the error of Fleiss, Cohen and Everitt, nor what a bootstrap finds.
    assert (weighted.error, weighted.null_error) == pytest.approx((0.056994, 0.065336), abs=1e-6)


def test_a_table_worked_by_hand() -> None:
    # 20 + 15 of 50 agree: 0.7; by chance 0.5 · 0.6 + 0.5 · 0.4 = 0.5.
    found = cohen_kappa(table([[20, 5], [10, 15]]))
    assert (found.observed, found.expected, found.value) == pytest.approx((0.7, 0.5, 0.4))


def test_weights_follow_the_given_order_of_texts() -> None:
    ratings = [["good", "fair"], ["fair", "fair"], ["poor", "fair"], ["good", "good"], ["poor", "good"]]
    order = ["poor", "fair", "good"]
    places = [[order.index(one), order.index(other)] for one, other in ratings]
    by_name = cohen_kappa(ratings, weights="linear", categories=order)
    assert by_name.value == pytest.approx(cohen_kappa(places, weights="linear").value)
    own = [[1, 0.5, 0], [0.5, 1, 0.5], [0, 0.5, 1]]
    assert cohen_kappa(places, weights=own).value == pytest.approx(by_name.value)
    # A category nobody used makes room between the others.
    wider = cohen_kappa(places, weights="quadratic", categories=[0, 1, 2, 3])
    assert wider.value == pytest.approx(cohen_kappa(places, weights="quadratic").value)


@needs_folder
def test_two_eyes_agree_with_psych() -> None:
    ratings = [[row["r.eye"], row["l.eye"]] for row in rows("interrater/vision.csv")]
    # psych 2.2.9 under R 4.2.2, cohen.kappa(vision).
    found = cohen_kappa(ratings)
    assert (found.value, found.lower, found.upper) == pytest.approx((0.59538883, 0.58110686, 0.60967079), abs=1e-8)
    # Its weighted interval rests on another variance, which a bootstrap does not bear out (see above).
    grades = ["1st grade", "2nd grade", "3rd grade", "4th Grade"]
    weighted = cohen_kappa(ratings, weights="quadratic", categories=grades)
    assert weighted.value == pytest.approx(0.70233425249, abs=1e-11)


def test_fleiss_own_table() -> None:
    found = fleiss_kappa(fleiss_table())
    # Fleiss (1971): observed .5556, expected .2201 (from shares rounded to three places), kappa .430.
    assert (round(found.observed, 4), round(found.value, 3)) == (0.5556, 0.430)
    assert found.expected == pytest.approx(0.2201, abs=2.5e-4)
    # irr 0.84.1, kappam.fleiss(diagnoses): z = 17.7.
    assert round(found.z, 1) == 17.7
    assert found.lower < found.value < found.upper


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 20), st.integers(2, 6), st.integers(2, 5))
def test_fleiss_agrees_with_statsmodels(seed: int, n: int, m: int, categories: int) -> None:
    ratings = np.random.default_rng(seed).integers(0, categories, (n, m))
    if len(np.unique(ratings)) > 1:
        assert fleiss_kappa(ratings).value == pytest.approx(statsmodels_fleiss(aggregate_raters(ratings)[0]))


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.permutations(range(3)))
def test_names_and_order_do_not_matter(seed: int, names: list[int]) -> None:
    ratings = np.random.default_rng(seed).integers(0, 3, (25, 2))
    renamed = np.array(["abc"[place] for place in names])[ratings]
    found = cohen_kappa(ratings)
    assert cohen_kappa(renamed[::-1]).value == pytest.approx(found.value)
    assert cohen_kappa(ratings[:, ::-1]).error == pytest.approx(found.error)


def test_the_jackknife_error_is_close_to_the_spread_of_samples() -> None:
    chance = np.random.default_rng(1)
    values, errors = [], []
    for _ in range(300):
        truth = chance.integers(0, 3, (60, 1))
        seen = np.where(chance.random((60, 4)) < 0.7, truth, chance.integers(0, 3, (60, 4)))
        found = fleiss_kappa(seen)
        values.append(found.value)
        errors.append(found.error)
    assert np.mean(errors) == pytest.approx(np.std(values), rel=0.15)


@pytest.mark.parametrize(
    ("ratings", "more", "message"),
    [
        ([[1, 2, 3]], {}, "compares two raters, not 3"),
        ([["a", ""]], {}, "unit 0, rater 1 .* missing"),
        ([["a", "a"], ["a", "a"]], {}, "one category only"),
        ([["a", "b"]], {"categories": ["a"]}, "not listed: \\['b'\\]"),
        ([["a", "b"]], {"weights": "linear"}, "list all categories"),
        ([["1", ""]], {"weights": "linear"}, "unit 0, rater 1 .* missing"),
        ([["1", "2"]], {"weights": "cubic"}, "weights must be"),
        ([["1", "2"]], {"weights": [[1, 0], [0, 0.5]]}, "1 on its diagonal"),
        ([["a", "b"]], {"coverage": 2}, "coverage must lie"),
    ],
)
def test_what_has_no_kappa_is_refused(ratings: list[list[object]], more: dict[str, object], message: str) -> None:
    with pytest.raises(RatersError, match=message):
        cohen_kappa(ratings, **more)  # type: ignore[arg-type]


def test_fleiss_of_one_category_is_refused() -> None:
    with pytest.raises(RatersError, match="one category only"):
        fleiss_kappa([["a", "a"], ["a", "a"]])
    with pytest.raises(RatersError, match="missing"):
        fleiss_kappa([["a", None], ["a", "b"]])
