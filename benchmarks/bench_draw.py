"""Draw 50 of 100,000, from a list of ids in memory to the finished bundle, and check that bundle by both verifiers.

Inside the time: checking the roster, hashing the plan, tickets, the draw, probabilities. Files apart.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from cpu import median_cpu

from lianheng.engine.draw import Plan, run_draw, sample_tickets, verify_bundle
from lianheng.engine.draw import verify_standalone as standalone

CANDIDATES, TAKE = 100_000, 50
LIMIT = 0.5


def run() -> list[dict[str, Any]]:
    """Median CPU seconds of seven runs after a warm-up."""
    ids = [f"衡阳-{n:06d}" for n in range(CANDIDATES)]
    text = run_draw(Plan.of(ids, TAKE), seed="20261122").to_text()
    content = json.loads(text)
    return [
        _row("draw 50 of 100,000: tickets", lambda: sample_tickets(ids, "20261122", TAKE), LIMIT),
        _row("draw 50 of 100,000: plan and draw", lambda: run_draw(Plan.of(ids, TAKE), seed="20261122"), LIMIT),
        _row(
            "draw 50 of 100,000 by SM3", lambda: sample_tickets(ids, "20261122", TAKE, method="consistent-sm3"), LIMIT
        ),
        _row("check its bundle from text (lianheng draw verify)", lambda: verify_bundle(text), None),
        _row("check its bundle by the 120-line file", lambda: standalone.check(content), None),
    ]


def _row(name: str, act: Callable[[], object], limit: float | None) -> dict[str, Any]:
    return {"name": name, "cpu_seconds": median_cpu(act), "limit": limit, "n": CANDIDATES}


if __name__ == "__main__":
    for row in run():
        print(f"{row['name']}: {row['cpu_seconds']:.3f} s CPU (limit {row['limit']})")
