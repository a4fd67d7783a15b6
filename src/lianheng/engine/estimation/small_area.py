"""Small areas after Fay and Herriot: direct estimates strengthened by area-level variables, with mean square errors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .arrays import Numbers, numbers
from .errors import EstimationError

METHODS = ("reml", "ml", "fh")


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
    rounds: int


def fay_herriot(
    direct: ArrayLike,
    variance: ArrayLike,
    auxiliary: ArrayLike,
    *,
    method: str = "reml",
    tolerance: float = 1e-10,
    rounds: int = 200,
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
        How the variance between areas is estimated; ``fh`` is the moment estimator of the paper.
    tolerance, rounds
        Stop when the variance between areas changes by less than ``tolerance`` of itself, or give up.

    Returns
    -------
    SmallAreas

    Raises
    ------
    EstimationError
        With fewer areas than variables plus one, variables that repeat each other, or no convergence.

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
    between, taken = _between(y[there], spread[there], x[there], method, tolerance, rounds)
    v = spread[there] + between
    inverse = np.asarray(np.linalg.inv((x[there].T / v) @ x[there]), dtype=np.float64)
    beta = inverse @ ((x[there].T / v) @ y[there])
    synthetic = x @ beta
    kept = np.where(there, between / (between + spread), 0.0)
    value = synthetic + kept * np.where(there, np.nan_to_num(y) - synthetic, 0.0)
    mse = _mse(spread, x, there, between, inverse, method)
    return SmallAreas(value, mse, y, spread, synthetic, kept, beta, np.sqrt(np.diag(inverse)), between, method, taken)


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


def _between(y: Numbers, d: Numbers, x: Numbers, method: str, tolerance: float, rounds: int) -> tuple[float, int]:
    """Variance between areas by Fisher scoring (fh: by Newton on its moment equation), not below 0."""
    a = float(np.median(d))
    for taken in range(1, rounds + 1):
        w = 1 / (a + d)
        xw = x.T * w
        inverse = np.linalg.inv(xw @ x)
        residual = y - x @ (inverse @ (xw @ y))
        if method == "fh":
            score, information = float(w @ residual**2) - (len(y) - x.shape[1]), float(w**2 @ residual**2)
        else:
            py = w * residual
            trace, square = float(w.sum()), float((w**2).sum())
            if method == "reml":
                xw2 = (x.T * w**2) @ x
                trace -= float(np.trace(inverse @ xw2))
                inner = inverse @ xw2
                square += float(np.trace(inner @ inner)) - 2 * float(np.trace(inverse @ ((x.T * w**3) @ x)))
            score, information = float(py @ py) - trace, square
        new = a + score / information
        if new <= 0:
            new = a / 10 if a > 1e-12 * float(np.median(d)) else 0.0
        if abs(new - a) <= tolerance * max(a, 1e-300) or new == a == 0.0:
            return new, taken
        a = new
    raise EstimationError(
        f"the variance between areas did not settle in {rounds} rounds; allow more, or try another method"
    )


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
