"""The public example (51 countries, 49 indicators), read from the repository's examples."""

from functools import cache
from pathlib import Path

import numpy as np

from lianheng.engine.composite.chain import Run, Step, run_steps
from lianheng.engine.composite.framework import Framework
from lianheng.engine.composite.reading import Inputs, read_inputs
from lianheng.engine.composite.tables import Table

FOLDER = Path(__file__).resolve().parents[5] / "examples/asem"
NAN = float("nan")

# COINr's build_example_coin.
CHAIN = (
    Step("denominate"),
    Step("impute", {"f_i": "mean", "use_group": "EurAsia_group"}),
    Step("screen", {"dat_thresh": 0.9}),
    Step("treat"),
    Step("normalise"),
    Step("aggregate"),
)


@cache
def inputs() -> Inputs:
    return read_inputs(FOLDER / "indicators.csv", FOLDER / "meta.csv", FOLDER / "units.csv")


@cache
def panel() -> Inputs:
    return read_inputs(FOLDER / "panel.csv", FOLDER / "meta.csv", FOLDER / "units.csv")


@cache
def full_run() -> Run:
    return run_steps(inputs(), CHAIN)


def random_table(seed: int, n: int = 12, groups: dict[str, list[str]] | None = None, gaps: float = 0.0) -> Table:
    groups = groups or {"A": ["a1", "a2", "a3"], "B": ["b1", "b2"]}
    codes = [code for members in groups.values() for code in members]
    rng = np.random.default_rng(seed)
    values = rng.gamma(2.0, size=(n, len(codes))) + 0.1
    values[rng.random(values.shape) < gaps] = np.nan
    return Table(tuple(f"u{row}" for row in range(n)), tuple(codes), values)


def small_framework() -> Framework:
    return Framework.of_groups({"A": ["a1", "a2", "a3"], "B": ["b1", "b2"]})
