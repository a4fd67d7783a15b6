"""Results by unit: the table of results, one unit's scores, its strengths and weaknesses."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .errors import CompositeError
from .framework import Framework
from .ranking import ranks
from .tables import Floats, Table


@dataclass(frozen=True)
class ScoreLine:
    """One element of a unit: score and rank among all units."""

    code: str
    name: str
    score: float
    rank: float


@dataclass(frozen=True)
class ProfileLine:
    """One indicator of a unit; ``value`` is as measured, not turned by its direction."""

    code: str
    name: str
    group: str
    rank: int
    value: float
    unit: str


def index_ranks(table: Table, code: str) -> Floats:
    """Rank the units by one column (best = 1); in a panel inside each time."""
    if table.times is None:
        return ranks(table.column(code))
    return ranks(table.column(code), groups=[repr(float(time)) for time in table.times])


def order_by_index(table: Table, code: str) -> list[int]:
    """Return row positions from the best score down, missing ones last, ties in the order of the table."""
    place = index_ranks(table, code)
    times = table.times if table.times is not None else np.zeros(len(table.units))
    return sorted(
        range(len(table.units)),
        key=lambda row: (-times[row], math.inf if math.isnan(place[row]) else place[row], row),
    )


def unit_summary(table: Table, framework: Framework, unit: str) -> list[ScoreLine]:
    """Return a unit's aggregates from the top level down, with ranks among all units.

    Examples
    --------
    >>> from .aggregate import aggregate
    >>> framework = Framework.of_groups({"A": ["x"]})
    >>> scores = aggregate(Table.of(["u", "v"], {"x": [1, 2]}), framework)
    >>> unit_summary(scores, framework, "u")[0]
    ScoreLine(code='Index', name='Index', score=1.0, rank=2.0)
    """
    row = _row(table, unit)
    lines = []
    for level in range(framework.height, 1, -1):
        for code in framework.at_level(level):
            place = index_ranks(table, code)[row]
            lines.append(ScoreLine(code, framework[code].name, float(table.column(code)[row]), float(place)))
    return lines


def strengths_and_weaknesses(
    table: Table,
    framework: Framework,
    unit: str,
    *,
    top: int = 5,
    bottom: int = 5,
    groups: Sequence[str] | None = None,
    unq_discard: float | None = None,
    min_discard: bool = True,
    report_level: int = 2,
) -> tuple[list[ProfileLine], list[ProfileLine]]:
    """Find the indicators on which a unit stands best and worst among all units.

    Parameters
    ----------
    table : Table
        Indicators on the raw scale (raw, denominated or imputed); directions are applied here.
    framework : Framework
    unit : str
    top, bottom : int
        How many of each; lists are shorter, never overlapping, where there are too few indicators.
    groups : sequence of str, optional
        Rank inside the unit's group.
    unq_discard : float, optional
        Leave out indicators whose distinct values are at most this share of the present ones.
    min_discard : bool
        Leave out indicators on which the unit has the worst value (of its group) — from both lists, as COINr does.
    report_level : int
        Whose ancestor's name is shown.

    Returns
    -------
    (strengths, weaknesses)
        By rank, ties in the order of the framework; weaknesses end with the worst.

    References
    ----------
    COINr `get_str_weak`.
    """
    row = _row(table, unit)
    found: list[ProfileLine] = []
    for code in framework.indicators:
        element, column = framework[code], table.column(code)
        place = ranks(column * element.direction, groups=groups)
        present = column[~np.isnan(column)]
        if math.isnan(place[row]):
            continue
        if unq_discard is not None and len(np.unique(present)) / len(present) <= unq_discard:
            continue
        same = np.ones(len(column), dtype=bool) if groups is None else np.asarray(groups) == groups[row]
        if min_discard and place[row] == np.nanmax(place[same]):
            continue
        group = framework[framework.ancestor(code, report_level)].name
        found.append(ProfileLine(code, element.name, group, int(place[row]), float(column[row]), element.unit))
    found.sort(key=lambda line: line.rank)
    strengths = found[:top]
    rest = found[len(strengths) :]
    return strengths, rest[max(0, len(rest) - bottom) :] if bottom else []


def _row(table: Table, unit: str) -> int:
    if table.times is not None:
        raise CompositeError("a profile is of one time; choose it with Table.at")
    try:
        return table.units.index(unit)
    except ValueError:
        raise CompositeError(f"there is no unit {unit}") from None
