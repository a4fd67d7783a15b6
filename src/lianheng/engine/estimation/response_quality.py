"""Careless answers: straight lines, contradictions, outliers, speed, copies. What is excluded stays visible."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

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
    table = _table(answers)
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
    table = _table(answers)
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
    table = _table(answers)
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
    table = _table(answers)
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
    table = _table(answers)
    plain = np.where(np.isnan(table), np.inf, table)
    _, code, times = np.unique(plain, axis=0, return_inverse=True, return_counts=True)
    shared = (times[code.ravel()] > 1) & ~np.isnan(table).all(axis=1)
    group = np.zeros(len(table), dtype=np.intp)
    if shared.any():
        number, _ = codes(code.ravel()[shared], "pattern")
        group[shared] = number + 1
    return group


@dataclass(frozen=True, slots=True)
class QualityRules:
    """Where lines are drawn. None: the check is not made. Every line is a choice to be stated beside the results."""

    longstring_at_least: int | None = None
    irv_below: float | None = None
    even_odd_above: float | None = None
    mahalanobis_p_below: float | None = None
    speed_above: float | None = 2.0
    missing_above: float | None = None
    duplicates: bool = True
    flags_to_exclude: int = 1


@dataclass(frozen=True, slots=True, eq=False)
class Screening:
    """Everybody's indices and reasons. Nobody is dropped: ``kept`` says who counts, ``reasons`` why not."""

    kept: np.typing.NDArray[np.bool_]
    reasons: tuple[tuple[str, ...], ...]
    indices: dict[str, Numbers] = field(default_factory=dict)

    @property
    def counts(self) -> dict[str, int]:
        """How many each reason was found for, kept or not."""
        found: dict[str, int] = {}
        for reasons in self.reasons:
            for reason in reasons:
                found[reason.split(":")[0]] = found.get(reason.split(":")[0], 0) + 1
        return found


def screen_responses(
    answers: ArrayLike,
    rules: QualityRules | None = None,
    *,
    scales: Sequence[int] | None = None,
    seconds: ArrayLike | None = None,
) -> Screening:
    """Apply the rules to everybody's answers.

    Parameters
    ----------
    answers : array of shape (n, items)
    rules : QualityRules, optional
        Left out: too fast, and copies.
    scales : sequence of int, optional
        For even–odd consistency.
    seconds : array of shape (n,) or (n, pages), optional
        For speed.

    Returns
    -------
    Screening
        Whoever has ``flags_to_exclude`` reasons or more is not kept. Of copies the first is kept.

    References
    ----------
    Meade and Craig (2012), Psychological Methods 17; Ward and Meade (2023), Annual Review of Psychology 74.

    Examples
    --------
    >>> found = screen_responses([[3, 3, 3, 3], [1, 4, 2, 5], [1, 4, 2, 5]], QualityRules(longstring_at_least=4))
    >>> found.kept.tolist(), found.reasons[2]
    ([False, True, False], ('copy: same answers as row 1',))
    """
    rules = rules or QualityRules()
    table = _table(answers)
    indices = _indices(table, rules, scales, seconds)
    reasons: list[list[str]] = [[] for _ in table]
    for name, words, line, high in _lines(rules):
        if line is not None and name in indices:
            values = indices[name]
            for row in np.flatnonzero(
                values >= line if name == "longstring" else values > line if high else values < line
            ):
                reasons[row].append(f"{words}: {name} {values[row]:.4g}, line {line:g}")
    if rules.duplicates:
        indices["duplicate_group"] = duplicate_groups(table).astype(np.float64)
        first: dict[int, int] = {}
        for row in np.flatnonzero(indices["duplicate_group"]):
            origin = first.setdefault(int(indices["duplicate_group"][row]), int(row))
            if origin != row:
                reasons[row].append(f"copy: same answers as row {origin}")
    kept = np.array([len(found) < rules.flags_to_exclude for found in reasons], dtype=bool)
    return Screening(kept, tuple(map(tuple, reasons)), indices)


def _lines(rules: QualityRules) -> list[tuple[str, str, float | None, bool]]:
    return [
        ("longstring", "straight line", rules.longstring_at_least, True),
        ("irv", "hardly any variation", rules.irv_below, False),
        ("even_odd", "contradicts himself", rules.even_odd_above, True),
        ("mahalanobis_p", "far from everybody", rules.mahalanobis_p_below, False),
        ("speed", "too fast", rules.speed_above, True),
        ("missing", "left too much out", rules.missing_above, True),
    ]


def _indices(
    table: Numbers, rules: QualityRules, scales: Sequence[int] | None, seconds: ArrayLike | None
) -> dict[str, Numbers]:
    indices = {"longstring": longstring(table), "irv": irv(table), "missing": np.isnan(table).mean(axis=1)}
    if scales is not None:
        indices["even_odd"] = even_odd(table, scales)
    elif rules.even_odd_above is not None:
        raise EstimationError("even-odd consistency needs the sizes of the scales; give scales")
    if rules.mahalanobis_p_below is not None:
        indices["mahalanobis"], indices["mahalanobis_p"] = mahalanobis(table)
    if seconds is not None:
        indices["speed"] = relative_speed(seconds)
        if len(indices["speed"]) != len(table):
            raise EstimationError(f"there are {len(table)} rows of answers, but {len(indices['speed'])} times")
    return indices


def _table(answers: ArrayLike) -> Numbers:
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
