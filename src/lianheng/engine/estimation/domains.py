"""Domains and the answers in them: who is counted, how many, how far apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .arrays import Codes, Numbers, codes, numbers
from .design import Design, degrees_of_freedom


@dataclass(frozen=True, slots=True, eq=False)
class Domains:
    """The rows of each domain."""

    group: Codes | None
    labels: tuple[Any, ...]

    @property
    def count(self) -> int:
        """Number of domains."""
        return len(self.labels)

    def sums(self, values: Numbers) -> Numbers:
        """Sums by domain."""
        if self.group is None:
            return np.array([float(np.sum(values))])
        return np.bincount(self.group, values, self.count).astype(np.float64)

    def spread(self, by_domain: Numbers) -> Numbers:
        """A number for each domain, given to its rows."""
        return by_domain[0] if self.group is None else by_domain[self.group]


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """Counts of one variable by domain, and its variance in the population."""

    n: Numbers
    n_missing: Numbers
    size: Numbers
    square: Numbers
    df: Numbers

    def srs(self, reference: str, total: bool = False) -> Numbers:
        """Variance of the mean (or total) in a simple random sample of the same size."""
        with np.errstate(invalid="ignore", divide="ignore"):
            spread = self.square * self.n / (self.n - 1) / self.n
            if reference == "without_replacement":
                # A sample larger than its population: the weights are not scaled to the population.
                spread = np.where(self.size < self.n, np.nan, spread * (self.size - self.n) / self.size)
        return spread * self.size**2 if total else spread


def count_answers(design: Design, domains: Domains, there: NDArray[np.bool_], y: Numbers) -> Counts:
    """Count the answers of one variable, and find its variance in the population."""
    weights = design.weights if there.all() else design.weights * there
    counted = (weights != 0).astype(np.float64)
    population = domains.sums(weights)
    with np.errstate(invalid="ignore", divide="ignore"):
        centre = domains.sums(weights * y) / population
        apart = y - domains.spread(centre)
        square = domains.sums(weights * apart * apart) / population
    n = domains.sums(counted)
    rows = domains.sums((design.weights != 0).astype(np.float64))
    df = degrees_of_freedom(design, domains.group, domains.count, counted)
    return Counts(n, rows - n, population, square, df)


def columns_of(y: ArrayLike, n: int) -> tuple[list[Numbers], tuple[Any, ...]]:
    """One variable or several, as columns and their names."""
    array = np.asarray(y)
    if array.ndim == 2:
        return [numbers(column, f"y[{k}]", n, missing=True) for k, column in enumerate(array.T)], tuple(
            range(array.shape[1])
        )
    return [numbers(array, "y", n, missing=True)], ("",)


def domains_of(by: ArrayLike | None, n: int) -> Domains:
    """Domains by label; without labels one that holds everybody."""
    if by is None:
        return Domains(None, ("",))
    group, labels = codes(by, "by", n)
    return Domains(group, tuple(labels.tolist()))


def is_missing(answers: NDArray[Any]) -> NDArray[np.bool_]:
    """Which answers are None, NaN or the empty text."""
    if answers.dtype.kind == "f":
        return np.asarray(np.isnan(answers), dtype=bool)
    if answers.dtype.kind == "O":
        return np.array([a is None or a != a or a == "" for a in answers], dtype=bool)
    return np.array([a == "" for a in answers.tolist()], dtype=bool)
