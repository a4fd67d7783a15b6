"""Correlation of two columns: three kinds, with p-values."""

from __future__ import annotations

import math
from functools import cache
from itertools import permutations

import numpy as np

from .errors import CompositeError
from .moments import middle_ranks
from .tables import Floats, Table

KINDS = ("pearson", "spearman", "kendall")


def correlation(x: Floats, y: Floats, *, kind: str = "pearson") -> tuple[float, float, int]:
    """Correlate two columns over complete pairs.

    Parameters
    ----------
    x, y : arrays of shape (n,)
    kind : {"pearson", "spearman", "kendall"}
        Spearman: Pearson of mid-ranks of the complete pairs; Kendall: tau-b.

    Returns
    -------
    (r, p, n)
        Two-sided p-value. Pearson and Spearman: t with n − 2 degrees of freedom (Spearman without ties and n ≤ 1290:
        exact up to 9 pairs, Edgeworth series above). Kendall: exact without ties and n < 50, else normal with
        tie-corrected variance. NaN for fewer than 3 pairs or a constant column.

    References
    ----------
    COINr `get_corr`, R `cor.test`.

    Examples
    --------
    >>> import numpy as np
    >>> r, p, n = correlation(np.array([1.0, 2, 3, 4]), np.array([2.0, 1, 4, 3]))
    >>> round(r, 3), round(p, 3), n
    (0.6, 0.4, 4)
    """
    if kind not in KINDS:
        raise CompositeError(f"the correlation is {kind!r}; use one of {', '.join(KINDS)}")
    both = ~(np.isnan(x) | np.isnan(y))
    a, b = np.asarray(x)[both], np.asarray(y)[both]
    n = len(a)
    if n < 3 or a.min() == a.max() or b.min() == b.max():
        return math.nan, math.nan, n
    if kind == "pearson":
        r = _pearson(a, b)
        return r, _t_test(r, n), n
    if kind == "spearman":
        r = _pearson(middle_ranks(a), middle_ranks(b))
        untied = len(np.unique(a)) == n and len(np.unique(b)) == n
        return r, spearman_p_value(r, n) if untied and n <= 1290 else _t_test(r, n), n
    return (*_kendall(a, b), n)


def _pearson(a: Floats, b: Floats) -> float:
    da, db = a - a.mean(), b - b.mean()
    r = float((da @ db) / math.sqrt((da @ da) * (db @ db)))
    return max(-1.0, min(1.0, r))


def _t_test(r: float, n: int) -> float:
    from scipy.special import stdtr

    if abs(r) >= 1.0:
        return 0.0
    t = abs(r) * math.sqrt((n - 2) / (1.0 - r * r))
    return float(2.0 * stdtr(n - 2, -t))


# Of the Edgeworth series of Spearman's Σd² (Best, Roberts 1975).
C = (0.2274, 0.2531, 0.1745, 0.0758, 0.1033, 0.3932, 0.0879, 0.0151, 0.0072, 0.0831, 0.0131, 4.6e-4)


def spearman_p_value(rho: float, n: int) -> float:
    """Two-sided p-value of Spearman's rho without ties, as R's `cor.test` has it.

    Twice the smaller tail of Σd², at most 1: all n! orders counted up to n = 9, Edgeworth series above.

    References
    ----------
    Best, D. J., Roberts, D. E. (1975). Algorithm AS 89. Applied Statistics 24(3), 377–379.

    Examples
    --------
    >>> round(spearman_p_value(0.8, 5), 4)
    0.1333
    """
    whole = (n**3 - n) / 3
    observed = round(whole * (1.0 - rho) / 2)
    lower = observed <= whole / 2
    if n <= 9:
        sums = _distances(n)
        tail = float((sums <= observed).mean() if lower else (sums >= observed).mean())
    else:
        # Σd² takes even values only: the boundary lies halfway to the next one.
        tail = _edgeworth(observed + (1 if lower else -1), n, lower)
    return min(1.0, max(0.0, 2.0 * tail))


@cache
def _distances(n: int) -> Floats:
    """Σd² of all n! orders."""
    orders = np.array(list(permutations(range(n))), dtype=np.int8)
    return np.asarray(((orders - np.arange(n, dtype=np.int8)).astype(np.int32) ** 2).sum(axis=1), dtype=np.float64)


def _edgeworth(boundary: float, n: int, lower: bool) -> float:
    b = 1.0 / n
    x = (6.0 * boundary * b / (n * n - 1.0) - 1.0) * math.sqrt(n - 1.0)
    y = x * x
    inner = C[6] + C[7] * b - y * (C[8] - C[9] * b + y * b * (C[10] - C[11] * y))
    u = x * b * (C[0] + b * (C[1] + C[2] * b) + y * (-C[3] + b * (C[4] + C[5] * b) - y * b * inner))
    upper = math.erfc(x / math.sqrt(2.0)) / 2.0 + u / math.exp(y / 2.0)
    return 1.0 - upper if lower else upper


def _kendall(a: Floats, b: Floats) -> tuple[float, float]:
    from scipy.stats import kendalltau

    untied = len(np.unique(a)) == len(a) and len(np.unique(b)) == len(b)
    found = kendalltau(a, b, method="exact" if untied and len(a) < 50 else "asymptotic")
    return float(found.statistic), float(found.pvalue)


def correlation_matrix(table: Table, *, kind: str = "pearson") -> Floats:
    """Return the correlations of all columns of a table; 1 on the diagonal, NaN where undefined."""
    k = len(table.codes)
    found = np.full((k, k), np.nan)
    for i in range(k):
        found[i, i] = 1.0
        for j in range(i):
            found[i, j] = found[j, i] = correlation(table.values[:, i], table.values[:, j], kind=kind)[0]
    return found
