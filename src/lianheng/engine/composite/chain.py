"""The steps of a pipeline, one after the other; each takes a state and gives the next."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from .errors import CompositeError
from .framework import Framework
from .normalise import Rule
from .reading import Inputs
from .tables import Table


@dataclass(frozen=True, eq=False)
class State:
    """What the next step reads."""

    inputs: Inputs
    framework: Framework
    table: Table
    weights: Mapping[str, float] | None = None
    rules: tuple[Rule, ...] | None = None

    @classmethod
    def of(cls, inputs: Inputs) -> State:
        """Return the state before the first step."""
        return cls(inputs, inputs.framework, inputs.table)


@dataclass(frozen=True, eq=False)
class Outcome:
    """A step's state, what it has to tell, and its record (screening, treatment…)."""

    state: State
    warnings: tuple[str, ...] = ()
    record: Any = None


@dataclass(frozen=True)
class Step:
    """One declared step with checked parameters; ``folder`` is where relative paths start."""

    do: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    folder: Path | None = None

    def with_parameters(self, changed: Mapping[str, Any]) -> Step:
        """Return the step with some parameters replaced (an assumption of an uncertainty analysis)."""
        return replace(self, parameters={**self.parameters, **changed})

    def files(self) -> list[Path]:
        """Return the files that the step reads besides the input tables."""
        names = [self.parameters[key] for key in ("frozen", "file") if isinstance(self.parameters.get(key), str)]
        return [(self.folder or Path()) / name for name in names]

    def run(self, state: State) -> Outcome:
        """Run the step; numbers that outgrow a float are refused, never ranked as if they were small."""
        from .steps import RUN

        try:
            with np.errstate(over="raise"):
                return RUN[self.do](state, self)
        except FloatingPointError:
            raise CompositeError(f"{self.do}: numbers grow too large to reckon with; {_largest(state)}") from None


def _largest(state: State) -> str:
    """Name the largest weight or value, whichever is larger."""
    table = state.table
    sizes = np.nan_to_num(np.abs(table.values), nan=0.0)
    row, column = (int(place) for place in np.unravel_index(np.argmax(sizes), sizes.shape))
    weights = dict(state.weights or state.framework.weights())
    heaviest = max(weights, key=lambda code: weights[code], default="")
    if heaviest and weights[heaviest] > sizes[row, column]:
        return f"the largest is the weight {weights[heaviest]:g} of {heaviest}; give smaller weights"
    return f"the largest is {table.values[row, column]:g}, {table.codes[column]} of {table.units[row]}; correct it"


@dataclass(frozen=True, eq=False)
class Run:
    """A finished pipeline: one outcome per step."""

    steps: tuple[Step, ...]
    outcomes: tuple[Outcome, ...]

    @property
    def state(self) -> State:
        """Return the last state."""
        return self.outcomes[-1].state

    @property
    def table(self) -> Table:
        """Return the last table; after `aggregate` it holds indicators and aggregates."""
        return self.state.table

    @property
    def warnings(self) -> list[str]:
        """Return all warnings with the step that gave them."""
        return [
            f"{step.do}: {warning}"
            for step, outcome in zip(self.steps, self.outcomes, strict=True)
            for warning in outcome.warnings
        ]

    def before(self, do: str) -> Table | None:
        """Return the table that the first step of a kind read."""
        for place, step in enumerate(self.steps):
            if step.do == do:
                return self.outcomes[place - 1].state.table if place else self.outcomes[0].state.inputs.table
        return None

    def after(self, do: str) -> Outcome | None:
        """Return the outcome of the last step of a kind."""
        found = [outcome for step, outcome in zip(self.steps, self.outcomes, strict=True) if step.do == do]
        return found[-1] if found else None


def run_steps(inputs: Inputs, steps: Sequence[Step]) -> Run:
    """Run a pipeline.

    Parameters
    ----------
    inputs : Inputs
    steps : sequence of Step
        With `aggregate` last, if it is there at all.

    Returns
    -------
    Run
    """
    check_order(steps)
    state, outcomes = State.of(inputs), []
    for step in steps:
        outcome = step.run(state)
        outcomes.append(outcome)
        state = outcome.state
    return Run(tuple(steps), tuple(outcomes))


def check_order(steps: Sequence[Step]) -> None:
    """A pipeline has at least one step, and nothing comes after `aggregate`."""
    if not steps:
        raise CompositeError("the pipeline has no step; add at least normalise and aggregate")
    for place, step in enumerate(steps[:-1]):
        if step.do == "aggregate":
            raise CompositeError(f"step {place + 1} is aggregate, which must be the last step")


def by_time(table: Table, act: Callable[[Table], Table]) -> Table:
    """Do something for every time of a panel on its own; a table without times as a whole."""
    if table.times is None:
        return act(table)
    parts = [act(table.at(time)) for time in np.unique(table.times)]
    times = np.concatenate([part.times for part in parts if part.times is not None])
    return Table(
        tuple(unit for part in parts for unit in part.units),
        parts[0].codes,
        np.vstack([part.values for part in parts]),
        times,
        np.concatenate([part.rows for part in parts]),
    )
