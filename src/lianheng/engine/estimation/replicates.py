"""Replicate weights at the level of primary units: jackknife and bootstrap, never respondents × replicates."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from .arrays import Numbers, grouped
from .design import Design
from .errors import EstimationError
from .variance import Influence

if TYPE_CHECKING:
    from .readjustment import Readjustment

CENTRES = ("replicates", "estimate")


@dataclass(frozen=True, slots=True, eq=False)
class Replicates:
    """Replicates of a design.

    ``factors`` has shape (n_psus, R): what each replicate multiplies the weights of a primary unit by. Replicate
    weights given from outside are in ``weights``, shape (n, R), instead. The variance is ``scale`` × Σ ``rscales`` ×
    (replicate − centre)².
    """

    kind: str
    factors: Numbers | None
    scale: float
    rscales: Numbers
    centre: str = "replicates"
    weights: Numbers | None = None
    again: Readjustment | None = None

    @property
    def count(self) -> int:
        """Number of replicates."""
        return len(self.rscales)


def jackknife(design: Design, *, centre: str = "replicates") -> Replicates:
    """Jackknife: leave out one primary unit at a time. JK1 without strata, JKn with.

    Parameters
    ----------
    design : Design
    centre : {"replicates", "estimate"}
        Squares about the mean of the replicates (R's default) or about the estimate.

    Returns
    -------
    Replicates
        Finite populations shrink the squares of their stratum by 1 − f.

    References
    ----------
    Wolter (2007), Introduction to Variance Estimation, chapter 4.

    Examples
    --------
    >>> from lianheng.engine.estimation import estimate_mean, survey_design
    >>> design = survey_design(n=4)
    >>> estimate_mean(design, [1, 2, 3, 6], replicates=jackknife(design)).se.round(6).tolist()
    [1.080123]
    """
    stage = design.first
    _no_lonely(design, "the jackknife")
    taken = stage.taken[stage.cell]
    factors = np.where(stage.cell[:, None] == stage.cell[None, :], (taken / (taken - 1))[:, None], 1.0)
    np.fill_diagonal(factors, 0.0)
    rscales = (1 - stage.fraction[stage.cell]) * (taken - 1) / taken
    kind = "JK1" if design.n_strata == 1 else "JKn"
    return Replicates(kind, factors, 1.0, rscales, _checked(centre))


def bootstrap(design: Design, draws: int, seed: int, *, centre: str = "replicates") -> Replicates:
    """Rao–Wu bootstrap: from the n primary units of each stratum, n − 1 with replacement.

    Parameters
    ----------
    design : Design
    draws : int
        Number of replicates, 2 or more.
    seed : int
        0 or more. The same seed gives the same replicates on every machine and with every version of numpy.
    centre : {"replicates", "estimate"}

    Returns
    -------
    Replicates
        Scale 1 ÷ (draws − 1), as R's subbootstrap. Finite populations are not taken into account.

    References
    ----------
    Rao, Wu (1988), JASA 83; Rao, Wu, Yue (1992), Survey Methodology 18.

    Examples
    --------
    >>> from lianheng.engine.estimation import survey_design
    >>> bootstrap(survey_design(n=3), 4, seed=1).factors.sum(axis=0).tolist()
    [3.0, 3.0, 3.0, 3.0]
    """
    if draws < 2 or seed < 0:
        raise EstimationError("a bootstrap needs 2 draws or more, and a seed of 0 or more")
    _no_lonely(design, "the bootstrap")
    stage = design.first
    raw = np.random.PCG64(seed)
    factors = np.zeros((design.n_psus, draws))
    for cell in range(design.n_strata):
        units = np.flatnonzero(stage.cell == cell)
        taken = len(units)
        if taken == 0:
            continue
        # The generator's raw bits are the same for ever; its own way to whole numbers may change between versions.
        bits = raw.random_raw((taken - 1) * draws).astype(np.uint64) >> np.uint64(32)
        picks = (bits * np.uint64(taken) >> np.uint64(32)).astype(np.intp).reshape(draws, taken - 1)
        code = picks + taken * np.arange(draws)[:, None]
        times = np.bincount(code.ravel(), minlength=taken * draws).reshape(draws, taken)
        factors[units] = times.T * (taken / (taken - 1))
    return Replicates("bootstrap", factors, 1 / (draws - 1), np.ones(draws), _checked(centre))


def given_replicates(
    weights: ArrayLike, *, scale: float | None = None, rscales: ArrayLike | None = None, centre: str = "replicates"
) -> Replicates:
    """Replicate weights made elsewhere.

    Parameters
    ----------
    weights : array of shape (n, R)
        Analysis weights: sampling weight times replicate factor.
    scale : float, optional
        Left out: 1 ÷ (R − 1), for a bootstrap.
    rscales : array of shape (R,), optional
    centre : {"replicates", "estimate"}
    """
    matrix = np.asarray(weights, dtype=np.float64)
    if matrix.ndim != 2 or matrix.shape[1] < 2 or not np.isfinite(matrix).all():
        raise EstimationError("replicate weights are a table of numbers, one row a respondent, two columns or more")
    count = matrix.shape[1]
    scales = np.ones(count) if rscales is None else np.asarray(rscales, dtype=np.float64)
    if scales.shape != (count,):
        raise EstimationError(f"{count} replicates need {count} rscales, not {scales.size}")
    return Replicates("given", None, 1 / (count - 1) if scale is None else scale, scales, _checked(centre), matrix)


def replicated_covariance(
    replicates: Replicates,
    design: Design,
    variables: Sequence[Influence],
    statistic: Callable[[Numbers], Numbers],
    estimate: Numbers,
) -> Numbers:
    """Covariance of a function of totals, from its values in the replicates.

    ``statistic`` takes totals of shape (R, k), the columns of all variables in a row, and gives estimates, (R, m).
    """
    _check_rows(replicates, design)
    values = statistic(np.hstack([_totals(replicates, design, variable) for variable in variables]))
    return spread_of(replicates, values, estimate)


def replicate_weights(replicates: Replicates, design: Design) -> Iterator[Numbers]:
    """The weights of all respondents in one replicate after the other; NaN where an adjustment never arrives."""
    _check_rows(replicates, design)
    if replicates.weights is not None:
        yield from replicates.weights.T
        return
    assert replicates.factors is not None
    if replicates.again is not None:
        yield from replicates.again.weights(replicates.factors, design)
        return
    for factors in replicates.factors.T:
        yield design.weights * factors[design.first.unit]


def spread_of(replicates: Replicates, values: Numbers, estimate: Numbers) -> Numbers:
    """Covariance of estimates, array of shape (m, m), from their values in the replicates, (R, m).

    A replicate without an estimate is left out, and those that are left count for it as well; R's survey leaves it out
    of the sum alone, which makes the error smaller the more replicates are lost.
    """
    lost = np.isnan(values).any(axis=1)
    if lost.all():
        raise EstimationError(
            "no replicate gives an estimate; a domain may be empty in each, or raking or calibration never arrives"
        )
    rscales = replicates.rscales[~lost]
    values = values[~lost]
    centre = estimate if replicates.centre == "estimate" else values[rscales > 0].mean(axis=0)
    apart = (values - centre) * np.sqrt(rscales)[:, None]
    matrix: Numbers = apart.T @ apart * (replicates.scale * replicates.count / len(values))
    return matrix


def _check_rows(replicates: Replicates, design: Design) -> None:
    if replicates.weights is not None and len(replicates.weights) != design.n:
        raise EstimationError(f"the replicates have {len(replicates.weights)} rows, the design {design.n}")


def _totals(replicates: Replicates, design: Design, variable: Influence) -> Numbers:
    """Totals of one variable by group in each replicate: array of shape (R, n_groups)."""
    if replicates.weights is not None:
        columns = np.zeros((design.n, variable.n_groups))
        group = np.zeros(design.n, np.intp) if variable.group is None else variable.group
        columns[np.arange(design.n), group] = variable.values
        return replicates.weights.T @ columns
    assert replicates.factors is not None
    if replicates.again is not None:
        return replicates.again.totals(replicates.factors, design, variable)
    by_unit = grouped(
        design.first.unit, design.n_psus, variable.group, variable.n_groups, design.weights * variable.values
    )
    return replicates.factors.T @ by_unit


def _no_lonely(design: Design, what: str) -> None:
    if (design.first.taken == 1).any():
        cell = int(np.flatnonzero(design.first.taken == 1)[0])
        raise EstimationError(
            f"the stratum {design.stratum_labels[cell]} has only one primary unit: {what} needs two; merge strata"
        )


def _checked(centre: str) -> str:
    if centre not in CENTRES:
        raise EstimationError(f"centre={centre!r} is not known; choose one of {', '.join(CENTRES)}")
    return centre
