"""Every normalisation: formula, direction on the raw scale, ties, refusals, frozen rules."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from lianheng.engine.composite.errors import CompositeError
from lianheng.engine.composite.framework import Framework
from lianheng.engine.composite.normalise import NormaliseSpec, apply_rules, normalise
from lianheng.engine.composite.tables import Table

from .asem import NAN, inputs

UNITS = list("abcde")
VALUES = [2.0, 4.0, NAN, 10.0, 4.0]
FRAMEWORKS = {d: Framework.of_groups({"A": ["x"]}).with_directions({"x": d}) for d in (1, -1)}


def _column(direction: int = 1, values: list[float] = VALUES, **fields: object) -> list[float]:
    table = Table.of(UNITS[: len(values)], {"x": values})
    done = normalise(table, FRAMEWORKS[direction], NormaliseSpec(**fields))  # type: ignore[arg-type]
    return done.table.column("x").tolist()


def _same(found: list[float], expected: list[float]) -> None:
    assert found == pytest.approx(expected, nan_ok=True)


def test_minmax() -> None:
    _same(_column(), [0, 25, NAN, 100, 25])
    _same(_column(-1), [100, 75, NAN, 0, 75])
    _same(_column(l=1, u=100), [1, 25.75, NAN, 100, 25.75])


def test_zscore_divides_by_n_minus_1() -> None:
    present = [2.0, 4.0, 10.0, 4.0]
    z = stats.zscore(present, ddof=1)
    _same(_column(method="zscore", m=10, s=2), [10 + 2 * z[0], 10 + 2 * z[1], NAN, 10 + 2 * z[2], 10 + 2 * z[3]])
    _same(_column(-1, method="zscore"), [-z[0], -z[1], NAN, -z[2], -z[3]])
    with pytest.raises(CompositeError, match="above 0"):
        _column(method="zscore", s=0)


def test_ranks_and_their_kin() -> None:
    _same(_column(method="rank"), [1, 2, NAN, 4, 2])
    _same(_column(-1, method="rank"), [4, 2, NAN, 1, 2])
    _same(_column(method="prank"), [0, 1 / 3, NAN, 1, 1 / 3])
    _same(_column(method="borda"), [0, 1, NAN, 3, 1])
    _same(_column(method="rank", ties="average"), [1, 2.5, NAN, 4, 2.5])
    _same(_column(method="rank", ties="max"), [1, 3, NAN, 4, 3])
    with pytest.raises(CompositeError, match="constant"):
        _column(method="prank", values=[1.0])


def test_distances() -> None:
    _same(_column(method="dist2max"), [0, 0.25, NAN, 1, 0.25])
    _same(_column(method="dist2ref", reference="b"), [0, 1, NAN, 4, 1])
    _same(_column(method="dist2ref", reference=2), [0, 1, NAN, 4, 1])
    _same(_column(method="dist2ref", reference="b", cap=True), [0, 1, NAN, 1, 1])
    _same(_column(method="dist2ref", reference="c"), [NAN] * 5)
    _same(_column(method="dist2targ", target=8), [0, 1 / 3, NAN, 4 / 3, 1 / 3])
    _same(_column(method="dist2targ", target=8, cap=True), [0, 1 / 3, NAN, 1, 1 / 3])
    # On the raw scale for direction −1: (max − x)/(max − T).
    _same(_column(-1, method="dist2targ", target=4), [8 / 6, 1, NAN, 0, 1])
    with pytest.raises(CompositeError, match="worst value"):
        _column(method="dist2ref", reference="a")
    for target in (2, 1):
        with pytest.raises(CompositeError, match="target"):
            _column(method="dist2targ", target=target)


def test_fixed_scales_are_on_the_raw_scale() -> None:
    _same(_column(method="scaled", l=0, u=10), [20, 40, NAN, 100, 40])
    _same(_column(-1, method="scaled", l=0, u=10), [80, 60, NAN, 0, 60])
    _same(_column(method="goalposts", lo=3, hi=8, a=100), [0, 20, NAN, 100, 20])
    _same(_column(-1, method="goalposts", lo=3, hi=8, a=100), [100, 80, NAN, 0, 80])
    _same(_column(method="goalposts", lo=3, hi=8, truncate=False), [-0.2, 0.2, NAN, 1.4, 0.2])
    # COINr reads (0, 4) as bounds of −x and gives zeros everywhere.
    _same(_column(-1, values=[0.0, 1.0, 2.0], method="goalposts", lo=0, hi=4), [1, 0.75, 0.5])


def test_fraction_of_maximum_is_refused_where_it_would_mislead() -> None:
    _same(_column(method="fracmax"), [0.2, 0.4, NAN, 1, 0.4])
    with pytest.raises(CompositeError, match="direction is -1"):
        _column(-1, method="fracmax")
    with pytest.raises(CompositeError, match="0 or less"):
        _column(method="fracmax", values=[0.0, 1.0])


def test_constant_columns_follow_the_declared_policy() -> None:
    for method in ("minmax", "zscore", "dist2max"):
        with pytest.raises(CompositeError, match="x is constant"):
            _column(method=method, values=[3.0, 3.0])
    _same(_column(values=[3.0, 3.0], constant="drop"), [NAN, NAN])
    _same(_column(values=[3.0, NAN], constant="midpoint"), [50, NAN])
    table = Table.of(["a", "b"], {"x": [3.0, 3.0]})
    done = normalise(table, FRAMEWORKS[1], NormaliseSpec(constant="midpoint"))
    assert done.warnings == ("x is constant: set to 50 for all units",)


def test_parameters_from_the_meta_file() -> None:
    rows = [
        {"Level": 1, "iCode": "x", "Parent": "I", "Direction": -1, "Weight": 1, "Type": "Indicator"}
        | {"goalpost_lower": 3, "goalpost_upper": 8, "goalpost_scale": 10, "goalpost_trunc2posts": "TRUE"},
        {"Level": 2, "iCode": "I", "Parent": "", "Direction": 1, "Weight": 1, "Type": "Aggregate"},
    ]
    framework = Framework.from_rows(rows)
    table = Table.of(UNITS, {"x": VALUES})
    done = normalise(table, framework, NormaliseSpec(method="goalposts", use_imeta=True))
    _same(done.table.column("x").tolist(), [10, 8, NAN, 0, 8])
    with pytest.raises(CompositeError, match="minmax_lower"):
        normalise(table, framework, NormaliseSpec(use_imeta=True))


@given(st.lists(st.floats(-100, 100), min_size=2, max_size=20), st.sampled_from([1, -1]))
def test_minmax_hits_both_ends_and_keeps_the_order(values: list[float], direction: int) -> None:
    if max(values) - min(values) < 1e-6:
        return
    table = Table.of([str(i) for i in range(len(values))], {"x": values})
    found = normalise(table, FRAMEWORKS[direction]).table.column("x")
    assert (found.min(), found.max()) == (0, 100)
    order = np.argsort(np.array(values) * direction, kind="stable")
    assert (np.diff(found[order]) >= 0).all()


def test_frozen_rules_give_the_same_bits_and_carry_to_another_year() -> None:
    done = normalise(inputs().table, inputs().framework)
    assert np.array_equal(apply_rules(inputs().table, done.rules).values, done.table.values, equal_nan=True)
    later = Table.of(["n"], {"x": [18.0]})
    rules = normalise(Table.of(UNITS, {"x": VALUES}), FRAMEWORKS[1]).rules
    assert apply_rules(later, rules).column("x")[0] == 200
    with pytest.raises(CompositeError, match="other codes"):
        apply_rules(Table.of(["n"], {"y": [1.0]}), rules)


def test_unknown_methods_and_references_are_refused() -> None:
    with pytest.raises(CompositeError, match="not a method"):
        _column(method="magic")
    with pytest.raises(CompositeError, match="not in the data"):
        _column(method="dist2ref", reference="zz")
    with pytest.raises(CompositeError, match="needs a target"):
        _column(method="dist2targ")
