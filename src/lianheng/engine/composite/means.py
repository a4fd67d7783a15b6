"""Weighted means over the children present, for one weight set or many at once.

Every operation runs element by element in a fixed order of children, so a unit's score has the same bits whether it is
computed alone, with others, or in a batch of weight sets.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from .errors import CompositeError
from .tables import Floats

METHODS = ("arithmetic", "geometric", "harmonic", "generalised")
SAME = {"amean": "arithmetic", "gmean": "geometric", "hmean": "harmonic", "genmean": "generalised"}


@dataclass(frozen=True)
class Mean:
    """A generalised mean: average of ``forward(x)``, then ``back``; ``positive`` asks for x > 0."""

    name: str
    forward: Callable[[Floats], Floats] | None
    back: Callable[[Floats], Floats] | None
    positive: bool


def mean_named(name: str, p: float | None = None) -> Mean:
    """Return a mean by its name; `generalised` needs p, and p = 0 is refused."""
    name = SAME.get(name, name)
    if name == "arithmetic":
        return Mean(name, None, None, False)
    if name == "geometric":
        return Mean(name, np.log, np.exp, True)
    if name == "harmonic":
        return Mean(name, np.reciprocal, np.reciprocal, True)
    if name != "generalised":
        raise CompositeError(f"{name!r} is not an aggregation; use one of {', '.join(METHODS)}, copeland")
    if p is None:
        raise CompositeError("generalised needs p")
    if p == 0:
        raise CompositeError("generalised with p = 0 is undefined; use geometric")
    power = float(p)
    needs_positive = power < 0 or power != int(power)
    # Of an odd power a sum below 0 has a root, which ** does not find; of an even one there is no such sum.
    return Mean(name, lambda x: x**power, lambda x: np.copysign(np.abs(x) ** (1.0 / power), x), needs_positive)


def weighted_mean(
    columns: Sequence[Floats],
    weights: Floats,
    mean: Mean,
    *,
    min_available: float = 0.0,
    describe: Callable[[int, int], str] | None = None,
) -> Floats:
    """Aggregate columns with weights re-scaled over those present.

    Parameters
    ----------
    columns : sequence of k arrays of shape (n,) or (r, n)
        NaN is missing.
    weights : array of shape (k,) or (r, k)
        Not negative; a child of weight 0 counts nowhere.
    mean : Mean
    min_available : float
        Least share of children present (those with a weight); below it the result is missing.
    describe : callable (child, unit) -> str, optional
        Names a place for errors.

    Returns
    -------
    array of shape (n,) or (r, n)
        Missing where no child with a weight is present.

    Examples
    --------
    >>> import numpy as np
    >>> a, b = np.array([1.0, 2.0]), np.array([3.0, np.nan])
    >>> weighted_mean([a, b], np.array([1.0, 3.0]), mean_named("arithmetic"))
    array([2.5, 2. ])
    """
    if weights.ndim == 1 and all(column.ndim == 1 for column in columns):
        return _Sum(columns, weights, mean, describe).result(min_available)
    wide = weights if weights.ndim == 2 else weights[None, :]
    return _Sum(columns, wide, mean, describe).result(min_available)


class _Sum:
    """Σ w·f(x) and Σ w over the children present."""

    def __init__(
        self,
        columns: Sequence[Floats],
        weights: Floats,
        mean: Mean,
        describe: Callable[[int, int], str] | None,
    ) -> None:
        self.mean, self.describe = mean, describe
        self.columns, self.weights = columns, weights
        self.gaps = [bool(np.isnan(column).any()) for column in columns]
        self.used = [bool((weights[..., child] > 0).any()) for child in range(len(columns))]

    def result(self, min_available: float) -> Floats:
        shape = np.broadcast_shapes(
            *(column.shape for column in self.columns), (*self.weights.shape[:-1], self.columns[0].shape[-1])
        )
        if not any(self.used):
            return np.full(shape, np.nan)
        top, buffer = np.zeros(shape), np.empty(shape)
        below: Floats | float = 0.0
        for child, column in enumerate(self.columns):
            if not self.used[child]:
                continue
            weight = self._weight(child)
            values = self._forward(child, column)
            if self.gaps[child]:
                here = ~np.isnan(column)
                np.multiply(np.where(here, values, 0.0), weight, out=buffer)
                below = below + weight * here
            else:
                np.multiply(values, weight, out=buffer)
                below = below + weight
            top += buffer
        return self._finish(top, below, min_available)

    def _weight(self, child: int) -> Floats:
        weight: Floats = self.weights[..., child]
        return weight[:, None] if self.weights.ndim == 2 else weight

    def _forward(self, child: int, column: Floats) -> Floats:
        self._refuse(child, column)
        return column if self.mean.forward is None else self.mean.forward(column)

    def _refuse(self, child: int, column: Floats) -> None:
        if not self.mean.positive or not column.size:
            return
        low = np.fmin.reduce(column, axis=None)
        if low <= 0:
            unit = int(np.argwhere(column <= 0)[0][-1])
            where = self.describe(child, unit) if self.describe else f"child {child}, unit {unit}"
            raise CompositeError(f"the {self.mean.name} mean needs values above 0; {where} has {low:g}")

    def _finish(self, top: Floats, below: Floats | float, min_available: float) -> Floats:
        gaps = any(gap and used for gap, used in zip(self.gaps, self.used, strict=True))
        if not gaps and np.all(np.asarray(below) > 0):
            np.divide(top, below, out=top)
        else:
            with np.errstate(divide="ignore", invalid="ignore"):
                np.divide(top, below, out=top)
            top[np.broadcast_to(np.asarray(below) <= 0, top.shape)] = np.nan
        if self.mean.back is not None:
            top = self.mean.back(top)
        if gaps and min_available > 0:
            top[~self._enough(min_available, top.shape)] = np.nan
        return top

    def _enough(self, threshold: float, shape: tuple[int, ...]) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
        present = np.zeros(shape, np.intp)
        children = np.zeros(self.weights.shape[:-1], np.intp)
        for child, column in enumerate(self.columns):
            counts = self.weights[..., child] > 0
            children = children + counts
            present += (counts[:, None] if self.weights.ndim == 2 else counts) & ~np.isnan(column)
        needed = np.ceil(threshold * children - 1e-9)
        result: np.ndarray[tuple[int, ...], np.dtype[np.bool_]] = present >= (
            needed[:, None] if self.weights.ndim == 2 else needed
        )
        return result
