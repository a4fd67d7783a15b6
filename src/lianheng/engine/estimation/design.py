"""The sampling design: weights, strata, clusters, finite populations. Made once, then used by every estimate."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .arrays import Codes, Numbers, codes, cross, grouped, numbers
from .errors import EstimationError

if TYPE_CHECKING:
    from .adjustment import Adjustment

LONELY = ("fail", "certainty", "adjust", "average")


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """One stage of sampling: units within cells, the share of each cell that was taken."""

    unit: Codes  # of each row
    cell: Codes  # of each unit
    taken: Numbers  # of each cell, how many units
    fraction: Numbers  # of each cell, sampled ÷ population; 0 without finite population correction


@dataclass(frozen=True, slots=True, eq=False)
class Design:
    """A sampling design. Make one with ``survey_design``; the weights are those in force, adjusted or not."""

    weights: Numbers
    first: Stage
    second: Stage | None
    lonely: str
    stratum_labels: NDArray[Any]
    adjustments: tuple[Adjustment, ...] = field(default=())

    @property
    def n(self) -> int:
        """Number of respondents."""
        return len(self.weights)

    @property
    def n_psus(self) -> int:
        """Number of primary sampling units."""
        return len(self.first.cell)

    @property
    def n_strata(self) -> int:
        """Number of strata."""
        return len(self.first.taken)

    @property
    def df(self) -> int:
        """Degrees of freedom: primary units less strata, of those with a weight above 0."""
        return int(degrees_of_freedom(self, None, 1)[0])

    def with_weights(self, weights: Numbers, adjustment: Adjustment | None = None) -> Design:
        """The same design with other weights in force."""
        more = () if adjustment is None else (adjustment,)
        return replace(self, weights=weights, adjustments=(*self.adjustments, *more))


def survey_design(
    weights: ArrayLike | None = None,
    *,
    strata: ArrayLike | None = None,
    psu: ArrayLike | None = None,
    fpc: ArrayLike | None = None,
    ssu: ArrayLike | None = None,
    fpc2: ArrayLike | None = None,
    lonely: str = "fail",
    n: int | None = None,
) -> Design:
    """Describe how the sample was drawn.

    Parameters
    ----------
    weights : array of shape (n,), optional
        Design weights, 0 or more. Left out: population ÷ sample from ``fpc`` (and ``fpc2``), or 1 without them.
    strata, psu, ssu : array of shape (n,), optional
        Labels of stratum, primary and secondary sampling unit. Labels of units are read within their stratum or primary
        unit. Left out: one stratum; every row a unit of its own.
    fpc, fpc2 : array of shape (n,), optional
        How many primary units the row's stratum, how many secondary units its primary unit has in the population; or,
        where all values are at most 1, the share that was sampled. A second stage counts in the errors only if ``fpc``
        is given.
    lonely : {"fail", "certainty", "adjust", "average"}
        What a stratum with one primary unit adds to a variance: refuse; nothing; its square from the grand mean; the
        mean of the other strata.
    n : int, optional
        Number of rows, where no column is given.

    Returns
    -------
    Design

    Raises
    ------
    EstimationError
        On missing or negative weights, populations smaller than samples, columns of different length, no rows.

    References
    ----------
    Cochran (1977), Sampling Techniques, chapters 5, 9, 10; Lumley (2010), Complex Surveys, chapters 2 and 3.

    Examples
    --------
    >>> design = survey_design(strata=[1, 1, 2, 2, 2], fpc=[10, 10, 30, 30, 30])
    >>> design.weights.tolist(), design.df
    ([5.0, 5.0, 10.0, 10.0, 10.0], 3)
    """
    if lonely not in LONELY:
        raise EstimationError(f"lonely={lonely!r} is not known; choose one of {', '.join(LONELY)}")
    columns = [column for column in (weights, strata, psu, ssu, fpc, fpc2) if column is not None]
    n = len(np.asarray(columns[0])) if columns else n
    if not n:
        raise EstimationError("there are no rows; give at least one column, or n")
    stratum, labels = (np.zeros(n, np.intp), np.array([""])) if strata is None else codes(strata, "strata", n)
    first = _stage(stratum, len(labels), psu, fpc, "psu", "fpc", n)
    second = None
    if fpc is not None and (ssu is not None or fpc2 is not None):
        second = _stage(first.unit, len(first.cell), ssu, fpc2, "ssu", "fpc2", n)
    if weights is None:
        in_force = _weights_from(first, fpc, second, fpc2, n)
    else:
        in_force = numbers(weights, "weights", n)
        if (in_force < 0).any():
            row = int(np.flatnonzero(in_force < 0)[0])
            raise EstimationError(f"weights: row {row} (from 0) is below 0; a weight is 0 or more")
        if not in_force.any():
            raise EstimationError("weights: all are 0; at least one respondent must count")
    with np.errstate(over="ignore"):
        total = in_force.sum()
    if not np.isfinite(total):
        row = int(np.argmax(in_force))
        raise EstimationError(
            f"weights: row {row} (from 0) holds {in_force[row]:g}; their sum is too large, correct it"
        )
    return Design(in_force, first, second, lonely, labels)


def degrees_of_freedom(design: Design, group: Codes | None, n_groups: int, counts: Numbers | None = None) -> Numbers:
    """Primary units less strata in each group, of rows that count."""
    counted = (design.weights > 0).astype(np.float64) if counts is None else counts
    cell = design.first.cell
    units = grouped(design.first.unit, design.n_psus, group, n_groups, counted) > 0
    found = np.zeros(n_groups)
    for g in range(n_groups):
        inside = units[:, g]
        found[g] = inside.sum() - len(np.unique(cell[inside]))
    return found


def _stage(
    cell: Codes, n_cells: int, unit: ArrayLike | None, size: ArrayLike | None, unit_name: str, size_name: str, n: int
) -> Stage:
    """Units within cells: coded from 0, with the cell of each unit and the share of each cell that was taken."""
    if unit is None:
        of_row, cell_of_unit = np.arange(n), cell
    else:
        local, local_labels = codes(unit, unit_name, n)
        of_row, pairs = codes(cross(cell, local, len(local_labels)), unit_name)
        cell_of_unit = pairs // len(local_labels)
    taken = np.bincount(cell_of_unit, minlength=n_cells).astype(np.float64)
    return Stage(of_row, cell_of_unit, taken, _fractions(cell, n_cells, taken, size, size_name, n))


def _fractions(cell: Codes, n_cells: int, taken: Numbers, size: ArrayLike | None, name: str, n: int) -> Numbers:
    if size is None:
        return np.zeros(n_cells)
    given = numbers(size, name, n)
    of_cell = np.zeros(n_cells)
    of_cell[cell] = given
    if (of_cell[cell] != given).any():
        row = int(np.flatnonzero(of_cell[cell] != given)[0])
        raise EstimationError(f"{name}: row {row} (from 0) differs from others of its stratum or unit; make them equal")
    if (given <= 0).any():
        raise EstimationError(f"{name}: row {int(np.flatnonzero(given <= 0)[0])} (from 0) is 0 or below")
    if (given <= 1).all():
        return of_cell
    if (taken > of_cell * (1 + 1e-12)).any():
        row = int(np.flatnonzero((taken > of_cell)[cell])[0])
        raise EstimationError(
            f"{name}: row {row} (from 0) has a population of {given[row]:g}, but {taken[cell[row]]:g} are in the sample"
        )
    return taken / of_cell


def _weights_from(first: Stage, fpc: ArrayLike | None, second: Stage | None, fpc2: ArrayLike | None, n: int) -> Numbers:
    weights = np.ones(n)
    if fpc is not None:
        weights /= first.fraction[first.cell[first.unit]]
    if second is not None and fpc2 is not None:
        weights /= second.fraction[second.cell[second.unit]]
    return weights
