"""Drift planted and found."""

from __future__ import annotations

import numpy as np
import pytest

from lianheng.engine.raters import RatersError, drift


def planted(seed: int, slopes: list[float]) -> tuple[np.ndarray, ...]:
    chance = np.random.default_rng(seed)
    raters = len(slopes)
    unit = np.concatenate([chance.permutation(60) for _ in range(raters)])
    rater, time = np.repeat(np.arange(raters), 60), np.tile(np.arange(60.0), raters)
    values = chance.normal(80, 5, 60)[unit] + chance.normal(0, 3, raters)[rater] + np.array(slopes)[rater] * time
    return values + chance.normal(0, 1, len(unit)), rater, unit, time


def test_the_rater_who_drifts_is_found() -> None:
    found = drift(*planted(1, [0.0, 0.0, -0.1, 0.0, 0.0]))
    assert found.slope == pytest.approx([0, 0, -0.1, 0, 0], abs=0.035)
    assert (found.adjusted < 0.05).tolist() == [False, False, True, False, False]
    assert found.error == pytest.approx(np.full(5, 1 / np.sqrt(60 * (60**2 - 1) / 12)), rel=0.25)


def test_all_may_drift_together() -> None:
    found = drift(*planted(2, [0.05] * 6))
    assert abs(found.common - 0.05) < 4 * found.common_error


def test_false_alarms_are_rare() -> None:
    alarms = [(drift(*planted(seed, [0.0] * 5)).adjusted < 0.05).any() for seed in range(60)]
    assert np.mean(alarms) < 0.16


def test_a_rater_of_one_day_has_no_slope() -> None:
    values, rater, unit, time = planted(3, [0.0, 0.0, 0.0])
    time[rater == 1] = 7
    found = drift(values, rater, unit, time)
    assert np.isnan(found.slope).tolist() == [False, True, False]
    assert np.isnan(found.adjusted[1])


def test_holm_is_applied() -> None:
    from lianheng.engine.raters.drift import _holm

    # Holm (1979): the smallest times 4, the next times 3 …, never falling.
    assert _holm(np.array([0.01, 0.04, 0.03, 0.005])) == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_what_has_no_time_is_refused() -> None:
    values, rater, unit, time = planted(4, [0.0, 0.0])
    with pytest.raises(RatersError, match="times have the shape"):
        drift(values, rater, unit, time[:-1])
    with pytest.raises(RatersError, match=r"time 3 .* missing"):
        drift(values, rater, unit, np.where(np.arange(120) == 3, np.nan, time))
    with pytest.raises(RatersError, match="one time only"):
        drift(values, rater, unit, rater)
