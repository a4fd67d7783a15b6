"""One common factor by minimum residuals: shared by the omega of a scale and that of an index's group."""

from __future__ import annotations

import math

import numpy as np

from .rating_table import Floats

ROUNDS = 10_000


def one_factor_loadings(correlations: Floats, limit: float = math.inf) -> tuple[Floats, bool]:
    """Loadings that minimise the squares of the residual correlations off the diagonal.

    Parameters
    ----------
    correlations : array of shape (k, k)
        None missing, ones on the diagonal.
    limit : float
        No loading goes beyond ± this: below 1 it keeps a Heywood case at the edge.

    Returns
    -------
    (loadings, converged)
        Signed so that their sum is not negative; not converged too where no common factor is left.

    References
    ----------
    Harman, Jones (1966), Factor analysis by minimizing residuals (minres), Psychometrika 31, 351–368: one loading after
    the other is the least-squares answer to the others.

    Examples
    --------
    >>> found, converged = one_factor_loadings(np.array([[1, 0.56, 0.48], [0.56, 1, 0.42], [0.48, 0.42, 1]]))
    >>> found.round(6).tolist(), converged
    ([0.8, 0.7, 0.6], True)
    """
    values, vectors = np.linalg.eigh(correlations)
    loadings: Floats = np.clip(vectors[:, -1] * math.sqrt(max(float(values[-1]), 1e-9)), -limit, limit)
    loadings = loadings * (1.0 if loadings.sum() >= 0 else -1.0)
    off = correlations - np.diag(correlations.diagonal())
    for _ in range(ROUNDS):
        before = loadings.copy()
        for item in range(len(loadings)):
            squares = float(loadings @ loadings) - loadings[item] ** 2
            if squares <= 0:
                return loadings, False
            loadings[item] = min(max(float(off[item] @ loadings) / squares, -limit), limit)
        if float(np.abs(loadings - before).max()) < 1e-13:
            return loadings * (1.0 if loadings.sum() >= 0 else -1.0), True
    return loadings * (1.0 if loadings.sum() >= 0 else -1.0), False
