"""Brute force, exact enumeration, another program (svy), and properties that must hold for every survey."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lianheng.engine.estimation import (
    EstimationError,
    allocate,
    bootstrap,
    calibrate,
    combine_frames,
    compare_waves,
    estimate_mean,
    estimate_proportion,
    estimate_quantile,
    estimate_ratio,
    estimate_total,
    fay_herriot,
    given_replicates,
    jackknife,
    margin_of_error,
    post_stratify,
    rake,
    rerake,
    sample_size_proportion,
    survey_design,
    trim_weights,
)

from .reading import small

S, D = small()
SEX, AGE = {"女": 1700, "男": 1800}, {"18-34": 1200, "35-59": 1300, "60+": 1000}
MARGINS, TOTALS = {"sex": S["sex"], "age": S["age"]}, {"sex": SEX, "age": AGE}


def test_the_variance_estimate_is_unbiased_over_all_samples() -> None:
    """All 60 samples of 2 of 4 and 2 of 5 without replacement: the mean of v̂ is the variance of the total."""
    one, two = [3.0, 5.0, 4.0, 9.0], [10.0, 2.0, 7.0, 7.0, 1.0]
    totals, variances = [], []
    for a in itertools.combinations(one, 2):
        for b in itertools.combinations(two, 2):
            d = survey_design(strata=[1, 1, 2, 2], fpc=[4, 4, 5, 5])
            total = estimate_total(d, [*a, *b])
            totals.append(total.value[0])
            variances.append(total.se[0] ** 2)
    assert np.mean(totals) == pytest.approx(sum(one) + sum(two))
    assert np.mean(variances) == pytest.approx(np.var(totals))


def test_the_two_stage_variance_is_unbiased_over_all_samples() -> None:
    clusters = [[1.0, 4.0, 2.0], [8.0, 3.0, 5.0], [2.0, 2.0, 9.0]]
    totals, variances = [], []
    for pair in itertools.combinations(clusters, 2):
        for a in itertools.combinations(pair[0], 2):
            for b in itertools.combinations(pair[1], 2):
                d = survey_design(psu=[1, 1, 2, 2], ssu=[1, 2, 1, 2], fpc=[3] * 4, fpc2=[3] * 4)
                total = estimate_total(d, [*a, *b])
                totals.append(total.value[0])
                variances.append(total.se[0] ** 2)
    assert np.mean(totals) == pytest.approx(sum(map(sum, clusters)))
    assert np.mean(variances) == pytest.approx(np.var(totals))


def test_svy_gives_the_same() -> None:
    """An independent program, on the committed survey."""
    svy = pytest.importorskip("svy")
    import polars as pl

    frame = pl.DataFrame({name: S[name] for name in ("stratum", "psu", "weight", "hours", "sex", "age")})
    frame = frame.with_columns(unit=pl.col("stratum") * 10 + pl.col("psu"))
    sample = svy.Sample(data=frame, design=svy.Design(stratum="stratum", psu="unit", wgt="weight"))
    theirs = sample.estimation.mean("hours").estimates[0]
    plain = survey_design(S["weight"], strata=S["stratum"], psu=S["psu"])
    ours = estimate_mean(plain, S["hours"])
    assert [ours.value[0], ours.se[0]] == pytest.approx([theirs.est, theirs.se], rel=1e-12)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.floats(0.1, 50), st.floats(-20, 20))
def test_scaling_weights_and_answers(seed: int, factor: float, shift: float) -> None:
    chance = np.random.Generator(np.random.PCG64(seed))
    h, p = chance.integers(0, 3, 60), chance.integers(0, 4, 60)
    w, y = chance.random(60) + 0.5, chance.normal(size=60)
    d = survey_design(w, strata=h, psu=p, lonely="adjust")
    mean = estimate_mean(d, y)
    other = estimate_mean(survey_design(factor * w, strata=h, psu=p, lonely="adjust"), 2 * y + shift)
    assert other.value[0] == pytest.approx(2 * mean.value[0] + shift)
    assert other.se[0] == pytest.approx(2 * mean.se[0])
    order = chance.permutation(60)
    again = estimate_mean(survey_design(w[order], strata=h[order], psu=p[order], lonely="adjust"), y[order])
    assert [again.value[0], again.se[0]] == pytest.approx([mean.value[0], mean.se[0]])


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6))
def test_adjusted_weights_reproduce_their_totals_without_error(seed: int) -> None:
    chance = np.random.Generator(np.random.PCG64(seed))
    sex, age = chance.permuted(np.arange(80) % 2), chance.permuted(np.arange(80) % 3)
    d = survey_design(chance.random(80) + 0.5)
    totals = {"sex": {0: 450.0, 1: 550.0}, "age": {0: 300.0, 1: 300.0, 2: 400.0}}
    for adjusted in (
        rake(d, {"sex": sex, "age": age}, totals),
        rake(d, {"sex": sex, "age": age}, totals, convention="rake"),
        calibrate(d, margins={"sex": sex, "age": age}, totals=totals),
        calibrate(d, margins={"sex": sex, "age": age}, totals=totals, distance="logit", bounds=(0.01, 60)),
    ):
        found = estimate_total(adjusted, np.ones(80), by=age)
        assert found.value == pytest.approx([300, 300, 400], rel=1e-8)
        if adjusted.adjustments[0].convention == "regression":
            assert found.se == pytest.approx([0, 0, 0], abs=1e-5)
    assert post_stratify(d, sex, totals["sex"]).weights.sum() == pytest.approx(1000)


def test_many_columns_equal_the_same_one_by_one() -> None:
    together = estimate_mean(D, np.stack([S["score"], S["hours"]], axis=1), by=S["sex"], deff="without_replacement")
    assert together.labels == ((0, "女"), (0, "男"), (1, "女"), (1, "男"))
    one = estimate_mean(D, S["hours"], by=S["sex"], deff="without_replacement")
    assert together.value[2:] == pytest.approx(one.value)
    assert together.covariance[2:, 2:] == pytest.approx(one.covariance)
    assert together.deff is not None and together.deff[2:] == pytest.approx(one.deff)


def test_raked_replicates_equal_raking_each_by_itself() -> None:
    replicates = bootstrap(D, 20, seed=5)
    again = rerake(replicates, D, MARGINS, TOTALS)
    raked = rake(D, MARGINS, TOTALS)
    assert replicates.factors is not None
    columns = []
    for factor in replicates.factors.T:
        w = D.weights * factor[D.first.unit]
        cut = w > 0
        one = rake(survey_design(w[cut]), {k: v[cut] for k, v in MARGINS.items()}, TOTALS)
        columns.append(np.zeros(D.n))
        columns[-1][cut] = one.weights
    by_hand = given_replicates(np.stack(columns, axis=1))
    for y, by in ((S["hours"], None), (S["score"], S["sex"])):
        ours = estimate_mean(raked, y, by=by, replicates=again)
        assert ours.se == pytest.approx(estimate_mean(raked, y, by=by, replicates=by_hand).se, rel=1e-7)
    assert again.kind == "bootstrap, raked"


def test_the_bootstrap_is_the_same_for_ever() -> None:
    """PCG64's raw bits do not change between versions of numpy; these replicates must not either."""
    factors = bootstrap(D, 3, seed=2026).factors
    assert factors is not None
    assert np.round(factors.T, 4).tolist() == BOOT
    assert estimate_mean(D, S["hours"], replicates=bootstrap(D, 2000, seed=1)).se[0] == pytest.approx(
        estimate_mean(survey_design(S["weight"], strata=S["stratum"], psu=S["psu"]), S["hours"]).se[0], rel=0.08
    )


