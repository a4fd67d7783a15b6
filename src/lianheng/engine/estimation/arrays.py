"""Columns: from whatever was given to checked numbers and to whole-number codes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import EstimationError

Numbers = NDArray[np.float64]
Codes = NDArray[np.intp]


def numbers(values: ArrayLike, name: str, n: int | None = None, *, missing: bool = False) -> Numbers:
    """A column of numbers; with ``missing`` NaN is allowed, infinities never are."""
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise EstimationError(f"{name}: not all values are numbers") from None
    if array.ndim != 1 or (n is not None and len(array) != n):
        raise EstimationError(f"{name}: expected a column of {n or 'several'} values, found shape {array.shape}")
    good = ~np.isinf(array) if missing else np.isfinite(array)
    if not good.all():
        row = int(np.flatnonzero(~good)[0])
        raise EstimationError(f"{name}: row {row} (from 0) holds {array[row]}; give a number")
    return array


def codes(values: ArrayLike, name: str, n: int | None = None) -> tuple[Codes, NDArray[Any]]:
    """A column of labels as codes 0, 1, … and the labels in sorted order.

    >>> codes(["b", "a", "b"], "town")[0].tolist()
    [1, 0, 1]
    """
    array = np.asarray(values)
    if array.ndim != 1 or (n is not None and len(array) != n):
        raise EstimationError(f"{name}: expected a column of {n or 'several'} labels, found shape {array.shape}")
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        row = int(np.flatnonzero(~np.isfinite(array))[0])
        raise EstimationError(f"{name}: row {row} (from 0) has no label; give every row one")
    if array.dtype.kind in "iub" and len(array):
        # Labels that lie close together are looked up in a table: ten times as fast as sorting.
        low, high = int(array.min()), int(array.max())
        if high - low < 4 * len(array) + 1000:
            shifted = array.astype(np.intp) - low
            present = np.bincount(shifted, minlength=high - low + 1) > 0
            if present.all():
                return shifted, np.arange(low, high + 1)
            place: Codes = np.cumsum(present) - 1
            return place[shifted], np.flatnonzero(present) + low
    if array.dtype.kind == "O" and any(label is None or label != label for label in array.tolist()):
        raise EstimationError(f"{name}: a row has no label; give every row one")
    if array.dtype.kind == "U" and (array == "").any():
        row = int(np.flatnonzero(array == "")[0])
        raise EstimationError(f"{name}: row {row} (from 0) has no label; give every row one")
    try:
        labels, inverse = np.unique(array, return_inverse=True)
    except TypeError:
        raise EstimationError(f"{name}: the labels are of several kinds; make them all texts or all numbers") from None
    return inverse.astype(np.intp), labels


def cross(first: Codes, second: Codes, n_second: int) -> Codes:
    """The code of a pair of codes."""
    return first * n_second + second


def grouped(where: Codes, n_where: int, group: Codes | None, n_groups: int, values: Numbers | None) -> Numbers:
    """Sums of values (None: counts) by place and group: array of shape (n_where, n_groups)."""
    if group is None:
        return np.bincount(where, values, n_where).reshape(n_where, 1).astype(np.float64)
    sums = np.bincount(cross(where, group, n_groups), values, n_where * n_groups)
    return sums.reshape(n_where, n_groups).astype(np.float64)
