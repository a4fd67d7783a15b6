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


@dataclass(frozen=True)
class ResultsTable:
    """A table to show: header and rows, best first; None where there is no value."""

    header: tuple[str, ...]
    rows: tuple[tuple[str | float | int | None, ...], ...]


def results_table(
    table: Table,
    framework: Framework,
    *,
    kind: str = "Summ",
    use: str = "scores",
    order_by: str | None = None,
    groups: Sequence[str] | None = None,
    decimals: int = 2,
) -> ResultsTable:
    """Arrange results for reading.

    Parameters
    ----------
    table : Table
        Aggregated, of one time; indicator columns may come from another data set.
    framework : Framework
    kind : {"Summ", "Aggs", "Full"}
        The index alone; all aggregates from the top level down; and the indicators after them.
    use : {"scores", "ranks", "groupranks"}
        Scores are rounded to ``decimals``; "groupranks" needs ``groups`` and sorts by group first.
    order_by : str, optional
        Default: the index. Descending, missing last.
    groups : sequence of str, optional
        One per row; "" has no group.

    Returns
    -------
    ResultsTable
        uCode, Group (for group ranks), Rank, then the codes. Only columns of the index are ranked.

    References
    ----------
    COINr `get_results`.

    Examples
    --------
    >>> from .aggregate import aggregate
    >>> framework = Framework.of_groups({"A": ["x"]})
    >>> scores = aggregate(Table.of(["u", "v"], {"x": [1, 2]}), framework)
    >>> results_table(scores, framework, kind="Aggs").rows
    (('v', 1, 2.0, 2.0), ('u', 2, 1.0, 1.0))
    """
    if kind not in ("Summ", "Aggs", "Full") or use not in ("scores", "ranks", "groupranks"):
        raise CompositeError("kind is Summ, Aggs or Full; use is scores, ranks or groupranks")
    if use == "groupranks" and groups is None:
        raise CompositeError("groupranks needs groups")
    codes = _shown_codes(framework, kind)
    by_group = list(groups) if use == "groupranks" and groups is not None else None
    lead = ranks(table.column(order_by or framework.top), groups=by_group)
    columns = [
        np.round(table.column(code), decimals) if use == "scores" else ranks(table.column(code), groups=by_group)
        for code in codes
    ]
    order = sorted(
        range(len(table.units)),
        key=lambda row: (by_group[row] if by_group else "", math.inf if math.isnan(lead[row]) else lead[row], row),
    )
    rows = []
    for row in order:
        values = [_shown_value(float(column[row]), whole=use != "scores") for column in columns]
        group = [by_group[row]] if by_group else []
        rows.append((table.units[row], *group, _shown_value(float(lead[row]), whole=True), *values))
    return ResultsTable(("uCode", *(["Group"] if by_group else []), "Rank", *codes), tuple(rows))


def _shown_codes(framework: Framework, kind: str) -> list[str]:
    if kind == "Summ":
        return [framework.top]
    levels = range(framework.height, 0 if kind == "Full" else 1, -1)
    return [code for level in levels for code in framework.at_level(level)]


def _shown_value(value: float, *, whole: bool) -> float | int | None:
    if math.isnan(value):
        return None
    return int(value) if whole else value


def _row(table: Table, unit: str) -> int:
    if table.times is not None:
        raise CompositeError("a profile is of one time; choose it with Table.at")
    try:
        return table.units.index(unit)
    except ValueError:
        raise CompositeError(f"there is no unit {unit}") from None
