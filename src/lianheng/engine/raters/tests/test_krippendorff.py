"""Krippendorff's alpha against his own example and the package krippendorff."""

from __future__ import annotations

import krippendorff as oracle
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lianheng.engine.raters import RatersError, krippendorff_alpha

from .testdata import KRIPPENDORFF, needs_folder, numbers

LEVELS = ("nominal", "ordinal", "interval", "ratio")


@pytest.mark.parametrize(
    ("level", "alpha"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849), ("ratio", 0.797)]
)
def test_the_paper_prints_these_values(level: str, alpha: float) -> None:
    found = krippendorff_alpha(KRIPPENDORFF, level=level)
    assert round(found.value, 3) == alpha
    assert (found.n_units, found.n_pairable) == (12, 40)


@pytest.mark.parametrize("level", LEVELS)
@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 12), st.integers(2, 5), st.integers(2, 6), st.floats(0, 0.6))
def test_it_agrees_with_the_package(level: str, seed: int, n: int, m: int, values: int, gaps: float) -> None:
    chance = np.random.default_rng(seed)
    ratings = chance.integers(0, values, (n, m)).astype(float)
    ratings[chance.random((n, m)) < gaps] = np.nan
    pairable = ratings[(~np.isnan(ratings)).sum(axis=1) >= 2]
    there = pairable[~np.isnan(pairable)]
    if not len(there) or np.ptp(there) == 0:
        with pytest.raises(RatersError):
            krippendorff_alpha(ratings, level=level)
    else:
        expected = oracle.alpha(reliability_data=pairable.T, level_of_measurement=level)
        assert krippendorff_alpha(ratings, level=level).value == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_complete_data_of_three_raters_follow_the_definition() -> None:
    # Four units, three raters, two values: of 12 ratings 6 are 1. Do = 3 · 4/(2 · 12) = 0.5 (three units split 2 : 1,
    # each with 2 · 2 unequal ordered pairs over m − 1 = 2); De = 2 · 6 · 6/(12 · 11).
    ratings = [[1, 1, 2], [1, 2, 2], [1, 1, 1], [2, 2, 2]]
    found = krippendorff_alpha(ratings, level="nominal")
    assert found.observed == pytest.approx(2 * 4 / 2 / 12)
    assert found.expected == pytest.approx(72 / 132)
    assert found.value == pytest.approx(1 - (1 / 3) / (72 / 132))


@needs_folder
@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("name", ["anxiety", "anxiety_missing", "video"])
def test_real_tables_agree_with_the_package(name: str, level: str) -> None:
    ratings = numbers(f"interrater/{name}.csv")
    expected = oracle.alpha(reliability_data=ratings.T, level_of_measurement=level)
    assert krippendorff_alpha(ratings, level=level).value == pytest.approx(expected, rel=1e-12)


def test_texts_are_nominal_or_have_an_order() -> None:
    words = {1: "poor", 2: "fair", 3: "good", 4: "fine", 5: "best"}
    texts = [[words.get(value, "") for value in row] for row in KRIPPENDORFF]
    assert round(krippendorff_alpha(texts, level="nominal").value, 3) == 0.743
    order = list(words.values())
    assert round(krippendorff_alpha(texts, level="ordinal", categories=order).value, 3) == 0.815
    with pytest.raises(RatersError, match="must be numbers, or listed"):
        krippendorff_alpha(texts, level="ordinal")
    with pytest.raises(RatersError, match="not in categories: best"):
        krippendorff_alpha(texts, level="ordinal", categories=order[:-1])


@pytest.mark.parametrize("level", LEVELS)
def test_the_bootstrap_is_that_of_whole_units(level: str) -> None:
    ratings = np.array(KRIPPENDORFF)[:11]
    found = krippendorff_alpha(ratings, level=level, n_bootstrap=200, seed=5)
    # The same multinomial draws, each replicate computed from the table it stands for.
    generator = np.random.Generator(np.random.PCG64(5))
    times = generator.multinomial(11, np.full(11, 1 / 11), size=200)
    naive = []
    for row in times:
        drawn = np.repeat(ratings, row, axis=0)
        if np.nanmax(drawn) > np.nanmin(drawn):
            naive.append(krippendorff_alpha(drawn, level=level).value)
    assert (found.lower, found.upper) == pytest.approx(tuple(np.quantile(naive, [0.025, 0.975])))
    assert found.n_undefined == 200 - len(naive)
    assert found.lower < found.value < found.upper
    assert krippendorff_alpha(ratings, level=level).n_bootstrap == 0


def test_the_interval_holds_about_as_often_as_it_says() -> None:
    chance = np.random.default_rng(3)

    def sample(n: int) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
        truth = chance.integers(0, 4, (n, 1))
        return np.where(chance.random((n, 3)) < 0.75, truth, chance.integers(0, 4, (n, 3)))

    truth = krippendorff_alpha(sample(200_000), level="interval").value
    runs = [krippendorff_alpha(sample(80), level="interval", n_bootstrap=300, seed=run) for run in range(200)]
    held = np.mean([one.lower <= truth <= one.upper for one in runs])
    assert 0.88 <= held <= 0.99


@pytest.mark.parametrize(
    ("ratings", "more", "message"),
    [
        ([[1, 1], [1, 1]], {}, "without variation"),
        ([[1, np.nan], [np.nan, 2]], {}, "no unit has two ratings"),
        ([[1, -2]], {"level": "ratio"}, "0 or more; there is a -2"),
        ([[1, 2]], {"level": "metric"}, "level must be one of"),
        ([[1, 2]], {"n_bootstrap": 1}, "n_bootstrap must be"),
        ([], {}, "table of units"),
    ],
)
def test_what_has_no_alpha_is_refused(ratings: list[list[float]], more: dict[str, object], message: str) -> None:
    with pytest.raises(RatersError, match=message):
        krippendorff_alpha(ratings, **more)  # type: ignore[arg-type]
