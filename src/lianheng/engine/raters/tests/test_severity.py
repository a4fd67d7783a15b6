"""The severity model against lme4, dense algebra and simulation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from lianheng.engine.raters import RatersError, crossed, severity
from lianheng.engine.raters.crossed import CrossedCells, solve

from .testdata import needs_folder, rows

Table = tuple[np.ndarray, np.ndarray, np.ndarray]


def crossed_ratings(seed: int, raters: int, units: int, n: int) -> Table:
    chance = np.random.default_rng(seed)
    rater, unit = chance.integers(0, raters, n), chance.integers(0, units, n)
    rater[:raters], unit[:units] = np.arange(raters), np.arange(units)
    values = 80 + 3 * chance.standard_normal(raters)[rater] + 5 * chance.standard_normal(units)[unit]
    return values + 2 * chance.standard_normal(n), rater, unit


def dense(values: np.ndarray, rater: np.ndarray, unit: np.ndarray, ratios: tuple[float, float]) -> dict[str, object]:
    """The same model from its definition: V = I + φ₁Z₁Z₁ᵀ + φ₂Z₂Z₂ᵀ, generalised least squares, all in full."""
    n = len(values)
    first, second = np.eye(rater.max() + 1)[rater], np.eye(unit.max() + 1)[unit]
    v = np.eye(n) + ratios[0] * first @ first.T + ratios[1] * second @ second.T
    inverse, ones = np.linalg.inv(v), np.ones(n)
    information = float(ones @ inverse @ ones)
    mean = float(ones @ inverse @ values) / information
    rest = inverse @ (values - mean)
    left = float((values - mean) @ rest)
    logs = np.linalg.slogdet(v)[1] + np.log(information)
    sigma2 = left / (n - 1)
    given = [
        np.sqrt(sigma2 * np.diag(phi * np.eye(z.shape[1]) - phi**2 * z.T @ inverse @ z))
        for phi, z in zip(ratios, (first, second), strict=True)
    ]
    projection = inverse - np.outer(inverse @ ones, inverse @ ones) / information
    # Variance of mean + effect − its prediction: by the joint covariance of what is known and what is not.
    weights = ratios[1] * second.T @ projection + np.ones((second.shape[1], 1)) @ (ones @ inverse)[None] / information
    error = weights @ v @ weights.T - 2 * ratios[1] * weights @ second + ratios[1] * np.eye(second.shape[1])
    joint = weights @ v @ weights.T - ratios[1] * (weights @ second + (weights @ second).T)
    return {
        "covariance": sigma2 * (joint + ratios[1] * np.eye(second.shape[1])),
        "criterion": logs + (n - 1) * (1 + np.log(2 * np.pi * sigma2)),
        "mean": mean,
        "raters": ratios[0] * first.T @ rest,
        "units": ratios[1] * second.T @ rest,
        "given": given,
        "corrected_error": np.sqrt(sigma2 * np.diag(error)),
    }


@pytest.mark.parametrize("shape", [(5, 9), (9, 5), (7, 7)])
@pytest.mark.parametrize("listed", [True, False])
def test_it_agrees_with_dense_algebra(shape: tuple[int, int], listed: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not listed:
        monkeypatch.setattr(crossed, "PAIR_LIMIT", 0)
    values, rater, unit = crossed_ratings(shape[0], *shape, 60)
    found = severity(values, rater, unit)
    oracle = dense(values, rater, unit, (found.theta[0] ** 2, found.theta[1] ** 2))
    assert found.criterion == pytest.approx(oracle["criterion"], abs=1e-8)
    assert found.intercept == pytest.approx(oracle["mean"])
    assert found.raters.effect == pytest.approx(oracle["raters"], abs=1e-8)
    assert found.units.effect == pytest.approx(oracle["units"], abs=1e-8)
    assert found.raters.error == pytest.approx(oracle["given"][0])  # type: ignore[index]
    assert found.units.error == pytest.approx(oracle["given"][1])  # type: ignore[index]
    assert found.corrected_error == pytest.approx(oracle["corrected_error"])


@pytest.mark.parametrize("shape", [(5, 4), (4, 5), (5, 5)])
def test_draws_have_the_joint_errors_of_the_predictions(shape: tuple[int, int]) -> None:
    values, rater, unit = crossed_ratings(1, *shape, 25)
    found = severity(values, rater, unit)
    oracle = dense(values, rater, unit, (found.theta[0] ** 2, found.theta[1] ** 2))["covariance"]
    drawn = found.draws(200_000, seed=3)
    assert drawn.mean(axis=0) == pytest.approx(found.scores("corrected"), abs=0.05)
    assert np.cov(drawn.T) == pytest.approx(oracle, abs=0.03 * np.abs(oracle).max())  # type: ignore[call-overload]
    assert np.array_equal(found.draws(5, seed=3), found.draws(5, seed=3))


@pytest.mark.parametrize("seed", range(3))
def test_no_other_ratios_are_better(seed: int) -> None:
    values, rater, unit = crossed_ratings(seed, 6, 8, 70)
    found = severity(values, rater, unit)
    other = minimize(
        lambda theta: dense(values, rater, unit, (theta[0] ** 2, theta[1] ** 2))["criterion"],
        [1.0, 1.0],
        method="Nelder-Mead",
        options={"xatol": 1e-7, "fatol": 1e-9},
    )
    assert found.criterion <= other.fun + 1e-8
    assert found.theta == pytest.approx(tuple(np.abs(other.x)), abs=1e-4)


def test_the_gradient_is_that_of_the_criterion() -> None:
    values, rater, unit = crossed_ratings(1, 8, 5, 60)
    cells = CrossedCells(values, rater, unit, 8, 5)
    place, step = np.log([0.7, 3.0]), 1e-5
    for side in range(2):
        shift = step * np.eye(2)[side]
        slope = (solve(cells, *np.exp(place + shift)).criterion - solve(cells, *np.exp(place - shift)).criterion) / 2
        assert solve(cells, *np.exp(place)).gradient[side] == pytest.approx(slope / step, rel=1e-6)


def test_a_balanced_table_follows_the_analysis_of_variance() -> None:
    # Every rater rates every unit once: REML equals the ANOVA estimates (Searle, Casella, McCulloch 1992, chapter 4).
    chance = np.random.default_rng(5)
    table = 10 + chance.normal(0, 2, (7, 1)) + chance.normal(0, 3, (1, 5)) + chance.normal(0, 1, (7, 5))
    unit, rater = np.indices(table.shape)
    found = severity(table.ravel(), rater.ravel(), unit.ravel())
    centred = table - table.mean()
    units, raters = centred.mean(axis=1), centred.mean(axis=0)
    error = ((centred - units[:, None] - raters) ** 2).sum() / 24
    assert found.residual_sd**2 == pytest.approx(error)
    assert found.unit_sd**2 == pytest.approx(((units**2).sum() * 5 / 6 - error) / 5)
    assert found.rater_sd**2 == pytest.approx(((raters**2).sum() * 7 / 4 - error) / 7)


@needs_folder
def test_penicillin_agrees_with_lme4() -> None:
    data = rows("penicillin/penicillin.csv")
    plates, samples = [row["plate"] for row in data], [row["sample"] for row in data]
    found = severity([float(row["diameter"]) for row in data], plates, samples)
    # lme4 1.1.31, lmer(diameter ~ 1 + (1|plate) + (1|sample)), bobyqa with rhoend 1e-10.
    assert found.criterion == pytest.approx(330.860588991086, abs=1e-9)
    assert found.theta == pytest.approx((1.53967774536, 3.51241584067), abs=1e-6)
    assert (found.rater_sd, found.unit_sd) == pytest.approx((0.8467043995, 1.9315587007), abs=1e-6)
    assert (found.residual_sd, found.intercept) == pytest.approx((0.5499231265, 22.9722222222), abs=1e-6)


@needs_folder
def test_73421_ratings_agree_with_lme4() -> None:
    data = rows("insteval/insteval.csv")
    students, lecturers = [row["student"] for row in data], [row["lecturer"] for row in data]
    found = severity([float(row["y"]) for row in data], students, lecturers)
    # lme4 1.1.31, lmer(y ~ 1 + (1|s) + (1|d), InstEval), bobyqa with rhoend 1e-10; ranef(condVar = TRUE).
    assert found.criterion == pytest.approx(237783.88038798, abs=1e-7)
    assert found.theta == pytest.approx((0.276710780719, 0.444220408998), abs=1e-6)
    assert (found.intercept, found.residual_sd) == pytest.approx((3.25415829173, 1.17778590577), abs=1e-7)
    first = found.raters.labels.tolist().index("1")
    assert found.raters.effect[first] == pytest.approx(0.1587506956168, abs=1e-6)
    assert found.raters.error[first] == pytest.approx(0.285646391843, abs=1e-6)
    assert found.units.effect[0] == pytest.approx(0.412920440118, abs=1e-6)
    assert found.units.error[0] == pytest.approx(0.295814885241, abs=1e-6)
    assert found.n_components == 1
    # The order of lecturers changes little, but it changes: Pearson .986 between raw and corrected.
    assert np.corrcoef(found.scores(), found.scores("corrected"))[0, 1] == pytest.approx(0.986, abs=5e-4)


def test_raters_who_do_not_differ_have_no_effect() -> None:
    balanced = severity([1.0, 2, 2, 1, 4, 3, 3, 4], [0, 1, 0, 1] * 2, [0, 0, 1, 1, 2, 2, 3, 3])
    assert balanced.theta[0] == 0
    assert balanced.raters.effect.tolist() == [0, 0]
    assert balanced.raters.error.tolist() == [0, 0]


def test_corrections_across_components_are_refused() -> None:
    values, rater, unit = crossed_ratings(2, 4, 6, 40)
    other, other_rater, other_unit = crossed_ratings(3, 3, 5, 30)
    found = severity(np.r_[values, other], np.r_[rater, other_rater + 4], np.r_[unit, other_unit + 6])
    assert found.n_components == 2
    assert found.units.component.tolist() == [0] * 6 + [1] * 5
    assert found.raters.component.tolist() == [0] * 4 + [1] * 3
    with pytest.raises(RatersError, match="2 components without a common rating"):
        found.scores("corrected")
    assert len(found.scores("corrected", component=1)) == 5
    assert len(found.scores("raw")) == 11
    with pytest.raises(RatersError, match="2 components without a common rating"):
        found.draws(10)
    assert found.draws(10, component=0).shape == (10, 6)
    with pytest.raises(RatersError, match="there is no component 2"):
        found.scores("corrected", component=2)


def test_raw_scores_stand_unless_the_scheme_says_otherwise() -> None:
    values, rater, unit = crossed_ratings(4, 5, 6, 50)
    found = severity(values, rater, unit)
    raw = [values[unit == one].mean() for one in range(6)]
    assert found.scores() == pytest.approx(raw)
    assert found.scores("corrected") == pytest.approx(found.intercept + found.units.effect)
    with pytest.raises(RatersError, match="'raw' or 'corrected'"):
        found.scores("best")


def test_correction_undoes_an_unlucky_draw_of_raters() -> None:
    chance = np.random.default_rng(8)
    truth, strictness = chance.normal(80, 4, 40), chance.normal(0, 6, 8)
    # Units are rated by three of eight raters each; the raw mean hangs on which.
    unit = np.repeat(np.arange(40), 3)
    rater = np.concatenate([chance.choice(8, 3, replace=False) for _ in range(40)])
    found = severity(truth[unit] + strictness[rater] + chance.normal(0, 1, 120), rater, unit)
    raw, corrected = found.scores() - truth, found.scores("corrected") - truth
    assert np.std(corrected) < 0.5 * np.std(raw)
    assert np.corrcoef(found.raters.effect, strictness)[0, 1] > 0.98
    assert np.mean(np.abs(corrected - corrected.mean()) < 2 * found.corrected_error) > 0.85


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 1000), st.floats(-50, 50), st.floats(0.01, 100))
def test_order_names_shift_and_scale_do_not_matter(seed: int, shift: float, scale: float) -> None:
    values, rater, unit = crossed_ratings(seed, 5, 7, 50)
    found = severity(values, rater, unit)
    order = np.random.default_rng(seed).permutation(50)
    names = np.array([f"r{place}" for place in rater])
    moved = severity(shift + scale * values[order], names[order], unit[order])
    assert moved.theta == pytest.approx(found.theta, rel=1e-5, abs=1e-5)
    assert moved.units.effect == pytest.approx(scale * found.units.effect, rel=1e-4, abs=1e-4 * scale)


@pytest.mark.parametrize(
    ("values", "raters", "units", "message"),
    [
        ([], [], [], "at least one number"),
        ([1, 2], [1], [1, 2], "raters have the shape"),
        ([1, np.nan], [1, 2], [1, 1], "rating 1 .* missing"),
        ([5, 5, 5], [1, 2, 1], [1, 1, 2], "all ratings are 5"),
        ([1, 2, 3], [1, 1, 1], [1, 2, 2], "only one rater"),
        ([1, 2, 3], [1, 2, 3], [1, 1, 2], "every rater has a single rating"),
        ([1, 2, 3, 4], [1, 2, 1, 2], [1, 1, 2, 2], "explain every rating exactly"),
    ],
)
def test_what_cannot_be_fitted_is_refused(
    values: list[float], raters: list[int], units: list[int], message: str
) -> None:
    with pytest.raises(RatersError, match=message):
        severity(values, raters, units)
