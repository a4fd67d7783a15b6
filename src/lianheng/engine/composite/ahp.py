"""Weights from people: pairwise comparisons (AHP) and budget allocation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .errors import CompositeError
from .tables import Floats

# Mean consistency index of random reciprocal matrices of order 1, 2, …, 15.
RANDOM_INDEX = (0.0, 0.0, 0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49, 1.51, 1.48, 1.56, 1.57, 1.59)
ACCEPTABLE = 0.1


@dataclass(frozen=True, eq=False)
class Priorities:
    """Weights of a comparison matrix and how consistent it is."""

    weights: Floats
    largest_eigenvalue: float
    consistency_index: float
    consistency_ratio: float

    @property
    def acceptable(self) -> bool:
        """Return whether the consistency ratio is at most 0.1."""
        return self.consistency_ratio <= ACCEPTABLE


@dataclass(frozen=True, eq=False)
class Allocation:
    """Weights of a budget allocation: mean share per element, and how far the experts are apart."""

    weights: Floats
    deviation: Floats
    n_experts: int


def ahp_weights(comparisons: ArrayLike | Sequence[Sequence[Any]]) -> Priorities:
    """Derive weights from a reciprocal comparison matrix.

    Parameters
    ----------
    comparisons : array of shape (k, k)
        Entry (i, j): how many times more important i is than j; numbers or texts such as "1/3". Positive, ones on the
        diagonal, a_ji = 1/a_ij (within 1 %); at most 15 rows.

    Returns
    -------
    Priorities
        Principal eigenvector, summing to 1; CI = (λ − k)/(k − 1), CR = CI/RI with Saaty's random indices (0 for
        k ≤ 2). A CR above 0.1 says: ask again.

    References
    ----------
    Saaty, T. L. (2008). Decision making with the analytic hierarchy process. Int. J. Services Sciences 1(1), 83–98.

    Examples
    --------
    >>> found = ahp_weights([[1, 3, 5], ["1/3", 1, 3], ["1/5", "1/3", 1]])
    >>> found.weights.round(3).tolist(), round(found.consistency_ratio, 3)
    ([0.637, 0.258, 0.105], 0.033)
    """
    matrix = _matrix(comparisons)
    k = len(matrix)
    eigenvalues, vectors = np.linalg.eig(matrix)
    place = int(np.argmax(eigenvalues.real))
    vector = np.abs(vectors[:, place].real)
    largest = float(eigenvalues[place].real)
    index = max(0.0, (largest - k) / (k - 1)) if k > 1 else 0.0
    ratio = index / RANDOM_INDEX[k - 1] if k > 2 else 0.0
    return Priorities(vector / vector.sum(), largest, index, ratio)


def combine_judgements(matrices: Sequence[ArrayLike]) -> Floats:
    """Combine several persons' comparison matrices by the geometric mean of each entry, which keeps reciprocity."""
    stacked = np.stack([_matrix(matrix) for matrix in matrices])
    combined: Floats = np.exp(np.log(stacked).mean(axis=0))
    return combined


def _matrix(comparisons: Any) -> Floats:
    try:
        rows = [[_ratio(cell) for cell in row] for row in comparisons]
        matrix = np.array(rows, dtype=np.float64)
    except (TypeError, ValueError, ZeroDivisionError):
        raise CompositeError("comparisons are a square table of numbers (or texts such as '1/3')") from None
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or not len(matrix):
        raise CompositeError(f"comparisons are a square table; this one has the shape {matrix.shape}")
    if len(matrix) > len(RANDOM_INDEX):
        raise CompositeError(f"{len(matrix)} elements are too many to compare in pairs; at most {len(RANDOM_INDEX)}")
    if not (matrix > 0).all():
        raise CompositeError("comparisons are positive numbers")
    off = np.argwhere(np.abs(matrix * matrix.T - 1.0) > 0.01)
    if len(off):
        i, j = (int(place) + 1 for place in off[0])
        raise CompositeError(f"entries ({i}, {j}) and ({j}, {i}) are not each other's inverse")
    return matrix


def _ratio(cell: Any) -> float:
    return float(Fraction(cell.replace(" ", ""))) if isinstance(cell, str) else float(cell)


def budget_weights(points: ArrayLike, *, budget: float = 100.0) -> Allocation:
    """Derive weights from points that experts spread over the elements.

    Parameters
    ----------
    points : array of shape (n_experts, k)
        Not negative; each row sums to the budget (within 1 %).
    budget : float

    Returns
    -------
    Allocation
        Mean of the experts' shares; the standard deviation over experts (n − 1; NaN for one) shows disagreement.

    References
    ----------
    OECD/JRC (2008), Handbook on Constructing Composite Indicators, section 6.2 (budget allocation process).

    Examples
    --------
    >>> found = budget_weights([[50, 30, 20], [30, 30, 40]])
    >>> found.weights.round(3).tolist()
    [0.4, 0.3, 0.3]
    """
    table = np.atleast_2d(np.asarray(points, dtype=np.float64))
    if table.ndim != 2 or not table.size:
        raise CompositeError("an allocation is a table of experts by elements")
    for number, row in enumerate(table, start=1):
        if not (row >= 0).all():
            raise CompositeError(f"expert {number} gives negative or missing points")
        if abs(row.sum() - budget) > 0.01 * budget:
            raise CompositeError(f"expert {number} gives {row.sum():g} points in all; the budget is {budget:g}")
    shares = table / table.sum(axis=1, keepdims=True)
    deviation = shares.std(axis=0, ddof=1) if len(shares) > 1 else np.full(shares.shape[1], np.nan)
    return Allocation(shares.mean(axis=0), deviation, len(shares))
