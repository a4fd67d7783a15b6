"""Weights that reproduce known totals: post-stratification, raking, linear and logit calibration, trimming."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .adjustment import ALTERNATING, REGRESSION, Adjustment, Auxiliary, cells
from .arrays import Codes, Numbers, codes, numbers
from .design import Design
from .errors import EstimationError

Totals = Mapping[Any, float]
CONVENTIONS = {"calibrate": REGRESSION, "rake": ALTERNATING}
DISTANCES = ("linear", "raking", "logit")


def post_stratify(design: Design, strata: ArrayLike, totals: Totals) -> Design:
    """Weights that reproduce the population of each post-stratum.

    Parameters
    ----------
    design : Design
    strata : array of shape (n,)
        Labels of post-strata.
    totals : mapping
        Label → number in the population. Every label of the sample, and no other.

    Returns
    -------
    Design
        With the new weights; errors of its estimates are those of residuals from the post-strata.

    References
    ----------
    Holt and Smith (1979), J. R. Statist. Soc. A 142; Särndal, Swensson, Wretman (1992), 7.6.

    Examples
    --------
    >>> from lianheng.engine.estimation import survey_design
    >>> post_stratify(survey_design(n=4), ["f", "f", "f", "m"], {"f": 30, "m": 30}).weights.tolist()
    [10.0, 10.0, 10.0, 30.0]
    """
    code, _, wanted = _margin("strata", strata, totals, design)
    auxiliary = Auxiliary((code,), (len(wanted),), np.zeros((design.n, 0)))
    sums = np.bincount(code, design.weights, len(wanted))
    weights = design.weights * (wanted / np.where(sums > 0, sums, 1))[code]
    return design.with_weights(weights, Adjustment.of(auxiliary, design.weights, REGRESSION))


def rake(
    design: Design,
    margins: Mapping[str, ArrayLike],
    totals: Mapping[str, Totals],
    *,
    tolerance: float = 1e-10,
    rounds: int = 1000,
    convention: str = "calibrate",
) -> Design:
    """Raking (iterative proportional fitting): weights that reproduce several margins at once.

    Parameters
    ----------
    design : Design
    margins : mapping of str to array of shape (n,)
        Name of the margin → labels.
    totals : mapping of str to mapping
        Name of the margin → label → number in the population. The margins add up to the same population.
    tolerance : float
        Stop when no margin is off by more than this share of the population.
    rounds : int
        Give up after so many rounds.
    convention : {"calibrate", "rake"}
        Which of R's two standard errors: ``calibrate`` takes one regression residual with the weights before raking,
        ``rake`` ten alternating rounds of plain residuals. They differ by about 1e-5 of their size.

    Returns
    -------
    Design

    Raises
    ------
    EstimationError
        If margins contradict each other, a level is empty, or the rounds do not suffice. No weights are changed then.

    References
    ----------
    Deming and Stephan (1940), Ann. Math. Statist. 11; Deville, Särndal, Sautory (1993), JASA 88.

    Examples
    --------
    >>> from lianheng.engine.estimation import survey_design
    >>> raked = rake(survey_design(n=4), {"sex": ["f", "f", "m", "m"], "age": ["y", "o", "y", "o"]},
    ...              {"sex": {"f": 60, "m": 40}, "age": {"y": 50, "o": 50}})
    >>> raked.weights.round(6).tolist()
    [30.0, 30.0, 20.0, 20.0]
    """
    if convention not in CONVENTIONS:
        raise EstimationError(f"convention={convention!r} is not known; choose calibrate or rake")
    auxiliary, wanted = margins_of(design, margins, totals)
    cell, of_cell = cells(auxiliary.margins, auxiliary.levels)
    sums = np.bincount(cell, design.weights).astype(np.float64)
    factors = fit_margins(sums[:, None], of_cell, wanted, tolerance, rounds)[:, 0]
    if not np.isfinite(factors).all():
        raise EstimationError(
            f"raking did not come within {tolerance:g} in {rounds} rounds: some cells of the margins are empty in the "
            "sample, or the margins contradict each other; merge levels, or allow more rounds"
        )
    adjustment = Adjustment.of(auxiliary, design.weights, CONVENTIONS[convention])
    return design.with_weights(design.weights * factors[cell], adjustment)


def calibrate(
    design: Design,
    *,
    margins: Mapping[str, ArrayLike] | None = None,
    totals: Mapping[str, Totals] | None = None,
    columns: Mapping[str, ArrayLike] | None = None,
    column_totals: Mapping[str, float] | None = None,
    distance: str = "linear",
    bounds: tuple[float, float] | None = None,
    tolerance: float = 1e-10,
    rounds: int = 100,
) -> Design:
    """Calibration: weights as near as possible to the old ones that reproduce totals of margins and numbers.

    Parameters
    ----------
    design : Design
    margins, totals
        As in ``rake``.
    columns : mapping of str to array of shape (n,), optional
        Numbers whose population totals are known; a column of ones gives the population size.
    column_totals : mapping of str to float, optional
        Name → total in the population.
    distance : {"linear", "raking", "logit"}
        ``linear`` is the general regression estimator; ``logit`` needs bounds and keeps to them smoothly.
    bounds : (low, high), optional
        Trimming: new ÷ old weight stays within, low < 1 < high. Without them linear weights may fall below 0.
    tolerance, rounds
        Stop when no total is off by more than ``tolerance`` of its size (and of the mean size), or give up.

    Returns
    -------
    Design

    Raises
    ------
    EstimationError
        If the totals cannot be reached within the bounds.

    References
    ----------
    Deville and Särndal (1992), Calibration Estimators in Survey Sampling, JASA 87, cases 1, 2, 6 and 7.

    Examples
    --------
    >>> from lianheng.engine.estimation import survey_design
    >>> design = calibrate(survey_design(weights=[10, 10, 10]), columns={"one": [1, 1, 1], "x": [1, 2, 3]},
    ...                    column_totals={"one": 30, "x": 66})
    >>> design.weights.round(6).tolist()
    [7.0, 10.0, 13.0]
    """
    low, high = _checked_bounds(distance, bounds)
    auxiliary, parts = margins_of(design, margins or {}, totals or {})
    matrix, known = _number_columns(design, columns or {}, column_totals or {})
    auxiliary = Auxiliary(auxiliary.margins, auxiliary.levels, matrix)
    if not auxiliary.count:
        raise EstimationError("there is nothing to calibrate to; give margins with totals, or columns with totals")
    wanted = np.concatenate([*parts, known])
    factors = _solve(design.weights, auxiliary, wanted, distance, low, high, tolerance, rounds)
    return design.with_weights(design.weights * factors, Adjustment.of(auxiliary, design.weights, REGRESSION))


def trim_weights(
    design: Design, *, low: float = 0.0, high: float = math.inf, relative: bool = False, strict: bool = True
) -> Design:
    """Cap weights and share what was cut off evenly among the others, so that their sum stays.

    Parameters
    ----------
    design : Design
    low, high : float
        Bounds of the weights; with ``relative`` as multiples of their mean.
    strict : bool
        Go on until the shares handed out have pushed nobody above the bound; else once.

    Returns
    -------
    Design
        Residuals of earlier adjustments still carry the errors, but the trimmed weights no longer reproduce totals
        exactly: rake again if they must.

    References
    ----------
    Potter (1990), Proc. ASA Survey Research Methods; R survey, trimWeights.

    Examples
    --------
    >>> from lianheng.engine.estimation import survey_design
    >>> trim_weights(survey_design(weights=[1, 1, 1, 9]), high=6).weights.tolist()
    [2.0, 2.0, 2.0, 6.0]
    """
    weights = design.weights.copy()
    if relative:
        low, high = low * weights.mean(), high * weights.mean()
    if not low <= weights.mean() <= high:
        raise EstimationError(f"the bounds {low:g} to {high:g} leave out the mean weight {weights.mean():g}")
    for _ in range(1000):
        outside = (weights < low) | (weights > high)
        if not outside.any():
            break
        capped = np.clip(weights, low, high)
        capped[~outside] += (weights - capped).sum() / max(int((~outside).sum()), 1)
        weights = capped
        if not strict:
            break
    return design.with_weights(weights)


def margins_of(
    design: Design, margins: Mapping[str, ArrayLike], totals: Mapping[str, Totals]
) -> tuple[Auxiliary, list[Numbers]]:
    """Code margins and put their totals in order; refuse what does not fit together."""
    for name in set(margins) ^ set(totals):
        where = "labels but no totals" if name in margins else "totals but no labels"
        raise EstimationError(f"the margin {name!r} has {where}; give both")
    found = [_margin(name, margins[name], totals[name], design) for name in margins]
    sizes = [float(wanted.sum()) for _, _, wanted in found]
    for name, size in zip(margins, sizes, strict=True):
        if abs(size - sizes[0]) > 1e-9 * abs(sizes[0]):
            raise EstimationError(
                f"the margin {name!r} adds up to {size:g}, the first margin to {sizes[0]:g}; correct the totals"
            )
    levels = tuple(len(wanted) for _, _, wanted in found)
    auxiliary = Auxiliary(tuple(code for code, _, _ in found), levels, np.zeros((design.n, 0)))
    return auxiliary, [wanted for _, _, wanted in found]


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


def _margin(name: str, labels: ArrayLike, totals: Totals, design: Design) -> tuple[Codes, NDArray[Any], Numbers]:
    code, found = codes(labels, name, design.n)
    plain = found.tolist()
    for label in plain:
        if label not in totals:
            raise EstimationError(f"{name}: there is no total for {label!r}; the totals have {list(totals)}")
    for label in totals:
        if label not in plain:
            raise EstimationError(f"{name}: nobody in the sample is {label!r}; merge it with another level")
    wanted = numbers([totals[label] for label in plain], f"totals of {name}")
    sums = np.bincount(code, design.weights, len(plain))
    for label, want, have in zip(plain, wanted, sums, strict=True):
        if want < 0 or (want > 0 and have <= 0):
            raise EstimationError(f"{name}: the total {want:g} of {label!r} cannot be reached from weights of {have:g}")
    return code, found, wanted


def _number_columns(
    design: Design, columns: Mapping[str, ArrayLike], totals: Mapping[str, float]
) -> tuple[Numbers, Numbers]:
    if set(columns) != set(totals):
        raise EstimationError(f"columns {sorted(columns)} and their totals {sorted(totals)} do not have the same names")
    found = [numbers(columns[name], name, design.n) for name in columns]
    matrix = np.stack(found, axis=1) if found else np.zeros((design.n, 0))
    return matrix, numbers([totals[name] for name in columns], "column_totals")


def _checked_bounds(distance: str, bounds: tuple[float, float] | None) -> tuple[float, float]:
    if distance not in DISTANCES:
        raise EstimationError(f"distance={distance!r} is not known; choose one of {', '.join(DISTANCES)}")
    low, high = bounds or (-math.inf, math.inf)
    if not low < 1 < high or (distance == "logit" and not (math.isfinite(low) and math.isfinite(high))):
        raise EstimationError("bounds are (low, high) with low < 1 < high; logit needs both to be finite")
    return low, high


def _solve(
    weights: Numbers,
    auxiliary: Auxiliary,
    wanted: Numbers,
    distance: str,
    low: float,
    high: float,
    tolerance: float,
    rounds: int,
) -> Numbers:
    """Newton's method on the multipliers: factor = F(x · λ) until the totals fit."""
    multipliers = np.zeros(auxiliary.count)
    scale = np.maximum(np.abs(wanted), np.abs(wanted).mean())
    step, before = 1.0, math.inf
    last = multipliers
    for _ in range(rounds):
        u = auxiliary.combine(multipliers)
        factors, slopes = _distance(u, distance, low, high)
        gap = wanted - auxiliary.totals(weights * factors)
        off = float(np.max(np.abs(gap) / scale))
        if off <= tolerance:
            return factors
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
