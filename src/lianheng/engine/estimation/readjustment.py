"""Raking or calibrating every replicate anew, as the sample itself was."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike

from .adjustment import Auxiliary, cells
from .arrays import Codes, Numbers, grouped
from .calibration import auxiliary_of, checked_bounds
from .design import Design
from .errors import EstimationError
from .fitting import calibrated_factors, fit_margins, solve_multipliers
from .replicates import Replicates
from .totals import Totals, margins_of
from .variance import Influence

CHUNK = 250  # replicates at a time where cells must be multiplied out


class Readjustment(Protocol):
    """What is done to every replicate again. ``factors`` has shape (n_psus, R)."""

    def totals(self, factors: Numbers, design: Design, variable: Influence) -> Numbers:
        """Totals of one variable by group: array of shape (R, n_groups)."""
        ...

    def weights(self, factors: Numbers, design: Design) -> Iterator[Numbers]:
        """Weights of all respondents, one replicate after the other."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Raking:
    """Margins that every replicate is raked to; it works on cells of the margins, never respondents × replicates."""

    before: Numbers  # weights before raking
    cell: Codes
    of_cell: tuple[Codes, ...]
    wanted: tuple[Numbers, ...]
    tolerance: float
    rounds: int

    def totals(self, factors: Numbers, design: Design, variable: Influence) -> Numbers:
        """As ``Readjustment``."""
        unit, n_units, n_cells = design.first.unit, design.n_psus, len(self.of_cell[0])
        weighted = self.before * variable.values
        amounts = []
        for g in range(variable.n_groups):
            of_group = weighted if variable.group is None else np.where(variable.group == g, weighted, 0.0)
            amounts.append(grouped(self.cell, n_cells, unit, n_units, of_group))
        found = np.empty((factors.shape[1], variable.n_groups))
        for start, some, adjust in self._fitted(factors, design):
            for g, amount in enumerate(amounts):
                found[start : start + CHUNK, g] = np.einsum("cr,cr->r", adjust, amount @ some)
        return found

    def weights(self, factors: Numbers, design: Design) -> Iterator[Numbers]:
        """As ``Readjustment``."""
        for _, some, adjust in self._fitted(factors, design):
            for place in range(some.shape[1]):
                yield self.before * some[design.first.unit, place] * adjust[self.cell, place]

    def _fitted(self, factors: Numbers, design: Design) -> Iterator[tuple[int, Numbers, Numbers]]:
        """Chunks of replicates: the first one's number, their factors of units, and of cells."""
        base = grouped(self.cell, len(self.of_cell[0]), design.first.unit, design.n_psus, self.before)
        for start in range(0, factors.shape[1], CHUNK):
            some = factors[:, start : start + CHUNK]
            yield start, some, fit_margins(base @ some, self.of_cell, self.wanted, self.tolerance, self.rounds)


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """Totals that every replicate is calibrated to; of each only the multipliers are kept, shape (R, q)."""

    before: Numbers
    auxiliary: Auxiliary
    multipliers: Numbers
    distance: str
    bounds: tuple[float, float]

    def totals(self, factors: Numbers, design: Design, variable: Influence) -> Numbers:
        """As ``Readjustment``."""
        group = np.zeros(design.n, np.intp) if variable.group is None else variable.group
        rows = (np.bincount(group, w * variable.values, variable.n_groups) for w in self.weights(factors, design))
        return np.array(list(rows), dtype=np.float64)

    def weights(self, factors: Numbers, design: Design) -> Iterator[Numbers]:
        """As ``Readjustment``."""
        for place, multipliers in enumerate(self.multipliers):
            # A replicate that never arrived has multipliers of NaN, and so have its weights.
            own = calibrated_factors(self.auxiliary, multipliers, self.distance, *self.bounds)
            yield self.before * factors[design.first.unit, place] * own


