"""From indicators up to the index, level by level."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from .copeland import copeland_scores
from .errors import CompositeError
from .framework import Framework
from .means import Mean, mean_named, weighted_mean
from .screen import enough
from .tables import Floats, Table

OwnAggregate = Callable[[Floats, Floats], Floats]
Method = str | OwnAggregate
Weights = Mapping[str, float] | str | None


@dataclass(frozen=True)
class Level:
    """How one level is aggregated to the next."""

    method: Method
    p: float | None = None
    min_available: float = 0.0

    def mean(self) -> Mean | None:
        """Return the mean to use; None for Copeland and own functions."""
        if callable(self.method) or self.method == "copeland":
            return None
        return mean_named(self.method, self.p)


def aggregate(
    table: Table,
    framework: Framework,
    method: Method | Sequence[Method] = "arithmetic",
    *,
    p: float | Sequence[float | None] | None = None,
    min_available: float | Sequence[float] = 0.0,
    weights: Weights | Sequence[Weights] = None,
) -> Table:
    """Aggregate level by level up to the index.

    Parameters
    ----------
    table : Table
        Normalised indicators; all of the framework's.
    framework : Framework
    method : str, callable, or a list with one per level step (first: level 1 to 2)
        "arithmetic", "geometric", "harmonic", "generalised", "copeland", COINr's names (amean, gmean, hmean, genmean),
        or a function (values of shape (n_units, k), weights of shape (k,)) → array of shape (n_units,).
    p : float or list
        Exponent of "generalised"; it has no default.
    min_available : float or list
        Least share of direct children present (COINr's dat_thresh); compared in integers, children of weight 0 do not
        count.
    weights : mapping from code to weight, "equal", None, or a list with one of these per level step
        None: the framework's. Every child needs a weight, none may be negative.

    Returns
    -------
    Table
        Indicators and aggregates in the order of the framework. Weights are re-scaled over the children present; an
        aggregate without any is missing.

    References
    ----------
    COINr `Aggregate`, `a_amean`, `a_gmean`, `a_hmean`, `a_genmean`, `a_copeland`.

    Examples
    --------
    >>> framework = Framework.of_groups({"A": ["x", "y"], "B": ["z"]})
    >>> table = Table.of(["u", "v"], {"x": [1, 2], "y": [3, None], "z": [10, 20]})
    >>> aggregate(table, framework).column("Index")
    array([ 6., 11.])
    """
    levels = levels_of(framework, method, p, min_available)
    return aggregate_levels(table, framework, levels, resolve_weights(framework, weights))


def levels_of(
    framework: Framework,
    method: Method | Sequence[Method],
    p: float | Sequence[float | None] | None,
    min_available: float | Sequence[float],
) -> tuple[Level, ...]:
    """Spread arguments over the level steps; a list must have one entry per step."""
    steps = framework.height - 1
    methods = _spread("method", method, steps)
    powers, shares = _spread("p", p, steps), _spread("min_available", min_available, steps)
    for share in shares:
        if not (isinstance(share, int | float) and 0 <= share <= 1):
            raise CompositeError(f"min_available is {share!r}; it is a share from 0 to 1")
    found = tuple(Level(*each) for each in zip(methods, powers, shares, strict=True))
    for level in found:
        level.mean()
    return found


def _spread(name: str, value: Any, steps: int) -> list[Any]:
    if isinstance(value, list | tuple):
        if len(value) != steps:
            raise CompositeError(f"{name} is a list of {len(value)}; there are {steps} level steps, so give {steps}")
        return list(value)
    return [value] * steps


def resolve_weights(framework: Framework, weights: Weights | Sequence[Weights] = None) -> dict[str, float]:
    """Return one weight per element below the index, checked."""
    if isinstance(weights, list | tuple):
        parts = _spread("weights", weights, framework.height - 1)
        found: dict[str, float] = {}
        for level, part in enumerate(parts, start=1):
            whole = _table_of_weights(framework, part, framework.at_level(level))
            found |= {code: whole[code] for code in framework.at_level(level)}
    else:
        below = [code for code in framework.codes if code != framework.top]
        found = _table_of_weights(framework, cast(Weights, weights), below)
    for code, weight in found.items():
        if not weight >= 0 or weight == np.inf:
            raise CompositeError(f"the weight of {code} is {weight}; weights are numbers and not negative")
    return found


def _table_of_weights(framework: Framework, weights: Weights, codes: Sequence[str]) -> dict[str, float]:
    if weights is None or weights == "iMeta":
        return {code: framework[code].weight for code in codes}
    if isinstance(weights, str):
        if weights not in ("equal", "none"):
            raise CompositeError(f"weights are {weights!r}; use a table, equal, or iMeta")
        return dict.fromkeys(codes, 1.0)
    for code in weights:
        if code not in framework:
            raise CompositeError(f"the weight table names {code}, which is not an element of the index")
    for code in codes:
        if code not in weights:
            raise CompositeError(f"the weight table has no weight for {code}")
    return {code: float(weights[code]) for code in codes}


def aggregate_levels(
    table: Table, framework: Framework, levels: Sequence[Level], weights: Mapping[str, float]
) -> Table:
    """Aggregate with levels and weights already resolved."""
    columns = {code: table.values[:, table.place(code)] for code in framework.indicators}
    for step, level in enumerate(levels, start=2):
        for parent in framework.at_level(step):
            children = framework.children(parent)
            own = np.array([weights[child] for child in children])
            columns[parent] = aggregate_children(
                [columns[child] for child in children], own, level, names=children, units=table.units
            )
    values = np.empty((len(table.units), len(framework.codes)), order="F")
    for number, code in enumerate(framework.codes):
        values[:, number] = columns[code]
    return Table(table.units, framework.codes, values, table.times, table.rows)


def aggregate_children(
    columns: Sequence[Floats],
    weights: Floats,
    level: Level,
    *,
    names: Sequence[str] = (),
    units: Sequence[str] = (),
) -> Floats:
    """Aggregate the children of one parent; weights of shape (k,), or (r, k) for many weight sets at once."""
    mean = level.mean()
    if mean is not None:

        def describe(child: int, unit: int) -> str:
            return f"{names[child]} of {units[unit]}" if names and units else f"child {child} of unit {unit}"

        return weighted_mean(columns, weights, mean, min_available=level.min_available, describe=describe)
    if weights.ndim == 2 or any(column.ndim == 2 for column in columns):
        return _one_by_one(columns, weights, level, names, units)
    used = weights > 0
    stacked = np.column_stack(columns)
    if not used.any():
        return np.full(len(stacked), np.nan)
    if callable(level.method):
        scores = np.asarray(level.method(stacked, weights), dtype=np.float64)
    else:
        scores = copeland_scores(stacked[:, used], weights[used])
    present = (~np.isnan(stacked[:, used])).sum(axis=1)
    scores = scores.copy()
    scores[~enough(present, int(used.sum()), level.min_available) | (present == 0)] = np.nan
    return scores


def _one_by_one(
    columns: Sequence[Floats], weights: Floats, level: Level, names: Sequence[str], units: Sequence[str]
) -> Floats:
    count = max([len(weights) if weights.ndim == 2 else 1, *(len(c) for c in columns if c.ndim == 2)])
    results = [
        aggregate_children(
            [column[run] if column.ndim == 2 else column for column in columns],
            weights[run] if weights.ndim == 2 else weights,
            level,
            names=names,
            units=units,
        )
        for run in range(count)
    ]
    return np.stack(results)


def per_unit(function: Callable[[Floats, Floats], float]) -> OwnAggregate:
    """Make an own aggregation from a function of one unit's values and weights (missing children left out).

    Examples
    --------
    >>> framework = Framework.of_groups({"A": ["x", "y"]})
    >>> table = Table.of(["u"], {"x": [1], "y": [3]})
    >>> aggregate(table, framework, per_unit(lambda values, weights: values.max())).column("Index")
    array([3.])
    """

    def whole(values: Floats, weights: Floats) -> Floats:
        results = np.full(len(values), np.nan)
        for row, unit in enumerate(values):
            here = ~np.isnan(unit)
            if here.any():
                results[row] = function(unit[here], weights[here])
        return results

    return whole
