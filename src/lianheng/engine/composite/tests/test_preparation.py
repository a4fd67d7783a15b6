"""Denominate, screen, impute: ordinary cases, the edges where COINr errs, and naive versions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lianheng.engine.composite.denominate import denominate
from lianheng.engine.composite.errors import CompositeError
from lianheng.engine.composite.framework import Framework
from lianheng.engine.composite.impute import impute
from lianheng.engine.composite.impute_panel import impute_panel
from lianheng.engine.composite.screen import screen
from lianheng.engine.composite.tables import Table

from .asem import NAN, inputs, random_table, small_framework


def test_a_unit_without_its_denominator_loses_its_scaled_indicators() -> None:
    # One unit lacks Energy; the one of its two energy-scaled indicators that it has becomes missing.
    done = denominate(inputs().table, inputs().denominators, inputs().framework)
    before, after = np.isnan(inputs().table.values), np.isnan(done.table.values)
    assert {done.table.codes[column] for column in np.flatnonzero((after & ~before).any(axis=0))} <= {"Elec", "Gas"}
    row = done.table.units.index("AUT")
    assert done.table.column("Flights")[row] == 29.01725 / 8735.453


def test_scale_factor_and_own_function() -> None:
    table = Table.of(["a"], {"x": [6.0]})
    sizes = {"pop": np.array([3.0])}
    assert denominate(table, sizes, pairs={"x": "pop"}, scale_factor=1000).table.column("x")[0] == 2000
    done = denominate(table, sizes, pairs={"x": "pop"}, divide=lambda x, d: x - d)
    assert done.table.column("x")[0] == 3


def test_one_of_five_passes_a_threshold_of_a_fifth() -> None:
    # In floating point 1 − 0.8 < 0.2.
    table = Table.of(["a", "b"], {name: [NAN, 1.0] for name in "pqrs"} | {"t": [1.0, 1.0]})
    assert screen(table, dat_thresh=0.2).removed == ()
    assert screen(table, dat_thresh=0.21).removed == ("a",)


def test_screening_rules_and_force() -> None:
    table = Table.of(["a", "b", "c", "d"], {"x": [0, 1, NAN, NAN], "y": [0, 0, 1, NAN], "z": [0, 1, 1, NAN]})
    assert screen(table, dat_thresh=0.9).removed == ("c", "d")
    assert screen(table, unit_screen="byzeros", nonzero_thresh=0.5).removed == ("a", "d")
    assert screen(table, dat_thresh=0.9, unit_screen="byNAandzeros").removed == ("a", "c", "d")
    forced = screen(table, dat_thresh=0.9, force={"c": True, "b": False})
    assert forced.removed == ("b", "d")
    assert forced.table.units == ("a", "c")
    with pytest.raises(CompositeError, match="nobody"):
        screen(table, force={"nobody": True})
    with pytest.raises(CompositeError, match="byNAandzeros"):
        screen(table, unit_screen="all")


@given(st.integers(0, 500))
def test_column_means_by_group_agree_with_a_naive_version(seed: int) -> None:
    table = random_table(seed, gaps=0.3)
    groups = ["", "p", "q"] * 4
    for name, statistic in (("mean", np.mean), ("median", np.median)):
        done = impute(table, f_i=name, groups=groups).table.values
        for row, column in np.ndindex(table.values.shape):
            value = table.values[row, column]
            if np.isnan(value) and groups[row]:
                same = [table.values[r, column] for r in range(12) if groups[r] == groups[row]]
                present = [v for v in same if not np.isnan(v)]
                value = statistic(present) if present else NAN
            assert done[row, column] == pytest.approx(value, nan_ok=True)


def test_an_empty_group_stays_missing_unless_a_fallback_is_declared() -> None:
    table = Table.of(["a", "b", "c"], {"x": [1.0, NAN, 3.0]})
    done = impute(table, groups=["p", "q", "p"])
    assert np.isnan(done.table.column("x")[1])
    assert done.warnings == ("x has no present value in the group q",)
    assert done.still_missing == 1
    assert impute(table, groups=["p", "q", "p"], fallback="column").table.column("x")[1] == 2.0


def test_by_row_on_normalised_scale_within_the_aggregate() -> None:
    framework = small_framework().with_directions({"a2": -1})
    table = Table.of(
        ["u", "v", "w"],
        {"a1": [0, 10, 5], "a2": [NAN, 0, 100], "a3": [1, 2, 3], "b1": [NAN, 1, 2], "b2": [NAN, 5, 6]},
    )
    done = impute(table, impute_by="row", group_level=2, framework=framework)
    # u: a1 is 0 and a3 is 0 on the scale 0..1, so a2 is 0 there: its worst value, 100.
    assert done.table.column("a2")[0] == 100
    assert np.isnan(done.table.column("b1")[0])
    assert done.warnings == ("u has no present value in B",)


def test_constant_columns_take_the_constant() -> None:
    table = Table.of(["u", "v", "w"], {"x": [7, NAN, 7], "y": [1, 2, 3]})
    for by in ("row", "column"):
        assert impute(table, impute_by=by, normalise_first=True).table.column("x")[1] == 7


@given(st.integers(0, 300), st.sampled_from(["column", "row"]), st.booleans())
def test_present_values_come_back_bit_for_bit(seed: int, by: str, first: bool) -> None:
    table = random_table(seed, gaps=0.25)
    done = impute(table, impute_by=by, normalise_first=first, framework=small_framework()).table.values
    here = ~np.isnan(table.values)
    assert (done[here] == table.values[here]).all()


def _series(values: list[float], times: list[float] | None = None) -> Table:
    points = times or list(range(2018, 2018 + len(values)))
    return Table(("u",) * len(values), ("x",), np.array(values)[:, None], np.array(points, dtype=float))


def test_panel_methods() -> None:
    gaps = _series([NAN, 1.0, NAN, NAN, 4.0, NAN])
    assert impute_panel(gaps).table.column("x")[1:].tolist() == [1, 1, 1, 4, 4]
    assert np.isnan(impute_panel(gaps).table.column("x")[0])
    limited = impute_panel(gaps, max_time=1)
    assert np.isnan(limited.table.column("x")[3])
    assert limited.source_times.column("x")[2] == 2019
    assert impute_panel(gaps, method="linear").table.column("x").tolist() == [1, 1, 2, 3, 4, 4]
    assert impute_panel(gaps, method="constant").table.column("x").tolist() == [1, 1, 1, 1, 4, 4]
    single = _series([NAN, 2.0, NAN])
    assert impute_panel(single, method="linear-constant").table.column("x").tolist() == [2, 2, 2]
    with pytest.raises(CompositeError, match="a line needs two"):
        impute_panel(single, method="linear")
    assert np.isnan(impute_panel(_series([NAN, NAN])).table.column("x")).all()


def test_imputing_along_time_needs_a_panel() -> None:
    with pytest.raises(CompositeError, match="needs a panel"):
        impute_panel(Table.of(["u"], {"x": [1.0]}))


def test_a_framework_without_the_column_is_an_error() -> None:
    with pytest.raises(CompositeError, match="no denominator"):
        denominate(Table.of(["u"], {"x": [1.0]}), {}, pairs={"x": "pop"})
    with pytest.raises(CompositeError, match="group_level needs a framework"):
        impute(Table.of(["u"], {"x": [1.0]}), impute_by="row", group_level=2)
    assert Framework.of_groups({"A": ["x"]}).indicators == ("x",)


def test_units_absent_at_a_time_may_be_retained() -> None:
    table = Table(("b", "a", "b"), ("x",), np.array([[1.0], [2.0], [3.0]]), np.array([2018.0, 2018.0, 2019.0]))
    full = table.retain_all()
    assert full.units == ("a", "b", "a", "b")
    assert full.column("x").tolist() == pytest.approx([2, 1, NAN, 3], nan_ok=True)
    assert impute_panel(full).table.column("x").tolist() == [2, 1, 2, 3]
    assert full.rows.tolist() == [1, 0, 1, 2]
