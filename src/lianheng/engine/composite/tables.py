"""A table of units × codes, and a unit's other columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import CompositeError

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Table:
    """Values of units (rows) by codes (columns); NaN is "missing".

    Parameters
    ----------
    units : tuple of str
        One code per row; in a panel a unit comes once per time.
    codes : tuple of str
        One per column.
    values : array of shape (n_units, n_codes)
        Kept column by column in memory, which is how every step reads it.
    times : array of shape (n_units,), optional
        The time of each row, in a panel.
    rows : array of shape (n_units,), optional
        Where each row stood in the input tables; set by the reader and kept by every step.
    """

    units: tuple[str, ...]
    codes: tuple[str, ...]
    values: Floats
    times: Floats | None = None
    rows: NDArray[np.intp] = field(default_factory=lambda: np.empty(0, np.intp))

    def __post_init__(self) -> None:
        values = np.asfortranarray(self.values, dtype=np.float64)
        if values.shape != (len(self.units), len(self.codes)):
            raise CompositeError(
                f"values have the shape {values.shape}, units and codes say {(len(self.units), len(self.codes))}"
            )
        object.__setattr__(self, "values", values)
        if len(self.rows) != len(self.units):
            object.__setattr__(self, "rows", np.arange(len(self.units)))

    @classmethod
    def of(cls, units: Sequence[str], columns: dict[str, ArrayLike]) -> Table:
        """Make a table from columns.

        Examples
        --------
        >>> Table.of(["a", "b"], {"x": [1, None]}).column("x")
        array([ 1., nan])
        """
        stacked = [np.asarray(column, dtype=np.float64) for column in columns.values()]
        values = np.column_stack(stacked) if stacked else np.empty((len(units), 0))
        return cls(tuple(units), tuple(columns), values)

    def column(self, code: str) -> Floats:
        """Return one column; an unknown code is an error."""
        values: Floats = self.values[:, self.place(code)]
        return values

    def place(self, code: str) -> int:
        """Return the position of a code."""
        try:
            return self.codes.index(code)
        except ValueError:
            raise CompositeError(f"the table has no column {code}; it has {', '.join(self.codes[:12])}") from None

    def with_values(self, values: Floats) -> Table:
        """Return the same rows and columns with other values."""
        return replace(self, values=values)

    def select_rows(self, kept: NDArray[np.bool_] | NDArray[np.intp]) -> Table:
        """Return some of the rows (mask or positions)."""
        places = np.flatnonzero(kept) if kept.dtype == np.bool_ else kept
        units = tuple(self.units[place] for place in places)
        times = None if self.times is None else self.times[places]
        return Table(units, self.codes, self.values[places], times, self.rows[places])

    def select_codes(self, codes: Iterable[str]) -> Table:
        """Return some of the columns, in the order given."""
        wanted = tuple(codes)
        return replace(self, codes=wanted, values=self.values[:, [self.place(code) for code in wanted]])

    def append(self, other: Table) -> Table:
        """Return this table with the columns of another over the same rows."""
        return replace(self, codes=self.codes + other.codes, values=np.hstack([self.values, other.values]))

    def retain_all(self) -> Table:
        """Return a panel in which every unit has a row at every time; units absent at a time get missing values.

        Added rows point to the unit's first row in the input tables.
        """
        if self.times is None:
            return self
        known = {
            (time, unit): row for row, (time, unit) in enumerate(zip(self.times.tolist(), self.units, strict=True))
        }
        home = {unit: int(self.rows[row]) for row, unit in reversed(list(enumerate(self.units)))}
        pairs = [(time, unit) for time in sorted(set(self.times.tolist())) for unit in sorted(home)]
        values = np.full((len(pairs), len(self.codes)), np.nan)
        for row, pair in enumerate(pairs):
            if pair in known:
                values[row] = self.values[known[pair]]
        rows = np.array([int(self.rows[known[pair]]) if pair in known else home[pair[1]] for pair in pairs])
        return Table(tuple(unit for _, unit in pairs), self.codes, values, np.array([time for time, _ in pairs]), rows)

    def at(self, time: float) -> Table:
        """Return one time of a panel."""
        if self.times is None:
            raise CompositeError("the table is no panel: it has no times")
        return self.select_rows(self.times == time)
