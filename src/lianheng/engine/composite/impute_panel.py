"""Fill gaps of a panel along time: last value, straight line, constant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .errors import CompositeError
from .tables import Floats, Table

METHODS = ("latest", "linear", "constant", "linear-constant")


@dataclass(frozen=True, eq=False)
class PanelImputation:
    """The filled table; ``source_times`` says, for `latest`, from which time each value comes (NaN: nowhere)."""

    table: Table
    filled: Any
    source_times: Table


def impute_panel(table: Table, *, method: str = "latest", max_time: int | None = None) -> PanelImputation:
    """Fill gaps per unit and column along time.

    Parameters
    ----------
    table : Table
        A panel: ``table.times`` is set.
    method : {"latest", "linear", "constant", "linear-constant"}
        ``latest``: the most recent earlier present value. ``linear``: straight line between present neighbours, flat
        beyond the ends; with one present value an error. ``constant``: last value carried forward, leading gaps take
        the first. ``linear-constant``: linear, constant where there is one value.
    max_time : int, optional
        For ``latest``: at most so many time points back (default: any).

    Returns
    -------
    PanelImputation
        Rows in the order of the input. A series without any value stays missing.

    References
    ----------
    COINr `Impute.purse`, `impute_panel`; its source years come in reverse order, here in the order of the data.

    Examples
    --------
    >>> import numpy as np
    >>> table = Table(("a", "a"), ("x",), np.array([[1.0], [np.nan]]), np.array([2018.0, 2019.0]))
    >>> impute_panel(table).table.column("x")
    array([1., 1.])
    """
    if table.times is None:
        raise CompositeError(f"imputing by {method} needs a panel: a Time column with more than one time")
    if method not in METHODS:
        raise CompositeError(f"the panel method is {method!r}; use one of {', '.join(METHODS)}")
    points = np.unique(table.times)
    values = table.values.copy(order="F")
    sources = np.where(np.isnan(values), np.nan, table.times[:, None])
    for unit in dict.fromkeys(table.units):
        rows = np.array([place for place, other in enumerate(table.units) if other == unit])
        rows = rows[np.argsort(table.times[rows], kind="stable")]
        times = table.times[rows]
        for column in np.flatnonzero(np.isnan(table.values[rows]).any(axis=0)):
            series = table.values[rows, column]
            if np.isnan(series).all():
                continue
            if method == "latest":
                filled, source = _latest(series, times, points, max_time)
                sources[rows, column] = source
            else:
                filled = _along(series, times, method, f"{unit}, {table.codes[column]}")
            values[rows, column] = filled
    done = table.with_values(values)
    return PanelImputation(done, np.isnan(table.values) & ~np.isnan(values), table.with_values(sources))


def _latest(series: Floats, times: Floats, points: Floats, max_time: int | None) -> tuple[Floats, Floats]:
    filled, source = series.copy(), np.where(np.isnan(series), np.nan, times)
    present = np.flatnonzero(~np.isnan(series))
    for gap in np.flatnonzero(np.isnan(series)):
        earlier = present[present < gap]
        if not len(earlier):
            continue
        last = earlier[-1]
        back = np.searchsorted(points, times[gap]) - np.searchsorted(points, times[last])
        if max_time is None or back <= max_time:
            filled[gap], source[gap] = series[last], times[last]
    return filled, source


def _along(series: Floats, times: Floats, method: str, where: str) -> Floats:
    here = ~np.isnan(series)
    if here.sum() == 1 and method == "linear":
        raise CompositeError(f"{where} has one present value; a line needs two (use linear-constant)")
    if method == "constant":
        places = np.maximum.accumulate(np.where(here, np.arange(len(series)), -1))
        result: Floats = series[np.where(places < 0, np.flatnonzero(here)[0], places)]
        return result
    line: Floats = np.interp(times, times[here], series[here])
    return np.where(here, series, line)
