"""Winsorising and the log family, each on one column; missing stays missing."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .errors import CompositeError
from .moments import kurtosis, skewness
from .tables import Floats

Passes = Callable[[Floats], bool | None]


@dataclass(frozen=True, eq=False)
class Winsorised:
    """The treated column and the positions moved down (``high``) and up (``low``)."""

    values: Floats
    high: NDArray[np.intp]
    low: NDArray[np.intp]
    stopped_by_tie: bool

    @property
    def nwin(self) -> int:
        """Number of points moved."""
        return len(self.high) + len(self.low)


def passes_moment_test(column: Floats, skew_thresh: float = 2.0, kurt_thresh: float = 3.5) -> bool | None:
    """Return whether |skew| < 2 or kurtosis < 3.5; None where the test is undefined (constant, < 3 values)."""
    skew = skewness(column)
    if math.isnan(skew):
        return None
    return bool(abs(skew) < skew_thresh or kurtosis(column) < kurt_thresh)


def winsorise(
    column: Floats, *, winmax: int | None = 5, force_win: bool = False, passes: Passes = passes_moment_test
) -> Winsorised:
    """Pull the extreme points to their neighbours, one end per step, until the test passes.

    Parameters
    ----------
    column : array of shape (n,)
        NaN stays.
    winmax : int or None
        Largest number of points moved; None is no limit.
    force_win : bool
        Go on to ``winmax`` even when the test passes.
    passes : callable
        The test; None from it ends the treatment.

    Returns
    -------
    Winsorised
        Points tied at the extreme move as one group; a group that would exceed ``winmax`` stays (COINr moves it).

    References
    ----------
    COINr `winsorise`.

    Examples
    --------
    >>> import numpy as np
    >>> done = winsorise(np.array([1.0, 2, 3, 4, 5, 100]))
    >>> done.values, done.nwin
    (array([1., 2., 3., 4., 5., 5.]), 1)
    """
    values = np.array(column, dtype=np.float64)
    high = low = np.empty(0, np.intp)
    tied = False
    while (force_win or passes(values) is False) and (winmax is None or len(high) + len(low) < winmax):
        if np.isnan(skewness(values)):
            break
        upper = skewness(values) >= 0
        edge = np.nanmax(values) if upper else np.nanmin(values)
        moved = np.flatnonzero(values == edge)
        kept = low if upper else high
        if winmax is not None and len(moved) + len(kept) > winmax:
            tied = True
            break
        others = values[values != edge]
        values[moved] = np.nanmax(others) if upper else np.nanmin(others)
        high, low = (moved, low) if upper else (high, moved)
    return Winsorised(values, high, low, tied)


def log_ct(column: Floats) -> Floats:
    """COINr's `log_CT`: ln(x − min + 0.01·(max − min))."""
    low, high = _range(column)
    result: Floats = np.log(column - low + 0.01 * (high - low))
    return result


def log_ct_neg(column: Floats) -> Floats:
    """The mirror image for negative skew: −ln(max + 0.01·(max − min) − x)."""
    low, high = _range(column)
    result: Floats = -np.log(high + 0.01 * (high - low) - column)
    return result


def log_ct_orig(column: Floats) -> Floats:
    """COINr's `log_CT_orig`: ln(x − min + 1)."""
    result: Floats = np.log(column - _range(column)[0] + 1.0)
    return result


def log_gii(column: Floats) -> Floats:
    """The Global Innovation Index's log: ln((max − 1)(x − min)/(max − min) + 1); refused for max ≤ 1."""
    low, high = _range(column)
    if high <= 1:
        raise CompositeError(f"log_GII needs a maximum above 1, here it is {high:g}; use log_CT")
    result: Floats = np.log((high - 1.0) * (column - low) / (high - low) + 1.0)
    return result


def boxcox(column: Floats, lam: float, *, makepos: bool = True) -> Floats:
    """Box–Cox: (x^λ − 1)/λ, ln x for λ = 0; ``makepos`` first shifts to a minimum of 1.

    Examples
    --------
    >>> import numpy as np
    >>> boxcox(np.array([0.0, 3.0]), 0.5)
    array([0., 2.])
    """
    values = column - _range(column)[0] + 1.0 if makepos else column
    if np.nanmin(values) <= 0:
        raise CompositeError("boxcox needs positive values; use makepos = true")
    result: Floats = np.log(values) if lam == 0 else (values**lam - 1.0) / lam
    return result


def _range(column: Floats) -> tuple[float, float]:
    if np.isnan(column).all():
        raise CompositeError("the column has no present value")
    low, high = float(np.nanmin(column)), float(np.nanmax(column))
    if low == high:
        raise CompositeError("the column is constant and cannot be transformed")
    return low, high
