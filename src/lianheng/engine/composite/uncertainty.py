"""How sure the ranks are: replicates over the declared choices, and what becomes of every unit's rank."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .blocks import run_in_blocks
from .chain import Step, run_steps
from .design import Assumption, choices_of, sobol_points
from .errors import CompositeError
from .ranking import rank_many
from .reading import Inputs
from .replicates import Variants, run_variants
from .tables import Floats

COLUMNS = 4_000_000


@dataclass(frozen=True, eq=False)
class RankStatistics:
    """Ranks of every unit over the replicates; arrays of shape (n_units,), NaN where a unit never has a rank."""

    nominal: Floats
    mean: Floats
    median: Floats
    q5: Floats
    q95: Floats
    count: NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Uncertainty:
    """The result of `analyse_uncertainty`.

    ``choices[r, j]`` is what replicate r drew of assumption j (number of the alternative from 0, or the value).
    """

    units: tuple[str, ...]
    assumptions: tuple[Assumption, ...]
    choices: Floats
    nominal_scores: Floats
    nominal_ranks: Floats
    variants: Variants
    seed: int
    _cache: dict[str, Floats] = field(default_factory=dict, repr=False)

    @property
    def failures(self) -> dict[int, str]:
        """Replicate → reason, for those that failed."""
        return self.variants.failures

    @property
    def scores(self) -> Floats:
        """Scores of shape (n_replicates, n_units); NaN for failed replicates and units that are not there."""
        found: Floats = self.variants.scores[self.variants.place]
        return found

    @property
    def ranks(self) -> NDArray[np.int32]:
        """Ranks of shape (n_replicates, n_units); 0 is no rank."""
        found: NDArray[np.int32] = self.variants.ranks[self.variants.place]
        return found

    def parameters(self, replicate: int) -> dict[str, str]:
        """Return what a replicate drew, in words."""
        row = self.choices[replicate]
        return {each.name: each.describe(choice) for each, choice in zip(self.assumptions, row, strict=True)}

    @cached_property
    def mean_rank_changes(self) -> Floats:
        """Mean over units of |rank − nominal rank|, per replicate; NaN for a failed one."""
        return mean_rank_changes(self.variants, self.nominal_ranks)

    @cached_property
    def statistics(self) -> RankStatistics:
        """Nominal, mean, median, 5 % and 95 % quantile (type 7) of every unit's rank."""
        n = len(self.units)
        mean, median, q5, q95 = (np.full(n, np.nan) for _ in range(4))
        count = np.zeros(n, np.intp)
        for part, ordered, absent in self._sorted_ranks():
            here = ordered.shape[1] - absent
            count[part] = here
            some = here > 0
            with np.errstate(invalid="ignore"):
                mean[part] = np.where(some, ordered.sum(axis=1, dtype=np.float64) / np.maximum(here, 1), np.nan)
            for target, p in ((median, 0.5), (q5, 0.05), (q95, 0.95)):
                target[part] = _quantile_of_sorted(ordered, absent, p)
        return RankStatistics(self.nominal_ranks, mean, median, q5, q95, count)

    def probability_at_most(self, k: int) -> Floats:
        """Return P(rank ≤ k) of every unit: the share of the replicates in which it has a rank."""
        result = np.full(len(self.units), np.nan)
        for part, ordered, absent in self._sorted_ranks():
            here = ordered.shape[1] - absent
            within = ((ordered > 0) & (ordered <= k)).sum(axis=1)
            result[part] = np.where(here > 0, within / np.maximum(here, 1), np.nan)
        return result

    def rank_counts(self) -> NDArray[np.intp]:
        """Return how often unit i has rank j + 1, of shape (n_units, n_units)."""
        n = len(self.units)
        counts = np.zeros((n, n + 1), np.intp)
        often = np.bincount(self.variants.place, minlength=len(self.variants.ranks))
        units = np.arange(n)
        for row, times in zip(self.variants.ranks, often, strict=True):
            counts[units, row] += times
        return counts[:, 1:]

    def _sorted_ranks(self) -> list[tuple[slice, NDArray[np.int32], NDArray[np.intp]]]:
        """Blocks of units with their ranks in order (absent ones, 0, first) and the number absent."""
        n, place = len(self.units), self.variants.place
        step = max(1, COLUMNS // max(len(place), 1))
        blocks = []
        for start in range(0, n, step):
            part = slice(start, min(start + step, n))
            ordered = np.sort(np.ascontiguousarray(self.variants.ranks[:, part].T)[:, place], axis=1)
            blocks.append((part, ordered, (ordered == 0).sum(axis=1)))
        return blocks


def analyse_uncertainty(
    inputs: Inputs,
    steps: Sequence[Step],
    assumptions: Sequence[Assumption],
    *,
    replicates: int = 1000,
    seed: int = 0,
    store: Path | None = None,
) -> Uncertainty:
    """Vary declared choices together and rank the units in every replicate.

    Parameters
    ----------
    inputs : Inputs
        One time only.
    steps : sequence of Step
        The nominal pipeline, ending with `aggregate`.
    assumptions : sequence of Assumption
    replicates : int
        At least 2. Growing it keeps the replicates already drawn.
    seed : int
        Of the scrambled Sobol design and the noise sets; equal seeds give equal results.
    store : path, optional
        Folder in which finished blocks are kept; a second run with it goes on where the first ended.

    Returns
    -------
    Uncertainty
        A failed replicate is in ``failures`` with its reason and counts nowhere else.

    References
    ----------
    Saisana, Saltelli, Tarantola (2005), J. R. Statist. Soc. A 168. COINr `get_sensitivity` (SA_type "UA").
    """
    if replicates < 2:
        raise CompositeError(f"replicates is {replicates}; at least 2 are needed")
    if not assumptions:
        raise CompositeError("there is no assumption to vary; declare at least one [[assumption]]")
    scores, ranks = nominal_index(inputs, steps)
    choices = choices_of(assumptions, sobol_points(replicates, len(assumptions), seed))
    variants = (
        run_variants(inputs, steps, assumptions, choices, seed=seed)
        if store is None
        else run_in_blocks(inputs, steps, assumptions, choices, seed=seed, store=store)
    )
    if len(variants.failures) == replicates:
        raise CompositeError(f"every replicate failed; the first: {variants.failures[0]}")
    return Uncertainty(inputs.table.units, tuple(assumptions), choices, scores, ranks, variants, seed)


def nominal_index(inputs: Inputs, steps: Sequence[Step]) -> tuple[Floats, Floats]:
    """Return scores and ranks of the index as declared, for every unit of the inputs (NaN: not there)."""
    run = run_steps(inputs, steps)
    scores = np.full(len(inputs.table.units), np.nan)
    scores[run.table.rows] = run.table.column(run.state.framework.top)
    if np.isnan(scores).all():
        raise CompositeError("no unit has an index as declared; there is no ranking to vary")
    ranks = rank_many(scores[None, :])[0]
    return scores, np.where(ranks > 0, ranks, np.nan)


def mean_rank_changes(variants: Variants, nominal: Floats) -> Floats:
    """Return the mean over units of |rank − nominal rank| per replicate."""
    changes = np.full(len(variants.ranks), np.nan)
    usable = ~np.isnan(nominal)
    base = np.where(usable, nominal, 0).astype(np.int32)
    step = max(1, COLUMNS // max(len(nominal), 1))
    for start in range(0, len(changes), step):
        ranks = variants.ranks[start : start + step]
        here = (ranks > 0) & usable
        count = here.sum(axis=1)
        total = np.where(here, np.abs(ranks - base), 0).sum(axis=1)
        changes[start : start + step] = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    result: Floats = changes[variants.place]
    for replicate in variants.failures:
        result[replicate] = np.nan
    return result


def _quantile_of_sorted(ordered: NDArray[np.int32], absent: NDArray[np.intp], p: float) -> Floats:
    """Type 7 over the last (present) entries of every row."""
    here = ordered.shape[1] - absent
    position = np.maximum(here - 1, 0) * p
    low = np.floor(position).astype(np.intp)
    high = np.minimum(low + 1, np.maximum(here - 1, 0))
    rows = np.arange(len(ordered))
    first = np.minimum(absent, ordered.shape[1] - 1)
    below, above = ordered[rows, first + np.where(here > 0, low, 0)], ordered[rows, first + np.where(here > 0, high, 0)]
    value: Floats = below + (position - low) * (above - below)
    return np.where(here > 0, value, np.nan)
