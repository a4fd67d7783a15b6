"""Divide indicators by the size of the unit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from .errors import CompositeError
from .framework import Framework
from .tables import Floats, Table

Divide = Callable[[Floats, Floats], Floats]


@dataclass(frozen=True, eq=False)
class Denomination:
    """The divided table, and which units had a denominator of zero: (unit, indicator) pairs."""

    table: Table
    zero_denominators: tuple[tuple[str, str], ...]


def denominate(
    table: Table,
    denominators: Mapping[str, Floats],
    framework: Framework | None = None,
    *,
    pairs: Mapping[str, str] | None = None,
    scale_factor: float = 1.0,
    scale_factors: Mapping[str, float] | None = None,
    divide: Divide | None = None,
) -> Denomination:
    """Divide indicators by denominators: x / (d / scale factor).

    Parameters
    ----------
    table : Table
    denominators : mapping from name to array of shape (n_units,)
        In the order of the table's rows.
    framework : Framework, optional
        Its Denominator column says which indicator is divided by what.
    pairs : mapping from indicator to denominator, optional
        Instead of the framework's.
    scale_factor : float
        For all; ``scale_factors`` overrules per indicator.
    divide : callable (x, d) -> array, optional
        Instead of division; gets d / scale factor.

    Returns
    -------
    Denomination
        Missing x or d gives missing; d = 0 gives missing and is listed (COINr: infinity).

    References
    ----------
    COINr `Denominate`.

    Examples
    --------
    >>> import numpy as np
    >>> table = Table.of(["a", "b"], {"x": [10.0, 10.0]})
    >>> done = denominate(table, {"pop": np.array([2.0, 0.0])}, pairs={"x": "pop"})
    >>> done.table.column("x"), done.zero_denominators
    (array([ 5., nan]), (('b', 'x'),))
    """
    wanted = _pairs(table, framework) if pairs is None else pairs
    values = table.values.copy(order="F")
    zeros: list[tuple[str, str]] = []
    for code, name in wanted.items():
        if name not in denominators:
            raise CompositeError(f"there is no denominator {name} (for {code})")
        factor = (scale_factors or {}).get(code, scale_factor)
        if not factor:
            raise CompositeError(f"the scale factor of {code} is 0")
        below = denominators[name] / factor
        column = values[:, table.place(code)]
        zeros += [(table.units[place], code) for place in np.flatnonzero(below == 0)]
        below = np.where(below == 0, np.nan, below)
        column[:] = column / below if divide is None else divide(column, below)
    return Denomination(table.with_values(values), tuple(zeros))


def _pairs(table: Table, framework: Framework | None) -> dict[str, str]:
    if framework is None:
        raise CompositeError("denominate needs pairs of indicator and denominator, or a framework that has them")
    return {code: framework[code].denominator for code in table.codes if framework[code].denominator}
