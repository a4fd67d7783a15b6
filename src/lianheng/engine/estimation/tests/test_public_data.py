"""R survey's own examples, on the public data named by LIANHENG_TESTDATA. Numbers from R survey 4.1.1 unless said."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from lianheng.engine.estimation import (
    calibrate,
    estimate_mean,
    estimate_proportion,
    estimate_quantile,
    estimate_ratio,
    estimate_total,
    fay_herriot,
    given_replicates,
    irv,
    jackknife,
    longstring,
    mahalanobis,
    post_stratify,
    rake,
    survey_design,
)

from .reading import public

STYPE, WIDE = {"E": 4421, "H": 755, "M": 1018}, {"No": 1072, "Yes": 5122}


def near(found, *expected, rel=1e-10):  # type: ignore[no-untyped-def]
    assert np.ravel(found).tolist() == pytest.approx(expected, rel=rel)


def clusters():  # type: ignore[no-untyped-def]
    s = public("api/apiclus1.csv")
    return s, survey_design(s["pw"], psu=s["dnum"], fpc=s["fpc"])


def test_one_stage_cluster_sample() -> None:
    """help(svydesign), help(surveysummary): mean 644.17, SE 23.542; total 3404940, SE 932235, DEff 31.311."""
    s, d = clusters()
    mean = estimate_mean(d, s["api00"], deff="without_replacement")
    near([mean.value, mean.se, mean.deff], 644.169398907, 23.5422406938, 9.34586945059)
    total = estimate_total(d, s["enroll"], deff="without_replacement")
    near([total.value, total.se, total.deff], 3404940.13453, 932235.027041, 31.3106560943)
    by = estimate_mean(d, s["api00"], by=s["stype"], deff="without_replacement")
    near(by.se, 22.3624088938, 38.0202493594, 31.6094652272)
    near(by.deff, 6.58367352503, 2.22825931687, 2.16389972008)


def test_stratified_sample() -> None:
    """help(surveysummary): mean 662.29, SE 9.4089, DEff 1.2045; ratio 0.8369569, SE 0.007757103."""
    s = public("api/apistrat.csv")
    d = survey_design(s["pw"], strata=s["stype"], fpc=s["fpc"])
    mean = estimate_mean(d, s["api00"], deff="without_replacement")
    near([mean.value, mean.se, mean.deff], 662.287363159, 9.40894080278, 1.20445726854)
    near(estimate_mean(d, s["api00"], deff="with_replacement").deff, 1.16556617145)
    ratio = estimate_ratio(d, s["api.stu"], s["enroll"])
    near([ratio.value, ratio.se], 0.836956886941, 0.00775710316664)
    near(estimate_ratio(d, s["api.stu"], s["enroll"], replicates=jackknife(d)).se, 0.00777250903999)


def test_two_stage_samples() -> None:
    """help(svydesign): api two-stage; mu284: svytotal(~y1) 15080, SE 2274.3."""
    s = public("api/apiclus2.csv")
    d = survey_design(psu=s["dnum"], ssu=s["snum"], fpc=s["fpc1"], fpc2=s["fpc2"])
    mean = estimate_mean(d, s["api00"], deff="without_replacement")
    near([mean.value, mean.se, mean.deff], 670.811808118, 30.0990273768, 6.25051375571)
    m = public("mu284/mu284.csv")
    d = survey_design(psu=m["id1"], ssu=m["id2"], fpc=m["n1"], fpc2=m["n2"])
    total, mean = estimate_total(d, m["y1"]), estimate_mean(d, m["y1"])
    near([total.value, total.se, mean.value, mean.se], 15080, 2274.25470087, 44.3529411765, 2.27365272782)


def test_intervals_and_quantile() -> None:
    s, d = clusters()
    share = estimate_proportion(d, s["sch.wide"], levels=["Yes"])
    near(share.interval(), 0.830650204123, 0.917983675658)
    near(share.interval(method="logit"), 0.823798892383, 0.911900077024)
    near(share.interval(method="beta"), 0.823702210848, 0.914704492127)
    quantile = estimate_quantile(d, s["api00"], 0.25)
    near([quantile.value, quantile.low, quantile.high, quantile.se], 552, 492, 627, 31.4716612054)


def test_calibration() -> None:
    """rake(epsilon=1e-10), postStratify, calibrate(~stype+api99), and with calfun="logit", bounds .5 to 1.6."""
    s, d = clusters()
    margins, totals = {"stype": s["stype"], "sch.wide": s["sch.wide"]}, {"stype": STYPE, "sch.wide": WIDE}
    for convention in ("rake", "calibrate"):
        mean = estimate_mean(rake(d, margins, totals, convention=convention), s["api00"])
        near([mean.value, mean.se], 641.230320927, 23.7036168879, rel=1e-9)
    total = estimate_total(post_stratify(d, s["stype"], STYPE), s["enroll"], deff="without_replacement")
    near([total.value, total.se, total.deff], 3680892.94512, 406292.636295, 4.40394460716)
    for distance, bounds, value, se in (
        ("linear", None, 665.309071166, 3.4417531164),
        ("logit", (0.5, 1.6), 665.380985884, 3.41669918623),
    ):
        adjusted = calibrate(
            d, margins={"stype": s["stype"]}, totals={"stype": STYPE}, columns={"api99": s["api99"]},
            column_totals={"api99": 3914069}, distance=distance, bounds=bounds,
        )  # fmt: skip
        mean = estimate_mean(adjusted, s["api00"])
        near([mean.value, mean.se], value, se, rel=1e-9)


@pytest.mark.parametrize(
    ("name", "mean", "total", "ratio"),
    [
        ("boot_dclus1", 20.06192871693, 887562.3094814, 0.008385789861043),
        ("subboot_dclus1", 22.33670375371, 910513.2373128, 0.008840262319189),
    ],
)
def test_replicate_weights_from_outside(name: str, mean: float, total: float, ratio: float) -> None:
    """svrepdesign(type="bootstrap", repweights=..., combined.weights=TRUE)."""
    s, d = clusters()
    table = public(f"api/repweights_{name}.csv")
    replicates = given_replicates(np.stack(list(table.values()), axis=1))
    near(estimate_mean(d, s["api00"], replicates=replicates).se, mean)
    near(estimate_total(d, s["enroll"], replicates=replicates).se, total)
    near(estimate_ratio(d, s["api.stu"], s["enroll"], replicates=replicates).se, ratio)


def test_health_survey_and_cardiac_arrests() -> None:
    """nhanes: svymean(~HI_CHOL, na.rm=TRUE), by race; scd: svyratio(~alive, ~arrests), jackknife too."""
    s = public("nhanes/nhanes.csv")
    d = survey_design(s["WTMEC2YR"], strata=s["SDMVSTRA"], psu=s["SDMVPSU"])
    mean = estimate_mean(d, s["HI_CHOL"], deff="without_replacement")
    near([mean.value, mean.se, mean.deff], 0.112142956349692, 0.005445839698955, 2.33679682739)
    by = estimate_mean(d, s["HI_CHOL"], by=s["race"])
    near(by.value, 0.101491665453972, 0.121649205355933, 0.078640060399084, 0.099678609477120)
    near(by.se, 0.006245843308750, 0.006604133623533, 0.010384645000549, 0.024666226871851)
    c = public("scd/scd.csv")
    d = survey_design(strata=c["ESA"], psu=c["ambulance"])
    ratio = estimate_ratio(d, c["alive"], c["arrests"])
    near([ratio.value, ratio.se], 0.1535063500828, 0.009807303599975)
    near(estimate_ratio(d, c["alive"], c["arrests"], replicates=jackknife(d)).se, 0.009846457203997)


def test_milk_expenditure_by_small_area() -> None:
    """You and Chapman (2006), Arora and Lahiri (1997): 43 areas. The likelihood itself is the oracle here."""
    s = public("sae/milk.csv")
    x = np.stack([(s["MajorArea"] == k) | (k == 1) for k in (1, 2, 3, 4)], axis=1).astype(float)
    areas = fay_herriot(s["yi"], s["SD"] ** 2, x)

    def restricted(a: float) -> float:
        v = a + s["SD"] ** 2
        gram = (x.T / v) @ x
        residual = s["yi"] - x @ np.linalg.solve(gram, (x.T / v) @ s["yi"])
        return float(np.log(v).sum() + np.linalg.slogdet(gram)[1] + (residual**2 / v).sum())

    from scipy.optimize import minimize_scalar

    best = minimize_scalar(restricted, bounds=(0, 1), method="bounded", options={"xatol": 1e-12})
    assert areas.between_variance == pytest.approx(best.x, rel=1e-5)
    assert (areas.mse < s["SD"] ** 2).mean() > 0.95


def test_careless_indices_on_personality_items() -> None:
    s = public("bfi/bfi.csv")
    items = np.stack([s[f"{scale}{k}"] for scale in "ACENO" for k in range(1, 6)], axis=1)
    assert longstring(items).max() == max(_longest(row) for row in items)
    row = items[~np.isnan(items).any(axis=1)][0]
    assert irv(row[None, :])[0] == pytest.approx(np.std(row, ddof=1))
    complete = items[~np.isnan(items).any(axis=1)]
    apart = complete - complete.mean(axis=0)
    direct = np.einsum("ij,jk,ik->i", apart, np.linalg.inv(np.cov(complete.T)), apart)
    assert mahalanobis(complete)[0] == pytest.approx(direct)


def _longest(row):  # type: ignore[no-untyped-def]
    best = run = 1
    for a, b in itertools.pairwise(row):
        run = run + 1 if a == b else 1
        best = max(best, run)
    return best