BOOT = [
    [1.3333, 1.3333, 1.3333, 0.0, 1.5, 0.0, 1.5, 0.0, 2.5, 1.25, 0.0, 1.25],
    [0.0, 2.6667, 0.0, 1.3333, 0.0, 1.5, 1.5, 0.0, 1.25, 2.5, 1.25, 0.0],
    [1.3333, 0.0, 1.3333, 1.3333, 0.0, 1.5, 1.5, 2.5, 1.25, 1.25, 0.0, 0.0],
]


def test_given_replicates_equal_factors() -> None:
    replicates = jackknife(D)
    assert replicates.factors is not None
    outside = given_replicates(
        D.weights[:, None] * replicates.factors[D.first.unit], scale=1.0, rscales=replicates.rscales
    )
    for estimate in (estimate_mean, estimate_total):
        inside = estimate(D, S["hours"], by=S["sex"], replicates=replicates)
        assert inside.se == pytest.approx(estimate(D, S["hours"], by=S["sex"], replicates=outside).se)


def test_frames_are_put_together() -> None:
    """Hartley's estimator by hand: A only + half of both from A + half of both from B + B only, variances added."""
    chance = np.random.Generator(np.random.PCG64(3))
    a, b = survey_design(np.full(50, 20.0)), survey_design(np.full(80, 10.0))
    ya, yb = chance.normal(5, 1, 50), chance.normal(5, 1, 80)
    both_a, both_b = chance.random(50) < 0.5, chance.random(80) < 0.6
    share_a, share_b = np.where(both_a, 0.5, 1), np.where(both_b, 0.5, 1)
    total = estimate_total(combine_frames([a, b], [share_a, share_b]), np.concatenate([ya, yb]))
    by_hand = [estimate_total(d, y * s) for d, y, s in ((a, ya, share_a), (b, yb, share_b))]
    assert total.value[0] == pytest.approx(sum(t.value[0] for t in by_hand))
    assert total.se[0] == pytest.approx(math.hypot(*(t.se[0] for t in by_hand)))


