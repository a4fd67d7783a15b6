"""Copeland's method: how many units a unit beats, less how many beat it; exact with ties and missing values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .tables import Floats

TOLERANCE = 1e-9
CELLS = 2_000_000


@dataclass(frozen=True, eq=False)
class Outranking:
    """Pairwise comparison of all units.

    ``share[i, j]`` is the weight on which i beats j plus half of the ties, over their common indicators; ``scores`` are
    Copeland's; ``dominance_pairs`` counts ordered pairs without loss or tie on at least one common indicator.
    """

    share: Floats
    scores: Floats
    dominance_pairs: int

    @property
    def dominance_share(self) -> float:
        """Dominance pairs over all pairs."""
        n = len(self.scores)
        return self.dominance_pairs / (n * (n - 1) / 2) if n > 1 else float("nan")


def copeland_scores(values: Floats, weights: Floats) -> Floats:
    """Return the Copeland scores of all units.

    Parameters
    ----------
    values : array of shape (n_units, k)
        Higher is better; NaN is missing.
    weights : array of shape (k,)
        Not negative.

    Returns
    -------
    array of shape (n_units,)
        Integers in −(n−1)..n−1; NaN for a unit with nothing present. A pair is compared on the indicators that both
        have; without a common one it is a tie. The order of the units does not matter.

    References
    ----------
    Copeland (1951), as in Munda, Nardo (2009), Applied Economics 41. COINr `a_copeland`, whose missing cells and exact
    comparisons of float sums are defects.

    Examples
    --------
    >>> import numpy as np
    >>> copeland_scores(np.array([[1.0, 2], [2, np.nan], [0, 1]]), np.array([1.0, 1]))
    array([ 0.,  2., -2.])
    """
    n = len(values)
    scores = np.zeros(n)
    for rows, win, lose, tie in _compare(values, weights):
        scores[rows] = _signs(win, lose, tie).sum(axis=1)
    scores[np.isnan(values).all(axis=1)] = np.nan
    return scores


def outranking(values: Floats, weights: Floats) -> Outranking:
    """Return the outranking matrix with scores and dominance; arguments as for `copeland_scores`.

    Examples
    --------
    >>> import numpy as np
    >>> found = outranking(np.array([[1.0, 2], [2, 2]]), np.array([1.0, 1]))
    >>> found.share
    array([[0.  , 0.25],
           [0.75, 0.  ]])
    """
    n = len(values)
    share, scores, dominant = np.zeros((n, n)), np.zeros(n), 0
    for rows, win, lose, tie in _compare(values, weights):
        total = win + lose + tie
        with np.errstate(invalid="ignore"):
            share[rows] = np.where(total > 0, (win + 0.5 * tie) / total, 0.5)
        scores[rows] = _signs(win, lose, tie).sum(axis=1)
        dominant += int(((win > 0) & (lose == 0) & (tie == 0)).sum())
    np.fill_diagonal(share, 0.0)
    scores[np.isnan(values).all(axis=1)] = np.nan
    return Outranking(share, scores, dominant)


def _signs(win: Floats, lose: Floats, tie: Floats) -> NDArray[np.float64]:
    difference = win - lose
    tied = np.abs(difference) <= TOLERANCE * (win + lose + tie)
    result: NDArray[np.float64] = np.where(tied, 0.0, np.sign(difference))
    return result


def _compare(values: Floats, weights: Floats) -> Iterator[tuple[slice, Floats, Floats, Floats]]:
    """Yield, for blocks of rows, the weights on which they win, lose and tie against all units."""
    n = len(values)
    block = max(1, CELLS // max(n, 1))
    for start in range(0, n, block):
        rows = slice(start, min(start + block, n))
        win, lose, tie = (np.zeros((rows.stop - rows.start, n)) for _ in range(3))
        for child in np.flatnonzero(weights > 0):
            own, others = values[rows, child, None], values[None, :, child]
            win += weights[child] * (own > others)
            lose += weights[child] * (own < others)
            tie += weights[child] * (own == others)
        # A unit ties with itself, which is no pair.
        inside = np.arange(rows.start, rows.stop)
        tie[inside - start, inside] = 0.0
        yield rows, win, lose, tie
