"""One unit is corrected while goalposts stay frozen: only its path is computed again, to the same bits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from .aggregate import Level, aggregate_children, aggregate_levels
from .errors import CompositeError
from .framework import Framework
from .normalise import Rule, apply_rules
from .tables import Floats, Table


@dataclass(frozen=True, eq=False)
class Correction:
    """The corrected table and the elements whose scores were computed again."""

    table: Table
    recomputed: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class FrozenIndex:
    """An index whose normalisation no longer depends on the data.

    Parameters
    ----------
    framework : Framework
    rules : tuple of Rule
        From `normalise` of the year that sets the goalposts; ranks cannot be frozen.
    levels : tuple of Level
        Means or own functions per unit; Copeland compares all units and is refused.
    weights : mapping from code to weight

    Examples
    --------
    >>> from .aggregate import levels_of
    >>> from .normalise import normalise
    >>> framework = Framework.of_groups({"A": ["x"], "B": ["y"]})
    >>> raw = Table.of(["u", "v"], {"x": [0, 10], "y": [5, 0]})
    >>> index = FrozenIndex(
    ...     framework,
    ...     normalise(raw, framework).rules,
    ...     levels_of(framework, "arithmetic", None, 0.0),
    ...     framework.weights(),
    ... )
    >>> scores = index.scores(raw)
    >>> done = index.correct(scores, "u", {"x": 5})
    >>> done.table.column("Index"), done.recomputed
    (array([75., 50.]), ('x', 'A', 'Index'))
    """

    framework: Framework
    rules: tuple[Rule, ...]
    levels: tuple[Level, ...]
    weights: Mapping[str, float]

    def __post_init__(self) -> None:
        for rule in self.rules:
            if rule.ranked:
                raise CompositeError(f"{rule.code} is normalised by {rule.ranked}, which depends on all units")
        if any(level.method == "copeland" for level in self.levels):
            raise CompositeError("Copeland compares all units; a correction of one unit changes others")

    def scores(self, raw: Table) -> Table:
        """Normalise with the frozen rules and aggregate: the full computation."""
        return aggregate_levels(apply_rules(raw, self.rules), self.framework, self.levels, self.weights)

    def correct(self, scores: Table, unit: str, changes: Mapping[str, float]) -> Correction:
        """Put corrected raw values of one unit into a table of scores.

        Parameters
        ----------
        scores : Table
            From `scores`.
        unit : str
        changes : mapping from indicator to raw value
            NaN takes a value away.

        Returns
        -------
        Correction
            Equal, bit for bit, to `scores` of the corrected data; only ancestors of what changed are computed.
        """
        if unit not in scores.units:
            raise CompositeError(f"there is no unit {unit}")
        row = scores.units.index(unit)
        values = scores.values.copy(order="F")
        dirty = set()
        for code, value in changes.items():
            if code not in self.framework.indicators:
                raise CompositeError(f"{code} is not an indicator of the index")
            self._normalise(code, float(value), values[row : row + 1, scores.place(code)])
            dirty.add(code)
        done = [code for code in self.framework.indicators if code in dirty]
        for number, level in enumerate(self.levels, start=2):
            for parent in self.framework.at_level(number):
                children = self.framework.children(parent)
                if dirty.isdisjoint(children):
                    continue
                columns = [values[row : row + 1, scores.place(child)] for child in children]
                own = np.array([self.weights[child] for child in children])
                values[row, scores.place(parent)] = aggregate_children(
                    columns, own, level, names=children, units=(unit,)
                )[0]
                dirty.add(parent)
                done.append(parent)
        return Correction(scores.with_values(values), tuple(done))

    def _normalise(self, code: str, value: float, out: Floats) -> None:
        rule = next(rule for rule in self.rules if rule.code == code)
        rule.apply(np.array([value]), out)