def test_waves_in_one_design_share_their_units() -> None:
    """A common shift of each unit cancels in the difference of two waves of the same units."""
    chance = np.random.Generator(np.random.PCG64(4))
    unit, wave = np.repeat(np.arange(30), 20), np.tile([1, 2], 300)
    y = chance.normal(0, 3, 30)[unit] + 0.5 * (wave == 2) + chance.normal(0, 0.5, 600)
    means = estimate_mean(survey_design(psu=unit, n=600), y, by=wave)
    change, se = means.contrast([-1, 1])
    assert change == pytest.approx(0.5, abs=0.15)
    assert se < 0.1 < math.hypot(*means.se)
    apart = [estimate_mean(survey_design(psu=unit[wave == k]), y[wave == k]) for k in (1, 2)]
    [wide] = compare_waves(*apart)
    assert wide.se == pytest.approx(math.hypot(*(e.se[0] for e in apart)))
    assert not wide.clear


@pytest.mark.parametrize("method", ["reml", "ml", "fh"])
def test_small_areas_find_the_variance_that_was_put_in(method: str) -> None:
    """2,000 areas with variance 1 between them; mean square errors as large as the real ones."""
    chance = np.random.Generator(np.random.PCG64(5))
    d = chance.uniform(0.2, 2, 2000)
    x = np.stack([np.ones(2000), chance.normal(size=2000)], axis=1)
    truth = x @ [1.0, 2.0] + chance.normal(size=2000)
    areas = fay_herriot(truth + chance.normal(0, np.sqrt(d)), d, x, method=method)
    assert areas.between_variance == pytest.approx(1, abs=0.1)
    assert np.mean((areas.value - truth) ** 2) == pytest.approx(areas.mse.mean(), rel=0.06)
    assert areas.mse.mean() < 0.75 * d.mean()


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(["reml", "ml"]))
def test_small_areas_find_the_highest_of_several_maxima(seed: int, method: str) -> None:
    """Brute force over a fine grid of the variance; very unequal sampling variances make several maxima."""
    chance = np.random.Generator(np.random.PCG64(seed))
    m = int(chance.integers(4, 30))
    d, x = chance.uniform(0.05, 3, m) ** 2, np.stack([np.ones(m), chance.normal(size=m)], axis=1)
    y = x.sum(axis=1) + chance.normal(0, 0.3, m) + chance.normal(0, np.sqrt(d))

    def criterion(a: float) -> float:
        v = a + d
        gram = (x.T / v) @ x
        e = y - x @ np.linalg.solve(gram, (x.T / v) @ y)
        return float(np.log(v).sum() + (np.linalg.slogdet(gram)[1] if method == "reml" else 0) + (e**2 / v).sum())

    found = fay_herriot(y, d, x, method=method).between_variance
    assert criterion(found) <= min(map(criterion, [0.0, *np.geomspace(1e-6, 1e3, 500)])) + 1e-6


def test_small_areas_without_sample_and_without_variance_between() -> None:
    areas = fay_herriot([1.0, 2.0, np.nan, 4.0], [0.5, 0.5, np.nan, 0.5], [[1.0]] * 4)
    assert areas.value[2] == areas.synthetic[2] and areas.mse[2] > areas.mse[0]
    flat = fay_herriot([1.0, 1.01, 0.99, 1.0], [0.5] * 4, [[1.0]] * 4)
    assert flat.between_variance == 0 and flat.value == pytest.approx([1.0] * 4)


