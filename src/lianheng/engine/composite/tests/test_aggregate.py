"""Aggregation against naive versions and exact arithmetic; Copeland against pairs written out."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lianheng.engine.composite.aggregate import aggregate, per_unit
from lianheng.engine.composite.copeland import copeland_scores, outranking
from lianheng.engine.composite.errors import CompositeError
from lianheng.engine.composite.framework import Framework
from lianheng.engine.composite.means import mean_named, weighted_mean
from lianheng.engine.composite.normalise import NormaliseSpec, normalise
from lianheng.engine.composite.ranking import rank_many, ranks
from lianheng.engine.composite.tables import Table

from .asem import NAN, inputs, random_table, small_framework

WEIGHTS = {"a1": 1.0, "a2": 2.0, "a3": 0.5, "b1": 1.0, "b2": 3.0, "A": 2.0, "B": 1.0}
FORMULAS = {
    "arithmetic": lambda x, w: sum(w * x) / sum(w),
    "geometric": lambda x, w: math.exp(sum(w * np.log(x)) / sum(w)),
    "harmonic": lambda x, w: sum(w) / sum(w / x),
    "generalised": lambda x, w: (sum(w * x**-2) / sum(w)) ** (1 / -2),
}


def _naive(table: Table, method: str, threshold: float) -> dict[str, list[float]]:
    framework = small_framework()
    columns = {code: table.column(code).tolist() for code in table.codes}
    for parent in ("A", "B", "Index"):
        children = framework.children(parent)
        columns[parent] = []
        for row in range(len(table.units)):
            pairs = [(columns[c][row], WEIGHTS[c]) for c in children if not math.isnan(columns[c][row])]
            if not pairs or Fraction(len(pairs), len(children)) < Fraction(threshold).limit_denominator(100):
                columns[parent].append(NAN)
                continue
            x, w = (np.array(side) for side in zip(*pairs, strict=True))
            columns[parent].append(FORMULAS[method](x, w))
    return columns


@given(st.integers(0, 400), st.sampled_from(list(FORMULAS)), st.sampled_from([0.0, 0.5, 2 / 3, 1.0]))
def test_means_agree_with_the_formulas(seed: int, method: str, threshold: float) -> None:
    table = random_table(seed, gaps=0.3)
    found = aggregate(table, small_framework(), method, p=-2, min_available=threshold, weights=WEIGHTS)
    assert found.codes == ("a1", "a2", "a3", "b1", "b2", "A", "B", "Index")
    for code, expected in _naive(table, method, threshold).items():
        assert found.column(code).tolist() == pytest.approx(expected, nan_ok=True), code


def test_an_odd_power_has_a_root_below_0_too() -> None:
    """(−1 − 27) ÷ 2 = −14, whose cube root is −2.4101; it was missing."""
    columns = [np.array([-1.0, 2.0, NAN]), np.array([-3.0, 1.0, -8.0])]
    found = weighted_mean(columns, np.array([1.0, 1.0]), mean_named("generalised", 3))
    assert found == pytest.approx([-(14 ** (1 / 3)), 4.5 ** (1 / 3), -8.0])


def test_a_generalised_mean_has_the_others_as_cases() -> None:
    table, framework = random_table(1, gaps=0.2), small_framework()
    one = aggregate(table, framework, "generalised", p=1).values
    assert one == pytest.approx(aggregate(table, framework).values, nan_ok=True)
    minus = aggregate(table, framework, "generalised", p=-1).values
    assert minus == pytest.approx(aggregate(table, framework, "hmean").values, nan_ok=True)
    near = aggregate(table, framework, "genmean", p=1e-6).values
    assert near == pytest.approx(aggregate(table, framework, "gmean").values, rel=1e-4, nan_ok=True)


def test_levels_may_be_mixed_and_lists_must_fit() -> None:
    table, framework = random_table(2), small_framework()
    mixed = aggregate(table, framework, ["arithmetic", "geometric"])
    a, b = mixed.column("A"), mixed.column("B")
    assert a == pytest.approx(table.values[:, :3].mean(axis=1))
    assert mixed.column("Index") == pytest.approx(np.sqrt(a * b))
    with pytest.raises(CompositeError, match="2 level steps"):
        aggregate(table, framework, ["arithmetic"])


def test_what_a_mean_cannot_take_is_refused_with_the_place() -> None:
    framework = Framework.of_groups({"A": ["x", "y"]})
    table = Table.of(["u", "v"], {"x": [1.0, 2.0], "y": [3.0, 0.0]})
    for method in ("geometric", "harmonic"):
        with pytest.raises(CompositeError, match="y of v has 0"):
            aggregate(table, framework, method)
    with pytest.raises(CompositeError, match="p = 0"):
        aggregate(table, framework, "generalised", p=0)
    with pytest.raises(CompositeError, match="needs p"):
        aggregate(table, framework, "generalised")
    negative = Table.of(["u"], {"x": [-1.0], "y": [3.0]})
    with pytest.raises(CompositeError, match="above 0"):
        aggregate(negative, framework, "generalised", p=0.5)
    assert aggregate(negative, framework, "generalised", p=2).column("Index")[0] == pytest.approx(math.sqrt(5))
    with pytest.raises(CompositeError, match="not an aggregation"):
        aggregate(table, framework, "median")


def test_weights_are_checked_and_zero_weights_count_nowhere() -> None:
    framework = Framework.of_groups({"A": ["x", "y", "z"]})
    table = Table.of(["u", "v"], {"x": [1.0, NAN], "y": [3.0, NAN], "z": [0.0, 5.0]})
    weights = {"x": 1.0, "y": 1.0, "z": 0.0, "A": 1.0}
    # z has no weight: its 0 does not disturb the geometric mean, and v has nothing that counts.
    found = aggregate(table, framework, "geometric", weights=weights, min_available=1.0).column("A")
    assert found.tolist() == pytest.approx([math.sqrt(3), NAN], nan_ok=True)
    with pytest.raises(CompositeError, match="not negative"):
        aggregate(table, framework, weights=weights | {"x": -1.0})
    with pytest.raises(CompositeError, match="no weight for x"):
        aggregate(table, framework, weights={"y": 1.0, "z": 1.0, "A": 1.0})
    with pytest.raises(CompositeError, match="not an element"):
        aggregate(table, framework, weights=weights | {"q": 1.0})
    equal = aggregate(table, framework, weights="equal").column("A")
    assert equal.tolist() == pytest.approx([4 / 3, 5.0])


def test_the_threshold_itself_passes() -> None:
    groups = {"A": ["p", "q", "r", "s", "t"]}
    table = Table.of(["u"], {"p": [1.0], **{code: [NAN] for code in "qrst"}})
    assert aggregate(table, Framework.of_groups(groups), min_available=[0.2, 0]).column("A")[0] == 1.0
    assert np.isnan(aggregate(table, Framework.of_groups(groups), min_available=[0.21, 0]).column("A")[0])


def test_own_functions_per_table_and_per_unit() -> None:
    table, framework = random_table(3, gaps=0.2), small_framework()
    worst = aggregate(table, framework, per_unit(lambda values, weights: values.min())).column("A")
    assert worst == pytest.approx(np.fmin.reduce(table.values[:, :3], axis=1), nan_ok=True)
    whole = aggregate(table, framework, [lambda values, weights: np.fmax.reduce(values, axis=1), "arithmetic"])
    assert whole.column("B") == pytest.approx(np.fmax.reduce(table.values[:, 3:], axis=1), nan_ok=True)


@given(st.integers(0, 200))
def test_many_weight_sets_at_once_have_the_bits_of_each_alone(seed: int) -> None:
    table = random_table(seed, gaps=0.2)
    columns = list(table.values.T)
    sets = np.random.default_rng(seed).random((7, 5)) + 0.1
    for name in ("arithmetic", "geometric"):
        together = weighted_mean(columns, sets, mean_named(name), min_available=0.5)
        for row, weights in enumerate(sets):
            alone = weighted_mean(columns, weights, mean_named(name), min_available=0.5)
            assert np.array_equal(together[row], alone, equal_nan=True)


def test_a_unit_has_the_same_bits_alone_and_among_others() -> None:
    table, framework = random_table(4, n=1000, gaps=0.1), small_framework()
    for method in ("arithmetic", "geometric"):
        whole = aggregate(table, framework, method).values
        for row in (0, 1, 500, 999):
            one = aggregate(table.select_rows(np.array([row])), framework, method).values
            assert np.array_equal(one[0], whole[row], equal_nan=True)


def _naive_copeland(values: np.ndarray, weights: list[Fraction]) -> list[float]:
    n, k = values.shape
    scores = []
    for i in range(n):
        if np.isnan(values[i]).all():
            scores.append(NAN)
            continue
        total = 0
        for j in range(n):
            both = [q for q in range(k) if not np.isnan(values[i, q]) and not np.isnan(values[j, q])]
            win = sum((weights[q] for q in both if values[i, q] > values[j, q]), Fraction(0))
            lose = sum((weights[q] for q in both if values[i, q] < values[j, q]), Fraction(0))
            total += (win > lose) - (win < lose)
        scores.append(float(total))
    return scores


@given(st.integers(0, 300))
def test_copeland_agrees_with_exact_fractions_and_does_not_know_the_order_of_units(seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = rng.integers(0, 4, size=(9, 6)).astype(float)
    values[rng.random(values.shape) < 0.2] = NAN
    weights = [Fraction(int(w), 10) for w in rng.integers(1, 6, size=6)]
    found = copeland_scores(values, np.array([float(w) for w in weights]))
    assert found.tolist() == pytest.approx(_naive_copeland(values, weights), nan_ok=True)
    order = rng.permutation(9)
    shuffled = copeland_scores(values[order], np.array([float(w) for w in weights]))
    assert np.array_equal(shuffled, found[order], equal_nan=True)


def test_copeland_ties_and_dominance_are_exact() -> None:
    # 49 equal weights do not sum to 1 in floating point; COINr misses the dominance of one of the two rows.
    better, worse = np.ones(49), np.zeros(49)
    found = outranking(np.array([worse, better]), np.full(49, 1 / 49))
    assert found.dominance_pairs == 1
    assert found.dominance_share == 1.0
    assert found.scores.tolist() == [-1, 1]
    # Three weights of 0.1 against one of 0.3: a tie, although 0.1 + 0.1 + 0.1 > 0.3 in floating point.
    tied = outranking(np.array([[1.0, 1, 1, 0], [0.0, 0, 0, 1]]), np.array([0.1, 0.1, 0.1, 0.3]))
    assert tied.scores.tolist() == [0, 0]
    # No common indicator is a tie.
    assert copeland_scores(np.array([[1.0, NAN], [NAN, 1.0]]), np.ones(2)).tolist() == [0, 0]


def test_copeland_works_at_any_level() -> None:
    table = normalise(inputs().table, inputs().framework).table
    scores = aggregate(table, inputs().framework, ["copeland", "arithmetic", "copeland"])
    assert set(np.unique(scores.column("Index") % 1)) == {0.0}
    assert abs(scores.column("Index")).max() <= 50


def test_ranks_share_the_best_place_within_the_tolerance() -> None:
    scores = np.array([100.0, 100.0 - 5e-8, 100.0 - 1e-7 - 5e-8, 50.0, NAN, 50.0])
    assert ranks(scores)[[0, 1, 2, 3, 5]].tolist() == [1, 1, 1, 4, 4]
    assert np.isnan(ranks(scores)[4])
    assert ranks(np.array([100.0, 100.0 - 2e-7])).tolist() == [1, 2]
    assert ranks(np.array([-1.0, 0.0, 0.0])).tolist() == [3, 1, 1]
    assert ranks(np.array([])).tolist() == []
    grouped = ranks(np.array([3.0, 2.0, 9.0, 1.0]), groups=["p", "p", "", "q"])
    assert grouped[[0, 1, 3]].tolist() == [1, 2, 1]
    assert np.isnan(grouped[2])


@given(st.integers(0, 300))
def test_many_rankings_at_once_agree_with_counting(seed: int) -> None:
    rng = np.random.default_rng(seed)
    scores = rng.integers(0, 5, size=(4, 8)).astype(float)
    scores[rng.random(scores.shape) < 0.2] = NAN
    found = rank_many(scores)
    for row, column in np.ndindex(scores.shape):
        value = scores[row, column]
        better = 0 if np.isnan(value) else 1 + int((scores[row] > value).sum())
        assert found[row, column] == better


def test_ties_that_floating_point_splits_stay_ties_on_the_public_data() -> None:
    table = normalise(inputs().table, inputs().framework, NormaliseSpec(method="borda")).table
    scores = aggregate(table, inputs().framework)
    split = sum(
        len(np.unique(scores.column(code))) - len(np.unique(ranks(scores.column(code))))
        for code in inputs().framework.at_level(2)
    )
    assert split >= 0
    for code in inputs().framework.at_level(2):
        exact = _exact_means(table, inputs().framework.children(code))
        expected = [1 + sum(other > own for other in exact) for own in exact]
        assert ranks(scores.column(code)).tolist() == expected, code


def _exact_means(table: Table, children: tuple[str, ...]) -> list[Fraction]:
    means = []
    for row in range(len(table.units)):
        present = [Fraction(v) for v in (table.column(c)[row] for c in children) if not np.isnan(v)]
        means.append(sum(present, Fraction(0)) / len(present))
    return means
