"""Trends of a panel: compound growth and percentage change, per unit and indicator."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .errors import CompositeError
from .framework import Framework
from .tables import Floats, Table

METHODS = ("CAGR", "prc_change")


@dataclass(frozen=True)
class Trend:
    """One unit's trend in one column; NaN where it is undefined. ``avail``: share of time points present."""

    unit: str
    code: str
    value: float
    avail: float
    t_first: float
    t_latest: float


def compound_growth(times: Floats, values: Floats) -> float:
    """CAGR: (y_last/y_first)^(1/(t_last − t_first)) − 1; NaN unless both ends are above 0.

    Examples
    --------
    >>> import numpy as np
    >>> round(compound_growth(np.array([2018.0, 2020.0]), np.array([100.0, 121.0])), 6)
    0.1
    """
    if len(values) < 2:
        return math.nan
    first, last = values[0], values[-1]
    if first == last:
        return 0.0
    if first <= 0 or last <= 0:
        return math.nan
    return float((last / first) ** (1.0 / (times[-1] - times[0])) - 1.0)


def percent_change(times: Floats, values: Floats) -> float:
    """Percent per unit of time: least-squares slope over |fitted first value|; two points: their change.

    NaN for fewer than two points or a base of 0; 0 if all values are equal.

    Examples
    --------
    >>> import numpy as np
    >>> round(percent_change(np.array([1.0, 2.0, 3.0]), np.array([10.0, 11.0, 12.0])), 6)
    10.0
    """
    if len(values) < 2:
        return math.nan
    if (values == values[0]).all():
        return 0.0
    if len(values) == 2:
        slope, base = (values[1] - values[0]) / (times[1] - times[0]), values[0]
    else:
        centred = times - times.mean()
        slope = (centred @ values) / (centred @ centred)
        base = values.mean() + slope * (times[0] - times.mean())
    # A fitted base that is 0 up to rounding is no base.
    if abs(base) <= 1e-12 * np.abs(values).max():
        return math.nan
    return float(100.0 * slope / abs(base))


def trends(
    table: Table,
    *,
    method: str = "CAGR",
    codes: Sequence[str] | None = None,
    times: Sequence[float] | None = None,
    use_latest: int | None = None,
    interp_at: Sequence[float] | None = None,
    framework: Framework | None = None,
    adjust_directions: bool = False,
) -> list[Trend]:
    """Compute a trend for every unit and column.

    Parameters
    ----------
    table : Table
        A panel.
    method : {"CAGR", "prc_change"}
    codes : sequence of str, optional
        Default: all columns.
    times : sequence of float, optional
        Only these time points (ignored with ``use_latest``).
    use_latest : int, optional
        The last so many time points, ending at the unit's latest present one.
    interp_at : sequence of float, optional
        Fill these times by straight lines between present points first (nothing outside).
    framework : Framework, optional
        With ``adjust_directions``: turn indicators of direction −1.

    Returns
    -------
    list of Trend
        By unit, then column.

    References
    ----------
    COINr `get_trends`, whose Time filter reads the first rows and whose use_latest fails for exactly so many points.
    """
    if table.times is None:
        raise CompositeError("trends need a panel: a Time column with more than one time")
    if method not in METHODS:
        raise CompositeError(f"the trend is {method!r}; use one of {', '.join(METHODS)}")
    known = np.unique(table.times)
    for time in times or ():
        if time not in known:
            raise CompositeError(f"the panel has no time {time:g}")
    found = []
    for unit in sorted(set(table.units)):
        rows = np.array([place for place, other in enumerate(table.units) if other == unit])
        rows = rows[np.argsort(table.times[rows])]
        for code in codes or table.codes:
            series = np.full(len(known), np.nan)
            series[np.searchsorted(known, table.times[rows])] = table.values[rows, table.place(code)]
            if adjust_directions and framework is not None:
                series = series * framework[code].direction
            found.append(_trend(unit, code, known, series, method, times, use_latest, interp_at))
    return found


def _trend(
    unit: str,
    code: str,
    known: Floats,
    series: Floats,
    method: str,
    times: Sequence[float] | None,
    use_latest: int | None,
    interp_at: Sequence[float] | None,
) -> Trend:
    if interp_at is not None:
        known, series = _interpolated(known, series, interp_at)
    if use_latest is not None:
        present = np.flatnonzero(~np.isnan(series))
        end = int(present[-1]) + 1 if len(present) else 0
        start = max(0, end - use_latest)
        known, series = known[start:end], series[start:end]
        if len(series) < use_latest:
            series = np.full(len(series), np.nan)
    elif times is not None:
        chosen = np.isin(known, np.asarray(times, dtype=np.float64))
        known, series = known[chosen], series[chosen]
    here = ~np.isnan(series)
    t, y = known[here], series[here]
    value = compound_growth(t, y) if method == "CAGR" else percent_change(t, y)
    share = float(here.mean()) if len(here) else 0.0
    ends = (float(t[0]), float(t[-1])) if len(t) else (math.nan, math.nan)
    return Trend(unit, code, value, share, *ends)


def _interpolated(known: Floats, series: Floats, at: Sequence[float]) -> tuple[Floats, Floats]:
    here = ~np.isnan(series)
    if here.sum() < 2:
        return known, series
    points = np.union1d(known, np.asarray(at, dtype=np.float64))
    filled = np.full(len(points), np.nan)
    filled[np.searchsorted(points, known)] = series
    wanted = np.isin(points, np.asarray(at, dtype=np.float64)) & np.isnan(filled)
    wanted &= (points >= known[here][0]) & (points <= known[here][-1])
    filled[wanted] = np.interp(points[wanted], known[here], series[here])
    return points, filled
