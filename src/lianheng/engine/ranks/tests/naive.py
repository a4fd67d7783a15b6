"""Confidence sets for ranks written straight from the paper: all ordered pairs, no pruning, no sharing of work."""

from __future__ import annotations

from collections.abc import Collection
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Pairs = set[tuple[int, int]]


def better_pairs(
    scores: Floats, errors: Floats, spread: Floats, coverage: float, units: Collection[int], *, step_down: bool = True
) -> Pairs:
    """Ordered pairs (j, k) in which j is certainly better than k, among the pairs that touch `units`."""
    family = {(j, k) for j, k in permutations(range(len(scores)), 2) if j in units or k in units}
    rejected: Pairs = set()
    while family:
        statistics = [
            (errors[:, j] - errors[:, k]) / spread[j, k] if spread[j, k] > 0 else np.zeros(len(errors))
            for j, k in family
        ]
        critical = np.quantile(np.max(statistics, axis=0), coverage)
        new = {(j, k) for j, k in family if scores[j] - scores[k] > critical * spread[j, k]}
        family, rejected = family - new, rejected | new
        if not new or not step_down:
            break
    return rejected


def bounds(size: int, better: Pairs, unit: int) -> tuple[int, int]:
    """Lower and upper bound of one unit's rank."""
    above = sum((other, unit) in better for other in range(size))
    below = sum((unit, other) in better for other in range(size))
    return 1 + above, size - below


def simultaneous(
    scores: Floats, errors: Floats, spread: Floats, coverage: float = 0.95, *, step_down: bool = True
) -> list[tuple[int, int]]:
    better = better_pairs(scores, errors, spread, coverage, range(len(scores)), step_down=step_down)
    return [bounds(len(scores), better, unit) for unit in range(len(scores))]


def marginal(
    scores: Floats, errors: Floats, spread: Floats, coverage: float = 0.95, *, step_down: bool = True
) -> list[tuple[int, int]]:
    size = len(scores)
    return [
        bounds(size, better_pairs(scores, errors, spread, coverage, {unit}, step_down=step_down), unit)
        for unit in range(size)
    ]


def own_spread(errors: Floats) -> Floats:
    """Standard deviations of all differences over the draws."""
    size = errors.shape[1]
    return np.array([[np.std(errors[:, j] - errors[:, k], ddof=1) for k in range(size)] for j in range(size)])
