"""Every figure here was printed by R survey 4.1.1 on small_survey.csv; the R call stands beside it.

d <- svydesign(id=~psu, strata=~stratum, weights=~weight, fpc=~fpc, data=x, nest=TRUE)
"""

from __future__ import annotations

import numpy as np
import pytest

from lianheng.engine.estimation import (
    calibrate,
    estimate_mean,
    estimate_proportion,
    estimate_quantile,
    estimate_ratio,
    estimate_total,
    jackknife,
    post_stratify,
    rake,
    survey_design,
    trim_weights,
)

from .reading import small

S, D = small()
SEX, AGE = {"女": 1700, "男": 1800}, {"18-34": 1200, "35-59": 1300, "60+": 1000}


def near(found, *expected, rel=1e-11):  # type: ignore[no-untyped-def]
    assert np.ravel(found).tolist() == pytest.approx(expected, rel=rel)


def test_mean_with_both_design_effects() -> None:
    """svymean(~score, d, na.rm=TRUE, deff=TRUE); the same with deff="replace"."""
    mean = estimate_mean(D, S["score"], deff="without_replacement")
    near([mean.value, mean.se, mean.deff], 72.882141994656, 1.069436002494, 1.216111818602)
    assert mean.deff_reference == "without_replacement"
    assert mean.n[0] + mean.n_missing[0] == D.n == 74
    near(estimate_mean(D, S["score"], deff="with_replacement").deff, 1.189759089838)


def test_total() -> None:
    """svytotal(~hours, d, deff=TRUE)."""
    total = estimate_total(D, S["hours"], deff="without_replacement")
    near([total.value, total.se, total.deff], 19478.11944, 1995.027991478986, 2.576917384423)


def test_means_by_domain() -> None:
    """svyby(~score, ~age, d, svymean, na.rm=TRUE, deff=TRUE)."""
    by = estimate_mean(D, S["score"], by=S["age"], deff="without_replacement")
    assert by.labels == ("18-34", "35-59", "60+")
    near(by.value, 70.7994818993983, 73.5120408948642, 74.1161357037839)
    near(by.se, 1.5432873121137, 1.8402041257318, 1.3226992556219)
    near(by.deff, 0.8495248430588, 1.5511773162390, 0.4663729318671)


def test_proportion_and_its_intervals() -> None:
    """svymean(~sat, d, na.rm=TRUE); svyciprop(~sat, ds, method="mean", "xlogit", "beta")."""
    share = estimate_proportion(D, S["answer"], levels=["满意"])
    near([share.value, share.se], 0.39872932326236, 0.05807833696422)
    near(share.interval(), 0.2673469972953, 0.5301116492294)
    near(share.interval(method="logit"), 0.2771239794098, 0.5342582200798)
    near(share.interval(method="beta"), 0.2694105967643, 0.5392895264421)


def test_wilson_solves_its_equation() -> None:
    """Its bounds are the p₀ with |p − p₀| = t × the error that p₀ would have."""
    share = estimate_proportion(D, S["answer"], levels=["满意"])
    p, se = float(share.value[0]), float(share.se[0])
    from scipy import stats

    t = stats.t.ppf(0.975, share.df[0])
    for bound in share.interval(method="wilson")[0]:
        assert abs(p - bound) == pytest.approx(t * se * np.sqrt(bound * (1 - bound) / (p * (1 - p))), rel=1e-12)


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [(400, 1000, 0.37002433232207, 0.43074363517050), (2, 20, 0.025013439010237, 0.324879092238016)],
)
def test_wilson_of_a_simple_sample_is_prop_test(hits: int, n: int, low: float, high: float) -> None:
    """R 4.2.2: prop.test(p (n − 1), n − 1, correct=FALSE, conf.level=2 * pnorm(qt(.975, n − 1)) − 1).

    prop.test takes the normal quantile and p (1 − p) ÷ n; a survey's error has n − 1 and t. Asked as it stands,
    prop.test(400, 1000, correct=FALSE) says 0.37007478 to 0.43069057, which differs in the fifth place.
    """
    share = estimate_proportion(survey_design(n=n), ["yes"] * hits + ["no"] * (n - hits), levels=["yes"])
    near(share.interval(method="wilson"), low, high)


def test_ratio() -> None:
    """svyratio(~score, ~hours, subset(d, !is.na(score)), deff=TRUE); the same with deff="replace"."""
    ratio = estimate_ratio(D, S["score"], S["hours"], deff="without_replacement")
    near([ratio.value, ratio.se, ratio.deff], 12.919577128486, 0.965329325534, 1.221290377154)
    near(estimate_ratio(D, S["score"], S["hours"], deff="with_replacement").deff, 1.194825430791)


@pytest.mark.parametrize(
    ("p", "value", "low", "high", "se"),
    [(0.25, 3.41, 2.27, 4.29, 0.446476494476), (0.5, 5.24, 4.07, 6.71, 0.583513834365), (0.9, 9.71, 8.59, None, None)],
)
def test_quantiles(p: float, value: float, low: float, high: float | None, se: float | None) -> None:
    """svyquantile(~hours, d, c(.25, .5, .9), ci=TRUE)."""
    found = estimate_quantile(D, S["hours"], p)
    near([found.value, found.low], value, low)
    if high is None:
        assert np.isnan(found.high[0]) and np.isnan(found.se[0])
    else:
        near([found.high, found.se], high, se)


