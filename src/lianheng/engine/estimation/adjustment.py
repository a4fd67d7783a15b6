"""What an adjustment of weights leaves of a linearised variable: its residuals from the auxiliary variables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .arrays import Codes, Numbers

REGRESSION, ALTERNATING = "regression", "alternating"
ROUNDS = 10


@dataclass(frozen=True, slots=True, eq=False)
class Auxiliary:
    """Auxiliary variables: margins as codes, and columns of numbers."""

    margins: tuple[Codes, ...]
    levels: tuple[int, ...]
    matrix: Numbers  # of shape (n, q); q may be 0

    @property
    def count(self) -> int:
        """Number of columns: one for each level of each margin, and the numbers."""
        return sum(self.levels) + int(self.matrix.shape[1])

    def totals(self, weights: Numbers) -> Numbers:
        """Weighted totals of all columns."""
        parts = [np.bincount(m, weights, k) for m, k in zip(self.margins, self.levels, strict=True)]
        return np.concatenate([*parts, weights @ self.matrix])

    def combine(self, coefficients: Numbers) -> Numbers:
        """Each row's sum of its columns times coefficients."""
        result = self.matrix @ coefficients[sum(self.levels) :] if self.matrix.shape[1] else 0.0
        start = 0
        for margin, level in zip(self.margins, self.levels, strict=True):
            result = result + coefficients[start : start + level][margin]
            start += level
        return np.asarray(result, dtype=np.float64)

    def gram(self, weights: Numbers) -> Numbers:
        """X'WX."""
        blocks: list[list[Numbers]] = []
        for a, margin in enumerate(self.margins):
            row: list[Numbers] = []
            for b, other in enumerate(self.margins):
                code = margin * self.levels[b] + other
                sums = np.bincount(code, weights, self.levels[a] * self.levels[b]).astype(np.float64)
                row.append(sums.reshape(-1, self.levels[b]))
            row.append(_by_level(margin, self.levels[a], self.matrix, weights))
            blocks.append(row)
        below = [_by_level(m, k, self.matrix, weights).T for m, k in zip(self.margins, self.levels, strict=True)]
        blocks.append([*below, self.matrix.T @ (self.matrix * weights[:, None])])
        return np.asarray(np.block(blocks), dtype=np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Adjustment:
    """An adjustment that was made. ``convention`` says which residuals carry the variance.

    ``regression``: one weighted regression, with the weights before the adjustment (R: calibrate, postStratify).
    ``alternating``: ten rounds of taking the plain mean of each margin away (R: rake).
    """

    auxiliary: Auxiliary
    before: Numbers
    convention: str
    inverse: Numbers

    @classmethod
    def of(cls, auxiliary: Auxiliary, before: Numbers, convention: str) -> Adjustment:
        """Prepare the regression once; margins make its matrix singular, so it is the pseudo-inverse."""
        if convention == ALTERNATING:
            return cls(auxiliary, before, convention, np.zeros((0, 0)))
        inverse = np.linalg.pinv(auxiliary.gram(before), hermitian=True)
        return cls(auxiliary, before, convention, np.asarray(inverse, dtype=np.float64))

    def residuals(self, values: Numbers) -> Numbers:
        """What is left of a linearised variable (without its weight)."""
        if self.convention == REGRESSION:
            # Twice: the second round takes away what rounding left of the first, where columns are nearly alike.
            for _ in range(2):
                coefficients = self.inverse @ self.auxiliary.totals(self.before * values)
                values = values - self.auxiliary.combine(coefficients)
            return values
        for _ in range(ROUNDS):
            for margin, level in zip(self.auxiliary.margins, self.auxiliary.levels, strict=True):
                means = np.bincount(margin, values, level) / np.maximum(np.bincount(margin, minlength=level), 1)
                values = values - means[margin]
        return values


def cells(margins: Sequence[Codes], levels: Sequence[int]) -> tuple[Codes, list[Codes]]:
    """The cross-classification that occurs: cell of each row, and level of each margin for each cell."""
    from .arrays import codes

    code = np.zeros(len(margins[0]), dtype=np.intp)
    for margin, level in zip(margins, levels, strict=True):
        # Coded anew each time, so that many margins never overflow.
        code, _ = codes(code * level + margin, "cell")
    first = np.zeros(int(code.max()) + 1, dtype=np.intp)
    first[code] = np.arange(len(code))
    return code, [margin[first] for margin in margins]


def _by_level(margin: Codes, level: int, matrix: Numbers, weights: Numbers) -> Numbers:
    columns = [np.bincount(margin, weights * column, level) for column in matrix.T]
    return np.stack(columns, axis=1) if columns else np.zeros((level, 0))
