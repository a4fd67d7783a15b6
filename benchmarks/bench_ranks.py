"""Confidence sets for ranks, step-down, 95 %, arrays in memory → result in memory.

Inside the time: making the draws (where they are not given), all steps, tiers, Monte Carlo ranges. Scores are normal,
standard errors uniform from 0.5 to 2 against a spread of 4. Memory is the largest resident size of a process that does
only this. Peer: csranks 1.2.2.9001 under R 4.2.2, no Debian package, measured apart; its figures are the remarks.
"""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from cpu import median_cpu

RUNS = 5


def run() -> list[dict[str, Any]]:
    """Median CPU seconds of five runs after a warm-up."""
    from lianheng.engine.ranks import confidence_sets, top_probabilities

    rows = []
    scores, errors = _example(3_000)
    rows.append(_row("ranks_diagonal", lambda: confidence_sets(scores, errors), 5.0, "3,000 units × 10,000 draws"))
    memory = float(
        subprocess.run([sys.executable, __file__, "memory"], capture_output=True, text=True, check=True).stdout
    )
    rows.append({"name": "ranks_diagonal_memory", "value": memory, "unit": "MB", "limit": 500, "n": "the same"})
    rows.append(_row("ranks_top_k", lambda: top_probabilities(scores, errors, top=300), None, "3,000 × 10,000"))
    scores_300, errors_300 = _example(300)
    for n_draws, limit, peer in ((1_000, 2.0, {"csranks": "70.7 s"}), (10_000, 20.0, {})):
        row = _row(
            f"ranks_marginal_{n_draws}",
            lambda n_draws=n_draws: confidence_sets(scores_300, errors_300, simultaneous=False, n_draws=n_draws),
            limit,
            f"300 × {n_draws:,}",
            runs=3,
        )
        rows.append(row | peer)
    simultaneous = _row(
        "ranks_diagonal_300", lambda: confidence_sets(scores_300, errors_300, n_draws=1_000), None, "300 × 1,000"
    )
    rows.append(simultaneous | {"csranks": "9.0 s, 2,597 MiB"})
    draws = _joint_draws(scores_300, errors_300)
    rows.append(_row("ranks_joint", lambda: confidence_sets(scores_300, draws=draws), 20.0, "300 × 10,000", runs=3))
    return rows


def _example(units: int) -> tuple[Any, Any]:
    import numpy as np

    chance = np.random.default_rng(20261122)
    return chance.normal(0, 4, units), chance.uniform(0.5, 2.0, units)


def _joint_draws(scores: Any, errors: Any) -> Any:
    """Ten counties, each with a survey of its own behind its units."""
    import numpy as np

    chance = np.random.default_rng(1)
    shared = np.repeat(chance.standard_normal((10_000, 10)), len(scores) // 10, axis=1)
    return scores + chance.standard_normal((10_000, len(scores))) * errors + shared


def _row(name: str, call: Callable[[], Any], limit: float | None, n: str, runs: int = RUNS) -> dict[str, Any]:
    row: dict[str, Any] = {"name": name, "cpu_seconds": median_cpu(call, runs), "n": n}
    return row if limit is None else row | {"limit": limit}


def _print_memory() -> None:
    from lianheng.engine.ranks import confidence_sets

    confidence_sets(*_example(3_000))
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


if __name__ == "__main__":
    if sys.argv[1:] == ["memory"]:
        _print_memory()
    else:
        for found in run():
            print(found)
