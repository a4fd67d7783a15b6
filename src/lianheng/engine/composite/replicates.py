"""Many variants of one pipeline; what several variants share is computed once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .aggregate import Level, aggregate_children, levels_of
from .chain import State, Step, check_order
from .design import Assumption, noise_factors
from .errors import CompositeError
from .ranking import rank_many
from .reading import Inputs
from .steps import aggregate_weights
from .tables import Floats

CELLS = 1_500_000


@dataclass(frozen=True, eq=False)
class Variants:
    """Scores and ranks of the index under many choices.

    ``scores`` and ``ranks`` have one row per distinct choice and one column per unit of the inputs (NaN and 0: not
    there); ``place[r]`` is the row of replicate r. ``failures`` maps replicate → reason.
    """

    scores: Floats
    ranks: NDArray[np.int32]
    place: NDArray[np.intp]
    failures: dict[int, str]


def run_variants(
    inputs: Inputs, steps: Sequence[Step], assumptions: Sequence[Assumption], choices: Floats, *, seed: int = 0
) -> Variants:
    """Run the pipeline once per row of ``choices``.

    Parameters
    ----------
    inputs : Inputs
        No panel.
    steps : sequence of Step
        Ends with `aggregate`.
    assumptions : sequence of Assumption
    choices : array of shape (n, n_assumptions)
        From `design.choices_of`.
    seed : int
        Of the noise sets.

    Returns
    -------
    Variants
        Equal choices are computed once, and so is every step that they share. A variant that fails is a failure with
        its reason; the others go on.
    """
    return _Runner(inputs, steps, assumptions, seed).run(choices)


class _Runner:
    def __init__(self, inputs: Inputs, steps: Sequence[Step], assumptions: Sequence[Assumption], seed: int) -> None:
        check_order(steps)
        if steps[-1].do != "aggregate":
            raise CompositeError("the pipeline ends without aggregate; there is no index to vary")
        if inputs.table.times is not None:
            raise CompositeError("an analysis works on one time of a panel; set time in [input]")
        self.inputs, self.steps, self.assumptions = inputs, tuple(steps), tuple(assumptions)
        noisy = [place for place, each in enumerate(assumptions) if each.levels]
        if len(noisy) > 1:
            raise CompositeError("more than one assumption puts noise on the weights; declare one")
        self.noisy = noisy[0] if noisy else None
        self.factors = noise_factors(assumptions[noisy[0]], inputs.framework, seed) if noisy else None
        # For each step, the assumptions that act on it.
        self.acting = [
            [place for place, each in enumerate(assumptions) if each.step == number and not each.levels]
            for number in range(len(steps))
        ]

    def run(self, choices: Floats) -> Variants:
        distinct, place = np.unique(choices, axis=0, return_inverse=True)
        place = np.asarray(place).reshape(-1)
        n = len(self.inputs.table.units)
        scores = np.full((len(distinct), n), np.nan)
        failed: dict[int, str] = {}
        # Rows that share the beginning of the pipeline stand together.
        order = self._order(distinct)
        keys = [self._keys(distinct[row]) for row in order]
        stack: list[Any] = []
        for group in _runs(keys):
            rows = order[group]
            state = self._state(distinct[rows[0]], keys[group.start], stack)
            if isinstance(state, str):
                failed |= {int(row): state for row in rows}
                continue
            self._fill(state, distinct, rows, scores, failed)
        ranks = self._ranks(scores)
        failures = {replicate: failed[int(row)] for replicate, row in enumerate(place) if int(row) in failed}
        return Variants(scores, ranks, place, failures)

    def _order(self, distinct: Floats) -> NDArray[np.intp]:
        columns = [place for acting in self.acting for place in acting]
        if not columns:
            return np.arange(len(distinct))
        return np.lexsort([distinct[:, place] for place in reversed(columns)])

    def _keys(self, row: Floats) -> tuple[tuple[float, ...], ...]:
        return tuple(tuple(float(row[place]) for place in acting) for acting in self.acting)

    def _step(self, number: int, row: Floats) -> Step:
        step = self.steps[number]
        for place in self.acting[number]:
            assumption = self.assumptions[place]
            changed = assumption.parameters(row[place])
            step = step.with_parameters(changed) if assumption.parameter else Step(step.do, changed, step.folder)
        return step

    def _state(self, row: Floats, keys: tuple[Any, ...], stack: list[Any]) -> State | str:
        """Return the state before `aggregate`, from the stack of states as far as the keys agree."""
        shared = 0
        while shared < len(stack) and stack[shared][0] == keys[shared]:
            shared += 1
        del stack[shared:]
        for number in range(shared, len(self.steps) - 1):
            before = stack[-1][1] if stack else State.of(self.inputs)
            if isinstance(before, str):
                break
            after = _attempt(self._after, number, row, before)
            stack.append((keys[number], after))
        return stack[-1][1] if stack else State.of(self.inputs)

    def _after(self, number: int, row: Floats, before: State) -> State:
        return self._step(number, row).run(before).state

    def _fill(
        self,
        state: State,
        distinct: Floats,
        rows: NDArray[np.intp],
        scores: Floats,
        failed: dict[int, str],
    ) -> None:
        step = self._step(len(self.steps) - 1, distinct[rows[0]])
        block = max(1, CELLS // max(len(state.table.units), 1))
        for start in range(0, len(rows), block):
            part = rows[start : start + block]
            done = _attempt(self._aggregate, state, step, distinct[part])
            if not isinstance(done, str):
                scores[np.ix_(part, state.table.rows)] = done
            elif len(part) == 1 or self.noisy is None:
                failed |= {int(row): done for row in part}
            else:
                # One weight set may fail where the others do not.
                for row in part:
                    self._fill(state, distinct, np.array([row]), scores, failed)

    def _aggregate(self, state: State, step: Step, rows: Floats) -> Floats:
        given = step.parameters
        levels = levels_of(
            state.framework, given.get("method", "arithmetic"), given.get("p"), given.get("min_available", 0.0)
        )
        weights: dict[str, Any] = dict(aggregate_weights(state, step))
        if self.factors is not None and self.noisy is not None:
            codes, factors = self.factors
            sets = factors[rows[:, self.noisy].astype(np.intp)]
            for number, code in enumerate(codes):
                if code in weights:
                    weights[code] = weights[code] * sets[:, number]
        return np.broadcast_to(index_scores(state, levels, weights), (len(rows), len(state.table.units)))

    def _ranks(self, scores: Floats) -> NDArray[np.int32]:
        ranks = np.empty(scores.shape, np.int32)
        block = max(1, CELLS // max(scores.shape[1], 1))
        for start in range(0, len(scores), block):
            ranks[start : start + block] = rank_many(scores[start : start + block])
        return ranks


def index_scores(
    state: State, levels: Sequence[Level], weights: dict[str, Any], known: Mapping[str, Floats] | None = None
) -> Floats:
    """Return the index for weights that are numbers or arrays of shape (r,), one per weight set.

    ``known`` holds scores that these weights do not change, such as those of lower levels.
    """
    table, framework = state.table, state.framework
    columns = {code: table.values[:, table.place(code)] for code in framework.indicators} | dict(known or {})
    for number, level in enumerate(levels, start=2):
        for parent in framework.at_level(number):
            if parent in columns:
                continue
            children = framework.children(parent)
            own = _stack([weights[child] for child in children])
            columns[parent] = aggregate_children(
                [columns[child] for child in children], own, level, names=children, units=table.units
            )
    return columns[framework.top]


def _stack(weights: Sequence[Any]) -> Floats:
    """One weight set of shape (k,), or many of shape (r, k)."""
    if all(np.ndim(weight) == 0 for weight in weights):
        return np.array(weights, dtype=np.float64)
    length = max(np.size(weight) for weight in weights)
    return np.column_stack([np.broadcast_to(weight, (length,)) for weight in weights])


def _runs(keys: list[Any]) -> Iterator[slice]:
    start = 0
    for place in range(1, len(keys) + 1):
        if place == len(keys) or keys[place] != keys[start]:
            yield slice(start, place)
            start = place


def _attempt(act: Callable[..., Any], *arguments: Any) -> Any:
    """Return the result, or the reason of failure as a text: one replicate must not end the analysis."""
    try:
        return act(*arguments)
    except CompositeError as error:
        return str(error)
    except Exception as error:  # an own function of the caller may raise anything
        return f"{type(error).__name__}: {error}"
