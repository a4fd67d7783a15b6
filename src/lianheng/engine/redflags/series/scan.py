"""How surprising the largest difference between before and after is, over all places of change: permutations."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lianheng.engine.redflags.series.segments import Floats, poisson_cost


def largest_ratio(counts: Floats, exposure: Floats, least: int) -> Floats:
    """The largest likelihood-ratio statistic over the places of one change.

    Parameters
    ----------
    counts : array of shape (n_rows, n_months), one series a row.
    exposure : array of shape (n_months,).
    least : months before and after the change at least.

    Returns
    -------
    Array of shape (n_rows,); zeros where there are fewer than 2 × least months.

    Example
    -------
    >>> largest_ratio(np.array([[4.0, 4, 1, 1], [2, 2, 2, 2]]), np.ones(4), 1).round(2).tolist()
    [3.85, 0.0]
    """
    months = counts.shape[1]
    if months < 2 * least:
        return np.zeros(len(counts))
    before = np.cumsum(counts, axis=1)[:, least - 1 : months - least]
    spent = np.cumsum(exposure)[least - 1 : months - least]
    total, whole = counts.sum(axis=1, keepdims=True), exposure.sum()
    ratios = poisson_cost(total, whole) - poisson_cost(before, spent) - poisson_cost(total - before, whole - spent)
    best: Floats = np.maximum(ratios.max(axis=1), 0.0)
    return best


def change_p(
    counts: Floats, exposure: Floats, calendar: NDArray[np.int_] | None, least: int, rounds: int,
    random: np.random.Generator,
) -> float:  # fmt: skip
    """The share of reorderings of the months whose largest ratio is no smaller.

    Parameters
    ----------
    counts, exposure : arrays of shape (n_months,).
    calendar : calendar month 0–11 of each; given: only the same months of different years change places, so that
        a season stays as it is. None: every month with every other.
    least : as in `largest_ratio`.
    rounds : reorderings.
    random : generator.

    Returns
    -------
    p in [1 / (rounds + 1), 1]; exact for exchangeable months whatever their distribution, so spread beyond Poisson
    does not make it too small. Months that depend on each other do.

    References
    ----------
    Phipson & Smyth, "Permutation P-values should never be zero", Stat. Appl. Genet. Mol. Biol. 9 (2010) 39.

    Example
    -------
    >>> steps = np.array([9.0] * 8 + [2.0] * 8)
    >>> change_p(steps, np.ones(16), None, 3, 199, np.random.default_rng(1))
    0.005
    """
    observed = largest_ratio(counts[None, :], exposure, least)[0]
    shuffled = _reordered(counts, calendar, rounds, random)
    as_large = int((largest_ratio(shuffled, exposure, least) >= observed - 1e-9).sum())
    return (1 + as_large) / (rounds + 1)


def season_p(counts: Floats, calendar: NDArray[np.int_], rounds: int, random: np.random.Generator) -> float:
    """The share of reorderings in which calendar months differ as much as they do: small where there is a season.

    Example
    -------
    >>> year = [2.0] * 6 + [9.0] * 6
    >>> season_p(np.array(year * 2), np.arange(24) % 12, 99, np.random.default_rng(1))
    0.01
    """
    shuffled = np.vstack([counts[None, :], _reordered(counts, None, rounds, random)])
    between = np.zeros(len(shuffled))
    for month in np.unique(calendar):
        here = calendar == month
        between += shuffled[:, here].sum(axis=1) ** 2 / here.sum()
    return (1 + int((between[1:] >= between[0] - 1e-9).sum())) / (rounds + 1)


def _reordered(counts: Floats, calendar: NDArray[np.int_] | None, rounds: int, random: np.random.Generator) -> Floats:
    keys = random.random((rounds, len(counts)))
    if calendar is None:
        mixed: Floats = counts[np.argsort(keys, axis=1)]
        return mixed
    mixed = np.tile(counts, (rounds, 1))
    for month in np.unique(calendar):
        here = np.flatnonzero(calendar == month)
        mixed[:, here] = counts[here][np.argsort(keys[:, here], axis=1)]
    return mixed
