"""How much data a unit has, and which units have enough."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .errors import CompositeError
from .framework import Framework
from .tables import Floats, Table

RULES = ("byNA", "byzeros", "byNAandzeros")


@dataclass(frozen=True, eq=False)
class Availability:
    """Counts and shares per unit; arrays of shape (n_units,)."""

    units: tuple[str, ...]
    n_missing: NDArray[np.intp]
    n_zero: NDArray[np.intp]
    n_miss_or_zero: NDArray[np.intp]
    dat_avail: Floats
    non_zero: Floats


@dataclass(frozen=True, eq=False)
class Screening:
    """What screening kept, and why."""

    table: Table
    availability: Availability
    low_data: NDArray[np.bool_]
    low_non_zero: NDArray[np.bool_]
    included: NDArray[np.bool_]
    removed: tuple[str, ...]


def data_availability(table: Table) -> Availability:
    """Count missing and zero values per unit.

    Parameters
    ----------
    table : Table

    Returns
    -------
    Availability
        ``dat_avail`` = 1 − missing/k; ``non_zero`` = 1 − zeros/present, NaN for a unit without data.

    References
    ----------
    COINr `get_data_avail`.

    Examples
    --------
    >>> table = Table.of(["a"], {"x": [0.0], "y": [None], "z": [2.0], "w": [1.0]})
    >>> found = data_availability(table)
    >>> float(found.dat_avail[0]), round(float(found.non_zero[0]), 3)
    (0.75, 0.667)
    """
    absent = np.isnan(table.values)
    zero = table.values == 0
    k = len(table.codes)
    n_missing, n_zero = absent.sum(axis=1), zero.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        avail = 1 - n_missing / k if k else np.full(len(table.units), np.nan)
        non_zero = np.where(n_missing < k, 1 - n_zero / (k - n_missing), np.nan)
    return Availability(table.units, n_missing, n_zero, n_missing + n_zero, avail, non_zero)


def availability_by_group(table: Table, framework: Framework) -> Table:
    """Return, for every aggregate, the share of its indicators (unweighted) that a unit has."""
    here = ~np.isnan(table.values)
    columns = [
        here[:, [table.place(code) for code in framework.descendants(aggregate)]].mean(axis=1)
        for aggregate in framework.aggregates
    ]
    return Table(table.units, framework.aggregates, np.column_stack(columns), table.times, table.rows)


def enough(count: NDArray[np.intp], of: NDArray[np.intp] | int, threshold: float) -> NDArray[np.bool_]:
    """Return whether count/of ≥ threshold, compared in integers: 1 of 5 passes 0.2."""
    needed = np.ceil(threshold * np.asarray(of) - 1e-9)
    result: NDArray[np.bool_] = count >= needed
    return result


def screen(
    table: Table,
    *,
    dat_thresh: float = 2 / 3,
    nonzero_thresh: float = 0.05,
    unit_screen: str = "byNA",
    force: Mapping[str, bool] | None = None,
) -> Screening:
    """Keep the units with enough data.

    Parameters
    ----------
    table : Table
    dat_thresh : float
        Least share of present values; the threshold itself passes.
    nonzero_thresh : float
        Least share of non-zero values among the present ones.
    unit_screen : {"byNA", "byzeros", "byNAandzeros"}
        Which of the two rules excludes.
    force : mapping from unit code to bool
        Overrules: True keeps, False drops. An unknown code is an error.

    Returns
    -------
    Screening
        A unit without any data is never kept unless forced.

    References
    ----------
    COINr `Screen`; counts are compared as integers (COINr: 1 of 5 fails a threshold of 0.2).

    Examples
    --------
    >>> table = Table.of(["a", "b"], {"x": [1, None], "y": [2, None], "z": [3, 1]})
    >>> screen(table, dat_thresh=0.5).removed
    ('b',)
    """
    _check(dat_thresh, nonzero_thresh, unit_screen)
    found = data_availability(table)
    k = len(table.codes)
    here = k - found.n_missing
    low_data = ~enough(here, k, dat_thresh)
    low_non_zero = (here == 0) | ~enough(here - found.n_zero, here, nonzero_thresh)
    drop = {"byNA": low_data, "byzeros": low_non_zero, "byNAandzeros": low_data | low_non_zero}[unit_screen]
    included = ~(drop | (here == 0))
    for code, keep in sorted((force or {}).items(), key=lambda item: not item[1]):
        places = [place for place, unit in enumerate(table.units) if unit == code]
        if not places:
            raise CompositeError(f"force names the unit {code}, which is not in the data")
        included[places] = bool(keep)
    removed = tuple(unit for unit, kept in zip(table.units, included, strict=True) if not kept)
    return Screening(table.select_rows(included), found, low_data, low_non_zero, included, removed)


def _check(dat_thresh: float, nonzero_thresh: float, unit_screen: str) -> None:
    for name, value in (("dat_thresh", dat_thresh), ("nonzero_thresh", nonzero_thresh)):
        if not (isinstance(value, int | float) and 0 <= value <= 1) or math.isnan(value):
            raise CompositeError(f"{name} is {value!r}; it is a share from 0 to 1")
    if unit_screen not in RULES:
        raise CompositeError(f"unit_screen is {unit_screen!r}; use one of {', '.join(RULES)}")
