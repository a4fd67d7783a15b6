"""What each indicator does to the ranks: the index without it, one at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from .chain import State, Step, check_order
from .errors import CompositeError
from .framework import Framework
from .ranking import rank_many
from .reading import Inputs
from .tables import Floats
from .uncertainty import nominal_index

# Steps whose result for one column does not depend on which other columns are there.
COLUMN_WISE = ("denominate", "treat", "normalise")


@dataclass(frozen=True, eq=False)
class LeftOut:
    """Scores and ranks without each element; arrays of shape (n_elements, n_units), NaN where there is none.

    ``rank_changes`` = nominal rank − rank without it: positive moves up. ``mean_change`` is the mean of their sizes.
    """

    codes: tuple[str, ...]
    units: tuple[str, ...]
    nominal_scores: Floats
    nominal_ranks: Floats
    scores: Floats
    ranks: Floats
    failures: dict[str, str]

    @property
    def rank_changes(self) -> Floats:
        """Nominal rank − new rank."""
        return self.nominal_ranks - self.ranks

    @property
    def mean_change(self) -> Floats:
        """Mean over units of |change of rank|; NaN where leaving the element out leaves no index."""
        sizes = np.abs(self.rank_changes)
        here = ~np.isnan(sizes)
        count = here.sum(axis=1)
        total = np.where(here, sizes, 0.0).sum(axis=1)
        return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def leave_one_out(inputs: Inputs, steps: Sequence[Step], *, level: int = 1) -> LeftOut:
    """Rebuild the index without each element of a level in turn.

    Parameters
    ----------
    inputs : Inputs
        One time only.
    steps : sequence of Step
        Ending with `aggregate`.
    level : int
        1 for indicators; below the index.

    Returns
    -------
    LeftOut
        The element is truly gone: screening, imputation by row and min_available do not see it. An element whose
        removal cannot be computed is in ``failures``.

    References
    ----------
    COINr `remove_elements`, which sets the weight to 0 instead.
    """
    if inputs.table.times is not None:
        raise CompositeError("an analysis works on one time of a panel; set time in [input]")
    framework = inputs.framework
    if not 1 <= level < framework.height:
        raise CompositeError(f"level is {level}; elements to leave out stand on levels 1 to {framework.height - 1}")
    check_order(steps)
    scores, ranks = nominal_index(inputs, steps)
    shared = _shared(steps)
    state = State.of(inputs)
    for step in steps[:shared]:
        state = step.run(state).state
    codes = framework.at_level(level)
    found = np.full((len(codes), len(inputs.table.units)), np.nan)
    failures: dict[str, str] = {}
    for number, code in enumerate(codes):
        try:
            _without(state, steps[shared:], code, found[number])
        except CompositeError as error:
            failures[code] = str(error)
    places = rank_many(found)
    return LeftOut(codes, inputs.table.units, scores, ranks, found, np.where(places > 0, places, np.nan), failures)


def _shared(steps: Sequence[Step]) -> int:
    """Number of first steps that need not be repeated."""
    for place, step in enumerate(steps):
        column_wise = step.do in COLUMN_WISE or (
            step.do == "impute" and step.parameters.get("impute_by", "column") == "column"
        )
        if not column_wise:
            return place
    return len(steps)


def _without(state: State, steps: Sequence[Step], code: str, target: Floats) -> None:
    smaller = state.framework.without([code])
    table = state.table.select_codes(smaller.indicators)
    inputs = replace(state.inputs, framework=smaller)
    weights = None if state.weights is None else {key: w for key, w in state.weights.items() if key in smaller}
    now = State(inputs, smaller, table, weights)
    for step in steps:
        now = _reduced(step, smaller).run(now).state
    target[now.table.rows] = now.table.column(smaller.top)


def _reduced(step: Step, framework: Framework) -> Step:
    """The step without parameters for elements that are gone."""
    changed: dict[str, Any] = {}
    for key, value in step.parameters.items():
        if key in ("indicators", "weights", "denominators", "targets") and isinstance(value, Mapping):
            changed[key] = {code: each for code, each in value.items() if code in framework}
    return step.with_parameters(changed) if changed else step
