"""Replicates that are calibrated anew, and quantiles with replicates: each by itself, and R's figures."""

from __future__ import annotations

import csv
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lianheng.engine.estimation import (
    Design,
    EstimationError,
    bootstrap,
    calibrate,
    estimate_mean,
    estimate_quantile,
    estimate_total,
    given_replicates,
    jackknife,
    rake,
    recalibrate,
    rerake,
    survey_design,
)
from lianheng.engine.estimation.replicates import Replicates, spread_of

CHANCE = np.random.default_rng(4)
SEX, X = CHANCE.choice(["f", "m"], 60), CHANCE.gamma(4.0, size=60)
Y = 3 * X + CHANCE.normal(size=60)
D = survey_design(CHANCE.uniform(5, 15, 60), strata=np.repeat([1, 2], 30), psu=np.arange(60) // 3)
KNOWN: dict[str, Any] = {
    "margins": {"sex": SEX},
    "totals": {"sex": {"f": 310.0, "m": 300.0}},
    "columns": {"x": X},
    "column_totals": {"x": 2450.0},
}
FOLDER = os.environ.get("LIANHENG_TESTDATA")


@pytest.mark.parametrize(("distance", "bounds"), [("linear", None), ("logit", (0.3, 3.0)), ("raking", (0.4, 3.0))])
def test_every_replicate_is_calibrated_by_itself(distance: str, bounds: tuple[float, float] | None) -> None:
    replicates = jackknife(D)
    settings = {**KNOWN, "distance": distance, "bounds": bounds}
    again = recalibrate(replicates, D, **settings)
    assert replicates.factors is not None
    each = []
    for factors in replicates.factors.T:
        one = calibrate(survey_design(D.weights * factors[D.first.unit]), **settings)
        each.append(float((one.weights * Y).sum() / one.weights.sum()))
    spread = np.array(each) - np.mean(each)
    expected = np.sqrt((replicates.rscales * spread**2).sum())
    found = estimate_mean(calibrate(D, **settings), Y, replicates=again)
    assert found.se[0] == pytest.approx(expected, rel=1e-8)
    assert found.error_method == "JKn, calibrated"
    known = estimate_total(calibrate(D, **settings), X, replicates=again)
    assert known.value[0] == pytest.approx(2450) and known.se[0] < 1e-6  # what is known has no error


def test_a_replicate_that_cannot_arrive_is_left_out() -> None:
    tight = {**KNOWN, "distance": "logit", "bounds": (0.75, 1.35)}
    lost = recalibrate(bootstrap(D, 40, seed=1), D, **tight).again
    arrived = ~np.isnan(lost.multipliers).any(axis=1)  # type: ignore[union-attr]
    assert 0 < arrived.sum() < 40
    found = estimate_mean(calibrate(D, **tight), Y, replicates=recalibrate(bootstrap(D, 40, seed=1), D, **tight))
    assert np.isfinite(found.se[0])


def test_given_replicate_weights_cannot_be_adjusted() -> None:
    given = given_replicates(np.ones((60, 5)))
    for act in (lambda: recalibrate(given, D, **KNOWN), lambda: rerake(given, D, KNOWN["margins"], KNOWN["totals"])):
        with pytest.raises(EstimationError, match="only replicates made by jackknife or bootstrap"):
            act()


def _naive_quantile(weights: Any, p: float) -> float:
    order = np.argsort(Y)
    return float(Y[order][np.searchsorted(np.cumsum(weights[order]) / weights.sum(), p * (1 - 1e-14))])


@pytest.mark.parametrize("how", ["plain", "raked", "calibrated"])
def test_a_quantile_has_the_spread_of_the_replicates(how: str) -> None:
    replicates = bootstrap(D, 50, seed=3)
    assert replicates.factors is not None
    design: Design = D
    adjust: Any = lambda one: one  # noqa: E731
    if how == "raked":
        adjust = lambda one: rake(one, KNOWN["margins"], KNOWN["totals"])  # noqa: E731
        replicates = rerake(replicates, D, KNOWN["margins"], KNOWN["totals"])
    elif how == "calibrated":
        adjust = lambda one: calibrate(one, **KNOWN)  # noqa: E731
        replicates = recalibrate(replicates, D, **KNOWN)
    factors = replicates.factors
    assert factors is not None
    each = [_naive_quantile(adjust(survey_design(D.weights * f[D.first.unit])).weights, 0.5) for f in factors.T]
    found = estimate_quantile(adjust(design), Y, replicates=replicates)
    assert found.value[0] == _naive_quantile(adjust(design).weights, 0.5)
    assert found.se[0] == pytest.approx(np.std(each, ddof=1))
    assert found.high[0] - found.value[0] == pytest.approx(found.value[0] - found.low[0])


def test_the_jackknife_is_refused_for_quantiles() -> None:
    with pytest.raises(EstimationError, match="the jackknife is wrong for quantiles; use the bootstrap"):
        estimate_quantile(D, Y, replicates=jackknife(D))


@pytest.mark.skipif(not FOLDER, reason="LIANHENG_TESTDATA names no folder")
def test_schools_as_in_r() -> None:
    """R survey: calibrate(as.svrepdesign(dclus1, type="JK1"), ~stype+api99, …); svyquantile on given replicates."""
    folder = Path(FOLDER or "") / "stats/api"

    def read(name: str) -> dict[str, list[str]]:
        with (folder / name).open(encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        return {column: [row[column] for row in rows] for column in rows[0]}

    def numbers(column: list[str]) -> Any:
        return np.array(column, dtype=float)

    schools = read("apiclus1.csv")
    design = survey_design(numbers(schools["pw"]), psu=schools["dnum"], fpc=numbers(schools["fpc"]))
    known: dict[str, Any] = {
        "margins": {"stype": schools["stype"]},
        "totals": {"stype": {"E": 4421, "H": 755, "M": 1018}},
        "columns": {"api99": numbers(schools["api99"])},
        "column_totals": {"api99": 3914069},
    }
    for distance, bounds, se in (("linear", None, 3.9428544837676145), ("logit", (0.3, 3.0), 3.8908333907820718)):
        settings = {**known, "distance": distance, "bounds": bounds}
        again = recalibrate(jackknife(design), design, **settings)
        found = estimate_mean(calibrate(design, **settings), numbers(schools["api00"]), replicates=again)
        assert found.se[0] == pytest.approx(se, rel=1e-8)
    strata = read("apistrat.csv")
    design = survey_design(numbers(strata["pw"]), strata=strata["stype"], fpc=numbers(strata["fpc"]))
    table = np.loadtxt(folder / "repweights_subboot_dstrat.csv", delimiter=",", skiprows=1)
    found_quantile = estimate_quantile(design, numbers(strata["api00"]), replicates=given_replicates(table))
    shown = [float(part[0]) for part in (found_quantile.value, found_quantile.se, found_quantile.low)]
    assert shown == pytest.approx([668, 12.772645669043486, 642.811333270197565], rel=1e-9)


def test_a_lost_replicate_does_not_shrink_the_error() -> None:
    """Every second of 2,000 replicates never arrives: the error is that of the other thousand."""
    values = np.random.default_rng(1).normal(10, 2, (2000, 1))
    whole = Replicates("bootstrap", np.ones((1, 2000)), 1 / 1999, np.ones(2000))
    half = np.where(np.arange(2000)[:, None] % 2, values, np.nan)
    for given, kept in ((values, values), (half, values[1::2])):
        found = spread_of(whole, given, np.array([10.0]))
        assert float(found[0, 0]) == pytest.approx(float(kept.var(ddof=1)), rel=1e-3)
