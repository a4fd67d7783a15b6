"""Statistics of one column over its present values; an undefined one is NaN."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .tables import Floats


def present(column: ArrayLike) -> Floats:
    """Return the values that are not missing."""
    values = np.asarray(column, dtype=np.float64)
    kept: Floats = values[~np.isnan(values)]
    return kept


def skewness(column: ArrayLike) -> float:
    """Sample skewness, type 2 (Excel's and SAS's).

    Parameters
    ----------
    column : array of shape (n,)
        NaN is left out.

    Returns
    -------
    float
        g1·√(n(n−1))/(n−2); NaN for n < 3 and for a constant.

    References
    ----------
    Joanes, D. N., Gill, C. A. (1998). Comparing measures of sample skewness and kurtosis. The Statistician 47.

    Examples
    --------
    >>> round(skewness([1, 2, 3, 10]), 6)
    1.763633
    """
    return _of_present(column, 3, _skew)


def kurtosis(column: ArrayLike) -> float:
    """Excess kurtosis, type 2.

    Parameters
    ----------
    column : array of shape (n,)
        NaN is left out.

    Returns
    -------
    float
        ((n+1)(r−3)+6)(n−1)/((n−2)(n−3)) with r = n·Σd⁴/(Σd²)²; NaN for n < 4 and for a constant.

    Examples
    --------
    >>> round(kurtosis([1, 2, 3, 10]), 6)
    3.228
    """
    return _of_present(column, 4, _kurt)


def _of_present(column: ArrayLike, least: int, shape: Callable[[Floats, int], Any]) -> float:
    values = present(column)
    if len(values) < least or values.min() == values.max():
        return float("nan")
    return float(shape(values - values.mean(), len(values)))


def _skew(deviations: Floats, n: int) -> Any:
    squares = deviations * deviations
    second = squares.sum(axis=0)
    result: np.float64 = np.sqrt(n) * (squares * deviations).sum(axis=0) / second**1.5 * np.sqrt(n * (n - 1)) / (n - 2)
    return result


def _kurt(deviations: Floats, n: int) -> Any:
    squares = deviations * deviations
    r = n * (squares * squares).sum(axis=0) / squares.sum(axis=0) ** 2
    return ((n + 1) * (r - 3) + 6) * (n - 1) / ((n - 2) * (n - 3))


def skew_and_kurtosis(columns: Floats) -> tuple[Floats, Floats]:
    """Return both for every column of a table at once; equal to the single functions to rounding."""
    count = columns.shape[1]
    skews, kurts = np.full(count, np.nan), np.full(count, np.nan)
    absent = np.isnan(columns)
    gaps = absent.any(axis=0)
    for place in np.flatnonzero(gaps):
        skews[place], kurts[place] = skewness(columns[:, place]), kurtosis(columns[:, place])
    whole = np.flatnonzero(~gaps)
    n = len(columns)
    if n >= 3 and len(whole):
        full = columns[:, whole] if gaps.any() else columns
        varied = full.min(axis=0) < full.max(axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):
            deviations = full - full.mean(axis=0)
            skews[whole] = np.where(varied, _skew(deviations, n), np.nan)
            if n >= 4:
                kurts[whole] = np.where(varied, _kurt(deviations, n), np.nan)
    return skews, kurts


def quantile(column: ArrayLike, p: float | Floats) -> float | Floats:
    """Quantile of type 7 over the present values; NaN if there are none.

    Examples
    --------
    >>> float(quantile([1, 2, 3, 4, float("nan")], 0.05))
    1.15
    """
    values = present(column)
    if not len(values):
        return np.full_like(p, np.nan, dtype=np.float64) if np.ndim(p) else float("nan")
    found = np.quantile(values, p, method="linear")
    return np.asarray(found) if np.ndim(p) else float(found)


def extremes(values: Floats) -> tuple[Floats, Floats]:
    """Return minimum and maximum of every column; NaN where a column is empty."""
    if not len(values):
        empty = np.full(values.shape[1], np.nan)
        return empty, empty.copy()
    low, high = np.fmin.reduce(values, axis=0), np.fmax.reduce(values, axis=0)
    return low, high


def standard_deviation(column: ArrayLike) -> float:
    """Standard deviation with n − 1; NaN for fewer than two values."""
    values = present(column)
    return float(values.std(ddof=1)) if len(values) > 1 else float("nan")


def middle_ranks(values: ArrayLike) -> Floats:
    """Ranks from 1 (smallest) with ties at their mean; NaN stays NaN."""
    column = np.asarray(values, dtype=np.float64)
    ranks = np.full(len(column), np.nan)
    kept = ~np.isnan(column)
    _, inverse, counts = np.unique(column[kept], return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    ranks[kept] = (ends - (counts - 1) / 2.0)[inverse]
    return ranks


def lowest_ranks(values: Floats) -> NDArray[np.float64]:
    """Ranks from 1 (smallest), ties share the lowest; NaN stays NaN."""
    ranks = np.full(len(values), np.nan)
    kept = ~np.isnan(values)
    inside = values[kept]
    ranks[kept] = np.searchsorted(np.sort(inside), inside, side="left") + 1.0
    return ranks
