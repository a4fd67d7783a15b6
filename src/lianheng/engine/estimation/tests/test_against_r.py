"""Random two-stage surveys, estimated by R survey beside us: to 1e-9. A slow proof, for machines that have R."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from lianheng.engine.estimation import (
    calibrate,
    estimate_mean,
    estimate_quantile,
    estimate_ratio,
    estimate_total,
    post_stratify,
    survey_design,
)

SCRIPT = """
suppressMessages(library(survey)); d <- read.csv(commandArgs(TRUE)[1]); d$y[is.nan(d$y)] <- NA; d$M <- 30
D <- svydesign(id=~p+i, strata=~h, weights=~w, fpc=~N+M, data=d, nest=TRUE)
o <- function(...) cat(format(c(...), digits=15), "\\n")
b <- svyby(~y, ~dom, D, svymean, na.rm=TRUE, deff=TRUE); o(b$y, b$se, b[[4]])
b <- svyby(~x, ~dom, D, svytotal, deff=TRUE); o(b$x, b$se, b[[4]])
b <- svyby(~y, ~dom, denominator=~x, subset(D, !is.na(y)), svyratio); o(b[[2]], b[[3]])
T <- sum(weights(D)); k <- calibrate(D, ~factor(sex)+factor(age)+x, c(T, T*.52, T*.3, T*.35, T*6.2),
                                     calfun="logit", bounds=c(.2, 4), epsilon=1e-12, maxit=300)
b <- svyby(~hit, ~dom, k, svymean, deff="replace"); o(b$hit, b$se, b[[4]])
k <- postStratify(D, ~sex, data.frame(sex=c(1, 2), Freq=c(T*.45, T*.55)))
b <- svyby(~x, ~dom, k, svytotal); o(b$x, b$se)
q <- svyquantile(~x, D, c(.1, .5, .8), ci=TRUE)$x; o(q[,1], q[,2], q[,3], q[,4])
"""


@pytest.mark.torture
@pytest.mark.parametrize("seed", range(5))
def test_a_random_survey(seed: int, tmp_path: Path) -> None:
    if (
        not shutil.which("Rscript")
        or subprocess.run(["Rscript", "-e", "library(survey)"], capture_output=True).returncode
    ):
        pytest.skip("R and its package survey are not installed")
    g, n = np.random.Generator(np.random.PCG64(seed)), 300
    h, p, w = g.integers(0, 4, n), g.integers(0, 5, n), g.gamma(4, 5, n) + 1
    y, x, dom = g.normal(50, 10, n) + h, g.gamma(3, 2, n), g.integers(1, 4, n)
    sex, age, hit = g.integers(1, 3, n), g.integers(1, 4, n), (g.random(n) < 0.3).astype(float)
    y[g.random(n) < 0.05] = np.nan
    size = np.array([40, 25, 30, 12])[h]
    table = np.column_stack([h, p, np.arange(n), w, y, x, dom, sex, age, size, hit])
    np.savetxt(tmp_path / "d.csv", table, "%.17g", ",", header="h,p,i,w,y,x,dom,sex,age,N,hit", comments="")
    (tmp_path / "d.R").write_text(SCRIPT)
    done = subprocess.run(["Rscript", tmp_path / "d.R", tmp_path / "d.csv"], capture_output=True, text=True, check=True)
    theirs = [[float(number) for number in line.split()] for line in done.stdout.splitlines()]

    d = survey_design(w, strata=h, psu=p, ssu=np.arange(n), fpc=size, fpc2=np.full(n, 30.0))
    total = w.sum()
    calibrated = calibrate(
        d, margins={"sex": sex, "age": age}, columns={"x": x}, column_totals={"x": total * 6.2},
        totals={"sex": {1: total * 0.48, 2: total * 0.52}, "age": {1: total * 0.35, 2: total * 0.3, 3: total * 0.35}},
        distance="logit", bounds=(0.2, 4), tolerance=1e-13,
    )  # fmt: skip
    stratified = post_stratify(d, sex, {1: total * 0.45, 2: total * 0.55})
    ours = [
        estimate_mean(d, y, by=dom, deff="without_replacement"),
        estimate_total(d, x, by=dom, deff="without_replacement"),
        estimate_ratio(d, y, x, by=dom),
        estimate_mean(calibrated, hit, by=dom, deff="with_replacement"),
        estimate_total(stratified, x, by=dom),
    ]
    for found, line in zip(ours, theirs, strict=False):
        effects = [] if found.deff is None else found.deff
        assert [*found.value, *found.se, *effects] == pytest.approx(line, rel=1e-9)
    quantiles = [estimate_quantile(d, x, share) for share in (0.1, 0.5, 0.8)]
    rows = [float(getattr(q, name)[0]) for name in ("value", "low", "high", "se") for q in quantiles]
    assert rows == pytest.approx(theirs[5], rel=1e-9)
