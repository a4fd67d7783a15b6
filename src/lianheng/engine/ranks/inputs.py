"""Scores and their errors, checked and put in order: best first, so that the order of the input never matters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import RanksError

Floats = NDArray[np.float64]
Ints = NDArray[np.integer[Any]]
# Squares and products of what is larger would leave the range of numbers (1.8e308).
LARGEST = 1e70
CENTRES = ("mean", "scores", "zero")


@dataclass(frozen=True, slots=True)
class Scores:
    """Scores best first (larger is better here), each with its standard error or its draws.

    `order[i]` is the place in the input of the unit that stands at position i. `errors` holds draws of the errors,
    one row for a unit; it is None where they come from a seed.
    """

    order: Ints
    values: Floats
    standard_errors: Floats | None
    errors: Floats | None

    @property
    def size(self) -> int:
        """Number of units."""
        return len(self.values)


def read_scores(
    scores: ArrayLike,
    standard_errors: ArrayLike | None,
    draws: ArrayLike | None,
    *,
    centre: str = "mean",
    higher_is_better: bool = True,
) -> Scores:
    """Check scores, standard errors and draws, and order the units.

    Parameters, what is refused and why: see ``confidence_sets``.
    """
    values = _vector(scores, "score")
    if standard_errors is None and draws is None:
        raise RanksError("there are no errors: give standard_errors (independent) or draws (n_draws × n_units)")
    sign = 1.0 if higher_is_better else -1.0
    deviations = None if standard_errors is None else _deviations(standard_errors, len(values))
    errors = None if draws is None else _errors(draws, values, centre)
    # Equal scores stand in the order of their errors, and of the input only where these are equal too.
    keys = [np.zeros(len(values)) if deviations is None else deviations, -sign * values]
    order = np.lexsort(keys)
    return Scores(
        order,
        sign * values[order],
        None if deviations is None else deviations[order],
        None if errors is None else np.ascontiguousarray(sign * errors[:, order].T),
    )


def common_ranks(values: Floats) -> Ints:
    """Ranks of scores that stand best first: equal ones share the best rank (1, 2, 2, 4)."""
    first = np.r_[True, values[1:] != values[:-1]]
    return np.maximum.accumulate(np.where(first, np.arange(1, len(values) + 1), 0))


def times(critical: float, spread: Floats) -> Floats:
    """critical × spread, where an infinite critical value settles nothing, not even what is known exactly."""
    return np.full(spread.shape, np.inf) if np.isinf(critical) else critical * spread


def check_share(value: float, name: str) -> None:
    """Refuse what is not strictly between 0 and 1."""
    if not 0 < value < 1:
        raise RanksError(f"{name} must lie between 0 and 1, for example 0.95; it is {value}")


def check_count(value: int, size: int, name: str) -> None:
    """Refuse a number of units that the list cannot have."""
    if not 1 <= value <= size:
        raise RanksError(f"{name} must be from 1 to the number of units, {size}; it is {value}")


def _vector(values: ArrayLike, name: str) -> Floats:
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1 or not len(array):
        raise RanksError(f"{name}s must be one row of at least one number; they have the shape {array.shape}")
    _refuse(~np.isfinite(array), array, f"{name} is missing or not a finite number: leave the unit out or mend it")
    _refuse(np.abs(array) > LARGEST, array, f"{name} is beyond ±{LARGEST:g}: it cannot be computed with, correct it")
    return array


def _deviations(standard_errors: ArrayLike, size: int) -> Floats:
    array = _vector(standard_errors, "standard error")
    if len(array) != size:
        raise RanksError(f"there are {size} scores but {len(array)} standard errors; each unit needs one of each")
    _refuse(array < 0, array, "standard error is negative: it must be 0 (known exactly) or more")
    return array


def _errors(draws: ArrayLike, values: Floats, centre: str) -> Floats:
    array = np.asarray(draws, dtype=np.float64)
    if array.ndim != 2 or array.shape[1] != len(values) or array.shape[0] < 2:
        raise RanksError(
            f"draws must have the shape (n_draws, n_units) with at least 2 rows and {len(values)} columns, one for "
            f"each score; they have the shape {array.shape}"
        )
    bad = np.argwhere(~np.isfinite(array))
    if len(bad):
        raise RanksError(f"draw {bad[0][0]} of unit {bad[0][1]} (counted from 0) is missing or not a finite number")
    bad = np.argwhere(np.abs(array) > LARGEST)
    if len(bad):
        raise RanksError(f"draw {bad[0][0]} of unit {bad[0][1]} (counted from 0) is beyond ±{LARGEST:g}; correct it")
    if centre not in CENTRES:
        raise RanksError(f"centre must be one of {', '.join(CENTRES)}; it is {centre!r}")
    if centre == "zero":
        return array
    result: Floats = array - (array.mean(axis=0) if centre == "mean" else values)
    return result


def _refuse(bad: NDArray[np.bool_], values: Floats, problem: str) -> None:
    places = np.flatnonzero(bad)
    if len(places):
        raise RanksError(f"unit {places[0]} (counted from 0): its {problem} (it is {values[places[0]]})")
