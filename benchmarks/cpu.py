"""How a benchmark is timed: CPU seconds of this process, the median of several runs after a warm-up."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable


def median_cpu(call: Callable[[], object], runs: int = 7) -> float:
    """Median CPU seconds (user and system) of so many calls; one more before them warms caches and imports up."""
    times = []
    for _ in range(runs + 1):
        start = time.process_time()
        call()
        times.append(time.process_time() - start)
    return statistics.median(times[1:])
