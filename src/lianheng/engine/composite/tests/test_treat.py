"""Winsorising step by step, the log family, records, and the edges where COINr errs."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from lianheng.engine.composite import transforms
from lianheng.engine.composite.errors import CompositeError
from lianheng.engine.composite.moments import kurtosis, quantile, skew_and_kurtosis, skewness
from lianheng.engine.composite.tables import Table
from lianheng.engine.composite.treat import TreatSpec, treat

from .asem import NAN, inputs

FLOATS = st.lists(st.floats(-1e3, 1e3).map(lambda x: round(x, 3)), min_size=4, max_size=30)


@given(FLOATS)
def test_moments_agree_with_scipy(values: list[float]) -> None:
    column = np.array([*values, NAN])
    if len(set(values)) < 2:
        assert math.isnan(skewness(column))
        assert math.isnan(kurtosis(column))
        return
    # Type 2 is scipy's bias=False.
    assert skewness(column) == pytest.approx(stats.skew(values, bias=False), rel=1e-6, abs=1e-9)
    assert kurtosis(column) == pytest.approx(stats.kurtosis(values, bias=False), rel=1e-6, abs=1e-9)
    both = skew_and_kurtosis(np.column_stack([values, values]))
    assert both[0][0] == pytest.approx(skewness(column), rel=1e-9, abs=1e-12)
    assert both[1][1] == pytest.approx(kurtosis(column), rel=1e-9, abs=1e-12)


def test_quantile_is_of_type_7() -> None:
    values = [3.0, 1.0, NAN, 4.0, 2.0]
    assert quantile(values, 0.05) == pytest.approx(1.15)
    assert quantile(values, np.array([0.0, 0.5, 1.0])).tolist() == [1.0, 2.5, 4.0]  # type: ignore[union-attr]
    assert math.isnan(float(quantile([NAN], 0.5)))


def _naive_winsorise(values: list[float], winmax: int) -> tuple[list[float], int]:
    """The text of the method, word by word, on distinct extreme points."""
    x, high, low = list(values), set(), set()
    while True:
        skew, kurt = stats.skew(x, bias=False), stats.kurtosis(x, bias=False)
        if abs(skew) < 2 or kurt < 3.5 or len(high) + len(low) >= winmax:
            return x, len(high | low)
        edge = max(x) if skew >= 0 else min(x)
        moved = {place for place, value in enumerate(x) if value == edge}
        if len(moved) + len(low if skew >= 0 else high) > winmax:
            return x, len(high | low)
        others = [value for value in x if value != edge]
        new = max(others) if skew >= 0 else min(others)
        if skew >= 0:
            high = moved
        else:
            low = moved
        x = [new if place in moved else value for place, value in enumerate(x)]


@pytest.mark.parametrize("winmax", [1, 2, 3, 4, 5])
def test_winsorising_the_public_data_agrees_with_the_words(winmax: int) -> None:
    table = inputs().table
    for code in table.codes:
        column = table.column(code)
        here = ~np.isnan(column)
        done = transforms.winsorise(column, winmax=winmax)
        expected, count = _naive_winsorise(column[here].tolist(), winmax)
        assert done.values[here].tolist() == expected, code
        assert done.nwin == count, code


def test_a_tied_group_that_would_exceed_the_limit_is_not_moved() -> None:
    column = np.array([*np.linspace(0, 1, 20), 50.0, 50.0])
    done = transforms.winsorise(column, winmax=1)
    assert done.stopped_by_tie
    assert done.nwin == 0
    assert (done.values == column).all()
    assert transforms.winsorise(column, winmax=2).nwin == 2


def test_no_limit_can_be_said_and_force_goes_on() -> None:
    column = np.array([*np.linspace(0, 1, 300), 40.0, 60, 80, 100, 120, 140, 160])
    assert transforms.winsorise(column, winmax=5).nwin == 5
    assert transforms.winsorise(column, winmax=None).nwin > 5
    calm = np.linspace(0, 1, 10)
    assert transforms.winsorise(calm, winmax=3).nwin == 0
    assert transforms.winsorise(calm, winmax=3, force_win=True).nwin == 3


def test_log_family() -> None:
    x = np.array([1.0, 3.0, NAN, 101.0])
    r = 100.0
    assert transforms.log_ct(x)[[0, 1, 3]] == pytest.approx(np.log([r * 0.01, 2 + r * 0.01, 100 + r * 0.01]))
    assert transforms.log_ct_neg(x)[3] == pytest.approx(-math.log(0.01 * r))
    assert transforms.log_ct_orig(x)[[0, 1]] == pytest.approx([0, math.log(3)])
    assert transforms.log_gii(x)[[0, 3]] == pytest.approx([0, math.log(101)])
    assert np.isnan(transforms.log_gii(x)[2])
    with pytest.raises(CompositeError, match="maximum above 1"):
        transforms.log_gii(np.array([0.1, 0.2, 0.9]))
    assert transforms.boxcox(x, 0)[1] == pytest.approx(math.log(3))
    with pytest.raises(CompositeError, match="positive"):
        transforms.boxcox(np.array([0.0, 1.0]), 1, makepos=False)
    assert transforms.boxcox(np.array([1.0, 4.0]), 0.5, makepos=False) == pytest.approx(
        stats.boxcox(np.array([1.0, 4.0]), 0.5)
    )


def _skewed(sign: int = 1) -> list[float]:
    return [sign * value for value in [*np.linspace(0, 1, 25).tolist(), 30.0, 60.0, 90.0]]


def test_the_second_treatment_takes_the_original_column_unless_combined() -> None:
    table = Table.of([str(i) for i in range(28)], {"x": _skewed()})
    column = table.column("x")
    plain = treat(table, TreatSpec(winmax=1))
    assert plain.table.column("x") == pytest.approx(transforms.log_ct(column))
    assert {label for *_, label in plain.labels()} == {"log_CT"}
    combined = treat(table, TreatSpec(winmax=1, combine_treat=True))
    moved = transforms.winsorise(column, winmax=1).values
    assert combined.table.column("x") == pytest.approx(transforms.log_ct(moved))
    assert {label for *_, label in combined.labels()} == {"log_CT", "winhi+log_CT"}


def test_negative_skew_is_flagged_and_log_ct_plus_mends_it() -> None:
    table = Table.of([str(i) for i in range(28)], {"x": _skewed(-1)})
    worse = treat(table, TreatSpec(f1="none")).records[0]
    assert worse.note == "the skewness grew; consider log_CT_plus"
    better = treat(table, TreatSpec(f1="none", f2="log_CT_plus"))
    assert better.records[0].label == "log_CT_neg"
    assert better.records[0].test2 is not None
    assert abs(better.records[0].test2.skew) < abs(better.records[0].test0.skew)


def test_constant_two_valued_and_short_columns_are_left_with_the_reason() -> None:
    n = 30
    table = Table.of(
        [str(i) for i in range(n)],
        {"constant": [1.0] * n, "binary": [0.0] * (n - 1) + [1.0], "short": [1.0, 2.0] + [NAN] * (n - 2)},
    )
    done = treat(table)
    assert np.array_equal(done.table.values, table.values, equal_nan=True)
    constant, binary, short = done.records
    assert constant.test0.passed is None
    assert short.test0.passed is None
    assert "undefined" in constant.note
    assert binary.note == "left as it was: the first treatment makes the column constant"
    assert done.labels() == []


def test_choices_per_indicator_are_merged_field_by_field() -> None:
    column = _skewed()
    column[3] = NAN
    table = Table.of([str(i) for i in range(28)], {"x": column, "y": column, "z": column})
    done = treat(
        table,
        indicators={
            "x": {"winmax": 1},
            "y": {"f1": "none", "f2": "none"},
            "z": {"f2": "boxcox", "lam": 0.0, "winmax": 0},
        },
    )
    assert done.records[0].nwin == 1
    assert done.records[0].label == "log_CT"
    assert np.array_equal(done.table.column("y"), table.column("y"), equal_nan=True)
    assert done.records[2].label == "boxcox"
    with pytest.raises(CompositeError, match="unknown parameter depth"):
        treat(table, indicators={"x": {"depth": 1}})
    with pytest.raises(CompositeError, match="needs lambda"):
        treat(table, TreatSpec(f2="boxcox"))


def test_own_functions_and_disable() -> None:
    table = Table.of([str(i) for i in range(28)], {"x": _skewed()})

    def root(column: np.ndarray) -> np.ndarray:
        return np.sqrt(column)

    done = treat(table, TreatSpec(f1=root, f2="none"))
    assert done.table.column("x") == pytest.approx(np.sqrt(table.column("x")))
    assert done.records[0].label == "root"
    untouched = treat(table, disable=True)
    assert (untouched.table.values == table.values).all()
    assert untouched.records[0].test0.passed is False
