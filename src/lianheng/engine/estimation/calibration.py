"""Weights that reproduce known totals: post-stratification, raking, linear and logit calibration, trimming."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from .adjustment import ALTERNATING, REGRESSION, Adjustment, Auxiliary, cells
from .arrays import Numbers
from .design import Design
from .errors import EstimationError
from .fitting import calibrated_factors, fit_margins, solve_multipliers
from .totals import Totals, margin_of, margins_of, number_columns

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
    code, wanted = margin_of("strata", strata, totals, design)
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
    low, high = checked_bounds(distance, bounds)
    auxiliary, wanted = auxiliary_of(design, margins, totals, columns, column_totals)
    multipliers = solve_multipliers(design.weights, auxiliary, wanted, distance, low, high, tolerance, rounds)
    factors = calibrated_factors(auxiliary, multipliers, distance, low, high)
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


def auxiliary_of(
    design: Design,
    margins: Mapping[str, ArrayLike] | None,
    totals: Mapping[str, Totals] | None,
    columns: Mapping[str, ArrayLike] | None,
    column_totals: Mapping[str, float] | None,
) -> tuple[Auxiliary, Numbers]:
    """Margins and columns of numbers in one, and their totals in a row."""
    auxiliary, parts = margins_of(design, margins or {}, totals or {})
    matrix, known = number_columns(design, columns or {}, column_totals or {})
    auxiliary = Auxiliary(auxiliary.margins, auxiliary.levels, matrix)
    if not auxiliary.count:
        raise EstimationError("there is nothing to calibrate to; give margins with totals, or columns with totals")
    return auxiliary, np.concatenate([*parts, known])


def checked_bounds(distance: str, bounds: tuple[float, float] | None) -> tuple[float, float]:
    if distance not in DISTANCES:
        raise EstimationError(f"distance={distance!r} is not known; choose one of {', '.join(DISTANCES)}")
    low, high = bounds or (-math.inf, math.inf)
    if not low < 1 < high or (distance == "logit" and not (math.isfinite(low) and math.isfinite(high))):
        raise EstimationError("bounds are (low, high) with low < 1 < high; logit needs both to be finite")
    return low, high
