"""静默 silence: months of zero that the level before makes unlikely. Not a drop: perhaps nobody reports."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log

from lianheng.engine.redflags.series.monthly import Monthly, month_name

YEAR = 12


@dataclass(frozen=True, slots=True)
class Silence:
    """A run of zeros; `ongoing` where it reaches the end; `p` the chance of it anywhere in the series."""

    month: str
    months: int
    ongoing: bool
    expected: float
    p: float


def find_silences(series: Monthly, alpha: float) -> tuple[Silence, ...]:
    """Runs of zeros that are no chance at the level of the twelve months before, and no season.

    Parameters
    ----------
    series : whole (no month lacks).
    alpha : a run counts where its chance, times the number of months, is at most this.

    Returns
    -------
    Silences in order of time. A run whose months are zero in every other year as well is season and left out, so is
    one with less than six months before it.

    Notes
    -----
    With mean λ and variance v of the months before, r zeros have chance e^(−λ r) for v ≤ λ, else of a negative
    binomial, (k / (k + λ))^(k r) with k = λ² / (v − λ).

    Example
    -------
    >>> find_silences(Monthly("A", 24288, (4, 5, 3, 6, 4, 5, 0, 0, 0)), 0.01)
    (Silence(month='2024-07', months=3, ongoing=True, expected=4.5, p=1.2e-05),)
    """
    counts = [count or 0 for count in series.counts]
    found = []
    place = 0
    while place < len(counts):
        end = place
        while end < len(counts) and counts[end] == 0:
            end += 1
        if end > place:
            silence = _judge(series, counts, place, end, alpha)
            if silence:
                found.append(silence)
        place = end + 1
    return tuple(found)


def _judge(series: Monthly, counts: list[int], start: int, end: int, alpha: float) -> Silence | None:
    before = counts[max(0, start - YEAR) : start]
    if len(before) < YEAR // 2 or not sum(before):
        return None
    chance = min(1.0, len(counts) * _chance(before, end - start))
    if chance > alpha or _every_year(counts, start, end):
        return None
    level = sum(before) / len(before)
    month = month_name(series.first + start)
    return Silence(month, end - start, end == len(counts), round(level, 2), float(f"{chance:.2g}"))


def _every_year(counts: list[int], start: int, end: int) -> bool:
    """Whether each month of the run is zero in every other year too, and there is another year."""
    for place in range(start, min(end, start + YEAR)):
        others = [counts[other] for other in range(place % YEAR, len(counts), YEAR) if not start <= other < end]
        if not others or any(others):
            return False
    return True


def _chance(before: list[int], run: int) -> float:
    level = sum(before) / len(before)
    spread = sum((count - level) ** 2 for count in before) / (len(before) - 1)
    if spread <= level:
        return exp(-level * run)
    size = level**2 / (spread - level)
    return exp(-size * run * log(1 + level / size))
