"""Fill gaps with means or medians: by column, by group of units, or by row within a group of indicators."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .errors import CompositeError
from .framework import Framework
from .moments import extremes
from .tables import Floats, Table

Fill = Callable[[Floats], float]
OwnFill = Callable[[Floats], Floats]
FILLS: dict[str, Fill] = {"mean": np.mean, "median": np.median}
NAMES = {"i_mean": "mean", "i_median": "median", "i_mean_grp": "mean", "i_median_grp": "median"}


@dataclass(frozen=True, eq=False)
class Imputation:
    """The filled table, which cells were filled, and what stayed missing."""

    table: Table
    filled: NDArray[np.bool_]
    warnings: tuple[str, ...]

    @property
    def still_missing(self) -> int:
        """Number of cells still missing."""
        return int(np.isnan(self.table.values).sum())


def impute(
    table: Table,
    *,
    f_i: str | OwnFill = "mean",
    impute_by: str = "column",
    groups: Sequence[str] | None = None,
    group_level: int | None = None,
    framework: Framework | None = None,
    normalise_first: bool | None = None,
    fallback: str = "none",
) -> Imputation:
    """Fill missing values; present values come back bit for bit.

    Parameters
    ----------
    table : Table
    f_i : {"mean", "median"} (also "i_mean", "i_median", "i_mean_grp", "i_median_grp") or callable
        A callable gets a vector (or, with ``impute_by="df"``, the whole array) and returns it filled.
    impute_by : {"column", "row", "df"}
    groups : sequence of str, optional
        One group per unit: columns are filled within the groups. "" is no group; such a unit stays as it is.
    group_level : int, optional
        By row only: the columns are split by their ancestor at this level, each block is treated alone.
    framework : Framework, optional
        For directions and ancestors.
    normalise_first : bool, optional
        Fill on (D·x − min)/(max − min); by default for rows and not otherwise.
    fallback : {"none", "column"}
        For groups without a present value: stay missing, or take the whole column.

    Returns
    -------
    Imputation
        Empty groups, empty columns and empty blocks stay missing, with a warning each.

    References
    ----------
    COINr `Impute`, `i_mean`, `i_median_grp`. A constant column with ``normalise_first`` takes the constant.

    Examples
    --------
    >>> table = Table.of(["a", "b", "c"], {"x": [1.0, 3.0, None]})
    >>> impute(table).table.column("x")
    array([1., 3., 2.])
    >>> impute(table, groups=["p", "q", "q"]).table.column("x")
    array([1., 3., 3.])
    """
    if impute_by not in ("column", "row", "df"):
        raise CompositeError(f"impute_by is {impute_by!r}; use column, row or df")
    if fallback not in ("none", "column"):
        raise CompositeError(f"fallback is {fallback!r}; use none or column")
    fill = _fill(f_i, impute_by)
    first = (impute_by == "row") if normalise_first is None else normalise_first
    warnings: list[str] = []
    scale = _Scale(table, framework) if first else None
    values = scale.to(table.values) if scale else table.values.copy(order="F")
    if impute_by == "row":
        _by_row(values, table, fill, _blocks(table, framework, group_level), warnings)
    elif impute_by == "df":
        values = np.asarray(fill(values), dtype=np.float64)
    else:
        _by_column(values, table, fill, groups, fallback, warnings)
    back = scale.back(values) if scale else values
    absent = np.isnan(table.values)
    done = table.with_values(np.where(absent, back, table.values))
    return Imputation(done, absent & ~np.isnan(done.values), tuple(warnings))


def _fill(f_i: str | OwnFill, impute_by: str) -> OwnFill:
    if callable(f_i):
        return f_i
    name = NAMES.get(f_i, f_i)
    if name not in FILLS:
        raise CompositeError(f"f_i is {f_i!r}; use mean, median (or a panel method on a panel)")
    if impute_by == "df":
        raise CompositeError("impute_by = df needs a function of your own; use column or row")
    statistic = FILLS[name]

    def fill(vector: Floats) -> Floats:
        absent = np.isnan(vector)
        if absent.any() and not absent.all():
            vector = vector.copy()
            vector[absent] = statistic(vector[~absent])
        return vector

    return fill


def _by_column(
    values: Floats, table: Table, fill: OwnFill, groups: Sequence[str] | None, fallback: str, warnings: list[str]
) -> None:
    places = _group_places(table, groups)
    for number in np.flatnonzero(np.isnan(values).any(axis=0)):
        column = values[:, number]
        original = column.copy()
        for name, rows in places:
            inside = original[rows]
            if not np.isnan(inside).any():
                continue
            if np.isnan(inside).all():
                where = f" in the group {name}" if name else ""
                warnings.append(f"{table.codes[number]} has no present value{where}")
                if fallback == "column" and name:
                    column[rows] = fill(original)[rows]
                continue
            column[rows] = fill(inside)


def _group_places(table: Table, groups: Sequence[str] | None) -> list[tuple[str, NDArray[np.intp]]]:
    if groups is None:
        return [("", np.arange(len(table.units)))]
    if len(groups) != len(table.units):
        raise CompositeError(f"groups has {len(groups)} entries for {len(table.units)} units")
    column = np.asarray(groups)
    return [(str(name), np.flatnonzero(column == name)) for name in np.unique(column) if name]


def _blocks(table: Table, framework: Framework | None, level: int | None) -> list[tuple[str, list[int]]]:
    if level is None:
        return [("", list(range(len(table.codes))))]
    if framework is None:
        raise CompositeError("group_level needs a framework")
    found: dict[str, list[int]] = {}
    for place, code in enumerate(table.codes):
        found.setdefault(framework.ancestor(code, level), []).append(place)
    return list(found.items())


def _by_row(
    values: Floats, table: Table, fill: OwnFill, blocks: list[tuple[str, list[int]]], warnings: list[str]
) -> None:
    for name, places in blocks:
        absent = np.isnan(values[:, places])
        for row in np.flatnonzero(absent.any(axis=1)):
            if absent[row].all():
                warnings.append(f"{table.units[row]} has no present value{f' in {name}' if name else ''}")
                continue
            values[row, places] = fill(values[row, places])


class _Scale:
    """(D·x − min)/(max − min), and back; a constant column goes to 0 and comes back as the constant."""

    def __init__(self, table: Table, framework: Framework | None) -> None:
        codes = table.codes
        self.direction = np.array([framework[code].direction if framework else 1 for code in codes], dtype=np.float64)
        low, high = extremes(table.values * self.direction)
        self.low, spread = low, high - low
        self.spread = np.where(spread == 0, 1.0, spread)
        self.constant = spread == 0

    def to(self, values: Floats) -> Floats:
        result: Floats = np.asfortranarray((values * self.direction - self.low) / self.spread)
        return result

    def back(self, values: Floats) -> Floats:
        held = np.where(self.constant & ~np.isnan(values), 0.0, values)
        result: Floats = self.direction * (held * self.spread + self.low)
        return result
