"""Finding the factors that make weights fit: proportional fitting of cells, Newton's method on multipliers."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from .adjustment import Auxiliary
from .arrays import Codes, Numbers
from .errors import EstimationError


def fit_margins(
    sums: Numbers, of_cell: Sequence[Codes], wanted: Sequence[Numbers], tolerance: float, rounds: int
) -> Numbers:
    """Factors of cells that make weighted sums of cells reproduce all margins, for many columns at once.

    Parameters
    ----------
    sums : array of shape (n_cells, n_columns)
        Weighted sums of cells; each column (a replicate) is fitted by itself.
    of_cell : sequence of arrays of shape (n_cells,)
        Level of each margin for each cell.
    wanted : sequence of arrays
        Totals of each margin's levels.
    tolerance, rounds
        As in ``rake``.

    Returns
    -------
    array of shape (n_cells, n_columns)
        NaN in a column that did not arrive.
    """
    indicators = [np.equal.outer(np.arange(len(w)), c).astype(np.float64) for c, w in zip(of_cell, wanted, strict=True)]
    size = float(wanted[0].sum()) if len(wanted) else 1.0
    fitted, open_ = sums.copy(), np.arange(sums.shape[1])
    result = np.full_like(sums, np.nan)
    for _ in range(rounds):
        off = np.zeros(len(open_))
        for indicator, codes_, want in zip(indicators, of_cell, wanted, strict=True):
            now = indicator @ fitted
            off = np.maximum(off, np.abs(now - want[:, None]).max(axis=0))
            with np.errstate(invalid="ignore", divide="ignore"):
                fitted *= np.where(now > 0, want[:, None] / now, 0.0)[codes_]
        done = off <= tolerance * size
        if done.any():
            with np.errstate(invalid="ignore", divide="ignore"):
                ratio = fitted[:, done] / sums[:, open_[done]]
            result[:, open_[done]] = np.where(sums[:, open_[done]] > 0, ratio, 1.0)
            open_, fitted = open_[~done], fitted[:, ~done]
            if not len(open_):
                break
    return result


def solve_multipliers(
    weights: Numbers,
    auxiliary: Auxiliary,
    wanted: Numbers,
    distance: str,
    low: float,
    high: float,
    tolerance: float,
    rounds: int,
    start: Numbers | None = None,
) -> Numbers:
    """Newton's method on the multipliers λ: factor = F(x · λ) until the totals fit."""
    multipliers = np.zeros(auxiliary.count) if start is None else start
    scale = np.maximum(np.abs(wanted), np.abs(wanted).mean())
    step, before = 1.0, math.inf
    last = multipliers
    for _ in range(rounds):
        u = auxiliary.combine(multipliers)
        factors, slopes = _distance(u, distance, low, high)
        gap = wanted - auxiliary.totals(weights * factors)
        off = float(np.max(np.abs(gap) / scale))
        if off <= tolerance:
            return multipliers
        if not math.isfinite(off) or off > before * (1 + 1e-9):
            # Too far: go back half the way.
            step /= 2
            multipliers = last + (multipliers - last) / 2
            if step < 1e-12:
                break
            continue
        step, before, last = 1.0, off, multipliers
        gram = auxiliary.gram(weights * slopes)
        multipliers = multipliers + np.linalg.lstsq(gram, gap, rcond=1e-12)[0]
    raise EstimationError(
        f"calibration by {distance} did not reach the totals within bounds {low:g} to {high:g} in {rounds} rounds; "
        "widen the bounds, use fewer totals, or check that the totals can be true together"
    )


def calibrated_factors(auxiliary: Auxiliary, multipliers: Numbers, distance: str, low: float, high: float) -> Numbers:
    """New ÷ old weight of each row."""
    return _distance(auxiliary.combine(multipliers), distance, low, high)[0]


def _distance(u: Numbers, distance: str, low: float, high: float) -> tuple[Numbers, Numbers]:
    """F(u) and its derivative."""
    if distance == "linear":
        factors = 1 + u
        inside = (factors > low) & (factors < high)
        return np.clip(factors, low, high), inside.astype(np.float64)
    if distance == "raking":
        factors = np.exp(np.clip(u, -700, 700))
        inside = (factors > low) & (factors < high)
        return np.clip(factors, low, high), np.where(inside, factors, 0.0)
    a = (high - low) / ((1 - low) * (high - 1))
    e = np.exp(np.clip(a * u, -700, 700))
    below = (high - 1) + (1 - low) * e
    factors = (low * (high - 1) + high * (1 - low) * e) / below
    return factors, (factors - low) * (high - factors) / ((1 - low) * (high - 1))
