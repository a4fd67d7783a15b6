"""What the confidence sets are, and how they come from counts of certainly better and worse units."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .errors import RanksError
from .inputs import Floats, Ints, Scores, check_count, common_ranks


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
        >>> from lianheng.engine.ranks import confidence_sets
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


@dataclass(frozen=True, slots=True)
class Counts:
    """For units that stand best first: how many are certainly better and worse, and their tier."""

    better: Ints
    worse: Ints
    tier: Ints | None


def rank_sets(
    read: Scores,
    counted: Counts,
    ends: list[Counts],
    *,
    coverage: float,
    simultaneous: bool,
    step_down: bool,
    n_draws: int,
    steps: int,
    critical: Floats,
    interval: Floats,
) -> RankSets:
    """Put what was found in the order of the input, with the bounds at the ends of the Monte Carlo interval."""
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


def least_draws(coverage: float) -> int:
    """How many draws it takes to have one of them beyond the quantile, on average: 20 for 95 %."""
    return max(2, math.ceil(1 / (1 - coverage) - 1e-9))


def check_draws(count: int, coverage: float) -> None:
    """Refuse draws that are too few for the quantile that is asked of them."""
    least = least_draws(coverage)
    if count < least:
        raise RanksError(
            f"a coverage of {coverage:g} needs at least {least:,} draws, better 10,000; there are {count}: with so few "
            "their quantile says nothing"
        )


def critical_quantile(maxima: Floats, coverage: float) -> tuple[float, tuple[float, float]]:
    """Quantile of type 7 with its 95 % Monte Carlo interval, from the binomial count of draws below it.

    Where it would end beyond the largest draw nothing bounds it above: its upper end is infinite, unless every draw
    is 0 (all is known exactly).
    """
    ordered = np.sort(maxima)
    count = len(ordered)
    half = 1.959963984540054 * math.sqrt(count * coverage * (1 - coverage))
    low = max(0, math.floor(count * coverage - half) - 1)
    high = math.ceil(count * coverage + half)
    upper = float(ordered[high]) if high < count else (math.inf if ordered[-1] else 0.0)
    return float(np.quantile(ordered, coverage)), (float(ordered[low]), upper)
