"""Quartiles and Tukey's fences in doubles, to the last bit as the indicators' definition has them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction


def quantile(ordered: Sequence[float], probability: float) -> float:
    """A quantile after Hyndman and Fan's type 8.

    Parameters
    ----------
    ordered : values in ascending order.
    probability : from 0 to 1.

    Returns
    -------
    The quantile; NaN for no values and for a probability outside 0 to 1. A NaN among the values is the caller's matter
    (see `fences`).

    References
    ----------
    R. J. Hyndman and Y. Fan, "Sample quantiles in statistical packages", The American Statistician 50 (1996), 361-365.

    Example
    -------
    >>> quantile([2.0, 2.0, 4.0], 0.75)
    3.666666666666667
    """
    n = len(ordered)
    if n == 0 or not 0 <= probability <= 1:
        return math.nan
    h = (n + 1 / 3) * probability + 1 / 3
    k = int(h)
    if k <= 0 or probability == 0:
        return float(ordered[0])
    if k >= n or probability == 1:
        return float(ordered[-1])
    low = float(ordered[k - 1])
    return low + (h - k) * (float(ordered[k]) - low)


@dataclass(frozen=True, slots=True)
class Fences:
    """First and third quartile, and the fences one and a half interquartile ranges outside them."""

    q1: float
    q3: float

    @property
    def lower(self) -> float:
        """The lower fence, rounded once."""
        return _fused(self.q3 - self.q1, -1.5, self.q1)

    @property
    def upper(self) -> float:
        """The upper fence, rounded once."""
        return _fused(self.q3 - self.q1, 1.5, self.q3)


def fences(ordered: Sequence[float]) -> Fences:
    """Quartiles and fences of values in ascending order; all NaN for no values, and where a value is NaN.

    Example
    -------
    >>> found = fences([1, 1, 1, 1, 2, 2, 2, 9])
    >>> found.q1, found.q3, found.upper
    (1.0, 2.0, 3.5)
    >>> fences([]).lower
    nan
    """
    # NaN sorts to the one or the other end, depending on who sorts.
    if len(ordered) and (math.isnan(ordered[-1]) or math.isnan(ordered[0])):
        return Fences(math.nan, math.nan)
    return Fences(quantile(ordered, 0.25), quantile(ordered, 0.75))


def _fused(a: float, b: float, c: float) -> float:
    """a · b + c with a single rounding; Python has it from 3.13 only."""
    if not (math.isfinite(a) and math.isfinite(c)):
        return a * b + c
    try:
        return float(Fraction(a) * Fraction(b) + Fraction(c))
    except OverflowError:
        return a * b + c
