"""Contributions that add up, comparisons, trends, corrections with frozen goalposts."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lianheng.engine.composite.aggregate import aggregate_levels, levels_of
from lianheng.engine.composite.comparison import compare_many, compare_two
from lianheng.engine.composite.contributions import explain_difference, peer_mean, stack_rows
from lianheng.engine.composite.errors import CompositeError
from lianheng.engine.composite.incremental import FrozenIndex
from lianheng.engine.composite.normalise import NormaliseSpec, normalise
from lianheng.engine.composite.tables import Table
from lianheng.engine.composite.trends import trends

from .asem import NAN, inputs, panel, random_table, small_framework

WEIGHTS = {"a1": 1.0, "a2": 2.0, "a3": 0.5, "b1": 1.0, "b2": 3.0, "A": 2.0, "B": 1.0}
METHODS = st.sampled_from(["arithmetic", "geometric", "harmonic", "generalised"])


@given(st.integers(0, 300), METHODS, METHODS, st.sampled_from([0.0, 0.25]))
def test_contributions_add_up_to_the_difference(seed: int, low: str, high: str, gaps: float) -> None:
    framework = small_framework()
    levels = levels_of(framework, [low, high], 0.5, 0.0)
    scores = aggregate_levels(random_table(seed, gaps=gaps), framework, levels, WEIGHTS)
    index = scores.column("Index")
    for first, second in ((0, 1), (2, 3), (4, 4)):
        if np.isnan(index[[first, second]]).any():
            continue
        found = explain_difference(scores, framework, levels, WEIGHTS, first, second)
        total = sum(part.amount for part in found.contributions)
        assert total == pytest.approx(index[first] - index[second], rel=1e-9, abs=1e-9)
        back = explain_difference(scores, framework, levels, WEIGHTS, second, first)
        assert sum(part.amount for part in back.contributions) == pytest.approx(-total, rel=1e-9, abs=1e-9)


def test_an_arithmetic_contribution_is_weight_times_difference() -> None:
    framework = small_framework()
    levels = levels_of(framework, "arithmetic", None, 0.0)
    scores = aggregate_levels(random_table(1), framework, levels, WEIGHTS)
    found = {part.code: part for part in explain_difference(scores, framework, levels, WEIGHTS, 0, 1).contributions}
    gap = scores.column("a2")[0] - scores.column("a2")[1]
    assert found["a2"].value == pytest.approx(2 / 3 * 2 / 3.5 * gap)
    assert all(part.availability == 0 for part in found.values())


def test_against_the_mean_of_the_peers() -> None:
    framework = small_framework()
    levels = levels_of(framework, "arithmetic", None, 0.0)
    scores = aggregate_levels(random_table(2), framework, levels, WEIGHTS)
    stacked = stack_rows(scores, peer_mean(scores, framework, levels, WEIGHTS))
    found = explain_difference(stacked, framework, levels, WEIGHTS, 0, len(scores.units))
    assert found.second == pytest.approx(scores.column("Index").mean())
    assert sum(part.amount for part in found.contributions) == pytest.approx(found.difference)


def test_copeland_has_no_contributions() -> None:
    framework = small_framework()
    levels = levels_of(framework, "copeland", None, 0.0)
    scores = aggregate_levels(random_table(2), framework, levels, WEIGHTS)
    with pytest.raises(CompositeError, match="Copeland"):
        explain_difference(scores, framework, levels, WEIGHTS, 0, 1)


def test_two_and_more_results() -> None:
    old = Table.of(list("abc"), {"I": [3.0, 2.0, 1.0]})
    new = Table.of(list("abd"), {"I": [1.0, 2.0, 9.0]})
    found = compare_two(old, new, "I")
    assert found.units == ("a", "b", "c", "d")
    assert found.first[:3].tolist() == [1, 2, 3]
    assert found.second[[0, 1, 3]].tolist() == [3, 2, 1]
    assert found.difference[:2].tolist() == [-2, 0]
    assert found.mean_absolute_difference == 1
    scores = compare_two(old, new, "I", of="scores")
    assert scores.difference[0] == 2
    many = compare_many({"old": old, "new": new}, "I", "old")
    assert many["new"].difference[0] == -2
    perfect = compare_two(old, old, "I")
    assert perfect.correlation("spearman") == 1


def test_trends_of_the_panel() -> None:
    # COINr's vignette of get_trends reads the wrong years when Time is given; here the years asked for are read.
    table = panel().table
    picked = trends(table, codes=["LPI"], times=[2019, 2021])
    row = next(line for line in picked if line.unit == "AUT")
    values = {t: table.column("LPI")[(table.times == t) & (np.array(table.units) == "AUT")][0] for t in (2019, 2021)}
    assert row.value == pytest.approx((values[2021] / values[2019]) ** 0.5 - 1)
    assert (row.t_first, row.t_latest, row.avail) == (2019, 2021, 1)


def _series(values: list[float]) -> Table:
    times = np.arange(2018.0, 2018 + len(values))
    return Table(("u",) * len(values), ("x",), np.array(values)[:, None], times)


def test_trend_formulas_and_their_limits() -> None:
    assert trends(_series([100.0, NAN, 121.0]))[0].value == pytest.approx(0.1)
    assert trends(_series([100.0, NAN, 121.0]))[0].avail == pytest.approx(2 / 3)
    assert math.isnan(trends(_series([-1.0, 2.0]))[0].value)
    assert math.isnan(trends(_series([1.0]))[0].value)
    assert trends(_series([2.0, 2.0]))[0].value == 0
    change = trends(_series([10.0, 13.0, 12.0]), method="prc_change")[0].value
    slope, base = np.polyfit([0.0, 1.0, 2.0], [10.0, 13.0, 12.0], 1)
    assert change == pytest.approx(100 * slope / base)
    assert trends(_series([-1.0, 2.0]), method="prc_change")[0].value == pytest.approx(300)
    assert math.isnan(trends(_series([0.0, 2.0]), method="prc_change")[0].value)
    # Exactly so many points as asked for suffice.
    assert trends(_series([1.0, 2.0, 4.0]), use_latest=3)[0].value == pytest.approx(1.0)
    assert trends(_series([9.0, 2.0, 4.0, NAN]), use_latest=2)[0].value == pytest.approx(1.0)
    assert math.isnan(trends(_series([1.0, 2.0]), use_latest=3)[0].value)
    filled = trends(_series([1.0, NAN, 3.0, NAN]), interp_at=[2019, 2021], times=[2018, 2019])[0]
    assert filled.value == pytest.approx(1.0)
    with pytest.raises(CompositeError, match="no time 1999"):
        trends(_series([1.0, 2.0]), times=[1999])


@given(st.integers(0, 100))
def test_a_correction_has_the_bits_of_the_full_computation(seed: int) -> None:
    framework, raw = small_framework(), random_table(seed, n=30, gaps=0.15)
    rng = np.random.default_rng(seed)
    rules = normalise(raw, framework, NormaliseSpec(l=1.0)).rules
    levels = levels_of(framework, ["arithmetic", "geometric"], None, 0.4)
    index = FrozenIndex(framework, rules, levels, WEIGHTS)
    scores = index.scores(raw)
    code, row = str(rng.choice(raw.codes)), int(rng.integers(30))
    value = NAN if seed % 5 == 0 else float(rng.uniform(0.2, 3))
    values = raw.values.copy()
    values[row, raw.place(code)] = value
    try:
        whole = index.scores(raw.with_values(values))
    except CompositeError:
        # The corrected value is far below the goalposts and the geometric mean refuses it, both ways.
        with pytest.raises(CompositeError):
            index.correct(scores, raw.units[row], {code: value})
        return
    done = index.correct(scores, raw.units[row], {code: value})
    assert np.array_equal(done.table.values, whole.values, equal_nan=True)
    assert done.recomputed == (code, framework[code].parent, "Index")


def test_the_public_data_corrected() -> None:
    done = normalise(inputs().table, inputs().framework)
    framework = inputs().framework
    levels = levels_of(framework, "arithmetic", None, 0.0)
    index = FrozenIndex(framework, done.rules, levels, framework.weights())
    scores = index.scores(inputs().table)
    fixed = index.correct(scores, "CHN", {"LPI": 4.0, "CPI": 45.0})
    assert fixed.recomputed == ("LPI", "CPI", "Physical", "Social", "Conn", "Sust", "Index")
    values = inputs().table.values.copy()
    row = inputs().table.units.index("CHN")
    values[row, inputs().table.place("LPI")], values[row, inputs().table.place("CPI")] = 4.0, 45.0
    assert np.array_equal(fixed.table.values, index.scores(inputs().table.with_values(values)).values, equal_nan=True)


def test_what_cannot_be_frozen_is_refused() -> None:
    framework, raw = small_framework(), random_table(0)
    ranked = normalise(raw, framework, NormaliseSpec(method="rank")).rules
    levels = levels_of(framework, "arithmetic", None, 0.0)
    with pytest.raises(CompositeError, match="depends on all units"):
        FrozenIndex(framework, ranked, levels, WEIGHTS)
    with pytest.raises(CompositeError, match="Copeland"):
        FrozenIndex(framework, normalise(raw, framework).rules, levels_of(framework, "copeland", None, 0.0), WEIGHTS)
