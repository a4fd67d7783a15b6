"""Small areas after Fay and Herriot: direct estimates strengthened by area-level variables, with mean square errors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq

from .arrays import Numbers, numbers
from .errors import EstimationError

METHODS = ("reml", "ml", "fh")
GRID = 200


@dataclass(frozen=True, slots=True, eq=False)
class SmallAreas:
    """Result for all areas: predicted value, mean square error, and how much of the direct estimate it keeps."""

    value: Numbers
    mse: Numbers
    direct: Numbers
    direct_variance: Numbers
    synthetic: Numbers
    kept: Numbers
    coefficients: Numbers
    coefficient_se: Numbers
    between_variance: float
    method: str


def fay_herriot(
    direct: ArrayLike,
    variance: ArrayLike,
    auxiliary: ArrayLike,
    *,
    method: str = "reml",
) -> SmallAreas:
    """Empirical best linear unbiased predictions of areas, with their mean square errors.

    Parameters
    ----------
    direct : array of shape (m,)
        Direct estimates. NaN: no sample in the area; its prediction is synthetic.
    variance : array of shape (m,)
        Their sampling variances, above 0, taken as known.
    auxiliary : array of shape (m, p)
        Area-level variables; put a column of ones for the intercept.
    method : {"reml", "ml", "fh"}
        How the variance between areas is estimated; ``fh`` is the moment estimator of the paper. Of several maxima of
        the likelihood it is the highest, which scoring from one start can miss.

    Returns
    -------
    SmallAreas

    Raises
    ------
    EstimationError
        With fewer areas than variables plus one, or variables that repeat each other.

    References
    ----------
    Fay and Herriot (1979), JASA 74; Prasad and Rao (1990), JASA 85; Datta and Lahiri (2000), Statistica Sinica 10;
    Rao and Molina (2015), Small Area Estimation, chapter 6.

    Examples
    --------
    >>> areas = fay_herriot([1.0, 2.0, 3.0, 5.0], [0.5] * 4, [[1.0]] * 4)
    >>> areas.value.round(3).tolist(), round(areas.between_variance, 4)
    ([1.3, 2.129, 2.957, 4.614], 2.4167)
    """
    if method not in METHODS:
        raise EstimationError(f"method={method!r} is not known; choose one of {', '.join(METHODS)}")
    y, spread, x = _checked(direct, variance, auxiliary)
    there = ~np.isnan(y)
    between = _between(y[there], spread[there], x[there], method)
    v = spread[there] + between
    inverse = np.asarray(np.linalg.inv((x[there].T / v) @ x[there]), dtype=np.float64)
    beta = inverse @ ((x[there].T / v) @ y[there])
    synthetic = x @ beta
    kept = np.where(there, between / (between + spread), 0.0)
    value = synthetic + kept * np.where(there, np.nan_to_num(y) - synthetic, 0.0)
    mse = _mse(spread, x, there, between, inverse, method)
    return SmallAreas(value, mse, y, spread, synthetic, kept, beta, np.sqrt(np.diag(inverse)), between, method)


def _checked(direct: ArrayLike, variance: ArrayLike, auxiliary: ArrayLike) -> tuple[Numbers, Numbers, Numbers]:
    y = numbers(direct, "direct", missing=True)
    x = np.asarray(auxiliary, dtype=np.float64)
    if x.ndim != 2 or len(x) != len(y) or not np.isfinite(x).all():
        raise EstimationError(f"auxiliary: expected a table of {len(y)} rows without gaps, found shape {x.shape}")
    spread = numbers(variance, "variance", len(y), missing=True)
    there = ~np.isnan(y)
    if not (spread[there] > 0).all():
        area = int(np.flatnonzero(there & ~(spread > 0))[0])
        raise EstimationError(f"variance: area {area} (from 0) has none above 0; a direct estimate needs one")
    if there.sum() <= x.shape[1]:
        raise EstimationError(f"{int(there.sum())} areas with a direct estimate are too few for {x.shape[1]} variables")
    if np.linalg.matrix_rank(x[there]) < x.shape[1]:
        raise EstimationError("auxiliary: the columns repeat each other; leave one out")
    return y, np.where(there, spread, 1.0), x


def _between(y: Numbers, d: Numbers, x: Numbers, method: str) -> float:
    """Variance between areas: the best of all on a grid, then the root of its estimating equation beside it."""
    top = 4 * float(np.var(y) + d.max()) + 1e-300
    while method == "fh" and _equation(top, y, d, x, method)[0] > 0:
        top *= 10
    grid = np.concatenate([[0.0], np.geomspace(1e-6 * float(d.min()), top, GRID)])
    if method == "fh":
        # Its equation falls from left to right: one root, or none above 0.
        low, high = 0.0, top
    else:
        best = int(np.argmin([_equation(float(a), y, d, x, method)[1] for a in grid]))
        low, high = float(grid[max(best - 1, 0)]), float(grid[min(best + 1, GRID)])
    if _equation(low, y, d, x, method)[0] <= 0:
        return low
    return float(brentq(lambda a: _equation(a, y, d, x, method)[0], low, high, xtol=1e-300, rtol=1e-14))


def _equation(a: float, y: Numbers, d: Numbers, x: Numbers, method: str) -> tuple[float, float]:
    """The estimating equation, 0 at the estimate and falling through it; and −2 log likelihood (fh: 0)."""
    w = 1 / (a + d)
    xw = x.T * w
    gram = xw @ x
    residual = y - x @ np.linalg.solve(gram, xw @ y)
    square = float(w @ residual**2)
    if method == "fh":
        return square - (len(y) - x.shape[1]), 0.0
    score, criterion = float((w * residual) @ (w * residual)) - float(w.sum()), square - float(np.log(w).sum())
    if method == "reml":
        score += float(np.trace(np.linalg.solve(gram, (x.T * w**2) @ x)))
        criterion += float(np.linalg.slogdet(gram)[1])
    return score, criterion


def _mse(
    d: Numbers, x: Numbers, there: np.typing.NDArray[np.bool_], a: float, inverse: Numbers, method: str
) -> Numbers:
    """g1 + g2 + 2 g3, less the bias of ``ml`` and ``fh`` (Datta and Lahiri; Datta, Rao and Smith)."""
    w = 1 / (a + d[there])
    square = float((w**2).sum())
    b = np.where(there, d / (a + d), 1.0)
    g1 = np.where(there, a * b, a)
    g2 = b**2 * np.einsum("ij,jk,ik->i", x, inverse, x)
    m = float(there.sum())
    uncertainty = 2 * m / float(w.sum()) ** 2 if method == "fh" else 2 / square
    g3 = np.where(there, d**2 / (a + d) ** 3 * uncertainty, 0.0)
    mse = g1 + g2 + 2 * g3
    if method == "ml":
        bias = -float(np.trace(inverse @ ((x[there].T * w**2) @ x[there]))) / square
        mse = mse - np.where(there, bias * b**2, 0.0)
    if method == "fh":
        bias = 2 * (m * square - float(w.sum()) ** 2) / float(w.sum()) ** 3
        mse = mse - np.where(there, bias * b**2, 0.0)
    return np.asarray(mse, dtype=np.float64)
