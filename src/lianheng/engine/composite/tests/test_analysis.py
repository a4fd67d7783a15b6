"""Correlations, reliability and variance inflation against scipy and brute force."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from lianheng.engine.composite.correlations import correlation, level_correlations
from lianheng.engine.composite.errors import CompositeError
from lianheng.engine.composite.profiles import strengths_and_weaknesses
from lianheng.engine.composite.reliability import cronbach_alpha, item_rest, omega_total, variance_inflation
from lianheng.engine.composite.tables import Table

from .asem import NAN, full_run, inputs, random_table


@given(st.integers(0, 200), st.booleans())
def test_correlations_agree_with_scipy(seed: int, ties: bool) -> None:
    rng = np.random.default_rng(seed)
    x = rng.integers(0, 6, 25).astype(float) if ties else rng.normal(size=25)
    y = rng.integers(0, 6, 25).astype(float) + 0.3 * x if ties else rng.normal(size=25) + 0.5 * x
    x[rng.random(25) < 0.1] = NAN
    here = ~np.isnan(x)
    a, b = x[here], y[here]
    assert correlation(x, y)[:2] == pytest.approx(tuple(stats.pearsonr(a, b)))
    rho, p_value, _ = correlation(x, y, kind="spearman")
    # scipy has the t approximation alone, which is ours with ties.
    assert rho == pytest.approx(stats.spearmanr(a, b)[0])
    assert p_value == pytest.approx(stats.spearmanr(a, b)[1], rel=1e-9 if ties else 0.1, abs=2e-3 if not ties else 0)
    expected = stats.kendalltau(a, b, method="asymptotic" if ties else "exact")
    assert correlation(x, y, kind="kendall")[:2] == pytest.approx(tuple(expected))


def test_spearmans_exact_p_value_counts_all_orders() -> None:
    x, y = np.array([1.0, 2, 3, 4, 5]), np.array([2.0, 1, 3, 5, 4])
    r, p, n = correlation(x, y, kind="spearman")
    rhos = [stats.spearmanr(x, order)[0] for order in itertools.permutations(range(5))]
    assert r == pytest.approx(0.8)
    assert p == pytest.approx(2 * np.mean(np.array(rhos) >= 0.8 - 1e-9))
    assert n == 5


def test_too_few_pairs_and_constants_are_missing() -> None:
    assert math.isnan(correlation(np.array([1.0, 2]), np.array([1.0, 2]))[0])
    assert math.isnan(correlation(np.array([1.0, 1, 1]), np.array([1.0, 2, 3]))[0])
    with pytest.raises(CompositeError, match="use one of"):
        correlation(np.arange(3.0), np.arange(3.0), kind="cosine")


def test_level_correlations() -> None:
    table, framework = full_run().table, inputs().framework
    cross = level_correlations(table, framework, (2, 1), pval=0)
    assert len(cross) == 8 * 49
    assert cross[0].first == "Physical"
    own = level_correlations(table, framework, (2, 1), pval=0, with_parent=True)
    assert len(own) == 49
    assert all(framework[pair.second].parent == pair.first for pair in own)
    family = level_correlations(table, framework, (1, 1), pval=0, family=True)
    assert len(family) == 3 * 49
    grouped = level_correlations(table, framework, (1, 1), pval=0, group_level=2)
    assert len(grouped) == sum(len(framework.children(code)) ** 2 for code in framework.at_level(2))
    insignificant = [pair for pair in level_correlations(table, framework, (1, 1)) if math.isnan(pair.correlation)]
    assert insignificant
    assert all(pair.p_value > 0.05 for pair in insignificant)
    turned = level_correlations(inputs().table, framework, pval=0, use_directions=True)
    plain = level_correlations(inputs().table, framework, pval=0)
    signs = {framework[a.first].direction * framework[a.second].direction for a in plain}
    assert signs == {1, -1}
    for a, b in zip(turned, plain, strict=True):
        if a.first != a.second:
            sign = framework[a.first].direction * framework[a.second].direction
            assert a.correlation == pytest.approx(sign * b.correlation)


def test_alpha_by_its_other_formula() -> None:
    table = random_table(8, n=60)
    c = np.cov(table.values.T)
    assert cronbach_alpha(table) == pytest.approx(5 / 4 * (1 - np.trace(c) / c.sum()))
    assert math.isnan(cronbach_alpha(table, ["a1"]))


def test_omega_of_a_known_one_factor_model() -> None:
    # The correlations of a one-factor model are products of loadings; the fit must give the loadings back.
    loadings = np.array([0.9, 0.7, 0.5, 0.6])
    r = np.outer(loadings, loadings)
    np.fill_diagonal(r, 1.0)
    rng = np.random.default_rng(0)
    raw = rng.normal(size=(40, 4))
    raw -= raw.mean(axis=0)
    white = raw @ np.linalg.inv(np.linalg.cholesky(np.cov(raw.T))).T
    values = white @ np.linalg.cholesky(r).T
    found = omega_total(Table(tuple(str(i) for i in range(40)), ("a", "b", "c", "d"), values))
    assert found.loadings == pytest.approx(loadings, abs=1e-4)
    expected = loadings.sum() ** 2 / (loadings.sum() ** 2 + (1 - loadings**2).sum())
    assert found.omega == pytest.approx(expected, abs=1e-5)
    with pytest.raises(CompositeError, match="at least three"):
        omega_total(random_table(1), ["a1", "a2"])


def test_variance_inflation_is_the_diagonal_of_the_inverse_correlation_matrix() -> None:
    table = random_table(9, n=40)
    found = variance_inflation(table)
    assert list(found.values()) == pytest.approx(np.diag(np.linalg.inv(np.corrcoef(table.values.T))).tolist())
    doubled = Table.of(list("abcd"), {"x": [1, 2, 3, 5], "y": [2, 4, 6, 10]})
    assert math.isinf(variance_inflation(doubled)["x"])


def test_item_rest() -> None:
    table = random_table(10, n=30)
    line = item_rest(table)[2]
    rest = np.delete(table.values, 2, axis=1).mean(axis=1)
    assert line.correlation == pytest.approx(np.corrcoef(table.values[:, 2], rest)[0, 1])
    assert line.alpha_without == pytest.approx(cronbach_alpha(table, ["a1", "a2", "b1", "b2"]))


def test_strengths_and_weaknesses_never_overlap_and_discard_the_worst_of_the_own_group() -> None:
    table, framework = inputs().table, inputs().framework
    strong, weak = strengths_and_weaknesses(table, framework, "CHN", top=40, bottom=40)
    assert not {line.code for line in strong} & {line.code for line in weak}
    groups = inputs().group("EurAsia_group", table)
    inside, _ = strengths_and_weaknesses(table, framework, "CHN", groups=groups)
    assert [line.rank for line in inside] == sorted(line.rank for line in inside)
    few, _ = strengths_and_weaknesses(table, framework, "CHN", unq_discard=0.2)
    assert "TIRcon" not in {line.code for line in few}
    with pytest.raises(CompositeError, match="no unit XXX"):
        strengths_and_weaknesses(table, framework, "XXX")


def test_p_values_agree_with_r() -> None:
    # R 4.2.2: cor.test(seq_along(y), y, method = "spearman"), method = "kendall" with exact = FALSE.
    for order, rho, p_value in (
        ([3, 1, 4, 2, 9, 6, 5, 8, 10, 7, 12, 11], 0.8531469, 0.000771902003950585),
        ([9, 12, 7, 10, 11, 5, 8, 3, 6, 1, 4, 2], -0.8111888, 0.00236893039782362),
        ([2, 1, 4, 3, 7, 5, 6], 0.8214286, 0.0341269841269841),
    ):
        found = correlation(np.arange(1.0, len(order) + 1), np.array(order, dtype=float), kind="spearman")
        assert found[:2] == pytest.approx((rho, p_value), rel=1e-7)
    x, y = np.array([1.0, 2, 2, 3, 5, 6, 7, 7]), np.array([2.0, 1, 3, 3, 4, 7, 5, 8])
    assert correlation(x, y, kind="kendall")[:2] == pytest.approx((0.7925939, 0.00785267652509089), rel=1e-7)
