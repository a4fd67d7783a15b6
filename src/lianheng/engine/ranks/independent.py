"""Largest standardised difference in each draw of independent errors, with almost all pairs pruned away, exactly.

For units j and k with draws ε of standard normal errors, Cauchy and Schwarz give
|σⱼεⱼ − σₖεₖ| / √(σⱼ² + σₖ²) ≤ √(εⱼ² + εₖ²). So once some pair reaches M, only pairs with εⱼ² + εₖ² > M² can do better:
one of the two must have |ε| > M/√2 and the other ε² > M² − max ε². That leaves a few units of thousands.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from .inputs import Floats, Ints

CHUNK = 250
SHORT, LONG = 16, 64
CELLS = 1_500_000


def normal_block(deviations: Floats, n_draws: int, seed: int, chunk: int) -> Floats:
    """Standard normal draws of one chunk, shape (draws, units); 0 for a unit that is known exactly.

    A chunk has a generator of its own, so that it can be drawn again, and more draws leave the first ones as they are.
    """
    generator = np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, chunk])))
    block = generator.standard_normal((CHUNK, len(deviations)))[: n_draws - chunk * CHUNK]
    block[:, deviations == 0] = 0.0
    return block


def normal_blocks(deviations: Floats, n_draws: int, seed: int) -> Iterator[tuple[int, Floats]]:
    """All chunks, each with the number of its first draw."""
    for chunk in range(-(-n_draws // CHUNK)):
        yield chunk * CHUNK, normal_block(deviations, n_draws, seed, chunk)


class IndependentErrors:
    """Normal errors drawn from a seed, chunk by chunk; only the largest of each draw are kept.

    Memory is n_draws × 64 numbers, whatever the number of units: a row that is needed whole is drawn again.
    """

    def __init__(self, values: Floats, deviations: Floats, n_draws: int, seed: int) -> None:
        self.values, self.deviations, self.n_draws, self.seed = values, deviations, n_draws, seed
        self.variances = deviations**2
        self.kept = min(LONG, len(values))
        self._heads = np.empty((n_draws, self.kept))
        self._units = np.empty((n_draws, self.kept), dtype=np.int32)
        for start, block in normal_blocks(self.deviations, self.n_draws, self.seed):
            size = np.abs(block)
            units = np.argpartition(size, -self.kept, axis=1)[:, -self.kept :]
            ranked = np.argsort(-np.take_along_axis(size, units, axis=1), axis=1)
            units = np.take_along_axis(units, ranked, axis=1)
            self._units[start : start + len(block)] = units
            self._heads[start : start + len(block)] = np.take_along_axis(block, units, axis=1)

    def errors(self) -> Floats:
        """All errors at once, shape (units, draws)."""
        result = np.empty((len(self.values), self.n_draws))
        for start, block in normal_blocks(self.deviations, self.n_draws, self.seed):
            result[:, start : start + len(block)] = (block * self.deviations).T
        return result

    def separation(self, rows: slice) -> Floats:
        """Standard deviations of the differences between some units and all."""
        result: Floats = np.sqrt(self.variances[rows, None] + self.variances[None, :])
        return result

    def maxima(self, critical: float) -> Floats:
        """Largest difference of each draw over the pairs that a critical value has not settled.

        A pair of units in a stated order is settled if the first one's score is larger than the second's by more than
        `critical` standard deviations; the opposite order of the two stays in.
        """
        best = self._listed_maxima(np.arange(self.n_draws), SHORT, critical)
        open_draws = self._open(best, SHORT)
        if len(open_draws):
            best[open_draws] = self._listed_maxima(open_draws, self.kept, critical)
            open_draws = open_draws[self._is_open(best[open_draws], self._heads[open_draws])]
        for chunk in np.unique(open_draws // CHUNK):
            block = normal_block(self.deviations, self.n_draws, self.seed, int(chunk))
            for draw in open_draws[open_draws // CHUNK == chunk]:
                best[draw] = self._whole_maximum(block[draw % CHUNK], best[draw], critical)
        return best

    def _open(self, best: Floats, listed: int) -> Ints:
        if listed >= len(self.values):
            return np.empty(0, dtype=np.intp)
        return np.flatnonzero(self._is_open(best, self._heads[:, :listed]))

    def _is_open(self, best: Floats, heads: Floats) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Whether a unit beyond the list could still be part of a larger difference."""
        if heads.shape[1] >= len(self.values):
            return np.zeros(len(best), dtype=bool)
        result: np.ndarray[tuple[int], np.dtype[np.bool_]] = heads[:, 0] ** 2 + heads[:, -1] ** 2 > best**2
        return result

    def _listed_maxima(self, draws: Ints, listed: int, critical: float) -> Floats:
        """Maxima over the pairs of the `listed` units with the largest |ε| of each draw."""
        listed = min(listed, self.kept)
        first, second = np.triu_indices(listed, 1)
        result = np.zeros(len(draws))
        step = max(1, CELLS // max(1, len(first)))
        for start in range(0, len(draws) if len(first) else 0, step):
            part = draws[start : start + step]
            units = self._units[part, :listed]
            errors = self._heads[part, :listed] * self.deviations[units]
            sizes = self._sizes(units[:, first], units[:, second], errors[:, first], errors[:, second], critical)
            result[start : start + step] = sizes.max(axis=1)
        return result

    def _whole_maximum(self, row: Floats, best: float, critical: float) -> float:
        """The maximum of one draw from all its units: those that can lead a pair against those that can follow."""
        size = np.abs(row)
        leaders = np.flatnonzero(size**2 >= best**2 / 2)
        followers = np.flatnonzero(size**2 >= best**2 - size.max() ** 2)
        errors = row * self.deviations
        step = max(1, CELLS // max(1, len(followers)))
        for start in range(0, len(leaders), step):
            part = leaders[start : start + step]
            sizes = self._sizes(
                part[:, None], followers[None, :], errors[part, None], errors[None, followers], critical
            )
            best = max(best, float(sizes.max(initial=0.0)))
        return best

    def _sizes(self, one: Ints, other: Ints, error: Floats, other_error: Floats, critical: float) -> Floats:
        """Standardised differences of pairs; 0 for one that is settled in the direction in which the draw went."""
        spread = np.sqrt(self.variances[one] + self.variances[other])
        difference = error - other_error
        sizes = np.divide(np.abs(difference), spread, out=np.zeros(spread.shape), where=spread > 0)
        if np.isfinite(critical):
            lead = np.where(difference > 0, 1.0, -1.0) * (self.values[one] - self.values[other])
            sizes[lead > critical * spread] = 0.0
        return sizes
