"""Ratings in a table: one row a unit, one column a rater."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import RatersError

Floats = NDArray[np.float64]
Ints = NDArray[np.integer[Any]]
# Fourth powers of what is larger, which variances of variances take, would leave the range of numbers (1.8e308).
LARGEST = 1e70


def read_numbers(table: ArrayLike, *, may_miss: bool = False, least_columns: int = 2) -> Floats:
    """Check a table of numbers, shape (n_units, n_raters); NaN stands for a missing rating where one may miss."""
    values = np.asarray(table, dtype=np.float64)
    if values.ndim != 2 or not values.size:
        raise RatersError(f"ratings must be a table of units (rows) by raters (columns); the shape is {values.shape}")
    if values.shape[1] < least_columns:
        raise RatersError(f"there is {values.shape[1]} column; agreement needs at least {least_columns}")
    bad = np.argwhere(np.isinf(values) | (np.isnan(values) & (not may_miss)))
    if len(bad):
        raise RatersError(
            f"unit {bad[0][0]}, rater {bad[0][1]} (counted from 0): the rating is missing or not a finite number; this "
            "measure needs every rater's rating of every unit. Leave the unit out, or use Krippendorff's alpha"
        )
    refuse_huge(values)
    return values


def read_categories(table: ArrayLike) -> tuple[list[Any], Ints]:
    """Check a table of categories without gaps: the categories in order, and each cell's place among them."""
    cells = np.asarray(table)
    if cells.ndim != 2 or not cells.size:
        raise RatersError(f"ratings must be a table of units (rows) by raters (columns); the shape is {cells.shape}")
    if cells.shape[1] < 2:
        raise RatersError("there is 1 column; agreement needs at least 2")
    bad = np.argwhere(missing_cells(cells))
    if len(bad):
        raise RatersError(
            f"unit {bad[0][0]}, rater {bad[0][1]} (counted from 0): the rating is missing; kappa needs every rater's "
            "rating of every unit. Leave the unit out, or use Krippendorff's alpha"
        )
    categories, codes = np.unique(cells, return_inverse=True)
    return categories.tolist(), codes.reshape(cells.shape)


def missing_cells(cells: NDArray[Any]) -> NDArray[np.bool_]:
    """Cells that hold no rating: NaN, None or an empty text."""
    if cells.dtype.kind == "f":
        return np.asarray(np.isnan(cells), dtype=bool)
    if cells.dtype.kind in "US":
        return np.asarray(np.char.str_len(cells) == 0, dtype=bool)
    if cells.dtype.kind == "O":
        empty = [cell is None or cell == "" or cell != cell for cell in cells.ravel()]
        return np.array(empty, dtype=bool).reshape(cells.shape)
    return np.zeros(cells.shape, dtype=bool)


def refuse_huge(values: Floats) -> None:
    """Refuse numbers that are so large that their squares and products would not be numbers any more."""
    bad = np.argwhere(np.abs(values) > LARGEST)  # False for NaN, which is missing
    if len(bad):
        place = ", ".join(map(str, bad[0]))
        raise RatersError(
            f"the rating at {place} (counted from 0) is {values[tuple(bad[0])]:g}, beyond ±{LARGEST:g}: it cannot be "
            "computed with; correct it or divide all ratings by the same number"
        )


def check_coverage(value: float) -> None:
    """Refuse a coverage that is not strictly between 0 and 1."""
    if not 0 < value < 1:
        raise RatersError(f"coverage must lie between 0 and 1, for example 0.95; it is {value}")
