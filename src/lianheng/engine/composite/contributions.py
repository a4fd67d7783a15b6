"""Why two scores differ: contributions of every indicator that add up to the difference."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from .aggregate import Level, aggregate_levels
from .errors import CompositeError
from .framework import Framework
from .means import Mean
from .tables import Floats, Table


@dataclass(frozen=True)
class Contribution:
    """What one element adds to a difference.

    ``value`` comes from its score being different; ``availability`` from it (or a sibling) being missing on one side,
    which shifts weights. The amounts of all elements sum to the difference.
    """

    code: str
    name: str
    value: float
    availability: float

    @property
    def amount(self) -> float:
        """Both parts together."""
        return self.value + self.availability


@dataclass(frozen=True)
class Difference:
    """A difference of two index scores and what it is made of, largest part first."""

    first: float
    second: float
    contributions: tuple[Contribution, ...]

    @property
    def difference(self) -> float:
        """first − second."""
        return self.first - self.second


def explain_difference(
    table: Table,
    framework: Framework,
    levels: Sequence[Level],
    weights: Mapping[str, float],
    first: int,
    second: int,
) -> Difference:
    """Split the difference of two rows' index scores over the indicators.

    Parameters
    ----------
    table : Table
        Aggregated: normalised indicators and all aggregates.
    framework : Framework
    levels : sequence of Level
        As used for aggregating; means only (Copeland and own functions have no such split).
    weights : mapping from code to weight
    first, second : int
        Rows: two units, or one unit at two times.

    Returns
    -------
    Difference
        Arithmetic mean: weight × difference of scores. Other means: by the slope of the mean's transform between the
        two values (for the geometric mean the logarithmic mean), so the parts add up exactly and the order of the two
        sides only changes the sign.

    References
    ----------
    Ang, B. W. (2004). Decomposition analysis for policymaking in energy. Energy Policy 32 (LMDI), applied per level.

    Examples
    --------
    >>> from .aggregate import levels_of
    >>> framework = Framework.of_groups({"A": ["x", "y"]})
    >>> levels = levels_of(framework, "arithmetic", None, 0.0)
    >>> raw = Table.of(["u", "v"], {"x": [4, 2], "y": [1, 1]})
    >>> scores = aggregate_levels(raw, framework, levels, framework.weights())
    >>> found = explain_difference(scores, framework, levels, framework.weights(), 0, 1)
    >>> found.difference, [(part.code, part.amount) for part in found.contributions]
    (1.0, [('x', 1.0), ('y', 0.0)])
    """
    means = [level.mean() for level in levels]
    if any(mean is None for mean in means):
        raise CompositeError("contributions need means at every level; Copeland and own functions have no such split")
    a = {code: float(table.column(code)[first]) for code in framework.codes}
    b = {code: float(table.column(code)[second]) for code in framework.codes}
    if math.isnan(a[framework.top]) or math.isnan(b[framework.top]):
        raise CompositeError("one of the two units has no index; there is no difference to explain")
    found: dict[str, list[float]] = {}
    _descend(framework.top, 1.0, framework, [mean for mean in means if mean], weights, a, b, found)
    parts = [Contribution(code, framework[code].name, value, shift) for code, (value, shift) in found.items()]
    parts.sort(key=lambda part: -abs(part.amount))
    return Difference(a[framework.top], b[framework.top], tuple(parts))


def _descend(
    parent: str,
    factor: float,
    framework: Framework,
    means: Sequence[Mean],
    weights: Mapping[str, float],
    a: Mapping[str, float],
    b: Mapping[str, float],
    found: dict[str, list[float]],
) -> None:
    """Add what lies below ``parent``; one unit of its difference is worth ``factor`` of the index's."""
    level = framework[parent].level
    if level == 1:
        found.setdefault(parent, [0.0, 0.0])[0] += factor * (a[parent] - b[parent])
        return
    forward = _transform(means[level - 2])
    children = framework.children(parent)
    own_a, own_b = _shares(children, weights, a), _shares(children, weights, b)
    steep = _slope(forward, a[parent], b[parent])
    middle = (forward(a[parent]) + forward(b[parent])) / 2
    for child in children:
        share_a, share_b = own_a[child], own_b[child]
        if share_a and share_b:
            share = (share_a + share_b) / 2
            pull = share * _slope(forward, a[child], b[child]) / steep
            _descend(child, factor * pull, framework, means, weights, a, b, found)
            centre = (forward(a[child]) + forward(b[child])) / 2
            shift = (share_a - share_b) * (centre - middle) / steep
        else:
            shift = (share_a * (forward(a[child]) - middle) if share_a else 0.0) / steep
            shift -= (share_b * (forward(b[child]) - middle) if share_b else 0.0) / steep
        if shift:
            found.setdefault(child, [0.0, 0.0])[1] += factor * shift


def _shares(children: Sequence[str], weights: Mapping[str, float], values: Mapping[str, float]) -> dict[str, float]:
    present = {child: weights[child] for child in children if not math.isnan(values[child])}
    total = sum(present.values())
    return {child: present.get(child, 0.0) / total if total else 0.0 for child in children}


def _transform(mean: Mean) -> Callable[[float], float]:
    if mean.forward is None:
        return float
    forward = mean.forward
    return lambda x: float(forward(np.float64(x)))  # type: ignore[arg-type]


def _slope(function: Callable[[float], float], x: float, y: float) -> float:
    """(f(x) − f(y))/(x − y); the derivative where the two are (almost) equal."""
    if abs(x - y) > 1e-6 * max(abs(x), abs(y)):
        return (function(x) - function(y)) / (x - y)
    centre = (x + y) / 2
    step = 1e-4 * max(abs(centre), 1e-12)
    return (function(centre + step) - function(centre - step)) / (2 * step) if centre else 1.0


def peer_mean(normalised: Table, framework: Framework, levels: Sequence[Level], weights: Mapping[str, float]) -> Table:
    """Return one aggregated row named "mean": a unit with the mean of every indicator.

    Append it to the aggregated table to explain a unit against its peers. With arithmetic means and no gaps its index
    is the mean index.
    """
    values = normalised.select_codes(framework.indicators).values
    here = ~np.isnan(values)
    count = here.sum(axis=0)
    total = np.where(here, values, 0.0).sum(axis=0)
    row: Floats = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    return aggregate_levels(Table(("mean",), framework.indicators, row[None, :]), framework, levels, weights)


def stack_rows(first: Table, second: Table) -> Table:
    """Put the rows of two tables with the same codes below each other."""
    if first.codes != second.codes:
        raise CompositeError("the two tables have other codes, or another order of them")
    return Table(first.units + second.units, first.codes, np.vstack([first.values, second.values]))
