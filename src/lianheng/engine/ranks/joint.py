"""Largest standardised differences from a matrix of draws, whatever the dependence between units.

What all units share in a draw (one county's survey, one assessor) falls out of every difference; it is taken away
first, so that it cannot cost digits either.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from .inputs import Floats, times

CELLS = 150_000
# Below this share of its units' spread a difference is rounding: the two move together and their order is known.
EXACT = 1e-12


class JointErrors:
    """Errors of units that stand best first, shape (units, draws), with the spread of every difference."""

    def __init__(self, values: Floats, errors: Floats, deviations: Floats | None = None) -> None:
        self.values, self.n_draws = values, errors.shape[1]
        self.errors = np.ascontiguousarray(errors - errors.mean(axis=0) if deviations is None else errors)
        self.spread = _own_spread(self.errors, errors) if deviations is None else np.hypot.outer(deviations, deviations)
        with np.errstate(divide="ignore"):
            self._weights = np.where(self.spread > 0, 1 / self.spread, 0.0)

    def separation(self, rows: slice) -> Floats:
        """Standard deviations of the differences between some units and all."""
        result: Floats = self.spread[rows]
        return result

    def maxima(self, critical: float) -> Floats:
        """Largest difference of each draw over the pairs that a critical value has not settled.

        See ``IndependentErrors.maxima``. Units stand best first, so only "the first of two is better" can be settled.
        """
        best = np.zeros(self.n_draws)
        for unit in range(len(self.values) - 1):
            lead = self.values[unit] - self.values[unit + 1 :]
            free = np.flatnonzero(~(lead > times(critical, self.spread[unit, unit + 1 :])))
            for part, differences in self._differences(unit, slice(unit + 1, None)):
                np.maximum(best[part], -differences.min(axis=0), out=best[part])
                if len(free):
                    free_ones = differences if len(free) == len(lead) else differences[free]
                    np.maximum(best[part], free_ones.max(axis=0), out=best[part])
        return best

    def unit_maxima(self, unit: int, below: NDArray[np.bool_], above: NDArray[np.bool_]) -> Floats:
        """Largest difference of each draw over the pairs of one unit.

        `below` marks units already settled as worse than this one, `above` those settled as better.
        """
        best = np.zeros(self.n_draws)
        not_below, not_above = np.flatnonzero(~below), np.flatnonzero(~above)
        for part, differences in self._differences(unit, slice(None)):
            for free, sign in ((not_below, 1.0), (not_above, -1.0)):
                ones = differences if len(free) == len(differences) else differences[free]
                extreme = ones.max(axis=0) if sign > 0 else -ones.min(axis=0)
                np.maximum(best[part], extreme, out=best[part])
        return best

    def _differences(self, unit: int, others: slice) -> Iterator[tuple[slice, Floats]]:
        """Standardised differences of a unit to others, in blocks of draws that stay in the processor's cache."""
        weights = self._weights[unit, others, None]
        step = max(32, CELLS // len(weights))
        for start in range(0, self.n_draws, step):
            part = slice(start, start + step)
            differences = np.subtract(self.errors[unit, part], self.errors[others, part])
            differences *= weights
            yield part, differences


def _own_spread(errors: Floats, raw: Floats) -> Floats:
    """Standard deviations of all differences, from the draws themselves (n − 1)."""
    centred = errors - errors.mean(axis=1, keepdims=True)
    products = centred @ centred.T / (errors.shape[1] - 1)
    variances = np.diag(products)
    squares = np.maximum(variances[:, None] + variances[None, :] - 2 * products, 0.0)
    scale = raw.var(axis=1, ddof=1)
    known = squares <= EXACT**2 * (scale[:, None] + scale[None, :])
    np.fill_diagonal(known, True)
    return np.where(known, 0.0, np.sqrt(squares))
