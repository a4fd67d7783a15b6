"""Quantiles of weighted answers, with Woodruff's intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from .arrays import Numbers, numbers
from .design import Design, degrees_of_freedom
from .domains import domains_of
from .errors import EstimationError
from .linear import estimate_mean
from .replicates import Replicates, replicate_weights, spread_of


@dataclass(frozen=True, slots=True, eq=False)
class Quantiles:
    """Quantiles of each domain: label, value, error, bounds, answers."""

    p: float
    labels: tuple[object, ...]
    value: Numbers
    se: Numbers
    low: Numbers
    high: Numbers
    n: Numbers
    level: float


def estimate_quantile(
    design: Design,
    y: ArrayLike,
    p: float = 0.5,
    *,
    by: ArrayLike | None = None,
    level: float = 0.95,
    replicates: Replicates | None = None,
) -> Quantiles:
    """A weighted quantile: the smallest answer at which the weighted share reaches p.

    Parameters
    ----------
    design : Design
    y : array of shape (n,)
        NaN: missing, left out.
    p : float
        Above 0 and below 1; 0.5 is the median.
    by : array of shape (n,), optional
        Labels of domains.
    level : float
        Of the interval.
    replicates : Replicates, optional
        Take the errors from bootstrap or given replicates: the quantile is found in each of them. The jackknife is
        refused: its errors of quantiles stay wrong however large the sample is.

    Returns
    -------
    Quantiles
        Bounds are the quantiles at the bounds of the share below the estimate (t interval with the design's degrees of
        freedom); a bound that would lie outside 0 to 1 is NaN. ``se`` is their distance ÷ 2 t. With replicates: value
        ± t × se.

    References
    ----------
    Woodruff (1952), JASA 47; R survey, svyquantile with qrule "math" and interval.type "mean" ("quantile" with
    replicates). The jackknife: Efron (1982), The Jackknife, the Bootstrap and Other Resampling Plans, 3.4.

    Examples
    --------
    >>> from lianheng.engine.estimation import survey_design
    >>> estimate_quantile(survey_design(weights=[1, 1, 1, 3]), [10, 20, 30, 40]).value.tolist()
    [30.0]
    """
    if not 0 < p < 1 or not 0 < level < 1:
        raise EstimationError("p and level lie above 0 and below 1")
    column = numbers(y, "y", design.n, missing=True)
    domains = domains_of(by, design.n)
    if replicates is not None and replicates.kind.startswith("JK"):
        raise EstimationError("the jackknife is wrong for quantiles; use the bootstrap, or no replicates (Woodruff)")
    rows = []
    for g in range(domains.count):
        inside = ~np.isnan(column) & (design.weights > 0)
        if domains.group is not None:
            inside &= domains.group == g
        one = _one(design, column, inside, p, level)
        rows.append(one if replicates is None else _replicated(replicates, design, column, inside, p, level, one))
    value, se, low, high, n = (np.array(part, dtype=np.float64) for part in zip(*rows, strict=True))
    return Quantiles(p, domains.labels, value, se, low, high, n, level)


def _one(design: Design, y: Numbers, inside: np.typing.NDArray[np.bool_], p: float, level: float) -> tuple[float, ...]:
    if not inside.any():
        return (np.nan, np.nan, np.nan, np.nan, 0.0)
    order = np.argsort(y[inside], kind="stable")
    answers, shares = y[inside][order], np.cumsum(design.weights[inside][order])
    shares = shares / shares[-1]
    value = _at(answers, shares, p)
    below = estimate_mean(design, np.where(inside, (y <= value).astype(np.float64), np.nan))
    t = float(stats.t.ppf((1 + level) / 2, below.df[0])) if below.df[0] > 0 else np.nan
    bounds = [below.value[0] + sign * t * below.se[0] for sign in (-1, 1)]
    low, high = (_at(answers, shares, b) if 0 <= b <= 1 else np.nan for b in bounds)
    return value, (high - low) / (2 * t), low, high, float(inside.sum())


def _replicated(
    replicates: Replicates,
    design: Design,
    y: Numbers,
    inside: np.typing.NDArray[np.bool_],
    p: float,
    level: float,
    linear: tuple[float, ...],
) -> tuple[float, ...]:
    """The same quantile with the error that it has over the replicates."""
    value, n = linear[0], linear[-1]
    if not n:
        return linear
    places = np.flatnonzero(inside)
    places = places[np.argsort(y[places], kind="stable")]
    found = np.full((replicates.count, 1), np.nan)
    for place, weights in enumerate(replicate_weights(replicates, design)):
        shares = np.cumsum(weights[places])
        if shares[-1] > 0:
            found[place] = _at(y[places], shares / shares[-1], p)
    se = float(np.sqrt(spread_of(replicates, found, np.array([value]))[0, 0]))
    df = degrees_of_freedom(design, None, 1, inside.astype(np.float64))[0]
    t = float(stats.t.ppf((1 + level) / 2, df)) if df > 0 else np.nan
    return value, se, value - t * se, value + t * se, n


def _at(answers: Numbers, shares: Numbers, p: float) -> float:
    """The smallest answer whose cumulated share reaches p, allowing for rounding in the sums."""
    place = int(np.searchsorted(shares, p * (1 - 1e-14), side="left"))
    return float(answers[min(place, len(answers) - 1)])