@pytest.mark.seed("S75")
def test_seed_78_percent_of_400_is_shown_with_its_error(tmp_path, capsys) -> None:  # type: ignore[no-untyped-def]
    """n = 400, 78 % satisfied: shown as 78 % ± 4.1 points (95 %), through the command."""
    from lianheng.cli.main import main

    path = tmp_path / "answers.csv"
    path.write_text("answer\n" + "满意\n" * 312 + "不满意\n" * 88)
    assert main(["survey", "proportion", str(path), "--y", "answer", "--level-of", "满意"]) == 0
    shown = capsys.readouterr().out
    assert "满意: 78.0 % ± 4.1 points (95 %), n = 400" in shown
    assert round(100 * margin_of_error(400, p=0.78), 1) == 4.1


@pytest.mark.parametrize("e, n", [(0.05, 385), (0.03, 1068)])
def test_sample_sizes_of_the_survey_rules(e: float, n: int) -> None:
    """1.96² × p(1 − p) ÷ e²: 385 for 5 points, 1,068 for 3 points; the margin of that n is no wider."""
    assert sample_size_proportion(e) == n
    assert margin_of_error(n) <= e < margin_of_error(n - 1)
    assert sample_size_proportion(e, population=n + 5) < n
    assert sample_size_proportion(e, response=0.2) >= 5 * n - 5


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(2, 5000), min_size=1, max_size=8),
    st.floats(0, 1),
    st.sampled_from(["proportional", "equal", "neyman", "cost", "power"]),
)
def test_allocations_add_up_and_keep_to_their_bounds(sizes: list[int], share: float, method: str) -> None:
    strata = {f"s{k}": size for k, size in enumerate(sizes)}
    total = 2 * len(sizes) + int(share * (sum(sizes) - 2 * len(sizes)))
    ones = {name: 1.0 + k for k, name in enumerate(strata)}
    found = allocate(total, strata, method=method, sds=ones, costs=ones)
    assert sum(found.values()) == total
    assert all(2 <= found[name] <= size for name, size in strata.items())


def test_neyman_is_best_of_all_allocations() -> None:
    """Brute force over all ways to share 30 out over three strata."""
    sizes, sds = {"a": 100, "b": 50, "c": 400}, {"a": 5.0, "b": 9.0, "c": 2.0}

    def variance(n: dict[str, int]) -> float:
        return sum(sizes[k] ** 2 * sds[k] ** 2 / n[k] for k in sizes)

    best = min(
        variance({"a": a, "b": b, "c": 30 - a - b}) for a in range(2, 27) for b in range(2, 27) if 30 - a - b >= 2
    )
    found = allocate(30, sizes, method="neyman", sds=sds)
    assert variance(found) <= best * 1.002


def test_empty_domains_and_missing_answers() -> None:
    y = np.where(S["age"] == "60+", np.nan, S["hours"])
    by = estimate_mean(D, y, by=S["age"])
    assert np.isnan(by.value[2]) and np.isnan(by.se[2]) and by.n[2] == 0 and by.n_missing[2] > 0
    assert np.isfinite(by.se[:2]).all()
    assert np.isnan(estimate_quantile(D, y, by=S["age"]).value[2])
    with pytest.raises(EstimationError, match="there is no answer at all"):
        estimate_proportion(survey_design(n=2), ["", ""])


def test_a_share_of_all_has_an_interval() -> None:
    """40 of 40: Clopper and Pearson's lower bound is 0.025^(1/40); Wilson's is n ÷ (n + t²)."""
    share = estimate_proportion(survey_design(n=40), ["yes"] * 40)
    low, high = share.interval(method="beta")[0]
    assert (low, high) == (pytest.approx(0.025 ** (1 / 40)), 1.0)
    from scipy import stats

    assert share.interval(method="wilson")[0] == pytest.approx([40 / (40 + stats.t.ppf(0.975, 39) ** 2), 1])
    assert np.isnan(share.interval(method="logit")).any()
    none = estimate_proportion(survey_design(n=40), ["yes"] * 40, levels=["no"])
    assert none.interval(method="beta")[0] == pytest.approx([0, 1 - 0.025 ** (1 / 40)])


