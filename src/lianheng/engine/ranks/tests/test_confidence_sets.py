"""Confidence sets for ranks against the naive version, and what must hold whatever the numbers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lianheng.engine.ranks import RanksError, RankSets, confidence_sets

from . import naive


def pairs(sets: RankSets) -> list[tuple[int, int]]:
    return list(zip(sets.lower.tolist(), sets.upper.tolist(), strict=True))


def example(seed: int, size: int, n_draws: int = 400, spread: float = 2.0) -> tuple[naive.Floats, ...]:
    chance = np.random.default_rng(seed)
    deviations = np.exp(chance.uniform(-0.7, 0.7, size))
    return chance.normal(0, spread, size), deviations, chance.standard_normal((n_draws, size)) * deviations


@pytest.mark.parametrize("step_down", [True, False])
@pytest.mark.parametrize("seed", range(4))
def test_given_independent_draws_agree_with_the_naive_version(seed: int, step_down: bool) -> None:
    scores, deviations, errors = example(seed, 12)
    spread = np.hypot.outer(deviations, deviations)
    found = confidence_sets(scores, deviations, errors, centre="zero", step_down=step_down)
    assert pairs(found) == naive.simultaneous(scores, errors, spread, step_down=step_down)
    found = confidence_sets(scores, deviations, errors, centre="zero", simultaneous=False, step_down=step_down)
    assert pairs(found) == naive.marginal(scores, errors, spread, step_down=step_down)


@pytest.mark.parametrize("seed", range(4))
def test_joint_draws_agree_with_the_naive_version(seed: int) -> None:
    scores, _, errors = example(seed, 10, spread=3.0)
    chance = np.random.default_rng(seed + 100)
    errors = errors @ (np.eye(10) + 0.5 * chance.standard_normal((10, 10)))
    centred = errors - errors.mean(axis=0)
    spread = naive.own_spread(errors)
    found = confidence_sets(scores, draws=scores + errors)
    assert pairs(found) == naive.simultaneous(scores, centred, spread)
    assert pairs(confidence_sets(scores, draws=errors, simultaneous=False)) == naive.marginal(scores, centred, spread)


def test_lower_may_be_better() -> None:
    scores, deviations, errors = example(7, 9)
    high = confidence_sets(scores, deviations, errors)
    low = confidence_sets(-scores, deviations, -errors, higher_is_better=False)
    assert pairs(low) == pairs(high)
    assert low.rank.tolist() == high.rank.tolist()
    assert confidence_sets([3.0, 1.0], [0.0, 0.0], higher_is_better=False).rank.tolist() == [2, 1]


def test_a_common_error_leaves_the_sets_within_the_county_unchanged() -> None:
    scores, _, errors = example(3, 15, spread=6.0)
    county_survey = 40 * np.random.default_rng(9).standard_normal((len(errors), 1))
    alone = confidence_sets(scores, draws=scores + errors)
    together = confidence_sets(scores, draws=scores + errors + county_survey)
    assert pairs(together) == pairs(alone)
    assert together.critical_value == pytest.approx(alone.critical_value, rel=1e-9)
    # Taken for independent, the same errors would leave almost every rank open.
    as_if = confidence_sets(scores, np.std(errors + county_survey, axis=0))
    assert (as_if.upper - as_if.lower).mean() == 14
    assert (alone.upper - alone.lower).mean() < 12


def test_units_that_share_all_their_error_are_in_known_order() -> None:
    shared = np.random.default_rng(1).standard_normal((500, 1))
    own = np.random.default_rng(2).standard_normal((500, 1))
    found = confidence_sets([5.0, 4.999, 4.5], draws=np.hstack([shared, shared, own]))
    assert found.upper[0] < 3
    assert found.lower[1] == 2
    same = confidence_sets([3.0, 2.0, 1.0], draws=np.hstack([shared, shared, shared]) * 1e6)
    assert pairs(same) == [(1, 1), (2, 2), (3, 3)]


def test_scores_known_exactly_have_their_ranks_and_ties_stay_tied() -> None:
    found = confidence_sets([70.0, 90.0, 80.0, 80.0], [0.0, 0.0, 0.0, 0.0])
    assert found.rank.tolist() == [4, 1, 2, 2]
    assert pairs(found) == [(4, 4), (1, 1), (2, 3), (2, 3)]
    assert found.tier is not None
    assert found.tier.tolist() == [3, 1, 2, 2]
    assert not found.unsettled().any()


def test_one_unit_is_first() -> None:
    for simultaneous in (True, False):
        found = confidence_sets([3.0], [1.0], simultaneous=simultaneous)
        assert (found.rank.tolist(), pairs(found)) == ([1], [(1, 1)])


@settings(max_examples=25, deadline=None)
@given(st.permutations(range(9)), st.floats(-1e3, 1e3), st.floats(0.01, 1e3))
def test_order_shift_and_scale_do_not_matter(order: list[int], shift: float, scale: float) -> None:
    scores, deviations, _ = example(5, 9)
    before = confidence_sets(scores, deviations, n_draws=500)
    after = confidence_sets(scale * scores[order] + shift, scale * deviations[order], n_draws=500)
    assert after.rank.tolist() == before.rank[order].tolist()
    assert pairs(after) == [pairs(before)[place] for place in order]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 14), st.floats(0.1, 6.0))
def test_what_must_hold(seed: int, size: int, distance: float) -> None:
    scores, deviations, _ = example(seed, size, spread=distance)
    wide = confidence_sets(scores, deviations, n_draws=300, step_down=False)
    found = confidence_sets(scores, deviations, n_draws=300)
    alone = confidence_sets(scores, deviations, n_draws=300, simultaneous=False)
    for sets in (wide, found, alone):
        assert ((sets.lower >= 1) & (sets.lower <= sets.rank) & (sets.rank <= sets.upper)).all()
        assert ((sets.lower_range[:, 0] <= sets.lower) & (sets.lower <= sets.lower_range[:, 1])).all()
        assert ((sets.upper_range[:, 0] <= sets.upper) & (sets.upper <= sets.upper_range[:, 1])).all()
    assert ((found.lower >= wide.lower) & (found.upper <= wide.upper)).all()
    assert ((alone.lower >= found.lower) & (alone.upper <= found.upper)).all()
    assert found.best(1).any()
    assert found.best(size).all()
    assert found.worst(1).any()


@pytest.mark.parametrize("seed", range(6))
def test_a_tier_ends_only_where_no_tie_is_cut(seed: int) -> None:
    scores, deviations, errors = example(seed, 14, spread=8.0)
    better = naive.better_pairs(scores, errors, np.hypot.outer(deviations, deviations), 0.95, range(14))
    found = confidence_sets(scores, deviations, errors, centre="zero")
    assert found.tier is not None
    order = np.argsort(-scores)
    cuts = [
        cut for cut in range(1, 14) if all((above, below) in better for above in order[:cut] for below in order[cut:])
    ]
    assert found.tier[order].tolist() == [1 + sum(cut <= place for cut in cuts) for place in range(14)]
    assert confidence_sets(scores, deviations, simultaneous=False, n_draws=100).tier is None


def test_more_draws_begin_with_the_same_ones() -> None:
    from lianheng.engine.ranks.independent import IndependentErrors

    values, deviations = np.array([3.0, 2.0, 1.0]), np.array([1.0, 2.0, 0.5])
    few = IndependentErrors(values, deviations, 300, 4).errors()
    many = IndependentErrors(values, deviations, 900, 4).errors()
    assert np.array_equal(many[:, :300], few)
    assert not np.array_equal(IndependentErrors(values, deviations, 300, 5).errors(), few)


def test_the_sets_hold_as_often_as_they_say() -> None:
    chance = np.random.default_rng(20261122)
    truth, ranks = np.array([0.0, 0.5, 1.0, 3.0, 3.2]), np.array([5, 4, 3, 2, 1])
    runs = 400
    held = 0
    for run in range(runs):
        found = confidence_sets(truth + chance.standard_normal(5), np.ones(5), n_draws=500, seed=run)
        held += bool(((found.lower <= ranks) & (ranks <= found.upper)).all())
    assert held / runs >= 0.95 - 3 * np.sqrt(0.95 * 0.05 / runs)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"scores": [], "standard_errors": []}, "at least one number"),
        ({"scores": [1.0, float("nan")], "standard_errors": [1, 1]}, "unit 1 .* score is missing"),
        ({"scores": [1.0, 2.0], "standard_errors": [1.0]}, "2 scores but 1 standard errors"),
        ({"scores": [1.0, 2.0], "standard_errors": [1.0, -1.0]}, "unit 1 .* negative"),
        ({"scores": [1.0, 2.0]}, "there are no errors"),
        ({"scores": [1.0, 2.0], "draws": np.zeros((5, 3))}, r"shape \(n_draws, n_units\)"),
        ({"scores": [1.0, 2.0], "draws": [[1.0, 2.0], [1.0, float("inf")]]}, "draw 1 of unit 1"),
        ({"scores": [1.0, 2.0], "draws": np.eye(2), "centre": "median"}, "centre must be one of"),
        ({"scores": [1.0, 2.0], "standard_errors": [1, 1], "coverage": 95}, "between 0 and 1"),
        ({"scores": [1.0, 2.0], "standard_errors": [1, 1], "n_draws": 19}, "needs at least 20 draws"),
    ],
)
def test_what_cannot_be_ranked_is_refused(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(RanksError, match=message):
        confidence_sets(**arguments)  # type: ignore[arg-type]


def test_the_best_of_marginal_sets_are_refused() -> None:
    with pytest.raises(RanksError, match="simultaneous"):
        confidence_sets([1.0, 2.0], [1, 1], n_draws=50, simultaneous=False).best(1)
    with pytest.raises(RanksError, match="from 1 to the number of units"):
        confidence_sets([1.0, 2.0], [1, 1], n_draws=50).best(3)
