"""What one monthly series says: changes of level, silence, nothing, or that it cannot be told."""

from __future__ import annotations

from dataclasses import dataclass
from math import log

import numpy as np
from numpy.typing import NDArray

from lianheng.engine.redflags.series.monthly import Monthly, month_name
from lianheng.engine.redflags.series.scan import change_p, season_p
from lianheng.engine.redflags.series.segments import Floats, best_divisions
from lianheng.engine.redflags.series.silence import Silence, find_silences

FEWEST, TWO_YEARS = 12, 24
SEASON_ALPHA = 0.05
MOST_CHANGES = 5


@dataclass(frozen=True, slots=True)
class Settings:
    """`alpha`: the largest p of a change; `least`: months of a level at least; `rounds`, `seed`: of permutations."""

    alpha: float = 0.01
    least: int = 3
    rounds: int = 999
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Change:
    """A change of level from `month` on; levels are means a month, cleared of the season where there is one."""

    month: str
    before: float
    after: float
    difference: float
    ratio: float | None
    p: float

    @property
    def kind(self) -> str:
        """`drop` or `rise`."""
        return "drop" if self.after < self.before else "rise"


@dataclass(frozen=True, slots=True)
class Judged:
    """The verdict on a series. `season`: adjusted, none (two years show none), or untold (less than two years)."""

    unit: str
    result: str
    reason: str
    first: str
    last: str
    months: int
    total: int
    mean: float
    season: str
    changes: tuple[Change, ...]
    silences: tuple[Silence, ...]

    @property
    def p(self) -> float:
        """The smallest p of its changes; 1 where there is none."""
        return min((change.p for change in self.changes), default=1.0)


def judge_series(series: Monthly, settings: Settings | None = None) -> Judged:
    """Judge one series.

    Parameters
    ----------
    series : counts a month.
    settings : level, least length, permutations and seed; the seed makes equal answers.

    Returns
    -------
    `change` where a change of level has p ≤ alpha, `silence` where only zeros stand out, `clear` else; `cannot_tell`
    for less than 12 months, months that lack, no event at all, or less than one event a month.

    Example
    -------
    >>> drop = Monthly("A", 24276, (20, 22, 19, 24, 18, 21, 23, 20, 22, 9, 8, 11, 7, 10, 9, 8))
    >>> found = judge_series(drop)
    >>> found.result, [(c.month, c.before, c.after, c.ratio, c.p) for c in found.changes]
    ('change', [('2023-10', 21.0, 8.86, 0.42, 0.001)])
    >>> judge_series(Monthly("B", 24276, (3,) * 11)).reason
    '只有11个月，少于12个月'
    """
    settings = settings or Settings()
    reason = _why_untold(series)
    if reason:
        return _verdict(series, "cannot_tell", reason, "untold", (), ())
    silences = find_silences(series, settings.alpha)
    counts = np.array([count or 0 for count in series.counts], dtype=float)
    if counts.mean() < 1:
        result = "silence" if silences else "cannot_tell"
        return _verdict(series, result, "" if silences else "平均每月不到1件，看不出变化", "untold", (), silences)
    random = np.random.default_rng(settings.seed)
    calendar = (series.first + np.arange(len(counts))) % 12
    season = "untold"
    if len(counts) >= TWO_YEARS:
        seasonal = season_p(counts, calendar, settings.rounds, random) <= SEASON_ALPHA
        season = "adjusted" if seasonal else "none"
    changes = _changes(series, counts, calendar if season == "adjusted" else None, settings, random)
    result = "change" if changes else "silence" if silences else "clear"
    return _verdict(series, result, "", season, changes, silences)


def _why_untold(series: Monthly) -> str:
    lacking = [month_name(series.first + n) for n, count in enumerate(series.counts) if count is None]
    if lacking:
        more = f"等{len(lacking)}个月" if len(lacking) > 3 else ""
        return f"缺{'、'.join(lacking[:3])}{more}的数据"
    if len(series.counts) < FEWEST:
        return f"只有{len(series.counts)}个月，少于{FEWEST}个月"
    return "" if any(series.counts) else "全部月份都是0"


def _changes(
    series: Monthly, counts: Floats, calendar: NDArray[np.int_] | None, settings: Settings, random: np.random.Generator
) -> tuple[Change, ...]:
    """From the number of changes that a penalty asks for downwards, the first whose every change is significant."""
    exposure = np.ones(len(counts)) if calendar is None else monthly_factors(counts, calendar, [])
    asked = _asked(best_divisions(counts, exposure, settings.least, MOST_CHANGES), counts, exposure)
    for wanted in range(asked, 0, -1):
        places, exposure = _placed(counts, calendar, settings.least, wanted)
        if len(places) < wanted:
            continue
        edges = [0, *places, len(counts)]
        tested = [_tested(counts, calendar, edges, n, settings, random) for n in range(1, wanted + 1)]
        # Places were chosen before they were tested, so several changes must each be surer.
        if max(tested) <= settings.alpha / wanted:
            return tuple(_change(series, counts, exposure, edges, n, p) for n, p in enumerate(tested, 1))
    return ()


