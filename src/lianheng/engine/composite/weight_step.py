"""The `weight` step of a pipeline: weights by a declared method, for one level or all."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from .aggregate import aggregate_levels, levels_of, resolve_weights
from .ahp import Priorities, ahp_weights, budget_weights
from .chain import State, Step
from .errors import CompositeError
from .optimise import optimise_weights
from .pca import principal_components
from .reading import parse_number, read_rows
from .tables import Floats, Table
from .weighting import critic_weights, entropy_weights

Found = tuple[dict[str, float], list[str], Any]
ALLOWED = {
    "given": {"weights", "file"},
    "equal": set[str](),
    "pca": {"level"},
    "entropy": {"level"},
    "critic": {"level"},
    "ahp": {"comparisons"},
    "budget": {"allocations"},
    "optimise": {"level", "objective", "targets", "correlation", "lower", "upper"},
}
# Of the methods that ask people: the key, what stands there for each parent, and what is counted.
JUDGEMENTS = {
    "ahp": ("comparisons", "square matrix", "rows"),
    "budget": ("allocations", "rows of experts", "columns"),
}


def find_weights(state: State, step: Step) -> Found:
    """Return the weights of all elements below the index, warnings, and a record."""
    given = dict(step.parameters)
    method = given.pop("method", "given")
    if method not in ALLOWED:
        raise CompositeError(f"weight: {method!r} is not a method; use one of {', '.join(ALLOWED)}")
    surplus = set(given) - ALLOWED[method]
    if surplus:
        raise CompositeError(f"weight with method {method} takes no {', '.join(sorted(surplus))}")
    present = resolve_weights(state.framework, state.weights)
    if method == "given":
        return _given(state, step, present, given)
    if method == "equal":
        return dict.fromkeys(present, 1.0), [], None
    if method in JUDGEMENTS:
        return _from_people(state, present, given.get(JUDGEMENTS[method][0], {}), method)
    level = given.pop("level", 1)
    if not 1 <= level < state.framework.height:
        raise CompositeError(f"weight: level is {level}; use 1 to {state.framework.height - 1}")
    if method == "optimise":
        return _optimise(state, present, level, given)
    return _from_data(state, present, level, method)


def _given(state: State, step: Step, present: dict[str, float], given: dict[str, Any]) -> Found:
    weights = given.get("weights", {})
    if not isinstance(weights, Mapping):
        raise CompositeError("weight: weights is a table code = weight; for equal weights use method = equal")
    found = dict(weights)
    if "file" in given:
        path = step.folder / given["file"] if step.folder else Path(given["file"])
        found = read_weights(path) | found
    for code in found:
        if code not in present:
            raise CompositeError(f"the weight table names {code}, which is not an element below the index")
    return resolve_weights(state.framework, present | found), [], None


def read_weights(path: Path) -> dict[str, float]:
    """Read a CSV file with columns iCode and Weight."""
    header, rows = read_rows(path)
    for column in ("iCode", "Weight"):
        if column not in header:
            raise CompositeError(f"the column {column} is missing", file=path.name, row=1, column=column)
    found: dict[str, float] = {}
    for number, row in enumerate(rows, start=2):
        weight = parse_number(row["Weight"], file=path.name, row=number, column="Weight")
        if not 0 < weight < math.inf:
            raise CompositeError("a weight is a number above 0", file=path.name, row=number, column="Weight")
        if row["iCode"] in found:
            raise CompositeError(f"{row['iCode']} stands there twice", file=path.name, row=number, column="iCode")
        found[row["iCode"]] = weight
    return found


def _from_data(state: State, present: dict[str, float], level: int, method: str) -> Found:
    act: Callable[[Table], Floats]
    warnings: list[str] = []
    record: dict[str, Any] = {}

    def pca(part: Table) -> Floats:
        found = principal_components(part)
        record[parent] = found
        if found.mixed_signs:
            warnings.append(f"{parent}: the first component sets some elements against others; its weights mislead")
        return found.weights

    act = {"pca": pca, "entropy": entropy_weights, "critic": critic_weights}[method]
    table = _scores(state, present, level)
    found = dict(present)
    for parent in state.framework.at_level(level + 1):
        children = state.framework.children(parent)
        weights = act(table.select_codes(children)) if len(children) > 1 else np.ones(1)
        found |= dict(zip(children, weights.tolist(), strict=True))
    return found, warnings, record or None


def _scores(state: State, present: dict[str, float], level: int) -> Table:
    """Scores of a level: the table itself for indicators, arithmetic means above."""
    if level == 1:
        return state.table
    return aggregate_levels(state.table, state.framework, levels_of(state.framework, "arithmetic", None, 0.0), present)


def _from_people(state: State, present: dict[str, float], judgements: Mapping[str, Any], method: str) -> Found:
    """Comparisons (AHP) or allocations (budget) by parent."""
    name, kind, side = JUDGEMENTS[method]
    if not judgements:
        raise CompositeError(f"weight with method {method} needs {name}, a table parent = {kind}")
    found, warnings, record = dict(present), list[str](), dict[str, Any]()
    for parent, judgement in judgements.items():
        children = _children(state, parent)
        done = ahp_weights(judgement) if method == "ahp" else budget_weights(judgement)
        if len(done.weights) != len(children):
            raise CompositeError(
                f"the {name} of {parent} have {len(done.weights)} {side}; its children are {', '.join(children)}"
            )
        if isinstance(done, Priorities) and not done.acceptable:
            warnings.append(f"{parent}: consistency ratio {done.consistency_ratio:.3f} is above 0.1; ask again")
        record[parent] = done
        found |= dict(zip(children, done.weights.tolist(), strict=True))
    return found, warnings, record


def _children(state: State, parent: str) -> tuple[str, ...]:
    children = state.framework.children(parent)
    if not children:
        raise CompositeError(f"{parent} is not an aggregate of the index")
    return children


def _optimise(state: State, present: dict[str, float], level: int, given: dict[str, Any]) -> Found:
    if "correlation" in given:
        given["correlation_kind"] = given.pop("correlation")
    levels = levels_of(state.framework, "arithmetic", None, 0.0)
    done = optimise_weights(state, levels, level, weights=present, **given)
    return present | dict(zip(done.codes, done.weights.tolist(), strict=True)), list(done.warnings), done
