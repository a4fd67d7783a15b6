"""REML for y ~ 1 + (1|first) + (1|second): two crossed random factors, one of them eliminated.

Each factor's own block of the mixed-model equations is diagonal. The larger factor is eliminated by that diagonal;
what remains is a dense matrix of the size of the smaller factor (and the intercept), which is factored by Cholesky.
Every step costs the cube of the smaller factor, whatever the size of the larger one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import RatersError

Floats = NDArray[np.float64]
Ints = NDArray[np.integer[Any]]
# Beyond this many products the pairs within the larger factor's levels are multiplied densely instead of listed.
PAIR_LIMIT = 30_000_000
LOG_RANGE = 30.0
# A ratio beyond this is one that grows without end.
ENDLESS = 1e9


def group_sums(group: Ints, values: Floats, size: int) -> Floats:
    """The sum of the values of each group."""
    return np.asarray(np.bincount(group, weights=values, minlength=size), dtype=np.float64)


class CrossedCells:
    """Ratings summed by cell of the two factors, the larger one ("big") eliminated, the smaller ("small") kept."""

    def __init__(self, ratings: Floats, big: Ints, small: Ints, n_big: int, n_small: int) -> None:
        self.n, self.n_big, self.n_small = len(ratings), n_big, n_small
        self.mean = float(ratings.mean())
        centred = ratings - self.mean
        self.square = float(centred @ centred)
        codes, counts = np.unique(big.astype(np.int64) * n_small + small, return_counts=True)
        self.row, self.column, self.count = codes // n_small, codes % n_small, counts.astype(np.float64)
        self.big_count = np.bincount(big, minlength=n_big).astype(np.float64)
        self.small_count = np.bincount(small, minlength=n_small).astype(np.float64)
        self.big_sum = group_sums(big, centred, n_big)
        self.small_sum = group_sums(small, centred, n_small)
        self._pairs = self._list_pairs()

    def to_small(self, of_big: Floats) -> Floats:
        """Nᵀv, N being the counts of ratings by (big, small)."""
        return group_sums(self.column, self.count * of_big[self.row], self.n_small)

    def to_big(self, of_small: Floats) -> Floats:
        """Nv."""
        return group_sums(self.row, self.count * of_small[self.column], self.n_big)

    def gram(self, weights: Floats) -> Floats:
        """Upper triangle of Nᵀ diag(w) N; what stands below the diagonal is not defined."""
        if self._pairs is None:
            scaled = self._dense() * np.sqrt(weights)[:, None]
            return scaled.T @ scaled
        row, code, product = self._pairs
        size = self.n_small
        return group_sums(code, product * weights[row], size * size).reshape(size, size)

    def row_forms(self, matrix: Floats) -> Floats:
        """nᵀMn for the row n of every level of the big factor, M being symmetric."""
        if self._pairs is None:
            dense = self._dense()
            result: Floats = np.einsum("ij,ij->i", dense @ matrix, dense)
            return result
        row, code, product = self._pairs
        values = product * matrix.ravel()[code]
        # Each pair stands once; the opposite order adds the same, a cell with itself only once.
        twice = 2 * group_sums(row, values, self.n_big)
        own = group_sums(self.row, self.count**2 * matrix.diagonal()[self.column], self.n_big)
        return twice - own

    def _list_pairs(self) -> tuple[Ints, Ints, Floats] | None:
        """Every pair of cells in one row of N, the first not after the second: row, position in the gram, product."""
        degree = np.bincount(self.row, minlength=self.n_big)
        if int((degree.astype(np.int64) ** 2).sum()) > 2 * PAIR_LIMIT:
            return None
        rows, codes, products = [], [], []
        for offset in range(int(degree.max())):
            first = np.flatnonzero(self.row[: len(self.row) - offset] == self.row[offset:])
            second = first + offset
            rows.append(self.row[first])
            codes.append(self.column[first] * self.n_small + self.column[second])
            products.append(self.count[first] * self.count[second])
        return np.concatenate(rows), np.concatenate(codes), np.concatenate(products)

    def _dense(self) -> Floats:
        dense = np.zeros((self.n_big, self.n_small))
        dense[self.row, self.column] = self.count
        return dense


@dataclass(frozen=True, slots=True)
class Solution:
    """The mixed-model equations solved at given variance ratios (variance of a factor over that of the residual).

    `inverse` is the inverse (upper triangle) of the equations of the small factor, scaled by the root of its ratio, and
    of the intercept (last), the big factor eliminated. `gradient` belongs to the logarithms of the ratios (big, small).
    """

    ratios: tuple[float, float]
    criterion: float
    gradient: Floats
    residual_variance: float
    intercept: float
    big_effects: Floats
    small_effects: Floats
    big_weights: Floats
    inverse: Floats
    freedom: Floats


def solve(cells: CrossedCells, ratio_big: float, ratio_small: float) -> Solution:
    """Solve at given ratios; the REML criterion is that of lme4 (−2 log restricted likelihood)."""
    from scipy.linalg import lapack

    size = cells.n_small
    weights = 1.0 / (ratio_big * cells.big_count + 1.0)
    root = math.sqrt(ratio_small)
    kept = np.empty((size + 1, size + 1))
    kept[:size, :size] = -(ratio_big * ratio_small) * cells.gram(weights)
    kept[range(size), range(size)] += ratio_small * cells.small_count + 1.0
    kept[:size, size] = root * (cells.small_count - ratio_big * cells.to_small(weights * cells.big_count))
    kept[size, size] = cells.n - ratio_big * float(weights @ cells.big_count**2)
    right = np.append(
        root * (cells.small_sum - ratio_big * cells.to_small(weights * cells.big_sum)),
        -ratio_big * float(weights @ (cells.big_count * cells.big_sum)),
    )
    # The upper triangle by rows is the lower one by columns, which is how LAPACK reads it, without a copy.
    factor, failed = lapack.dpotrf(kept.T, lower=1, overwrite_a=1, clean=0)
    if failed:
        raise RatersError(
            "the variance of a factor grows without end: the ratings leave no residual to compare it with"
        )
    answer, _ = lapack.dpotrs(factor, right, lower=1)
    left = cells.square - ratio_big * float(weights @ cells.big_sum**2) - float(right @ answer)
    if not left > 1e-12 * cells.square:
        raise RatersError("raters and units explain every rating exactly: there is no error to estimate")
    freedom = cells.n - 1
    logs = -float(np.log(weights).sum()) + 2 * float(np.log(factor.diagonal()).sum())
    criterion = logs + freedom * (1 + math.log(2 * math.pi * left / freedom))
    inverse, _ = lapack.dpotri(factor, lower=1, overwrite_c=1)
    # By columns again: the rows of the transpose hold the upper triangle.
    upper = inverse.T
    effects = root * answer[:size]
    big_effects = ratio_big * weights * (cells.big_sum - cells.big_count * answer[size] - cells.to_big(effects))
    used = np.array([cells.n_big - _big_trace(cells, weights, ratio_big, ratio_small, upper), _small_used(upper)])
    squares = np.array([big_effects @ big_effects, effects @ effects])
    ratios = np.array([ratio_big, ratio_small])
    shares = np.divide(squares, ratios, out=np.zeros(2), where=ratios > 0)
    return Solution(
        ratios=(ratio_big, ratio_small),
        criterion=criterion,
        gradient=used - freedom * shares / left,
        residual_variance=left / freedom,
        intercept=float(answer[size]) + cells.mean,
        big_effects=big_effects,
        small_effects=effects,
        big_weights=weights,
        inverse=upper,
        freedom=used,
    )


def minimise(cells: CrossedCells, start: tuple[float, float], tolerance: float = 1e-14) -> tuple[Solution, int]:
    """Find the ratios that minimise the REML criterion; quasi-Newton on their logarithms, zero tried at the end.

    Returns the solution and the number of times the equations were solved.
    """
    place = np.log(np.maximum(start, 1e-6))
    found = solve(cells, *np.exp(place))
    solved = 1
    curvature = np.diag(np.maximum(found.freedom, 1.0))
    for _ in range(100):
        step = -np.linalg.solve(curvature, found.gradient)
        if -float(found.gradient @ step) < tolerance:
            break
        step *= min(1.0, 3.0 / float(np.abs(step).max()))
        after, taken, tries = _descend(cells, found, place, step)
        solved += tries
        if after is None:
            break
        curvature = _updated(curvature, taken, after.gradient - found.gradient)
        place, found = place + taken, after
    return _try_zero(cells, found, solved)


def _descend(cells: CrossedCells, found: Solution, place: Floats, step: Floats) -> tuple[Solution | None, Floats, int]:
    """The step, halved until the criterion falls as far as the slope promises (or does not move any more)."""
    slope = float(found.gradient @ step)
    # The criterion is known to about 1e-12 of itself; nearer than that, the gradient decides.
    slack = 1e-12 * abs(found.criterion)
    for tries in range(1, 30):
        target = np.clip(place + step, -LOG_RANGE, LOG_RANGE)
        try:
            after = solve(cells, *np.exp(target))
        except RatersError:
            # A step too far, unless the place where it started is at the end already.
            if max(found.ratios) > ENDLESS:
                raise
        else:
            if after.criterion <= found.criterion + 1e-4 * slope + slack:
                return after, target - place, tries
        step, slope = step / 2, slope / 2
    return None, step, 29


def _updated(curvature: Floats, step: Floats, change: Floats) -> Floats:
    """The BFGS update; left out where the gradient did not turn as at a minimum."""
    along = float(step @ change)
    if along <= 1e-12 * float(np.linalg.norm(step) * np.linalg.norm(change)):
        return curvature
    moved = curvature @ step
    result: Floats = curvature + np.outer(change, change) / along - np.outer(moved, moved) / float(step @ moved)
    return result


def _try_zero(cells: CrossedCells, found: Solution, solved: int) -> tuple[Solution, int]:
    """A ratio near zero is set to zero where the criterion does not mind: the logarithm never gets there."""
    for ratios in ((0.0, found.ratios[1]), (found.ratios[0], 0.0), (0.0, 0.0)):
        near = all(old < 1e-3 for old, new in zip(found.ratios, ratios, strict=True) if new == 0.0)
        if near and ratios != found.ratios:
            zero = solve(cells, *ratios)
            solved += 1
            if zero.criterion <= found.criterion + 1e-9:
                found = zero
    return found, solved


def _big_trace(cells: CrossedCells, weights: Floats, ratio_big: float, ratio_small: float, upper: Floats) -> float:
    """Trace of the inverse of the whole equations over the big factor, from the part that was kept."""
    size = cells.n_small
    squares = weights**2
    gram = cells.gram(squares)
    block = upper[:size, :size]
    both = 2 * _upper_product(gram, block) - float(gram.diagonal() @ block.diagonal())
    cross = float(cells.to_small(squares * cells.big_count) @ upper[:size, size])
    corner = float(squares @ cells.big_count**2) * float(upper[size, size])
    return float(weights.sum()) + ratio_big * (ratio_small * both + 2 * math.sqrt(ratio_small) * cross + corner)


def _upper_product(one: Floats, other: Floats) -> float:
    """Sum of the products over the upper triangles."""
    return float(np.einsum("ij,ij->", np.triu(one), other))


def _small_used(upper: Floats) -> float:
    size = len(upper) - 1
    return size - float(upper.diagonal()[:size].sum())


def draw_deviations(cells: CrossedCells, solution: Solution, n_draws: int, seed: int, *, of_big: bool) -> Floats:
    """Draws of (intercept + effect) less its prediction for one factor's levels, shape (n_draws, levels)."""
    generator = np.random.Generator(np.random.PCG64(seed))
    size = cells.n_small
    whole = np.triu(solution.inverse) + np.triu(solution.inverse, 1).T
    factor = np.linalg.cholesky(whole) * math.sqrt(solution.residual_variance)
    kept = generator.standard_normal((n_draws, size + 1)) @ factor.T
    ratio_big, ratio_small = solution.ratios
    small, intercept = math.sqrt(ratio_small) * kept[:, :size], kept[:, size:]
    if not of_big:
        return small + intercept
    scaled = ratio_big * solution.big_weights
    own = generator.standard_normal((n_draws, cells.n_big)) * np.sqrt(solution.residual_variance * scaled)
    explained = np.stack([cells.to_big(row) for row in small])
    result: Floats = own + intercept * (1 - scaled * cells.big_count) - scaled * explained
    return result
