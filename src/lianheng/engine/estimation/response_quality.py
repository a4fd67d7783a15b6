"""Indices of careless answers: straight lines, contradictions, outliers, speed, copies."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from .arrays import Codes, Numbers, codes, numbers
from .errors import EstimationError


def longstring(answers: ArrayLike) -> Numbers:
    """The longest run of equal answers in a row of items.

    Parameters
    ----------
    answers : array of shape (n, items)
        In the order in which they were asked. NaN: not answered; it ends a run and counts as a run of one.

    Returns
    -------
    array of shape (n,)

    References
    ----------
    Johnson (2005), Journal of Research in Personality 39; R careless, longstring.

    Examples
    --------
    >>> longstring([[1, 1, 1, 2], [1, 2, 3, 4]]).tolist()
    [3.0, 1.0]
    """
    table = answer_table(answers)
    run = np.ones(len(table))
    longest = np.ones(len(table))
    for before, now in zip(table.T[:-1], table.T[1:], strict=True):
        run = np.where(before == now, run + 1, 1)
        longest = np.maximum(longest, run)
    return longest


def irv(answers: ArrayLike) -> Numbers:
    """Intra-individual response variability: the standard deviation (n − 1) of a person's answers.

    Parameters
    ----------
    answers : array of shape (n, items)
        NaN: not answered, left out. Fewer than two answers: NaN.

    Returns
    -------
    array of shape (n,)
        Low values are suspicious.

    References
    ----------
    Dunn et al. (2018), Journal of Business and Psychology 33; R careless, irv.

    Examples
    --------
    >>> irv([[1, 1, 1, 1], [1, 2, 3, 4]]).round(4).tolist()
    [0.0, 1.291]
    """
    table = answer_table(answers)
    there = ~np.isnan(table)
    n = there.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(there, table, 0).sum(axis=1) / n
        square = np.where(there, (table - mean[:, None]) ** 2, 0).sum(axis=1)
        return np.where(n > 1, np.sqrt(square / (n - 1)), np.nan)


def even_odd(answers: ArrayLike, scales: Sequence[int]) -> Numbers:
    """Even–odd consistency: does a person answer the two halves of each scale alike?

    Parameters
    ----------
    answers : array of shape (n, items)
        Items of one scale beside each other, reversed items turned already. NaN: not answered.
    scales : sequence of int
        Number of items of each scale, three scales or more.

    Returns
    -------
    array of shape (n,)
        Minus the correlation over scales of the means of even and odd items, stepped up by Spearman and Brown, not
        below −1 before the sign is turned: high values are suspicious. NaN where a half never varies.

    References
    ----------
    Johnson (2005), Journal of Research in Personality 39; R careless 1.2, evenodd.

    Examples
    --------
    >>> even_odd([[1, 1, 3, 3, 5, 5], [1, 5, 3, 3, 5, 1]], [2, 2, 2]).tolist()
    [-1.0, 1.0]
    """
    table = answer_table(answers)
    if len(scales) < 2 or min(scales) < 2 or sum(scales) != table.shape[1]:
        raise EstimationError(
            f"scales {list(scales)} are to be two or more, of two items or more, {table.shape[1]} in all"
        )
    even, odd, start = [], [], 0
    for size in scales:
        odd.append(_row_means(table[:, start : start + size : 2]))
        even.append(_row_means(table[:, start + 1 : start + size : 2]))
        start += size
    r = _row_correlations(np.stack(even, axis=1), np.stack(odd, axis=1))
    with np.errstate(invalid="ignore", divide="ignore"):
        stepped = 2 * r / (1 + r)
    return -np.where(stepped < -1, -1.0, stepped)


def mahalanobis(answers: ArrayLike) -> tuple[Numbers, Numbers]:
    """Squared Mahalanobis distance from the average person, and its tail probability.

    Parameters
    ----------
    answers : array of shape (n, items)
        NaN: not answered; the item counts as answered like the average. Nothing answered: NaN.

    Returns
    -------
    distance, p : arrays of shape (n,)
        p is the upper tail of chi-squared with as many degrees of freedom as the person answered items.

    References
    ----------
    Mahalanobis (1936); Meade and Craig (2012), Psychological Methods 17; R psych, outlier.

    Examples
    --------
    >>> distance, p = mahalanobis([[1, 2], [2, 1], [3, 4], [4, 3], [9, 1]])
    >>> int(distance.argmax())
    4
    """
    table = answer_table(answers)
    there = ~np.isnan(table)
    with np.errstate(invalid="ignore", divide="ignore"):
        apart = np.where(there, table - np.where(there, table, 0).sum(axis=0) / there.sum(axis=0), 0.0)
    matrix = _pairwise_covariance(table, there)
    try:
        turned = np.linalg.solve(matrix, apart.T).T
    except np.linalg.LinAlgError:
        raise EstimationError("some items repeat each other or never vary; leave them out of the distance") from None
    answered = there.sum(axis=1)
    distance = np.where(answered > 0, (turned * apart).sum(axis=1), np.nan)
    return distance, stats.chi2.sf(distance, np.maximum(answered, 1))


def relative_speed(seconds: ArrayLike) -> Numbers:
    """How many times as fast as the median a person answered.

    Parameters
    ----------
    seconds : array of shape (n,) or (n, pages)
        Time taken; with pages the mean over pages of median ÷ time, each capped at 3. NaN: unknown, left out.

    Returns
    -------
    array of shape (n,)
        Above 2 is often taken as too fast.

    References
    ----------
    Leiner (2019), Too Fast, too Straight, too Weird, Survey Research Methods 13 (relative speed index).

    Examples
    --------
    >>> relative_speed([100, 120, 30, 110]).round(2).tolist()
    [1.05, 0.88, 3.5, 0.95]
    """
    times = np.asarray(seconds, dtype=np.float64)
    single = times.ndim == 1
    table = times[:, None] if single else times
    if table.ndim != 2 or np.isinf(table).any() or (table <= 0).any():
        raise EstimationError("times are seconds above 0, one column or one for each page")
    with np.errstate(invalid="ignore", divide="ignore"):
        speed = np.nanmedian(table, axis=0) / table
    return speed[:, 0] if single else _row_means(np.minimum(speed, 3.0))


def duplicate_groups(answers: ArrayLike) -> Codes:
    """Who answered every item exactly alike: a group number from 1, and 0 for whoever is alone.

    Parameters
    ----------
    answers : array of shape (n, items)
        NaN equals NaN. Rows without any answer are in no group.

    Examples
    --------
    >>> duplicate_groups([[1, 2, 3], [3, 2, 1], [1, 2, 3]]).tolist()
    [1, 0, 1]
    """
    table = answer_table(answers)
    plain = np.where(np.isnan(table), np.inf, table)
    _, code, times = np.unique(plain, axis=0, return_inverse=True, return_counts=True)
    shared = (times[code.ravel()] > 1) & ~np.isnan(table).all(axis=1)
    group = np.zeros(len(table), dtype=np.intp)
    if shared.any():
        number, _ = codes(code.ravel()[shared], "pattern")
        group[shared] = number + 1
    return group


def answer_table(answers: ArrayLike) -> Numbers:
    """The answers as a table of numbers, NaN where there is none."""
    try:
        table = np.asarray(answers, dtype=np.float64)
    except (TypeError, ValueError):
        raise EstimationError("answers: not all are numbers; code the categories first") from None
    if table.ndim != 2 or not len(table) or table.shape[1] < 2 or np.isinf(table).any():
        raise EstimationError(f"answers: expected a table of persons by two items or more, found shape {table.shape}")
    for k, column in enumerate(table.T):
        numbers(column, f"answers[{k}]", missing=True)
    return table


def _row_means(table: Numbers) -> Numbers:
    there = ~np.isnan(table)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(there, table, 0).sum(axis=1) / there.sum(axis=1), dtype=np.float64)


def _row_correlations(x: Numbers, y: Numbers) -> Numbers:
    """Correlation of each row of x with that row of y, over columns where both are there."""
    there = ~(np.isnan(x) | np.isnan(y))
    n = there.sum(axis=1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        a = np.where(there, x - np.where(there, x, 0).sum(axis=1, keepdims=True) / n, 0)
        b = np.where(there, y - np.where(there, y, 0).sum(axis=1, keepdims=True) / n, 0)
        saa, sbb = (a * a).sum(axis=1), (b * b).sum(axis=1)
        # Rounding leaves a little where a half never varies.
        flat = (saa <= 1e-24 * (1 + np.nansum(x * x, axis=1))) | (sbb <= 1e-24 * (1 + np.nansum(y * y, axis=1)))
        return np.where(flat, np.nan, np.clip((a * b).sum(axis=1) / np.sqrt(saa * sbb), -1, 1))


def _pairwise_covariance(table: Numbers, there: np.typing.NDArray[np.bool_]) -> Numbers:
    """Covariances of items, each pair over those who answered both (and with means over those)."""
    zero = np.where(there, table, 0.0)
    mask = there.astype(np.float64)
    n = mask.T @ mask
    if (n < 2).any():
        raise EstimationError("two items were never answered by the same two people; leave one out of the distance")
    product, left, right = zero.T @ zero, zero.T @ mask, mask.T @ zero
    return np.asarray((product - left * right / n) / (n - 1), dtype=np.float64)
