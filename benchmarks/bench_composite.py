"""Composite index: arrays in memory to results in memory; CPU seconds (user and system), one process, one thread.

Normalise and aggregate: 50,000 units × 49 indicators in the structure of the public example (8 pillars, 2 sub-indices),
2 % of the values missing, min–max and arithmetic means at 3 levels. Uncertainty: four assumptions (winmax 1–5; min–max
1..100 or z-score mean 10, sd 2; 100 weight sets with noise 0.25 on levels 2 and 3; arithmetic or geometric mean) on the
chain denominate, impute by mean within EurAsia_group, screen, treat, normalise, aggregate; in the time: the nominal
run, the design, all replicates, and mean, median, 5 % and 95 % quantile of every unit's rank. 51 units are the public
example itself, larger sets are synthetic, a fifth of the columns skewed and 2 % missing. COINr 1.1.14, not run here,
took 5.06, 103 to 114 and 75.6 to 77.4 CPU seconds on the same kind of machine.

Run alone: `python benchmarks/bench_composite.py`.
"""

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cpu import median_cpu

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))


def run() -> list[dict[str, Any]]:
    """Measure in a process of its own with one thread, and the memory in another."""
    quick = json.loads(_inside("--quick"))
    large = json.loads(_inside("--large"))
    return [*quick, *large]


def _inside(part: str) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OPENBLAS_")}
    environment["OPENBLAS_NUM_THREADS"] = "1"
    done = subprocess.run(
        [sys.executable, __file__, part], env=environment, check=True, stdout=subprocess.PIPE, text=True
    )
    return done.stdout


def _quick() -> list[dict[str, Any]]:
    inputs = _inputs(51)
    return [
        {
            "name": "normalise and aggregate",
            "n": "50,000 units × 49",
            "cpu_seconds": round(median_cpu(_normalise_and_aggregate()), 4),
            "limit": 0.05,
            "COINr": "5.06 s",
        },
        {
            "name": "uncertainty, 1,000 replicates",
            "n": "51 units",
            "cpu_seconds": round(median_cpu(lambda: _uncertainty(inputs, 1000)), 4),
            "limit": 0.15,
            "COINr": "103–114 s",
        },
        _hundred(),
        {
            "name": "Copeland scores",
            "n": "2,000 units × 49",
            "cpu_seconds": round(median_cpu(_copeland(), 3), 4),
            "limit": None,
            "COINr": "37 min, extrapolated from 200 units",
        },
        {
            "name": "sensitivity, 6,144 runs and 500 bootstrap resamples",
            "n": "51 units",
            "cpu_seconds": round(median_cpu(lambda: _sensitivity(inputs)), 4),
            "limit": None,
            "COINr": "66 s for 600 runs",
        },
    ]


def _hundred() -> dict[str, Any]:
    inputs = _inputs(2000)
    return {
        "name": "uncertainty, 100 replicates",
        "n": "2,000 units",
        "cpu_seconds": round(median_cpu(lambda: _uncertainty(inputs, 100)), 4),
        "limit": 0.3,
        "COINr": "75.6 s",
    }


def _large() -> list[dict[str, Any]]:
    inputs = _inputs(50_000)
    started = time.process_time()
    _uncertainty(inputs, 1000)
    spent = time.process_time() - started
    # Linux gives kilobytes.
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    name = "uncertainty, 1,000 replicates: peak memory of the process"
    return [
        {
            "name": name,
            "n": "50,000 units",
            "value": round(peak, 2),
            "unit": "GB",
            "limit": 2,
            "CPU": f"{spent:.0f} s",
        }
    ]


def _normalise_and_aggregate() -> Callable[[], Any]:
    import numpy as np

    from lianheng.engine.composite.aggregate import aggregate
    from lianheng.engine.composite.normalise import normalise
    from lianheng.engine.composite.tables import Table

    framework = _inputs(51).framework
    rng = np.random.default_rng(1)
    values = rng.gamma(2.0, size=(50_000, len(framework.indicators)))
    values[rng.random(values.shape) < 0.02] = np.nan
    table = Table(tuple(f"u{row}" for row in range(50_000)), framework.indicators, values)
    return lambda: aggregate(normalise(table, framework).table, framework)


def _copeland() -> Callable[[], Any]:
    import numpy as np

    from lianheng.engine.composite.copeland import copeland_scores

    values = np.random.default_rng(3).normal(size=(2000, 49))
    return lambda: copeland_scores(values, np.ones(49))


def _inputs(n: int) -> Any:
    import numpy as np

    from lianheng.engine.composite.reading import Inputs, read_inputs
    from lianheng.engine.composite.tables import Table

    folder = ROOT / "examples/asem"
    found = read_inputs(folder / "indicators.csv", folder / "meta.csv", folder / "units.csv")
    if n == len(found.table.units):
        return found
    rng = np.random.default_rng(2)
    rows = rng.integers(0, len(found.table.units), n)
    sizes = {name: np.nan_to_num(column[rows], nan=1.0) for name, column in found.denominators.items()}
    # Bell-shaped columns; every fifth has the long tail that calls treatment. Below -5 standard deviations a z-score
    # with mean 10 and sd 2 is negative, which the geometric mean refuses.
    values = 10 + np.clip(rng.normal(size=(n, len(found.table.codes))), -4.5, 4.5)
    values[:, ::5] = np.exp(values[:, ::5] - 10)
    for place, code in enumerate(found.table.codes):
        values[:, place] *= found.framework[code].direction
        values[:, place] *= sizes.get(found.framework[code].denominator, 1.0)
    values[rng.random(values.shape) < 0.02] = np.nan
    units = tuple(f"u{row}" for row in range(n))
    groups = {name: tuple(column[row] for row in rows) for name, column in found.groups.items()}
    return Inputs(Table(units, found.table.codes, values), found.framework, units, groups, sizes)


def _question() -> tuple[Any, Any]:
    from lianheng.engine.composite.config import read_config

    config = read_config(ROOT / "examples/asem/robustness.toml")
    return config.steps, config.assumptions


def _uncertainty(inputs: Any, replicates: int) -> Any:
    from lianheng.engine.composite.uncertainty import analyse_uncertainty

    steps, assumptions = _question()
    found = analyse_uncertainty(inputs, steps, assumptions, replicates=replicates, seed=1)
    assert not found.failures
    return found.statistics


def _sensitivity(inputs: Any) -> Any:
    from lianheng.engine.composite.sensitivity import analyse_sensitivity

    return analyse_sensitivity(inputs, *_question(), replicates=1024, seed=1, bootstrap=500)


if __name__ == "__main__":
    if sys.argv[1:] in (["--quick"], ["--large"]):
        print(json.dumps(_quick() if sys.argv[1] == "--quick" else _large()))
    else:
        for line in run():
            figure = line.get("cpu_seconds", line.get("value"))
            print(f"{line['name']}, {line['n']}: {figure} {line.get('unit', 's CPU')} (limit {line['limit']}) {line}")
