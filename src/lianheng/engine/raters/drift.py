"""Drift: whether raters grow stricter or more lenient while they rate."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .crossed import group_sums
from .errors import RatersError
from .long_ratings import Floats, Labels, LongRatings, read_long
from .rating_table import refuse_huge
from .severity import severity

ROUNDS = 500


@dataclass(frozen=True, slots=True)
class Drift:
    """Change of each rater's ratings with time, in points a unit of time, the units rated being allowed for.

    `slope` is positive where a rater grew more lenient; it is NaN for a rater who rated at one time only. `p_value` is
    two-sided; `adjusted` is it after Holm's correction for the number of raters. `common` is the slope of all raters
    together, with `common_error`.
    """

    labels: Labels
    slope: Floats
    error: Floats
    p_value: Floats
    adjusted: Floats
    common: float
    common_error: float


def drift(ratings: ArrayLike, raters: ArrayLike, units: ArrayLike, times: ArrayLike) -> Drift:
    """Estimate how each rater's severity moved.

    Parameters
    ----------
    ratings, raters, units : arrays of shape (n_ratings,)
        As for ``severity``.
    times : array of shape (n_ratings,)
        When each rating was given: days, or its number in the rater's sequence.

    Returns
    -------
    Drift

    Missing and empty input
    -----------------------
    As for ``severity``; a missing time is refused.

    References
    ----------
    docs/explanation/raters.md, "Drift"; Holm (1979), Scandinavian Journal of Statistics 6, 65–70.

    Examples
    --------
    Rater q gives one point less every day; p and r stay as they are.

    >>> units = ["a", "b", "c", "d", "e", "f"] * 3
    >>> raters = ["p"] * 6 + ["q"] * 6 + ["r"] * 6
    >>> days = [1, 2, 3, 4, 5, 6] + [6, 4, 2, 1, 3, 5] + [3, 1, 5, 6, 2, 4]
    >>> ratings = [80, 70, 86, 75, 81, 77] + [75, 66, 83, 75, 78, 73] + [81, 71, 85, 75, 82, 78]
    >>> found = drift(ratings, raters, units, days)
    >>> found.slope.round(1).tolist(), (found.adjusted < 0.05).tolist()
    ([-0.1, -0.9, -0.4], [False, True, False])
    """
    read = read_long(ratings, raters, units)
    when = np.asarray(times, dtype=np.float64)
    if when.shape != read.values.shape:
        raise RatersError(f"there are {len(read.values)} ratings, but times have the shape {when.shape}")
    bad = np.flatnonzero(~np.isfinite(when))
    if len(bad):
        raise RatersError(f"time {bad[0]} (counted from 0) is missing or not a finite number; leave its row out")
    refuse_huge(when)
    fitted = severity(read.values, read.rater, read.unit)
    own, spread = _centred(when, read)
    if not spread.any():
        raise RatersError("every rater rated at one time only: there is no drift to see")
    product = _products(read, own, spread, fitted.theta[1] ** 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = np.where(spread > 0, product / spread, np.nan)
        error = np.where(spread > 0, fitted.residual_sd / np.sqrt(spread), np.nan)
    p_value = np.array([math.erfc(abs(value) / math.sqrt(2)) for value in slope / error])
    total = float(spread.sum())
    return Drift(
        read.rater_labels,
        slope,
        error,
        p_value,
        _holm(p_value),
        float(product.sum()) / total,
        fitted.residual_sd / math.sqrt(total),
    )


def _centred(when: Floats, read: LongRatings) -> tuple[Floats, Floats]:
    """Times less each rater's mean time, and their sum of squares by rater (0 where it is rounding only)."""
    count = np.bincount(read.rater)
    own = when - (np.bincount(read.rater, weights=when) / count)[read.rater]
    spread = group_sums(read.rater, own**2, len(count))
    spread[spread <= 1e-18 * np.bincount(read.rater, weights=when**2)] = 0.0
    return own, spread


def _products(read: LongRatings, own: Floats, spread: Floats, ratio: float) -> Floats:
    """Σ time × rating of each rater, the units allowed for: lines of raters and effects of units fitted in turn."""
    count, unit_count = np.bincount(read.rater), np.bincount(read.unit)
    unit_of = np.zeros(len(unit_count))
    product = np.zeros(len(count))
    for _ in range(ROUNDS):
        free = read.values - unit_of[read.unit]
        level = (np.bincount(read.rater, weights=free) / count)[read.rater]
        product = group_sums(read.rater, own * free, len(count))
        slope = np.divide(product, spread, out=np.zeros(len(spread)), where=spread > 0)
        rest = read.values - level - slope[read.rater] * own
        # A ratio of 0 says that units do not differ.
        after = np.bincount(read.unit, weights=rest) * ratio / (unit_count * ratio + 1)
        moved = float(np.abs(after - unit_of).max())
        unit_of = after
        if moved <= 1e-10 * float(np.abs(read.values).max()):
            break
    return product


def _holm(p_values: Floats) -> Floats:
    """Holm's step-down adjustment; NaN stays NaN and is not counted."""
    adjusted = np.full(len(p_values), np.nan)
    order = [int(place) for place in np.argsort(p_values) if not math.isnan(p_values[place])]
    highest = 0.0
    for number, place in enumerate(order):
        highest = max(highest, min(1.0, float(p_values[place]) * (len(order) - number)))
        adjusted[place] = highest
    return adjusted
