"""A first look at every indicator: the statistics and warnings of COINr's `get_stats`."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from .moments import kurtosis, present, skewness, standard_deviation
from .tables import Table


@dataclass(frozen=True)
class ColumnStatistics:
    """Statistics of one column over its present values; counts are never rounded."""

    code: str
    minimum: float
    maximum: float
    mean: float
    median: float
    std: float
    skew: float
    kurt: float
    n_avail: int
    n_nonzero: int
    n_unique: int
    n_same: int
    frc_avail: float
    frc_nonzero: float
    frc_unique: float
    frc_same: float
    flags: tuple[str, ...]


def column_statistics(
    table: Table,
    *,
    t_avail: float = 0.65,
    t_nonzero: float = 0.5,
    t_unique: float = 0.5,
    t_skew: float = 2.0,
    t_kurt: float = 3.5,
    flags_on: str = "present",
) -> list[ColumnStatistics]:
    """Describe every column.

    Parameters
    ----------
    table : Table
    t_avail, t_nonzero, t_unique : float
        A share below its threshold is flagged low.
    t_skew, t_kurt : float
        Flag "outliers" at |skew| ≥ 2 and kurtosis ≥ 3.5, the boundary of the treatment's test.
    flags_on : {"present", "all"}
        Base of the non-zero and unique flags: present values (as the fractions), or all units, as COINr has it.

    Returns
    -------
    list of ColumnStatistics
        An empty column has NaN statistics and counts of 0.

    References
    ----------
    COINr `get_stats`.

    Examples
    --------
    >>> found = column_statistics(Table.of(list("abcd"), {"x": [0, 0, 0, None]}))[0]
    >>> found.n_avail, found.n_same, found.flags
    (3, 3, ('nonzero', 'unique'))
    """
    return [
        _describe(table.column(code), code, (t_avail, t_nonzero, t_unique, t_skew, t_kurt), flags_on == "all")
        for code in table.codes
    ]


def _describe(column: object, code: str, limits: tuple[float, ...], on_all: bool) -> ColumnStatistics:
    whole = np.asarray(column, dtype=np.float64)
    values = present(whole)
    n, here = len(whole), len(values)
    _, counts = np.unique(values, return_counts=True)
    nonzero, same = int((values != 0).sum()), int(counts.max()) if here else 0
    skew, kurt = skewness(values), kurtosis(values)
    shares = [here / n if n else math.nan, *(_share(count, here) for count in (nonzero, len(counts), same))]
    base = n if on_all else here
    flags = []
    if shares[0] < limits[0]:
        flags.append("avail")
    if _share(nonzero, base) < limits[1]:
        flags.append("nonzero")
    if _share(len(counts), base) < limits[2]:
        flags.append("unique")
    if abs(skew) >= limits[3] and kurt >= limits[4]:
        flags.append("outliers")
    basic = (values.min(), values.max(), values.mean(), np.median(values)) if here else (math.nan,) * 4
    return ColumnStatistics(
        code=code,
        minimum=float(basic[0]),
        maximum=float(basic[1]),
        mean=float(basic[2]),
        median=float(basic[3]),
        std=standard_deviation(values),
        skew=skew,
        kurt=kurt,
        n_avail=here,
        n_nonzero=nonzero,
        n_unique=len(counts),
        n_same=same,
        frc_avail=shares[0],
        frc_nonzero=shares[1],
        frc_unique=shares[2],
        frc_same=shares[3],
        flags=tuple(flags),
    )


def _share(count: int, of: int) -> float:
    return count / of if of else math.nan