def test_raking_by_both_conventions() -> None:
    """svymean(~hours, rake(d, list(~sex, ~age), ..., epsilon=1e-11)); calibrate(calfun="raking", epsilon=1e-13)."""
    margins, totals = {"sex": S["sex"], "age": S["age"]}, {"sex": SEX, "age": AGE}
    alternating = estimate_mean(rake(D, margins, totals, convention="rake"), S["hours"])
    near([alternating.value, alternating.se], 5.5423067874812, 0.4353658218436, rel=1e-9)
    raked = rake(D, margins, totals)
    mean = estimate_mean(raked, S["hours"], deff="without_replacement")
    near([mean.value, mean.se, mean.deff], 5.5423067874812, 0.4256797728608, 1.37126864906, rel=1e-9)
    near(raked.weights[:3], 22.31507972326, 25.31208308900, 26.61073757865, rel=1e-9)
    by = estimate_mean(raked, S["hours"], by=S["stratum"])
    near(by.value, 4.8719744182933, 5.1634430052926, 5.8184594099505, rel=1e-9)
    near(by.se, 0.4678861765024, 0.5647238945330, 0.6137317976114, rel=1e-9)


def test_calibrating_by_the_raking_distance_is_raking() -> None:
    margins, totals = {"sex": S["sex"], "age": S["age"]}, {"sex": SEX, "age": AGE}
    other = calibrate(D, margins=margins, totals=totals, distance="raking", tolerance=1e-13)
    assert other.weights == pytest.approx(rake(D, margins, totals).weights, rel=1e-8)


def test_post_stratification() -> None:
    """svytotal(~hours, postStratify(d, ~age, P2))."""
    total = estimate_total(post_stratify(D, S["age"], AGE), S["hours"])
    near([total.value, total.se], 19398.315363993, 1397.100672383)


@pytest.mark.parametrize(
    ("distance", "value", "se"),
    [("linear", 72.9602205694782, 0.9754086424411), ("logit", 72.9626690024218, 0.9746833639395)],
)
def test_calibration_with_bounds(distance: str, value: float, se: float) -> None:
    """calibrate(d, ~sex+hours, c(3500, 1800, 20000), bounds=c(.8, 1.25)), linear and calfun="logit"."""
    adjusted = calibrate(
        D, margins={"sex": S["sex"]}, totals={"sex": SEX}, columns={"hours": S["hours"]},
        column_totals={"hours": 20000}, distance=distance, bounds=(0.8, 1.25), tolerance=1e-13,
    )  # fmt: skip
    mean = estimate_mean(adjusted, S["score"])
    near([mean.value, mean.se], value, se, rel=1e-9)
    factors = adjusted.weights / D.weights
    assert factors.min() > 0.8 and factors.max() < 1.25
    if distance == "linear":
        near([factors.min(), factors.max()], 0.8939820452601, 1.1863486799435, rel=1e-9)


def test_trimming() -> None:
    """trimWeights(d, upper=70, strict=TRUE)."""
    trimmed = trim_weights(D, high=70)
    mean = estimate_mean(trimmed, S["hours"])
    near([*mean.value, *mean.se, trimmed.weights.max()], 5.6058325425573, 0.3754066453356, 70, rel=1e-9)
    assert trimmed.weights.sum() == pytest.approx(D.weights.sum())


def test_jackknife() -> None:
    """as.svrepdesign(d, type="JKn"): svymean(~hours), svyratio(~hours, ~weight); JK1 with one id for each unit."""
    replicates = jackknife(D)
    assert replicates.kind == "JKn"
    near(estimate_mean(D, S["hours"], replicates=replicates).se, 0.445414649755628)
    near(estimate_ratio(D, S["hours"], S["weight"], replicates=replicates).se, 0.007544944321304)
    plain = survey_design(S["weight"], psu=10 * S["stratum"] + S["psu"])
    assert jackknife(plain).kind == "JK1"
    near(estimate_mean(plain, S["hours"], replicates=jackknife(plain)).se, 0.4804812895545)


@pytest.mark.parametrize(
    ("choice", "se"), [("certainty", 0.4907385512112), ("adjust", 0.4949511111928), ("average", 0.60102952379)]
)
def test_a_lonely_stratum_by_named_choice(choice: str, se: float) -> None:
    """options(survey.lonely.psu=...): stratum 2 has its first unit only."""
    some = ~((S["stratum"] == 2) & (S["psu"] > 1))
    w, h, p, y = (S[name][some] for name in ("weight", "stratum", "psu", "hours"))
    near(estimate_mean(survey_design(w, strata=h, psu=p, lonely=choice), y).se, se)


def test_two_stages() -> None:
    """svydesign(id=~psu+person, strata=~stratum, fpc=~fpc+fpc2, weights=~weight), fpc2 = 25 persons in each unit."""
    two = survey_design(
        S["weight"], strata=S["stratum"], psu=S["psu"], ssu=S["person"], fpc=S["fpc"], fpc2=np.full(D.n, 25)
    )
    near([estimate_mean(two, S["hours"]).se, estimate_total(two, S["hours"]).se], 0.4586528878869, 2038.5626815557373)


def test_a_contrast_of_domains() -> None:
    """svycontrast(svyby(~hours, ~stratum, d, svymean, covmat=TRUE), c(-1, 0, 1))."""
    means = estimate_mean(D, S["hours"], by=S["stratum"])
    near(means.contrast([-1, 0, 1]), 1.0995803028691, 0.7836438679121)
