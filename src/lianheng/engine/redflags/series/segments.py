"""The best division of counts into stretches of one level each, by ruptures with the cost of a Poisson model."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def poisson_cost(total: Any, exposure: Any) -> Any:
    """Twice the negative maximal log-likelihood of counts at one rate, less what no division changes.

    −2 S log(S / E), 0 for S = 0, of arrays of sums S and exposures E.

    Example
    -------
    >>> float(poisson_cost(6.0, 3.0).round(3))
    -8.318
    """
    sums = np.asarray(total, dtype=float)
    safe = np.maximum(sums, 1e-300) / np.maximum(np.asarray(exposure, dtype=float), 1e-300)
    return np.where(sums > 0, -2.0 * sums * np.log(safe), 0.0)


def best_divisions(counts: Floats, exposure: Floats, least: int, most: int) -> list[tuple[list[int], float]]:
    """For 0, 1, … changes the best places of change, and the cost.

    Parameters
    ----------
    counts, exposure : arrays of shape (n_months,).
    least : months of a stretch at least.
    most : changes at most; fewer where the months do not suffice.

    Returns
    -------
    List of (first months of each following stretch, cost), by number of changes.

    References
    ----------
    Truong, Oudre, Vayatis, "Selective review of offline change point detection methods", Signal Processing 167
    (2020) 107299, §5.1: dynamic programming gives the exact optimum.

    Example
    -------
    >>> flat = np.array([5, 5, 5, 5, 1, 1, 1, 1], dtype=float)
    >>> best_divisions(flat, np.ones(8), least=2, most=1)[1][0]
    [4]
    """
    from ruptures.detection.dynp import Dynp  # type: ignore[import-untyped]

    size = len(counts)
    table = _table(counts, exposure)
    found: list[tuple[list[int], float]] = [([], float(table[0, size]))]
    search = Dynp(custom_cost=_cost_class()(table), min_size=least, jump=1)
    search.fit(counts)
    try:
        for number in range(1, min(most, size // least - 1) + 1):
            places = [int(place) for place in search.predict(n_bkps=number)]
            edges = [0, *places]
            cost = sum(float(table[start, end]) for start, end in zip(edges, places, strict=False))
            found.append((places[:-1], cost))
    finally:
        # ruptures keeps every sub-result of every series otherwise.
        Dynp.seg.cache_clear()
    return found


def _table(counts: Floats, exposure: Floats) -> Floats:
    """The cost of every stretch [start, end)."""
    sums, exposures = (np.concatenate([[0.0], np.cumsum(values)]) for values in (counts, exposure))
    table: Floats = poisson_cost(sums[None, :] - sums[:, None], exposures[None, :] - exposures[:, None])
    return table


@cache
def _cost_class() -> Any:
    """ruptures' interface for a cost; made on first use, so that importing this module asks for no ruptures."""
    from ruptures.base import BaseCost  # type: ignore[import-untyped]

    class TableCost(BaseCost):  # type: ignore[misc]
        """A cost that is looked up."""

        model = "poisson"
        min_size = 1

        def __init__(self, table: Floats) -> None:
            self._rows = table.tolist()

        def fit(self, signal: Any) -> Any:
            """Nothing to fit: the table holds every stretch."""
            self.signal = signal
            return self

        def error(self, start: int, end: int) -> float:
            """The cost of a stretch."""
            return float(self._rows[start][end])

    return TableCost