def _tested(
    counts: Floats, calendar: NDArray[np.int_] | None, edges: list[int], number: int, settings: Settings,
    random: np.random.Generator,
) -> float:  # fmt: skip
    """p of one change between its neighbours, the monthly factors fitted as if there were no such change."""
    start, place, end = edges[number - 1 : number + 2]
    others = [edge for edge in edges[1:-1] if edge != place]
    exposure = np.ones(len(counts)) if calendar is None else monthly_factors(counts, calendar, others)
    months = None if calendar is None else calendar[start:end]
    return change_p(counts[start:end], exposure[start:end], months, settings.least, settings.rounds, random)


def _asked(divisions: list[tuple[list[int], float]], counts: Floats, exposure: Floats) -> int:
    """How many changes pay for themselves: 2 log n each, times the spread beyond Poisson."""
    steps = np.diff(counts / np.maximum(exposure, 1e-12))
    spread = max(1.0, float((steps**2).mean() / (2 * counts.mean())))
    prices = [cost + 2 * log(len(counts)) * spread * len(places) for places, cost in divisions]
    return int(np.argmin(prices))


def _placed(counts: Floats, calendar: NDArray[np.int_] | None, least: int, wanted: int) -> tuple[list[int], Floats]:
    """The best places of so many changes; with a season, places and monthly factors in turn until they stay."""
    exposure, places = np.ones(len(counts)), list[int]()
    for _ in range(1 if calendar is None else 5):
        if calendar is not None:
            exposure = monthly_factors(counts, calendar, places)
        divisions = best_divisions(counts, exposure, least, wanted)
        if len(divisions) <= wanted or divisions[wanted][0] == places:
            return divisions[-1][0], exposure
        places = divisions[wanted][0]
    return places, exposure


def monthly_factors(counts: Floats, calendar: NDArray[np.int_], places: list[int]) -> Floats:
    """How much each calendar month is over or under the level of its stretch, fitted together with the levels.

    Parameters
    ----------
    counts : array of shape (n_months,).
    calendar : calendar month of each.
    places : first months of the stretches after the first.

    Returns
    -------
    Array of shape (n_months,), mean 1 over the calendar months: the maximum-likelihood factors of the Poisson model
    level × month, found by fitting margins in turn.

    Example
    -------
    >>> monthly_factors(np.array([1.0, 3.0] * 12), np.arange(24) % 2, []).round(2).tolist()[:2]
    [0.5, 1.5]
    """
    stretch = np.zeros(len(counts), dtype=int)
    stretch[places] = 1
    stretch = np.cumsum(stretch)
    _, month = np.unique(calendar, return_inverse=True)
    factors = np.ones(month.max() + 1)
    for _ in range(30):
        levels = np.bincount(stretch, counts) / np.maximum(np.bincount(stretch, factors[month]), 1e-12)
        factors = np.bincount(month, counts) / np.maximum(np.bincount(month, levels[stretch]), 1e-12)
        factors = factors / max(factors.mean(), 1e-12)
    spread: Floats = factors[month]
    return spread


def _change(series: Monthly, counts: Floats, exposure: Floats, edges: list[int], number: int, p: float) -> Change:
    start, place, end = edges[number - 1 : number + 2]
    before, after = (
        float(counts[a:b].sum() / max(exposure[a:b].sum(), 1e-12)) for a, b in ((start, place), (place, end))
    )
    ratio = round(after / before, 2) if before else None
    return Change(
        month_name(series.first + place), round(before, 2), round(after, 2), round(after - before, 2), ratio, p
    )


def _verdict(
    series: Monthly, result: str, reason: str, season: str, changes: tuple[Change, ...], silences: tuple[Silence, ...]
) -> Judged:
    held = [count for count in series.counts if count is not None]
    return Judged(
        series.unit, result, reason, month_name(series.first),
        month_name(series.first + max(len(series.counts), 1) - 1), len(series.counts), sum(held),
        round(sum(held) / len(held), 2) if held else 0.0, season, changes, silences,
    )  # fmt: skip


def false_discovery(judged: list[Judged]) -> list[float]:
    """The q-value of each unit by Benjamini and Hochberg; units without a tested change count with p = 1.

    References
    ----------
    Benjamini & Hochberg, "Controlling the False Discovery Rate", J. R. Stat. Soc. B 57 (1995) 289–300.

    Example
    -------
    >>> def with_p(p):
    ...     return Judged("A", "change", "", "", "", 12, 1, 1.0, "none", (Change("", 1, 2, 1, 2.0, p),), ())
    >>> false_discovery([with_p(0.01), with_p(0.04), with_p(0.03), with_p(0.005)])
    [0.02, 0.04, 0.04, 0.02]
    """
    order = sorted(range(len(judged)), key=lambda n: judged[n].p)
    values, least = [1.0] * len(judged), 1.0
    for rank in range(len(order), 0, -1):
        least = min(least, judged[order[rank - 1]].p * len(order) / rank)
        values[order[rank - 1]] = round(least, 6)
    return values
