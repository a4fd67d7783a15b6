"""Indices of careless answers, against the definitions written out; screening that hides nobody."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lianheng.engine.estimation import (
    EstimationError,
    QualityRules,
    duplicate_groups,
    even_odd,
    irv,
    longstring,
    mahalanobis,
    relative_speed,
    screen_responses,
)

NAN = math.nan
TABLES = st.integers(2, 8).flatmap(
    lambda k: st.lists(
        st.lists(st.sampled_from([1.0, 2.0, 3.0, 4.0, 5.0, NAN]), min_size=k, max_size=k), min_size=1, max_size=12
    )
)


@settings(max_examples=100, deadline=None)
@given(TABLES)
def test_longstring_and_irv_by_their_definitions(table: list[list[float]]) -> None:
    for row, long_, spread in zip(table, longstring(table), irv(table), strict=True):
        runs = [1]
        for before, now in itertools.pairwise(row):
            if before == now:
                runs[-1] += 1
            else:
                runs.append(1)
        assert long_ == max(runs)
        there = [x for x in row if x == x]
        expected = np.std(there, ddof=1) if len(there) > 1 else NAN
        assert spread == pytest.approx(expected, nan_ok=True, abs=1e-12)


def test_even_odd_by_its_definition() -> None:
    """R careless 1.2: −2r ÷ (1 + r), r over scales between the means of even and of odd items, not below −1."""
    chance = np.random.Generator(np.random.PCG64(1))
    scales = [5, 4, 3, 6]
    table = chance.integers(1, 7, (40, 18)).astype(float)
    table[chance.random(table.shape) < 0.05] = np.nan
    found = even_odd(table, scales)
    for row, value in zip(table, found, strict=True):
        pairs, start = [], 0
        for size in scales:
            part = row[start : start + size]
            halves = [half[~np.isnan(half)] for half in (part[1::2], part[::2])]
            pairs.append(tuple(half.mean() if len(half) else np.nan for half in halves))
            start += size
        both = np.array([pair for pair in pairs if not np.isnan(pair).any()])
        r = np.corrcoef(both.T)[0, 1]
        assert value == pytest.approx(-max(2 * r / (1 + r), -1))
    assert np.isnan(even_odd([[3] * 6], [2, 2, 2])[0])


def test_mahalanobis_with_missing_answers() -> None:
    """psych::outlier: pairwise covariances, and a missing answer adds nothing."""
    chance = np.random.Generator(np.random.PCG64(2))
    table = chance.normal(size=(60, 4))
    table[3, 1] = table[10, 2] = np.nan
    distance, p = mahalanobis(table)
    import numpy.ma as ma

    matrix = ma.cov(ma.masked_invalid(table), rowvar=False, allow_masked=True)
    pairwise = np.array(
        [
            [np.cov(*table[~np.isnan(table[:, [a, b]]).any(axis=1)][:, [a, b]].T)[0, 1] for b in range(4)]
            for a in range(4)
        ]
    )
    assert matrix.shape == pairwise.shape
    apart = np.nan_to_num(table - np.nanmean(table, axis=0))
    assert distance == pytest.approx(np.einsum("ij,jk,ik->i", apart, np.linalg.inv(pairwise), apart))
    assert ((p >= 0) & (p <= 1)).all()
    with pytest.raises(EstimationError, match="repeat each other"):
        mahalanobis([[1, 1], [1, 2], [1, 3]])


def test_speed_and_copies() -> None:
    assert relative_speed([100, 100, 20]).tolist() == [1.0, 1.0, 5.0]
    assert relative_speed([[10, 10], [10, 1], [10, 10]])[1] == pytest.approx((1 + 3) / 2)
    with pytest.raises(EstimationError, match="seconds above 0"):
        relative_speed([0, 1])
    assert duplicate_groups([[1, NAN], [1, NAN], [NAN, NAN], [NAN, NAN], [2, 1]]).tolist() == [1, 1, 0, 0, 0]


def test_screening_hides_nobody() -> None:
    answers = [
        [3, 3, 3, 3, 3, 3],
        [1, 4, 2, 5, 3, 2],
        [1, 4, 2, 5, 3, 2],
        [2, NAN, NAN, NAN, NAN, 1],
        [5, 4, 4, 5, 2, 1],
    ]
    rules = QualityRules(longstring_at_least=6, missing_above=0.5)
    found = screen_responses(answers, rules, seconds=[300, 280, 290, 310, 60])
    assert found.kept.tolist() == [False, True, False, False, False]
    assert len(found.reasons) == len(answers)
    assert found.reasons[0] == ("straight line: longstring 6, line 6",)
    assert found.reasons[2] == ("copy: same answers as row 1",)
    assert found.reasons[4] == ("too fast: speed 4.833, line 2",)
    assert found.counts == {"straight line": 1, "copy": 1, "left too much out": 1, "too fast": 1}
    assert set(found.indices) >= {"longstring", "irv", "speed", "missing", "duplicate_group"}
    lenient = screen_responses(answers, QualityRules(longstring_at_least=6, flags_to_exclude=2))
    assert lenient.kept.all() and lenient.reasons[0]


def test_what_cannot_be_screened_is_refused() -> None:
    for act, message in (
        (lambda: screen_responses([[1, 2]], QualityRules(even_odd_above=0)), "give scales"),
        (lambda: screen_responses([["a", "b"]]), "not all are numbers"),
        (lambda: screen_responses([[1]]), "two items or more"),
        (lambda: screen_responses([[1, 2]], seconds=[1, 2]), "1 rows of answers, but 2 times"),
        (lambda: even_odd([[1, 2, 3]], [2, 2]), "3 in all"),
    ):
        with pytest.raises(EstimationError, match=message):
            act()
