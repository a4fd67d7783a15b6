"""Marginal confidence sets: each unit compared with all others, by itself."""

from __future__ import annotations

import math

import numpy as np

from .inputs import Scores, times
from .joint import JointErrors
from .rank_sets import Counts, RankSets, critical_quantile, rank_sets


def marginal_sets(read: Scores, source: JointErrors, coverage: float, step_down: bool) -> RankSets:
    """Step down for every unit by itself."""
    size = read.size
    found = [_marginal_set(source, unit, coverage, step_down) for unit in range(size)]
    better = np.array([row[0] for row in found])
    worse = np.array([row[1] for row in found])
    return rank_sets(
        read,
        Counts(better[:, 0], worse[:, 0], None),
        [Counts(better[:, end], worse[:, end], None) for end in (1, 2)],
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
        value, interval = critical_quantile(source.unit_maxima(unit, below, above), coverage)
        critical, steps = min(critical, value), steps + 1
    marks = (critical, *interval)
    better = [int((-lead > times(mark, spread)).sum()) for mark in marks]
    worse = [int((lead > times(mark, spread)).sum()) for mark in marks]
    return better, worse, critical, interval, steps
