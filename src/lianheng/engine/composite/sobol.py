"""Sobol indices from the outputs of a Saltelli design, or of a full grid."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np

from .errors import CompositeError
from .tables import Floats


@dataclass(frozen=True, eq=False)
class SobolIndices:
    """Indices with intervals; arrays of shape (n_assumptions,). NaN where the output does not vary."""

    first_order: Floats
    total: Floats
    first_order_low: Floats
    first_order_high: Floats
    total_low: Floats
    total_high: Floats
    variance: float


def sobol_from_outputs(
    y_a: Floats,
    y_b: Floats,
    y_ab: Floats,
    *,
    bootstrap: int = 500,
    confidence: float = 0.9,
    seed: int = 0,
    centred: bool = True,
) -> SobolIndices:
    """Compute Sobol indices from the outputs of a Saltelli design.

    Parameters
    ----------
    y_a, y_b : arrays of shape (n,)
        Outputs at A and B.
    y_ab : array of shape (d, n)
        Outputs at A with column j taken from B.
    bootstrap : int
        Resamples; 0 gives no intervals. Rows are resampled jointly over A, B and all AB, the variance with them.
    confidence : float
        Of the percentile intervals; 0.9 gives the 5 % and 95 % quantiles.
    seed : int
    centred : bool
        True: outputs less their mean, as `scipy.stats.sobol_indices` does, variance with n. False: COINr's formulas on
        the outputs as they are, variance with n − 1.

    Returns
    -------
    SobolIndices
        S = mean(y_B (y_ABj − y_A))/V, ST = mean((y_A − y_ABj)²)/2V; not cut to [0, 1].

    References
    ----------
    Saltelli et al. (2010), Computer Physics Communications 181, table 2 (b) and (f); Jansen (1999).

    Examples
    --------
    >>> import numpy as np
    >>> y = np.array([1.0, 2.0, 3.0, 4.0])
    >>> found = sobol_from_outputs(y, y[::-1].copy(), np.array([y[::-1], y]), bootstrap=0)
    >>> found.total.round(3).tolist()
    [2.0, 0.0]
    """
    y_a, y_b = np.asarray(y_a, dtype=np.float64), np.asarray(y_b, dtype=np.float64)
    y_ab = np.asarray(y_ab, dtype=np.float64)
    d, n = y_ab.shape
    if n < 2:
        raise CompositeError("fewer than two complete rows of the design are left; indices are undefined")
    variance = float(np.var(np.concatenate([y_a, y_b]), ddof=0 if centred else 1))
    nothing = np.full(d, np.nan)
    if variance == 0:
        return SobolIndices(*(nothing,) * 6, variance=0.0)
    first, total = _indices(y_a, y_b, y_ab, centred)
    if not bootstrap:
        return SobolIndices(first, total, nothing, nothing, nothing, nothing, variance)
    low, high = _intervals(y_a, y_b, y_ab, centred, bootstrap, confidence, seed)
    return SobolIndices(first, total, low[0], high[0], low[1], high[1], variance)


def _indices(y_a: Floats, y_b: Floats, y_ab: Floats, centred: bool) -> tuple[Floats, Floats]:
    n = len(y_a)
    if centred and n & (n - 1) == 0:
        # scipy takes powers of two only; a design that lost a row goes the same way by hand.
        from scipy.stats import sobol_indices

        found = sobol_indices(func={"f_A": y_a[None], "f_B": y_b[None], "f_AB": y_ab[:, None]}, n=n)
        return np.atleast_1d(found.first_order), np.atleast_1d(found.total_order)
    mean = np.mean([y_a, y_b]) if centred else 0.0
    return _saltelli(y_a - mean, y_b - mean, y_ab - mean, 0 if centred else 1)


def _saltelli(y_a: Floats, y_b: Floats, y_ab: Floats, ddof: int) -> tuple[Floats, Floats]:
    """Indices over the last axis; leading axes of y_a and y_b are resamples, y_ab has its own first axis in front."""
    variance = np.var(np.concatenate([y_a, y_b], axis=-1), axis=-1, ddof=ddof)
    with np.errstate(divide="ignore", invalid="ignore"):
        first: Floats = np.mean(y_b * (y_ab - y_a), axis=-1) / variance
        total: Floats = 0.5 * np.mean((y_a - y_ab) ** 2, axis=-1) / variance
    return first, total


def _intervals(
    y_a: Floats, y_b: Floats, y_ab: Floats, centred: bool, resamples: int, confidence: float, seed: int
) -> tuple[Floats, Floats]:
    from scipy.stats import DegenerateDataWarning, bootstrap

    mean = np.mean([y_a, y_b]) if centred else 0.0
    a, b, ab = y_a - mean, y_b - mean, y_ab - mean

    def statistic(rows: Floats, axis: int = -1) -> Floats:
        chosen = rows.astype(np.intp)
        first, total = _saltelli(a[chosen], b[chosen], ab[:, chosen], 0 if centred else 1)
        return np.stack([first, total])

    with warnings.catch_warnings():
        # A resample of a small design may not vary at all; its indices are undefined and left out of the quantiles.
        warnings.simplefilter("ignore", DegenerateDataWarning)
        found = bootstrap(
            (np.arange(len(y_a)),),
            statistic,
            n_resamples=resamples,
            confidence_level=confidence,
            method="percentile",
            vectorized=True,
            batch=max(1, 2_000_000 // max(ab.size, 1)),
            rng=np.random.default_rng([seed, 104729]),
        )
    drawn = np.where(np.isfinite(found.bootstrap_distribution), found.bootstrap_distribution, np.nan)
    usable = drawn[..., ~np.isnan(drawn).any(axis=(0, 1))]
    if not usable.shape[-1]:
        nothing = np.full(drawn.shape[:-1], np.nan)
        return nothing, nothing
    low, high = np.quantile(usable, [(1 - confidence) / 2, (1 + confidence) / 2], axis=-1)
    return low, high


def indices_of_grid(y: Floats) -> SobolIndices:
    """Return the exact indices of outputs on a full grid, one axis per assumption, all cells equally likely."""
    d, variance = y.ndim, float(y.var())
    nothing = np.full(d, np.nan)
    if variance == 0:
        return SobolIndices(*(nothing,) * 6, variance=0.0)
    axes = range(d)
    first = np.array([y.mean(axis=tuple(axis for axis in axes if axis != j)).var() for j in axes]) / variance
    total = 1.0 - np.array([y.mean(axis=j).var() for j in axes]) / variance
    return SobolIndices(first, total, first, first, total, total, variance)
