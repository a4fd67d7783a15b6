"""Replicate weights at the level of primary units: jackknife and bootstrap, never respondents × replicates."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from .adjustment import cells
from .arrays import Numbers, grouped
from .design import Design
from .errors import EstimationError
from .fitting import fit_margins
from .totals import Totals, margins_of
from .variance import Influence

CENTRES = ("replicates", "estimate")
CHUNK = 250  # replicates at a time where respondents must be multiplied out


@dataclass(frozen=True, slots=True, eq=False)
class Raking:
    """Margins that every replicate is raked to anew."""

    before: Numbers  # weights before raking
    cell: np.typing.NDArray[np.intp]
    of_cell: tuple[np.typing.NDArray[np.intp], ...]
    wanted: tuple[Numbers, ...]
    tolerance: float
    rounds: int


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
    raking: Raking | None = None

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


def rerake(
    replicates: Replicates,
    design: Design,
    margins: dict[str, ArrayLike],
    totals: dict[str, Totals],
    *,
    tolerance: float = 1e-10,
    rounds: int = 1000,
) -> Replicates:
    """Rake every replicate anew to the margins that the design itself is raked to.

    Parameters
    ----------
    replicates : Replicates
        Of ``design``, from ``jackknife`` or ``bootstrap``.
    design : Design
        Before raking.
    margins, totals, tolerance, rounds
        As in ``rake``.

    Returns
    -------
    Replicates
        For estimates of the raked design. It works on cells of the margins, so that memory is cells × replicates.
    """
    if replicates.factors is None:
        raise EstimationError("only replicates made by jackknife or bootstrap can be raked anew")
    auxiliary, wanted = margins_of(design, margins, totals)
    cell, of_cell = cells(auxiliary.margins, auxiliary.levels)
    raking = Raking(design.weights, cell, tuple(of_cell), tuple(wanted), tolerance, rounds)
    return replace(replicates, raking=raking, kind=f"{replicates.kind}, raked")


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
    if replicates.weights is not None and len(replicates.weights) != design.n:
        raise EstimationError(f"the replicates have {len(replicates.weights)} rows, the design {design.n}")
    values = statistic(np.hstack([_totals(replicates, design, variable) for variable in variables]))
    lost = np.isnan(values).any(axis=1)
    if lost.all():
        raise EstimationError("no replicate gives an estimate; a domain may be empty in each, or raking never arrives")
    rscales = replicates.rscales[~lost]
    values = values[~lost]
    centre = estimate if replicates.centre == "estimate" else values[rscales > 0].mean(axis=0)
    apart = (values - centre) * np.sqrt(rscales)[:, None]
    matrix: Numbers = apart.T @ apart * replicates.scale
    return matrix


def _totals(replicates: Replicates, design: Design, variable: Influence) -> Numbers:
    """Totals of one variable by group in each replicate: array of shape (R, n_groups)."""
    if replicates.weights is not None:
        columns = np.zeros((design.n, variable.n_groups))
        group = np.zeros(design.n, np.intp) if variable.group is None else variable.group
        columns[np.arange(design.n), group] = variable.values
        return replicates.weights.T @ columns
    assert replicates.factors is not None
    if replicates.raking is not None:
        return _raked_totals(replicates.factors, replicates.raking, design, variable)
    by_unit = grouped(
        design.first.unit, design.n_psus, variable.group, variable.n_groups, design.weights * variable.values
    )
    return replicates.factors.T @ by_unit


def _raked_totals(factors: Numbers, raking: Raking, design: Design, variable: Influence) -> Numbers:
    unit, n_units, n_cells = design.first.unit, design.n_psus, len(raking.of_cell[0])
    base = grouped(raking.cell, n_cells, unit, n_units, raking.before)
    weighted = raking.before * variable.values
    groups = [np.ones(design.n, bool)] if variable.group is None else None
    found = np.empty((factors.shape[1], variable.n_groups))
    amounts = []
    for g in range(variable.n_groups):
        inside = groups[0] if groups else variable.group == g
        amounts.append(grouped(raking.cell, n_cells, unit, n_units, np.where(inside, weighted, 0.0)))
    for start in range(0, factors.shape[1], CHUNK):
        some = factors[:, start : start + CHUNK]
        adjust = fit_margins(base @ some, raking.of_cell, raking.wanted, raking.tolerance, raking.rounds)
        for g, amount in enumerate(amounts):
            found[start : start + CHUNK, g] = np.einsum("cr,cr->r", adjust, amount @ some)
    return found


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
