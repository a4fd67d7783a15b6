"""The pruned maxima of independent errors equal those over all pairs."""

from __future__ import annotations

import math

import numpy as np
import pytest

from lianheng.engine.ranks.independent import IndependentErrors

from .naive import Floats


def all_pairs_maxima(source: IndependentErrors, critical: float) -> Floats:
    errors, values = source.errors(), source.values
    best = np.zeros(source.n_draws)
    for j in range(len(values)):
        for k in range(len(values)):
            spread = math.sqrt(source.deviations[j] ** 2 + source.deviations[k] ** 2)
            if j != k and spread > 0 and not values[j] - values[k] > critical * spread:
                np.maximum(best, (errors[j] - errors[k]) / spread, out=best)
    return best


def deviations(kind: str, size: int) -> Floats:
    chance = np.random.default_rng(size)
    return {
        "equal": np.ones(size),
        "mixed": chance.uniform(0.5, 2.0, size),
        "one known exactly": np.r_[0.0, chance.uniform(0.5, 2.0, size - 1)],
        "far apart": 4.0 ** -np.arange(size),
        "one large": np.r_[1e6, np.full(size - 1, 1e-3)],
    }[kind]


@pytest.mark.parametrize("critical", [math.inf, 3.0, 1.0])
@pytest.mark.parametrize("size", [2, 20, 130])
@pytest.mark.parametrize("kind", ["equal", "mixed", "one known exactly", "far apart", "one large"])
def test_pruning_loses_nothing(kind: str, size: int, critical: float) -> None:
    values = np.sort(np.random.default_rng(1).normal(0, 3, size))[::-1].copy()
    source = IndependentErrors(values, deviations(kind, size), 120, 3)
    assert source.maxima(critical) == pytest.approx(all_pairs_maxima(source, critical), rel=1e-12)
