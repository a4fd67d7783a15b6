"""Which choice moves the ranks: first-order and total Sobol indices of the mean rank change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .blocks import run_in_blocks
from .chain import Step
from .design import Assumption, choices_of, sobol_points
from .errors import CompositeError
from .reading import Inputs
from .replicates import run_variants
from .sobol import SobolIndices, indices_of_grid, sobol_from_outputs
from .tables import Floats
from .uncertainty import Uncertainty, mean_rank_changes, nominal_index

__all__ = ["Sensitivity", "SobolIndices", "analyse_sensitivity", "exact_sensitivity", "sobol_from_outputs"]

LARGEST_GRID = 20_000


@dataclass(frozen=True, eq=False)
class Sensitivity:
    """The result of `analyse_sensitivity`.

    ``uncertainty`` holds the first 2N replicates (A, then B), on which rank statistics rest; ``y_a``, ``y_b`` (n,) and
    ``y_ab`` (n_assumptions, n) are the outputs, rows with a failed replicate taken out; ``dropped`` maps such a row to
    its reason.
    """

    names: tuple[str, ...]
    indices: SobolIndices
    exact: bool
    y_a: Floats
    y_b: Floats
    y_ab: Floats
    dropped: dict[int, str]
    runs: int
    uncertainty: Uncertainty | None


def analyse_sensitivity(
    inputs: Inputs,
    steps: Sequence[Step],
    assumptions: Sequence[Assumption],
    *,
    replicates: int = 1024,
    seed: int = 0,
    bootstrap: int = 500,
    confidence: float = 0.9,
    store: Path | None = None,
) -> Sensitivity:
    """Estimate how much of the rank changes comes from each choice.

    Parameters
    ----------
    inputs, steps, assumptions, seed, store
        As for `uncertainty.analyse_uncertainty`; at least two assumptions.
    replicates : int
        N: rows of A and of B; N·(d + 2) variants are looked at, equal ones run once. Powers of two keep the balance of
        the Sobol sequence.
    bootstrap, confidence
        As for `sobol_from_outputs`.

    Returns
    -------
    Sensitivity
        The output is the mean over units of |rank − nominal rank|. A row in which any run failed is dropped from all
        matrices and reported.
    """
    d = len(assumptions)
    if d < 2:
        raise CompositeError("a sensitivity analysis needs at least two assumptions")
    if replicates < 2:
        raise CompositeError(f"replicates is {replicates}; at least 2 are needed")
    scores, ranks = nominal_index(inputs, steps)
    points = sobol_points(replicates, 2 * d, seed)
    a, b = choices_of(assumptions, points[:, :d]), choices_of(assumptions, points[:, d:])
    mixed = [np.where(np.arange(d) == column, b, a) for column in range(d)]
    choices = np.vstack([a, b, *mixed])
    variants = (
        run_variants(inputs, steps, assumptions, choices, seed=seed)
        if store is None
        else run_in_blocks(inputs, steps, assumptions, choices, seed=seed, store=store)
    )
    y = mean_rank_changes(variants, ranks).reshape(d + 2, replicates)
    kept = ~np.isnan(y).any(axis=0)
    dropped = _reasons(variants.failures, replicates)
    indices = sobol_from_outputs(
        y[0, kept], y[1, kept], y[2:, kept], bootstrap=bootstrap, confidence=confidence, seed=seed
    )
    first = type(variants)(
        variants.scores,
        variants.ranks,
        variants.place[: 2 * replicates],
        {run: reason for run, reason in variants.failures.items() if run < 2 * replicates},
    )
    both = Uncertainty(inputs.table.units, tuple(assumptions), choices[: 2 * replicates], scores, ranks, first, seed)
    names = tuple(each.name for each in assumptions)
    return Sensitivity(names, indices, False, y[0, kept], y[1, kept], y[2:, kept], dropped, len(choices), both)


def _reasons(failures: dict[int, str], n: int) -> dict[int, str]:
    rows: dict[int, str] = {}
    for run, reason in failures.items():
        rows.setdefault(run % n, reason)
    return dict(sorted(rows.items()))


def exact_sensitivity(
    inputs: Inputs, steps: Sequence[Step], assumptions: Sequence[Assumption], *, seed: int = 0
) -> Sensitivity:
    """Compute Sobol indices exactly by running every combination of discrete choices.

    Parameters
    ----------
    inputs, steps, assumptions, seed
        As for `analyse_sensitivity`; every assumption has alternatives, with at most 20,000 combinations in all.

    Returns
    -------
    Sensitivity
        S_j = Var(E[y|x_j])/Var(y), ST_j = 1 − Var(E[y|all but x_j])/Var(y), over equally likely combinations. Any
        failed combination is an error: the indices would be of something else.
    """
    counts = [each.count for each in assumptions]
    sizes = [count for count in counts if count is not None]
    if len(sizes) < len(counts):
        raise CompositeError(
            "exact indices need alternatives everywhere; an assumption with between has infinitely many"
        )
    if np.prod(sizes) > LARGEST_GRID:
        raise CompositeError(
            f"there are {int(np.prod(sizes))} combinations, more than {LARGEST_GRID}; use the sampling"
        )
    _, ranks = nominal_index(inputs, steps)
    grid = np.stack(np.meshgrid(*[np.arange(size, dtype=np.float64) for size in sizes], indexing="ij"), axis=-1)
    variants = run_variants(inputs, steps, assumptions, grid.reshape(-1, len(sizes)), seed=seed)
    if variants.failures:
        number, reason = next(iter(variants.failures.items()))
        raise CompositeError(f"{len(variants.failures)} combinations failed; number {number + 1}: {reason}")
    y = mean_rank_changes(variants, ranks).reshape(sizes)
    names = tuple(each.name for each in assumptions)
    empty = np.empty(0)
    indices = indices_of_grid(y)
    return Sensitivity(names, indices, True, empty, empty, np.empty((len(sizes), 0)), {}, y.size, None)
