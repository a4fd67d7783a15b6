"""ruptures with our cost against every division there is, in exact words of the likelihood."""

from itertools import combinations, pairwise, permutations
from math import lgamma, log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lianheng.engine.redflags.series.scan import change_p, largest_ratio, season_p
from lianheng.engine.redflags.series.segments import best_divisions


def log_likelihood(counts: list[int], exposure: list[float]) -> float:
    """Of independent Poisson counts at their best rate, term by term."""
    rate = sum(counts) / sum(exposure)
    return sum(
        (count * log(rate * e) if count else 0.0) - rate * e - lgamma(count + 1)
        for count, e in zip(counts, exposure, strict=True)
    )


def brute(counts: list[int], exposure: list[float], least: int, changes: int) -> float:
    """The best log-likelihood over all divisions with so many changes."""
    best = -float("inf")
    for places in combinations(range(1, len(counts)), changes):
        edges = [0, *places, len(counts)]
        parts = list(pairwise(edges))
        if all(b - a >= least for a, b in parts):
            best = max(best, sum(log_likelihood(counts[a:b], exposure[a:b]) for a, b in parts))
    return best


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 30), min_size=8, max_size=12), st.integers(2, 3))
def test_it_finds_what_trying_every_division_finds(counts: list[int], least: int) -> None:
    exposure = [0.5 + (n % 4) / 2 for n in range(len(counts))]
    found = best_divisions(np.array(counts, dtype=float), np.array(exposure), least, 3)
    for changes, (places, cost) in enumerate(found):
        assert len(places) == changes
        edges = [0, *places, len(counts)]
        parts = list(pairwise(edges))
        assert all(b - a >= least for a, b in parts)
        told = sum(log_likelihood(counts[a:b], exposure[a:b]) for a, b in parts)
        assert told == pytest.approx(brute(counts, exposure, least, changes), abs=1e-8)
        # The costs differ from −2 log-likelihood by a term that no division changes.
        constant = -2 * log_likelihood(counts, exposure) - found[0][1]
        assert -2 * told - cost == pytest.approx(constant, abs=1e-6)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 30), min_size=6, max_size=14))
def test_the_scan_is_the_gain_of_the_best_single_change(counts: list[int]) -> None:
    values, ones = np.array(counts, dtype=float), np.ones(len(counts))
    divisions = best_divisions(values, ones, 3, 1)
    gain = divisions[0][1] - divisions[1][1]
    assert largest_ratio(values[None, :], ones, 3)[0] == pytest.approx(gain, abs=1e-8)


def test_too_few_months_have_no_change() -> None:
    assert len(best_divisions(np.ones(5), np.ones(5), 3, 5)) == 1
    assert largest_ratio(np.ones((2, 5)), np.ones(5), 3).tolist() == [0.0, 0.0]


def test_p_is_the_share_of_all_orders_on_a_series_short_enough_to_try_them() -> None:
    counts = np.array([7.0, 6, 8, 1, 2, 1])
    every = np.array(list(permutations(counts)))
    stats = largest_ratio(every, np.ones(6), 3)
    exact = float((stats >= largest_ratio(counts[None, :], np.ones(6), 3)[0] - 1e-9).mean())
    assert exact == pytest.approx(0.1)
    drawn = change_p(counts, np.ones(6), None, 3, 1999, np.random.default_rng(2))
    assert drawn == pytest.approx(exact, abs=0.02)


def test_a_season_is_kept_when_only_equal_months_change_places() -> None:
    season = np.array([30.0] * 6 + [5.0] * 6)
    counts, calendar = np.tile(season, 3), np.arange(36) % 12
    assert season_p(counts, calendar, 199, np.random.default_rng(1)) == 0.005
    assert change_p(counts, np.ones(36), None, 3, 199, np.random.default_rng(1)) <= 1.0
    assert change_p(counts, np.ones(36), calendar, 3, 199, np.random.default_rng(1)) == 1.0
