"""Answers in a table: one row a person, one column an item; reversed items turned, covariances taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .errors import ItemsError, RatersError
from .rating_table import Floats, refuse_huge

MISSING = ("refuse", "complete", "pairwise")


@dataclass(frozen=True, slots=True)
class Items:
    """Covariances of the items, and the number of persons they rest on."""

    covariance: Floats
    n_persons: int

    @property
    def size(self) -> int:
        """Number of items."""
        return len(self.covariance)


def read_items(answers: ArrayLike, keys: Sequence[int] | None, missing: str, *, least: int = 2) -> Items:
    """Check answers, shape (n_persons, n_items), and take covariances.

    `keys` holds -1 for a reversed item (worth its negative: only covariances are used), 1 for others. `missing` says
    what to do about NaN: refuse; use complete persons only; or take each covariance from the persons that have both.
    """
    values = np.asarray(answers, dtype=np.float64)
    if values.ndim != 2 or not values.size:
        raise RatersError(f"answers must be a table of persons (rows) by items (columns); the shape is {values.shape}")
    if values.shape[1] < least:
        raise RatersError(f"there are {values.shape[1]} items; at least {least} are needed")
    if missing not in MISSING:
        raise RatersError(f"missing must be one of {', '.join(MISSING)}; it is {missing!r}")
    if np.isinf(values).any():
        raise RatersError("an answer is infinite")
    refuse_huge(values)
    values = values * _signs(keys, values.shape[1])
    gaps = np.isnan(values)
    if gaps.any() and missing == "refuse":
        person, item = np.argwhere(gaps)[0]
        raise RatersError(
            f"person {person}, item {item} (counted from 0): the answer is missing; say missing='complete' to use only "
            "persons without gaps, or 'pairwise'"
        )
    if missing == "complete":
        values, gaps = values[~gaps.any(axis=1)], np.zeros((0, 0), dtype=bool)
    if len(values) < 2:
        raise RatersError(f"there are {len(values)} persons to use; covariances need at least two")
    covariance = _pairwise(values, ~gaps) if gaps.any() else np.atleast_2d(np.cov(values, rowvar=False))
    constant = np.flatnonzero(~(covariance.diagonal() > 0))
    if len(constant):
        raise ItemsError("{} has one answer only; leave it out", int(constant[0]))
    return Items(covariance, len(values))


def _signs(keys: Sequence[int] | None, size: int) -> Floats:
    signs = np.ones(size) if keys is None else np.asarray(keys, dtype=np.float64)
    if signs.shape != (size,) or not np.isin(signs, (-1, 1)).all():
        raise RatersError(f"keys must hold 1 or -1 for each of the {size} items")
    return signs


def _pairwise(values: Floats, there: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> Floats:
    """Each covariance from the persons that have both answers (their own means, n − 1)."""
    # A mean taken off first changes no covariance and keeps the digits.
    filled = np.where(there, values - np.nanmean(values, axis=0), 0.0)
    have = there.astype(np.float64)
    both = have.T @ have
    if both.min() < 2:
        one, other = np.argwhere(both < 2)[0]
        raise ItemsError("{} have fewer than two persons in common; leave one out", int(one), int(other))
    sums = filled.T @ have
    result: Floats = (filled.T @ filled - sums * sums.T / both) / (both - 1)
    return result
