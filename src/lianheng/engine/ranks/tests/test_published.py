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


@pytest.mark.parametrize("subject", ["math", "reading", "science"])
def test_given_draws_agree_with_the_naive_version(subject: str) -> None:
    """One country has no reading score; the draws of the others stand in the order of the file."""
    with (Path(FOLDER or "") / "stats/pisa/pisa2018_oecd.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row[f"{subject}_score"]]
    scores, deviations = (np.array([float(row[f"{subject}_{what}"]) for row in rows]) for what in ("score", "se"))
    with gzip.open(Path(FOLDER or "") / "stats/pisa/normal_draws.csv.gz", "rt") as file:
        errors = np.loadtxt(file, delimiter=",", skiprows=1)[:, : len(scores)] * deviations
    spread = np.hypot.outer(deviations, deviations)
    found = confidence_sets(scores, deviations, errors, centre="zero")
    expected = naive.simultaneous(scores, errors, spread)
    assert list(zip(found.lower.tolist(), found.upper.tolist(), strict=True)) == expected


@pytest.mark.parametrize("year", [2018, 2022])
def test_the_sets_of_every_subject_are_in_order(year: int) -> None:
    """All countries of both rounds: certain pairs go by the score, tiers cut no tie, marginal sets are narrower."""
    with (Path(FOLDER or "") / f"stats/pisa/pisa{year}.csv").open(encoding="utf-8") as file:
        table = list(csv.DictReader(file))
    for subject in ("math", "reading", "science"):
        rows = [row for row in table if row[f"{subject}_score"] and row[f"{subject}_se"]]
        scores, errors = (np.array([float(row[f"{subject}_{what}"]) for row in rows]) for what in ("score", "se"))
        joint = confidence_sets(scores, errors, n_draws=1_000)
        own = confidence_sets(scores, errors, n_draws=1_000, simultaneous=False)
        assert len(rows) > 30 and (joint.lower <= joint.rank).all() and (joint.rank <= joint.upper).all()
        assert (own.upper - own.lower).mean() < (joint.upper - joint.lower).mean()
        assert joint.tier is not None and (np.diff(joint.tier[np.argsort(-scores)]) >= 0).all()
