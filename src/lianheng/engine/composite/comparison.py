"""Two or more results side by side: what changed, and how alike the rankings are."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from .correlations import correlation
from .errors import CompositeError
from .ranking import ranks
from .tables import Floats, Table


@dataclass(frozen=True, eq=False)
class Comparison:
    """One code in two results, over all units of both; NaN where a unit is in one only.

    ``difference`` is always first − second.
    """

    units: tuple[str, ...]
    first: Floats
    second: Floats

    @property
    def difference(self) -> Floats:
        """First − second."""
        return self.first - self.second

    @property
    def mean_absolute_difference(self) -> float:
        """Mean of |first − second| over common units."""
        sizes = np.abs(self.difference)
        common = sizes[~np.isnan(sizes)]
        return float(common.mean()) if len(common) else math.nan

    def correlation(self, kind: str = "pearson") -> float:
        """Correlation over common units (Spearman uses mid-ranks)."""
        return correlation(self.first, self.second, kind=kind)[0]


def compare_two(first: Table, second: Table, code: str, *, of: str = "ranks") -> Comparison:
    """Compare one code of two results.

    Parameters
    ----------
    first, second : Table
        Aggregated; of one time each.
    code : str
        Mostly the index.
    of : {"ranks", "scores"}
        Ranks are among each result's own units.

    Returns
    -------
    Comparison
        Units sorted by code.

    References
    ----------
    COINr `compare_coins`, with one sign rule everywhere.

    Examples
    --------
    >>> old = Table.of(["a", "b"], {"I": [1, 2]})
    >>> new = Table.of(["a", "b", "c"], {"I": [5, 2, 9]})
    >>> compare_two(old, new, "I").difference
    array([ 0., -2., nan])
    """
    if of not in ("ranks", "scores"):
        raise CompositeError(f"of is {of!r}; use ranks or scores")
    units = tuple(sorted(set(first.units) | set(second.units)))
    columns = []
    for table in (first, second):
        if table.times is not None:
            raise CompositeError("a comparison is of one time; choose it with Table.at")
        values = table.column(code)
        found = dict(zip(table.units, ranks(values) if of == "ranks" else values, strict=True))
        columns.append(np.array([found.get(unit, math.nan) for unit in units]))
    return Comparison(units, *columns)


def compare_many(results: Mapping[str, Table], code: str, base: str, *, of: str = "ranks") -> dict[str, Comparison]:
    """Compare every result with a base: name → base − other."""
    if base not in results:
        raise CompositeError(f"there is no result {base}; there are {', '.join(results)}")
    return {name: compare_two(results[base], table, code, of=of) for name, table in results.items() if name != base}
