"""The package csranks' own example: PISA 2018 mathematics, 37 OECD countries.

Numbers from its vignette "Inference for Ranks" (https://cran.r-project.org/package=csranks, section "Best populations"
and "Marginal Confidence Sets"), made there with 1,000 draws.
"""

from __future__ import annotations

import csv
import gzip
import os
from pathlib import Path

import numpy as np
import pytest

from lianheng.engine.ranks import confidence_sets

from . import naive

FOLDER = os.environ.get("LIANHENG_TESTDATA")
pytestmark = pytest.mark.skipif(not FOLDER, reason="LIANHENG_TESTDATA names no folder")

TOP_5 = [
    *("Belgium", "Canada", "Denmark", "Estonia", "Finland", "Japan"),
    *("Korea", "Netherlands", "Poland", "Slovenia", "Sweden", "Switzerland"),
]


@pytest.fixture(scope="module")
def pisa() -> tuple[list[str], naive.Floats, naive.Floats]:
    with (Path(FOLDER or "") / "stats/pisa/pisa2018_oecd.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    names = [row["jurisdiction"] for row in rows]
    return names, np.array([float(row["math_score"]) for row in rows]), np.array([float(r["math_se"]) for r in rows])


@pytest.mark.parametrize(("coverage", "countries"), [(0.95, TOP_5), (0.90, [c for c in TOP_5 if c != "Sweden"])])
def test_countries_that_may_be_among_the_best_five(pisa, coverage: float, countries: list[str]) -> None:  # type: ignore[no-untyped-def]
    names, scores, deviations = pisa
    best = confidence_sets(scores, deviations, coverage=coverage).best(5)
    assert [name for name, may_be in zip(names, best, strict=True) if may_be] == countries


def test_the_marginal_set_of_the_united_kingdom(pisa) -> None:  # type: ignore[no-untyped-def]
    names, scores, deviations = pisa
    found = confidence_sets(scores, deviations, simultaneous=False)
    unit = names.index("United Kingdom")
    assert found.rank[unit] == 13
    # csranks prints 8 and 23; the lower bound hangs on the draws, which the Monte Carlo range says.
    assert found.lower_range[unit, 0] <= 8 <= found.lower_range[unit, 1]
    assert found.upper[unit] == 23


def test_given_draws_agree_with_the_naive_version(pisa) -> None:  # type: ignore[no-untyped-def]
    _, scores, deviations = pisa
    with gzip.open(Path(FOLDER or "") / "stats/pisa/normal_draws.csv.gz", "rt") as file:
        errors = np.loadtxt(file, delimiter=",", skiprows=1) * deviations
    spread = np.hypot.outer(deviations, deviations)
    found = confidence_sets(scores, deviations, errors, centre="zero")
    expected = naive.simultaneous(scores, errors, spread)
    assert list(zip(found.lower.tolist(), found.upper.tolist(), strict=True)) == expected
