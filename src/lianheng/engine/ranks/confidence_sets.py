"""Confidence sets for ranks: which places the errors of the scores leave open."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from .independent import IndependentErrors
from .inputs import Scores, check_share, read_scores, times
from .joint import JointErrors
from .marginal import marginal_sets
from .rank_sets import Counts, RankSets, check_draws, critical_quantile, rank_sets

DRAWS = 10_000
CELLS = 1_000_000
Errors = IndependentErrors | JointErrors


def confidence_sets(
    scores: ArrayLike,
    standard_errors: ArrayLike | None = None,
    draws: ArrayLike | None = None,
    *,
    coverage: float = 0.95,
    simultaneous: bool = True,
    step_down: bool = True,
    n_draws: int = DRAWS,
    seed: int = 0,
    centre: str = "mean",
    higher_is_better: bool = True,
) -> RankSets:
    """Give confidence sets for the ranks of all units, two-sided, from all pairs.

    Parameters
    ----------
    scores : array of shape (n_units,)
        Estimated scores.
    standard_errors : array of shape (n_units,), optional
        Their standard errors, where the units' errors are independent. 0: known exactly.
    draws : array of shape (n_draws, n_units), optional
        Joint draws of the scores or of their errors (bootstrap replicates, a posterior): what units share enters
        once. With `standard_errors` too, the draws are of independent errors and differences are scaled by
        √(σⱼ² + σₖ²) instead of by their standard deviation over the draws.
    coverage : float
        Probability that the sets hold: of all units together if `simultaneous`, else of each by itself.
    step_down : bool
        Leave settled pairs out and look again (narrower sets at the same coverage), instead of a single step.
    n_draws, seed : int
        How many normal draws are made from which seed where only standard errors are given. Draws do not depend on
        the order of the units, and more draws begin with the same ones.
    centre : "mean", "scores" or "zero"
        What is taken off given draws to leave errors: each column's mean, the score, or nothing.
    higher_is_better : bool
        Whether rank 1 is the largest score.

    Returns
    -------
    RankSets
        In the order of the input.

    Missing and empty input
    -----------------------
    A missing or infinite number, no units, no errors, shapes that do not fit, and fewer than 1/(1 − coverage) draws
    raise ``RanksError`` (below 10,000 look at `critical_interval` and `unsettled()`): leave out a
    unit without a score yourself, for every rank depends on who is in the list. One unit has rank 1 for certain.

    References
    ----------
    Mogstad, Romano, Shaikh, Wilhelm (2024), "Inference for Ranks with Applications to Mobility across Neighbourhoods
    and Academic Achievement across Countries", Review of Economic Studies 91(1), doi:10.1093/restud/rdad006,
    section 3; docs/explanation/ranks.md.

    Examples
    --------
    >>> sets = confidence_sets([91.0, 84.0, 83.0, 70.0], [1.0, 1.0, 1.0, 1.0])
    >>> sets.rank.tolist(), sets.lower.tolist(), sets.upper.tolist(), sets.tier.tolist()
    ([1, 2, 3, 4], [1, 2, 2, 4], [1, 3, 3, 4], [1, 2, 2, 3])
    """
    check_share(coverage, "coverage")
    read = read_scores(scores, standard_errors, draws, centre=centre, higher_is_better=higher_is_better)
    check_draws(n_draws if read.errors is None else read.errors.shape[1], coverage)
    if simultaneous:
        return _simultaneous_sets(read, _errors(read, n_draws, seed), coverage, step_down)
    source = _errors(read, n_draws, seed)
    if isinstance(source, IndependentErrors):
        source = JointErrors(read.values, source.errors(), read.standard_errors)
    return marginal_sets(read, source, coverage, step_down)


def _errors(read: Scores, n_draws: int, seed: int) -> Errors:
    if read.errors is not None:
        return JointErrors(read.values, read.errors, read.standard_errors)
    assert read.standard_errors is not None
    return IndependentErrors(read.values, read.standard_errors, n_draws, seed)


def _simultaneous_sets(read: Scores, source: Errors, coverage: float, step_down: bool) -> RankSets:
    critical, settled, steps = math.inf, -1, 0
    while True:
        value, interval = critical_quantile(source.maxima(critical), coverage)
        steps += 1
        # The family only shrinks; rounding must not let the critical value grow.
        critical = min(critical, value)
        counted = _counts(source, critical)
        if not step_down or int(counted.worse.sum()) == settled:
            break
        settled = int(counted.worse.sum())
    ends = [_counts(source, end) for end in interval]
    return rank_sets(
        read,
        counted,
        ends,
        coverage=coverage,
        simultaneous=True,
        step_down=step_down,
        n_draws=source.n_draws,
        steps=steps,
        critical=np.array([critical]),
        interval=np.array([interval]),
    )


def _counts(source: Errors, critical: float) -> Counts:
    values = source.values
    size = len(values)
    better, worse = np.zeros(size, dtype=np.intp), np.zeros(size, dtype=np.intp)
    # The last unit with which each unit or one above it is tied; a tier may end where that is the unit itself.
    reach = np.arange(size)
    step = max(1, CELLS // size)
    for start in range(0, size, step):
        rows = slice(start, start + step)
        settled = values[rows, None] - values[None, :] > times(critical, source.separation(rows))
        worse[rows] = settled.sum(axis=1)
        better += settled.sum(axis=0)
        reach[rows] = np.maximum(reach[rows], size - 1 - np.argmin(settled[:, ::-1], axis=1))
    ends = np.maximum.accumulate(reach) == np.arange(size)
    tier = 1 + np.r_[0, np.cumsum(ends)[:-1]]
    return Counts(better, worse, tier.astype(np.intp))
