"""Reliability against psych, brute force and closed forms."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lianheng.engine.raters import RatersError, cronbach_alpha, mcdonald_omega, split_half

from .testdata import needs_folder, numbers

AGREE = ["A1", "A2", "A3", "A4", "A5"]


def one_factor(seed: int, n: int, loadings: list[float]) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    chance = np.random.default_rng(seed)
    weights = np.array(loadings)
    noise = chance.standard_normal((n, len(weights))) * np.sqrt(1 - weights**2)
    return chance.standard_normal((n, 1)) * weights + noise


def test_two_items_worked_by_hand() -> None:
    # Covariances [[1, 1], [1, 3]] (n − 1): alpha = 2 · (1 − 4/6) = 2/3.
    answers = [[0, 0], [1, 3], [2, 2], [1, -1]]
    covariance = np.cov(np.transpose(answers))
    expected = 2 * (1 - covariance.trace() / covariance.sum())
    found = cronbach_alpha(answers)
    assert found.value == pytest.approx(expected)
    assert np.isnan(found.without).all()
    r = covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1])
    assert found.standardised == pytest.approx(2 * r / (1 + r))
    assert found.item_rest == pytest.approx([r, r])


@needs_folder
def test_the_attitude_survey_agrees_with_psych() -> None:
    answers = numbers("attitude/attitude.csv")
    found = cronbach_alpha(answers)
    # psych 2.2.9 under R 4.2.2, alpha(attitude): total, feldt, item.stats$r.drop, alpha.drop.
    assert found.value == pytest.approx(0.8431427696, abs=1e-10)
    assert (found.lower, found.upper) == pytest.approx((0.7393756856, 0.9157730722), abs=1e-9)
    assert (found.standardised, found.mean_correlation) == pytest.approx((0.839083803, 0.4269066426), abs=1e-9)
    assert found.item_rest[:3] == pytest.approx([0.6712620572, 0.7421097102, 0.5607111115], abs=1e-9)
    assert found.without[:3] == pytest.approx([0.8097602063, 0.7969174573, 0.8278477659], abs=1e-9)
    # fa(attitude, 1, fm = "minres") stops early, hence 1e-4; loadings on correlations.
    loadings = mcdonald_omega(answers).loadings / answers.std(axis=0, ddof=1)
    assert loadings[:4] == pytest.approx([0.7577722249, 0.8338271617, 0.6034272763, 0.7887270563], abs=1e-4)


@needs_folder
def test_missing_answers_and_reversed_items_agree_with_psych() -> None:
    answers = numbers("bfi/bfi.csv", AGREE)
    found = cronbach_alpha(answers, keys=[-1, 1, 1, 1, 1], missing="pairwise")
    # psych 2.2.9 under R 4.2.2, alpha(bfi[A1:A5], keys = c(-1, 1, 1, 1, 1)).
    assert found.value == pytest.approx(0.7030184461, abs=1e-9)
    assert (found.lower, found.upper) == pytest.approx((0.6852643259, 0.7200633899), abs=1e-9)
    complete = cronbach_alpha(answers, keys=[-1, 1, 1, 1, 1], missing="complete")
    assert complete.n_persons < found.n_persons == 2800
    with pytest.raises(RatersError, match="the answer is missing; say missing="):
        cronbach_alpha(answers)


def test_leaving_an_item_out_is_alpha_of_the_rest() -> None:
    answers = one_factor(1, 60, [0.4, 0.5, 0.6, 0.7])
    found = cronbach_alpha(answers)
    for item in range(4):
        rest = np.delete(answers, item, axis=1)
        assert found.without[item] == pytest.approx(cronbach_alpha(rest).value)
        assert found.item_rest[item] == pytest.approx(np.corrcoef(answers[:, item], rest.sum(axis=1))[0, 1])


def test_the_interval_holds_as_often_as_it_says() -> None:
    # Parallel items with loadings √0.5: alpha = 4·0.5/(1 + 3·0.5) = 0.8, and the model of Feldt's interval holds.
    held = []
    for seed in range(400):
        found = cronbach_alpha(one_factor(seed, 40, [0.5**0.5] * 4))
        held.append(found.lower <= 0.8 <= found.upper)
    assert abs(np.mean(held) - 0.95) < 3.5 * np.sqrt(0.95 * 0.05 / 400)


def test_omega_finds_the_share_it_was_made_with() -> None:
    loadings = [0.3, 0.5, 0.7, 0.9]
    share = sum(loadings) ** 2 / (sum(loadings) ** 2 + sum(1 - x**2 for x in loadings))
    answers = one_factor(2, 200_000, loadings)
    found = mcdonald_omega(answers * [1, 1, 1, 1])
    assert found.value == pytest.approx(share, abs=0.005)
    assert found.loadings == pytest.approx(loadings, abs=0.01)
    # Congeneric items: alpha is lower.
    assert cronbach_alpha(answers).value < found.value
    turned = mcdonald_omega(answers * [-1, 1, 1, 1], keys=[-1, 1, 1, 1])
    assert turned.value == pytest.approx(found.value)


def test_omega_is_in_the_units_of_the_items() -> None:
    answers = one_factor(5, 500, [0.5, 0.6, 0.7]) * [1, 10, 3] + [2, 0, -7]
    found = mcdonald_omega(answers)
    implied = np.outer(found.loadings, found.loadings) + np.diag(found.uniquenesses)
    # Three items: the one-factor model fits exactly.
    assert implied == pytest.approx(np.cov(answers.T))
    assert found.value == pytest.approx(found.loadings.sum() ** 2 / np.cov(answers.T).sum())


@needs_folder
def test_agreeableness_as_in_psych() -> None:
    """psych 2.2.9 on A1..A5 of bfi, A1 turned: omega(X, nfactors=1), fa(cor(X), 1, "minres"), splitHalf(X)."""
    answers = numbers("bfi/bfi.csv", AGREE)
    answers = answers[~np.isnan(answers).any(axis=1)]
    keys = [-1, 1, 1, 1, 1]
    found = mcdonald_omega(answers, keys=keys)
    assert found.standardised_observed == pytest.approx(0.723724356915045, abs=1e-6)
    assert found.standardised == pytest.approx(0.72398359514205746, abs=1e-6)
    halves = split_half(answers, keys=keys, standardised=True)
    assert (halves.highest, halves.lowest) == pytest.approx((0.755487619686, 0.616913266703))


def test_the_omegas_agree_where_one_factor_fits() -> None:
    loadings = np.array([0.8, 0.7, 0.6, 0.5])
    root = np.linalg.cholesky(np.outer(loadings, loadings) + np.diag(1 - loadings**2))
    base = np.random.default_rng(3).standard_normal((50, 4))
    white = np.linalg.qr(base - base.mean(axis=0))[0] * np.sqrt(49)
    found = mcdonald_omega(white @ root.T)
    assert found.loadings == pytest.approx(loadings)
    same = (found.standardised, found.observed, found.standardised_observed)
    assert same == pytest.approx([2.6**2 / (2.6**2 + (1 - loadings**2).sum())] * 3)


def test_equal_loadings_make_alpha_and_omega_equal() -> None:
    chance = np.random.default_rng(0)
    base = chance.standard_normal((400, 5))
    # Whitened, then given exactly equal covariances.
    white = np.linalg.qr(base - base.mean(axis=0))[0] * np.sqrt(399)
    answers = white @ np.linalg.cholesky(0.6 * np.eye(5) + 0.4).T
    assert mcdonald_omega(answers).value == pytest.approx(cronbach_alpha(answers).value)


@pytest.mark.parametrize("size", [4, 5, 7, 8])
def test_all_splits_agree_with_brute_force(size: int) -> None:
    answers = one_factor(size, 50, [0.6] * size)
    covariance = np.cov(answers.T)
    values = {}
    for half in combinations(range(size), size // 2):
        rest = [item for item in range(size) if item not in half]
        parts = covariance[np.ix_(half, half)].sum() + covariance[np.ix_(rest, rest)].sum()
        values[frozenset([frozenset(half), frozenset(rest)])] = 2 * (1 - parts / covariance.sum())
    found = split_half(answers)
    assert found.n_splits == len(values)
    assert (found.lowest, found.mean, found.highest) == pytest.approx(
        (min(values.values()), np.mean(list(values.values())), max(values.values()))
    )


def test_the_mean_of_all_equal_splits_is_alpha() -> None:
    # Lord and Novick (1968), section 4.4: with an even number of items, the mean of λ₄ over all splits is alpha.
    answers = one_factor(9, 30, [0.3, 0.8, 0.5, 0.6, 0.2, 0.7])
    assert split_half(answers).mean == pytest.approx(cronbach_alpha(answers).value)


def test_the_split_asked_for() -> None:
    answers = one_factor(3, 80, [0.6] * 6)
    found = split_half(answers, first_half=[0, 1, 2])
    r = np.corrcoef(answers[:, :3].sum(axis=1), answers[:, 3:].sum(axis=1))[0, 1]
    assert (found.correlation, found.spearman_brown) == pytest.approx((r, 2 * r / (1 + r)))
    assert split_half(answers) == split_half(answers, first_half=[0, 2, 4])


@needs_folder
def test_splits_of_the_attitude_survey_agree_with_psych() -> None:
    # psych 2.2.9 under R 4.2.2, splitHalf(attitude[, 1:6]), which works on correlations: lowest, mean, highest.
    answers = numbers("attitude/attitude.csv")[:, :6]
    found = split_half((answers - answers.mean(axis=0)) / answers.std(axis=0, ddof=1))
    assert found.n_splits == 10
    assert (found.lowest, found.mean, found.highest) == pytest.approx(
        (0.77895714525, 0.83462649326, 0.91156264987), abs=1e-10
    )


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000), st.integers(17, 24))
def test_many_items_are_split_by_a_seed(seed: int, size: int) -> None:
    answers = one_factor(seed, 60, [0.5] * size)
    found = split_half(answers, n_splits=300, seed=seed)
    assert found == split_half(answers, n_splits=300, seed=seed)
    assert found.n_splits == 300
    assert found.lowest <= found.mean <= found.highest


@pytest.mark.parametrize(
    ("answers", "more", "message"),
    [
        ([[1.0], [2.0]], {}, "1 items; at least 2"),
        ([[1.0, 2.0], [1.0, 3.0]], {}, "item 0 .* one answer only"),
        ([[1.0, 2.0]], {}, "1 persons"),
        ([[1.0, -1.0], [2.0, -2.0], [3.0, -3.0]], {}, "does not vary"),
        ([[1.0, 2.0], [2.0, 1.0]], {"keys": [1, 2]}, "keys must hold 1 or -1"),
        ([[1.0, 2.0], [2.0, 1.0]], {"missing": "guess"}, "missing must be one of"),
        ([[1.0, np.inf], [2.0, 1.0]], {}, "infinite"),
        ([[1.0, np.nan], [2.0, np.nan], [np.nan, 1.0]], {"missing": "pairwise"}, "in common"),
        ([1.0, 2.0], {}, "table of persons"),
    ],
)
def test_what_has_no_alpha_is_refused(answers: list[list[float]], more: dict[str, object], message: str) -> None:
    with pytest.raises(RatersError, match=message):
        cronbach_alpha(answers, **more)  # type: ignore[arg-type]


def test_what_has_no_omega_or_halves_is_refused() -> None:
    with pytest.raises(RatersError, match="at least 3"):
        mcdonald_omega([[1, 2], [2, 1]])
    with pytest.raises(RatersError, match="wholly"):
        mcdonald_omega([[1, 2, 1], [2, 2, 3], [3, 4, 3], [4, 4, 5], [2, 3, 3], [3, 3, 2]])
    with pytest.raises(RatersError, match="some, but not all"):
        split_half([[1, 2], [2, 1.5], [0, 1]], first_half=[0, 1])
