"""Kendall's W: whether raters put the units in the same order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .errors import RatersError
from .rating_table import Floats, read_numbers


@dataclass(frozen=True, slots=True)
class Concordance:
    """Kendall's W, 0 to 1, corrected for ties, with its χ² test against "no common order"."""

    value: float
    chi_square: float
    df: int
    p_value: float
    mean_spearman: float


def kendall_w(ratings: ArrayLike) -> Concordance:
    """Give Kendall's coefficient of concordance W.

    Parameters
    ----------
    ratings : array of shape (n_units, n_raters)
        Numbers or ranks, none missing. Each rater's ratings are ranked; ties share their mean rank.

    Returns
    -------
    Concordance
        `mean_spearman` is the mean rank correlation over pairs of raters, (mW − 1)/(m − 1).

    Missing and empty input
    -----------------------
    A missing rating, fewer than two units or raters, and raters who all give one rating only raise ``RatersError``.

    References
    ----------
    Kendall, Babington Smith (1939), Annals of Mathematical Statistics 10, 275–287; Siegel, Castellan (1988),
    Nonparametric Statistics, section 9.6 (ties).

    Examples
    --------
    >>> found = kendall_w([[1, 1, 2], [2, 3, 1], [3, 2, 3], [4, 4, 4]])
    >>> round(found.value, 4), found.df
    (0.7778, 3)
    """
    values = read_numbers(ratings)
    n, m = values.shape
    if n < 2:
        raise RatersError("there is only one unit; an order needs at least two")
    ranks, ties = mid_ranks(values)
    spread = float(((ranks.sum(axis=1) - m * (n + 1) / 2) ** 2).sum())
    possible = m**2 * (n**3 - n) - m * float(ties.sum())
    if possible <= 0:
        raise RatersError("every rater gives all units the same rating: there is no order to compare")
    w = 12 * spread / possible
    chi_square = m * (n - 1) * w
    return Concordance(w, chi_square, n - 1, _chi_square_tail(n - 1, chi_square), (m * w - 1) / (m - 1))


def mid_ranks(values: Floats) -> tuple[Floats, Floats]:
    """Ranks of each column from 1, ties sharing their mean, and each column's Σ(t³ − t) over its ties of t."""
    ranks, ties = np.empty(values.shape), np.zeros(values.shape[1])
    for column in range(values.shape[1]):
        _, place, count = np.unique(values[:, column], return_inverse=True, return_counts=True)
        ends = np.cumsum(count)
        ranks[:, column] = (ends - (count - 1) / 2)[place]
        ties[column] = float((count.astype(np.float64) ** 3 - count).sum())
    return ranks, ties


def _chi_square_tail(df: int, value: float) -> float:
    from scipy.special import chdtrc

    return float(chdtrc(df, value))