def rerake(
    replicates: Replicates,
    design: Design,
    margins: Mapping[str, ArrayLike],
    totals: Mapping[str, Totals],
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
        As in ``rake``. With one margin this is post-stratification.

    Returns
    -------
    Replicates
        For estimates of the raked design. A replicate that never arrives is left out of the variance.

    References
    ----------
    Wolter (2007), Introduction to Variance Estimation, 2.9; R survey, rake on a svrepdesign.

    Examples
    --------
    >>> from lianheng.engine.estimation import estimate_mean, jackknife, rake, survey_design
    >>> design, sex, known = survey_design(n=4), {"sex": list("ffmm")}, {"sex": {"f": 60, "m": 40}}
    >>> again = rerake(jackknife(design), design, sex, known)
    >>> estimate_mean(rake(design, sex, known), [1, 1, 0, 0], replicates=again).se.round(9).tolist()
    [0.0]
    """
    _require_factors(replicates)
    auxiliary, wanted = margins_of(design, margins, totals)
    cell, of_cell = cells(auxiliary.margins, auxiliary.levels)
    raking = Raking(design.weights, cell, tuple(of_cell), tuple(wanted), tolerance, rounds)
    return replace(replicates, again=raking, kind=f"{replicates.kind}, raked")


def recalibrate(
    replicates: Replicates,
    design: Design,
    *,
    margins: Mapping[str, ArrayLike] | None = None,
    totals: Mapping[str, Totals] | None = None,
    columns: Mapping[str, ArrayLike] | None = None,
    column_totals: Mapping[str, float] | None = None,
    distance: str = "linear",
    bounds: tuple[float, float] | None = None,
    tolerance: float = 1e-10,
    rounds: int = 100,
) -> Replicates:
    """Calibrate every replicate anew to the totals that the design itself is calibrated to.

    Parameters
    ----------
    replicates : Replicates
        Of ``design``, from ``jackknife`` or ``bootstrap``.
    design : Design
        Before calibration.
    margins, totals, columns, column_totals, distance, bounds, tolerance, rounds
        As in ``calibrate``. Bounds hold new ÷ replicate weight.

    Returns
    -------
    Replicates
        For estimates of the calibrated design. A replicate that cannot reach the totals within the bounds is left out
        of the variance.

    References
    ----------
    Wolter (2007), Introduction to Variance Estimation, 2.9; R survey, calibrate on a svrepdesign.

    Examples
    --------
    >>> from lianheng.engine.estimation import calibrate, estimate_total, jackknife, survey_design
    >>> design = survey_design(weights=[10, 10, 10])
    >>> known = {"columns": {"one": [1, 1, 1], "x": [1, 2, 3]}, "column_totals": {"one": 30, "x": 66}}
    >>> again = recalibrate(jackknife(design), design, **known)
    >>> estimate_total(calibrate(design, **known), [1, 2, 3], replicates=again).se.round(9).tolist()
    [0.0]
    """
    factors = _require_factors(replicates)
    low, high = checked_bounds(distance, bounds)
    auxiliary, wanted = auxiliary_of(design, margins, totals, columns, column_totals)
    found = np.full((replicates.count, auxiliary.count), np.nan)
    start = solve_multipliers(design.weights, auxiliary, wanted, distance, low, high, tolerance, rounds)
    for place in range(replicates.count):
        weights = design.weights * factors[design.first.unit, place]
        try:
            found[place] = solve_multipliers(
                weights, auxiliary, wanted, distance, low, high, tolerance, rounds, start=start
            )
        except EstimationError:
            continue
    again = Calibration(design.weights, auxiliary, found, distance, (low, high))
    return replace(replicates, again=again, kind=f"{replicates.kind}, calibrated")


def _require_factors(replicates: Replicates) -> Numbers:
    if replicates.factors is None:
        raise EstimationError("only replicates made by jackknife or bootstrap can be raked or calibrated anew")
    return replicates.factors
