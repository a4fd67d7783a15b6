"""Planted changes come out, quiet series stay quiet; precision, recall and false alarms are printed."""

import numpy as np
import pytest

from lianheng.engine.redflags.series.detect import Settings, false_discovery, judge_series, monthly_factors
from lianheng.engine.redflags.series.monthly import Monthly, month_number

pytestmark = pytest.mark.slow

QUICK = Settings(rounds=499)
START = 12 * 2020


def series(counts: object) -> Monthly:
    return Monthly("A", START, tuple(int(count) for count in counts))  # type: ignore[attr-defined]


def level(random: np.random.Generator, *parts: tuple[int, float]) -> np.ndarray:
    return random.poisson(np.repeat([rate for _, rate in parts], [months for months, _ in parts]))


def test_planted_changes_are_found_and_quiet_series_are_not(capsys: pytest.CaptureFixture[str]) -> None:
    random = np.random.default_rng(20)
    planted = [(level(random, (20, 25), (16, 12)), 20) for _ in range(20)]
    planted += [(level(random, (12, 8), (12, 20)), 12) for _ in range(20)]
    quiet = [random.poisson(25, 36) for _ in range(30)]
    found = right = false = 0
    for counts, place in planted:
        changes = judge_series(series(counts), QUICK).changes
        near = [change for change in changes if abs(month_number(change.month) - START - place) <= 2]
        found, right = found + bool(near), right + (len(near) == 1)
        false += len(changes) - len(near)
    false += sum(len(judge_series(series(counts), QUICK).changes) for counts in quiet)
    recall, precision = found / len(planted), found / (found + false)
    with capsys.disabled():
        print(
            f"\nseries: recall {recall:.1%} of {len(planted)} planted, precision {precision:.1%} with 30 quiet series"
        )
    assert recall >= 0.9 and precision >= 0.9 and right == found


@pytest.mark.parametrize("kind", ["poisson", "spread", "season"])
def test_false_alarms_are_about_as_rare_as_alpha_says(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    random = np.random.default_rng(7)
    wave = np.tile(1 + 0.6 * np.sin(np.arange(12) * np.pi / 6), 3)
    draw = {
        "poisson": lambda: random.poisson(20, 36),
        "spread": lambda: random.negative_binomial(10, 1 / 3, 36),  # variance three times the mean
        "season": lambda: random.poisson(20 * wave),
    }[kind]
    alarms = sum(bool(judge_series(series(draw()), QUICK).changes) for _ in range(80))
    with capsys.disabled():
        print(f"\nseries: {alarms / 80:.1%} false alarms at alpha 1 % on 80 {kind} series of 36 months")
    # At 1 %, more than 4 of 80 has a chance of 0.1 %; without a test every season alarms.
    assert alarms <= 4


def test_a_drop_under_a_season_is_found_and_the_season_is_not() -> None:
    random = np.random.default_rng(3)
    wave = np.tile(1 + 0.6 * np.sin(np.arange(12) * np.pi / 6), 4)
    counts = random.poisson(wave * np.repeat([30, 12], [30, 18]))
    found = judge_series(series(counts), QUICK)
    assert found.season == "adjusted" and [change.kind for change in found.changes] == ["drop"]
    assert abs(month_number(found.changes[0].month) - START - 30) <= 1
    assert found.changes[0].ratio == pytest.approx(0.4, abs=0.1)


def test_the_monthly_factors_are_the_poisson_fit() -> None:
    random = np.random.default_rng(4)
    counts, calendar = random.poisson(15, 30).astype(float), np.arange(30) % 12
    stretch = (np.arange(30) >= 13).astype(int)
    factors = monthly_factors(counts, calendar, [13])
    fitted = (np.bincount(stretch, counts) / np.bincount(stretch, factors))[stretch] * factors
    # The likelihood of level × month is concave: it is largest where both margins of the fit are those of the counts.
    for group in (stretch, calendar):
        assert np.bincount(group, fitted) == pytest.approx(np.bincount(group, counts), rel=1e-9)


@pytest.mark.parametrize(
    ("counts", "reason"),
    [
        ((5,) * 11, "少于12个月"),
        ((5, None) * 12, "等12个月的数据"),
        ((0,) * 24, "全部月份都是0"),
        ((0, 1) * 12, "平均每月不到1件"),
    ],
)
def test_what_cannot_be_told(counts: tuple[int | None, ...], reason: str) -> None:
    found = judge_series(Monthly("A", START, counts))
    assert found.result == "cannot_tell" and reason in found.reason and not found.changes


def test_silence_is_told_apart_from_a_drop() -> None:
    random = np.random.default_rng(5)
    counts = [*random.poisson(6, 22), 0, 0]
    found = judge_series(series(counts))
    assert found.result == "silence" and found.changes == ()
    assert [(s.month, s.months, s.ongoing) for s in found.silences] == [("2021-11", 2, True)]
    # At two a month, two months of zero may be chance.
    assert judge_series(series([2, 1, 3, 2, 2, 1, 3, 2, 1, 2, 3, 0, 0])).silences == ()


def test_holidays_are_no_silence() -> None:
    year = [20, 22, 19, 21, 20, 18, 0, 0, 21, 20, 19, 22]
    assert judge_series(series(year * 3)).silences == ()
    # The same two months, silent in one year alone.
    other = [20, 22, 19, 21, 20, 18, 17, 19, 21, 20, 19, 22]
    assert [s.month for s in judge_series(series([*other, *year, *other])).silences] == ["2021-07"]
    # A year and a half of nothing is not explained by itself.
    assert judge_series(series([*other[:10], *[0] * 18])).silences[0].ongoing


def test_equal_seeds_give_equal_answers() -> None:
    counts = level(np.random.default_rng(9), (18, 20), (18, 13))
    assert judge_series(series(counts), QUICK) == judge_series(series(counts), QUICK)


def test_q_is_never_below_p_and_keeps_its_order() -> None:
    random = np.random.default_rng(11)
    judged = [judge_series(series(level(random, (18, 20), (18, 20 - n)))) for n in range(0, 15, 3)]
    values = false_discovery(judged)
    assert all(q >= one.p for q, one in zip(values, judged, strict=True)) and false_discovery([]) == []
