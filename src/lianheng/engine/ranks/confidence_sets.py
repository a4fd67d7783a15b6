"""Confidence sets for ranks: which places the errors of the scores leave open."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import RanksError
from .independent import IndependentErrors
from .inputs import Floats, Ints, Scores, check_count, check_share, common_ranks, read_scores, times
from .joint import JointErrors

DRAWS = 10_000
CELLS = 1_000_000
Errors = IndependentErrors | JointErrors


@dataclass(frozen=True, slots=True)
class RankSets:
    """Ranks (best = 1, ties share the best) with their confidence sets, in the order of the input.

    `lower` and `upper` bound each unit's rank. `critical_value` is what a difference had to exceed, in standard
    deviations; one number, or one for each unit where the sets are marginal. Monte Carlo error: the critical value is
    a quantile over draws; `critical_interval` is its 95 % interval, and `lower_range`, `upper_range` (shape
    (n_units, 2)) are the bounds at its two ends. `tier` counts from 1 at the top; no two units of different tiers are
    tied (None for marginal sets, which compare no two units jointly).
    """

    rank: Ints
    lower: Ints
    upper: Ints
    tier: Ints | None
    coverage: float
    simultaneous: bool
    step_down: bool
    n_draws: int
    steps: int
    critical_value: Floats
    critical_interval: Floats
    lower_range: Ints
    upper_range: Ints

    def best(self, tau: int) -> NDArray[np.bool_]:
        """The τ-best: units that may be among the best `tau`, all of them covered with probability `coverage`.

        Examples
        --------
        >>> sets = confidence_sets([90.0, 80.0, 79.9], [1.0, 1.0, 1.0])
        >>> sets.best(2).tolist()
        [True, True, True]
        """
        self._require_joint(tau)
        return self.lower <= tau

    def worst(self, tau: int) -> NDArray[np.bool_]:
        """The τ-worst: units that may be among the last `tau`."""
        self._require_joint(tau)
        return self.upper > len(self.rank) - tau

    def unsettled(self) -> NDArray[np.bool_]:
        """Units with a bound that the Monte Carlo error leaves open; more draws settle them."""
        result: NDArray[np.bool_] = (np.ptp(self.lower_range, axis=1) > 0) | (np.ptp(self.upper_range, axis=1) > 0)
        return result

    def _require_joint(self, tau: int) -> None:
        if not self.simultaneous:
            raise RanksError("the best and the worst units need simultaneous sets; these are marginal")
        check_count(tau, len(self.rank), "tau")


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
    A missing or infinite number, no units, no errors, and shapes that do not fit raise ``RanksError``: leave out a
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
    if simultaneous:
        return _joint_sets(read, _errors(read, n_draws, seed), coverage, step_down)
    source = _errors(read, n_draws, seed)
    if isinstance(source, IndependentErrors):
        source = JointErrors(read.values, source.errors(), read.standard_errors)
    return _marginal_sets(read, source, coverage, step_down)


def _errors(read: Scores, n_draws: int, seed: int) -> Errors:
    if read.errors is not None:
        return JointErrors(read.values, read.errors, read.standard_errors)
    assert read.standard_errors is not None
    if n_draws < 2:
        raise RanksError(f"n_draws must be at least 2, better 10,000; it is {n_draws}")
    return IndependentErrors(read.values, read.standard_errors, n_draws, seed)


def _joint_sets(read: Scores, source: Errors, coverage: float, step_down: bool) -> RankSets:
    critical, settled, steps = math.inf, -1, 0
    while True:
        value, interval = _quantile(source.maxima(critical), coverage)
        steps += 1
        # The family only shrinks; rounding must not let the critical value grow.
        critical = min(critical, value)
        counted = _counts(source, critical)
        if not step_down or int(counted.worse.sum()) == settled:
            break
        settled = int(counted.worse.sum())
    ends = [_counts(source, end) for end in interval]
    return _result(
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


def _marginal_sets(read: Scores, source: JointErrors, coverage: float, step_down: bool) -> RankSets:
    size = read.size
    found = [_marginal_set(source, unit, coverage, step_down) for unit in range(size)]
    better = np.array([row[0] for row in found])
    worse = np.array([row[1] for row in found])
    return _result(
        read,
        _Counts(better[:, 0], worse[:, 0], None),
        [_Counts(better[:, end], worse[:, end], None) for end in (1, 2)],
        coverage=coverage,
        simultaneous=False,
        step_down=step_down,
        n_draws=source.n_draws,
        steps=max(row[4] for row in found),
        critical=np.array([row[2] for row in found])[read.order.argsort()],
        interval=np.array([row[3] for row in found])[read.order.argsort()],
    )


def _marginal_set(
    source: JointErrors, unit: int, coverage: float, step_down: bool
) -> tuple[list[int], list[int], float, tuple[float, float], int]:
    """Numbers of better and of worse units (at the critical value and at the ends of its interval) of one unit."""
    lead, spread = source.values[unit] - source.values, source.spread[unit]
    critical, settled, steps = math.inf, -1, 0
    while True:
        below, above = lead > times(critical, spread), -lead > times(critical, spread)
        if (not step_down and steps) or int(below.sum() + above.sum()) == settled:
            break
        settled = int(below.sum() + above.sum())
        value, interval = _quantile(source.unit_maxima(unit, below, above), coverage)
        critical, steps = min(critical, value), steps + 1
    marks = (critical, *interval)
    better = [int((-lead > mark * spread).sum()) for mark in marks]
    worse = [int((lead > mark * spread).sum()) for mark in marks]
    return better, worse, critical, interval, steps


@dataclass(frozen=True, slots=True)
class _Counts:
    """For units that stand best first: how many are certainly better and worse, and their tier."""

    better: Ints
    worse: Ints
    tier: Ints | None


def _counts(source: Errors, critical: float) -> _Counts:
    values = source.values
    size = len(values)
    better, worse = np.zeros(size, dtype=np.intp), np.zeros(size, dtype=np.intp)
    # The last unit with which each unit or one above it is tied; a tier may end where that is the unit itself.
    reach = np.arange(size)
    step = max(1, CELLS // size)
    for start in range(0, size, step):
        rows = slice(start, start + step)
        settled = values[rows, None] - values[None, :] > critical * source.separation(rows)
        worse[rows] = settled.sum(axis=1)
        better += settled.sum(axis=0)
        reach[rows] = np.maximum(reach[rows], size - 1 - np.argmin(settled[:, ::-1], axis=1))
    ends = np.maximum.accumulate(reach) == np.arange(size)
    tier = 1 + np.r_[0, np.cumsum(ends)[:-1]]
    return _Counts(better, worse, tier.astype(np.intp))


def _result(
    read: Scores,
    counted: _Counts,
    ends: list[_Counts],
    *,
    coverage: float,
    simultaneous: bool,
    step_down: bool,
    n_draws: int,
    steps: int,
    critical: Floats,
    interval: Floats,
) -> RankSets:
    back = read.order.argsort()
    size = read.size
    return RankSets(
        rank=common_ranks(read.values)[back],
        lower=(1 + counted.better)[back],
        upper=(size - counted.worse)[back],
        tier=None if counted.tier is None else counted.tier[back],
        coverage=coverage,
        simultaneous=simultaneous,
        step_down=step_down,
        n_draws=n_draws,
        steps=steps,
        critical_value=critical,
        critical_interval=interval,
        lower_range=np.sort(np.column_stack([1 + end.better for end in ends]), axis=1)[back],
        upper_range=np.sort(np.column_stack([size - end.worse for end in ends]), axis=1)[back],
    )


def _quantile(maxima: Floats, coverage: float) -> tuple[float, tuple[float, float]]:
    """Quantile of type 7 with its 95 % Monte Carlo interval, from the binomial count of draws below it."""
    ordered = np.sort(maxima)
    count = len(ordered)
    half = 1.959963984540054 * math.sqrt(count * coverage * (1 - coverage))
    low = max(0, math.floor(count * coverage - half) - 1)
    high = min(count - 1, math.ceil(count * coverage + half))
    return float(np.quantile(ordered, coverage)), (float(ordered[low]), float(ordered[high]))