def test_one_respondent_has_no_error() -> None:
    with pytest.raises(EstimationError, match="has only one primary unit: its variance is unknown"):
        estimate_mean(survey_design(n=1), [3.0])


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda: survey_design(), "there are no rows"),
        (lambda: survey_design([1, -1]), r"weights: row 1 \(from 0\) is below 0"),
        (lambda: survey_design([1, np.nan]), r"weights: row 1 \(from 0\) holds nan"),
        (lambda: survey_design([0, 0]), "weights: all are 0"),
        (lambda: survey_design([1, 2], psu=[1]), "psu: expected a column of 2 labels"),
        (lambda: survey_design([1, 2], fpc=[1.5, 1.5]), "has a population of 1.5, but 2 are in the sample"),
        (lambda: survey_design([1, 2], fpc=[5, 6]), r"fpc: row 0 \(from 0\) differs from others"),
        (lambda: survey_design([1], lonely="guess"), "lonely='guess' is not known; choose one of fail"),
        (lambda: estimate_mean(D, [1, 2]), "y: expected a column of 74 values"),
        (lambda: estimate_mean(D, S["sex"]), "y: not all values are numbers"),
        (
            lambda: estimate_mean(D, S["hours"], deff="yes"),
            "deff='yes' is not known; choose one of without_replacement",
        ),
        (lambda: estimate_mean(D, S["hours"]).interval(method="wilson"), "is for proportions"),
        (lambda: estimate_mean(D, S["hours"]).interval(level=95), "the level is above 0 and below 1"),
        (lambda: rake(D, MARGINS, {"sex": SEX}), "the margin 'age' has labels but no totals"),
        (
            lambda: rake(D, MARGINS, {"sex": SEX, "age": {**AGE, "60+": 5}}),
            "'age' adds up to 2505, the first margin to 3500",
        ),
        (lambda: rake(D, {"sex": S["sex"]}, {"sex": {"女": 1}}), "there is no total for '男'"),
        (lambda: rake(D, {"sex": S["sex"]}, {"sex": {**SEX, "x": 1}}), "nobody in the sample is 'x'; merge it"),
        (lambda: rake(D, MARGINS, TOTALS, convention="mine"), "choose calibrate or rake"),
        (
            lambda: rake(survey_design(n=2), {"a": [0, 1], "b": [0, 1]}, {"a": {0: 1, 1: 2}, "b": {0: 2, 1: 1}}),
            "raking did not come within",
        ),
        (
            lambda: calibrate(D, columns={"h": S["hours"]}, column_totals={"h": 10**6}, bounds=(0.5, 2)),
            "did not reach the totals within bounds 0.5 to 2",
        ),
        (lambda: calibrate(D), "there is nothing to calibrate to"),
        (lambda: calibrate(D, distance="logit"), "logit needs both to be finite"),
        (lambda: trim_weights(D, high=1), "leave out the mean weight"),
        (lambda: bootstrap(D, 1, 0), "needs 2 draws or more"),
        (lambda: given_replicates([[1.0]]), "two columns or more"),
        (lambda: combine_frames([D], [np.ones(D.n)]), "two frames or more"),
        (lambda: fay_herriot([1.0, 2.0], [1, 0], [[1.0], [1.0]]), r"variance: area 1 \(from 0\) has none above 0"),
        (lambda: fay_herriot([1.0], [1], [[1.0]]), "too few for 1 variables"),
        (lambda: fay_herriot([1.0, 2.0, 3.0], [1, 1, 1], [[1, 1]] * 3), "the columns repeat each other"),
        (lambda: sample_size_proportion(0), "margin, deff and population are above 0"),
        (lambda: allocate(1, {"a": 5, "b": 5}), "1 cannot be shared out: 4 are needed at least"),
        (lambda: estimate_ratio(D, S["hours"], [1]), "denominator: expected a column of 74 values"),
        (
            lambda: estimate_mean(D, S["hours"], by=np.where(S["sex"] == "女", "", "m")),
            r"by: row 1 \(from 0\) has no label",
        ),
        (lambda: survey_design(strata=np.array(["a", None], object)), "strata: a row has no label"),
        (lambda: survey_design(strata=np.array(["a", 1], object)), "strata: the labels are of several kinds"),
        (lambda: jackknife(survey_design(n=1)), "has only one primary unit"),
    ],
)
def test_what_cannot_be_used_is_refused(act, message: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(EstimationError, match=message):
        act()
