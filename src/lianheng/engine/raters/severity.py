"""Severity of raters: y ~ 1 + (1 | rater) + (1 | unit) by REML, and scores of units corrected for it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .crossed import CrossedCells, Solution, draw_deviations, minimise
from .errors import RatersError
from .long_ratings import Floats, Ints, Labels, LongRatings, components, read_long


@dataclass(frozen=True, slots=True)
class Effects:
    """Predicted effects of one factor's levels, in the order of `labels` (sorted).

    `effect` is the prediction (BLUP): for a rater, how many points above the average rater he gives, so positive is
    lenient; for a unit, how far it is above the average unit. `error` is its conditional standard deviation, given
    the variances and the intercept. `component` says which raters and units are joined by common ratings.
    """

    labels: Labels
    count: Ints
    raw_mean: Floats
    effect: Floats
    error: Floats
    component: Ints


@dataclass(frozen=True, slots=True)
class Severity:
    """A fitted severity model.

    `theta` holds the standard deviations of raters and units over that of the residual (lme4's θ); `criterion` is the
    REML criterion. `corrected_error` are the standard errors of the corrected scores, that of the intercept included.
    """

    intercept: float
    rater_sd: float
    unit_sd: float
    residual_sd: float
    theta: tuple[float, float]
    criterion: float
    n_ratings: int
    n_solved: int
    raters: Effects
    units: Effects
    corrected_error: Floats
    _fit: tuple[CrossedCells, Solution] = field(repr=False, compare=False)

    @property
    def n_components(self) -> int:
        """Number of groups of raters and units without a common rating between them."""
        return int(self.units.component.max()) + 1

    def scores(self, use: str = "raw", component: int | None = None) -> Floats:
        """Scores of the units: their raw means, or means corrected for who rated them.

        Parameters
        ----------
        use : "raw" or "corrected"
            Raw, unless the scheme of the assessment says that corrected scores count.
        component : int, optional
            Give only the units of one component, in the order of `units.labels`. Needed for corrected scores where
            there are several: nobody has rated in two of them, so no correction reaches from one to the other.

        Returns
        -------
        array of shape (n_units,), or the units of the component.
        """
        if use not in ("raw", "corrected"):
            raise RatersError(f"use must be 'raw' or 'corrected'; it is {use!r}")
        places = self._units_of(component)
        if use == "corrected":
            self._require_comparable(component)
        values = self.units.raw_mean if use == "raw" else self.intercept + self.units.effect
        return values[places]

    def draws(self, n_draws: int, *, seed: int = 0, component: int | None = None) -> Floats:
        """Joint draws of the corrected scores, for `lianheng.engine.ranks`: an assessor's error enters once.

        Parameters
        ----------
        n_draws, seed : int
            How many draws are made from which seed.
        component : int, optional
            As for ``scores``; draws across components are refused.

        Returns
        -------
        array of shape (n_draws, n_units), or the units of the component
            Normal, with the errors that predictions have at the estimated variances.
        """
        places = self._units_of(component)
        self._require_comparable(component)
        if n_draws < 1:
            raise RatersError(f"n_draws must be at least 1, better 10,000; it is {n_draws}")
        cells, solution = self._fit
        # The larger factor was eliminated; of equal sizes, raters.
        units_big = len(self.units.labels) > len(self.raters.labels)
        deviations = draw_deviations(cells, solution, n_draws, seed, of_big=units_big)
        result: Floats = (self.intercept + self.units.effect + deviations)[:, places]
        return result

    def _units_of(self, component: int | None) -> NDArray[np.bool_]:
        if component is None:
            return np.ones(len(self.units.labels), dtype=bool)
        if not 0 <= component < self.n_components:
            raise RatersError(f"there is no component {component}; they are numbered 0 to {self.n_components - 1}")
        return np.asarray(self.units.component == component)

    def _require_comparable(self, component: int | None) -> None:
        if component is None and self.n_components > 1:
            raise RatersError(
                f"raters and units fall into {self.n_components} components without a common rating: corrected scores "
                "cannot be compared across them. Ask for one component, or let some raters rate in both"
            )


def severity(ratings: ArrayLike, raters: ArrayLike, units: ArrayLike) -> Severity:
    """Fit y ~ 1 + (1 | rater) + (1 | unit) by REML.

    Parameters
    ----------
    ratings : array of shape (n_ratings,)
        One number a rating; a unit may be rated by any number of raters, also several times by one.
    raters, units : arrays of shape (n_ratings,)
        Who rated, and what: names or numbers.

    Returns
    -------
    Severity

    Missing and empty input
    -----------------------
    A missing rating, no ratings, fewer than two raters or units, a factor with a level of its own for every rating,
    ratings that are all equal or that raters and units explain exactly raise ``RatersError``.

    References
    ----------
    Bates, Mächler, Bolker, Walker (2015), "Fitting linear mixed-effects models using lme4", Journal of Statistical
    Software 67(1), doi:10.18637/jss.v067.i01; docs/explanation/severity.md.

    Examples
    --------
    Two strict and two lenient raters; unit b was rated by the strict ones only.

    >>> ratings = [80, 79, 90, 91, 78, 79, 81, 90, 92, 80, 91]
    >>> raters = ["p", "q", "r", "s", "p", "q", "p", "r", "s", "q", "s"]
    >>> units = ["a", "a", "a", "a", "b", "b", "c", "c", "c", "d", "d"]
    >>> found = severity(ratings, raters, units)
    >>> [round(float(effect)) for effect in found.raters.effect]
    [-5, -5, 5, 6]
    >>> found.scores().round(1).tolist(), found.scores("corrected").round(1).tolist()
    ([85.0, 78.5, 87.7, 85.5], [85.0, 84.2, 85.7, 85.1])
    """
    read = read_long(ratings, raters, units)
    _check(read)
    n_raters, n_units = len(read.rater_labels), len(read.unit_labels)
    raters_big = n_raters >= n_units
    big, small = (read.rater, read.unit) if raters_big else (read.unit, read.rater)
    sizes = (n_raters, n_units) if raters_big else (n_units, n_raters)
    cells = CrossedCells(read.values, big, small, *sizes)
    solution, solved = minimise(cells, (_start(read.values, big, sizes[0]), _start(read.values, small, sizes[1])))
    return _severity(read, cells, solution, solved, raters_big)


def _check(read: LongRatings) -> None:
    if np.ptp(read.values) == 0:
        raise RatersError(
            f"all ratings are {read.values[0] + 0.0:g}: there is nothing to tell raters and units apart by"
        )
    for name, labels in (("rater", read.rater_labels), ("unit", read.unit_labels)):
        if len(labels) < 2:
            raise RatersError(f"there is only one {name}; severity needs at least two raters and two units")
        if len(labels) == len(read.values):
            raise RatersError(f"every {name} has a single rating, so its effect cannot be told from the error")


def _start(values: Floats, group: Ints, size: int) -> float:
    """A rough ratio of variances: between groups over within, the other factor left aside."""
    count = np.bincount(group, minlength=size)
    centred = values - values.mean()
    means = np.bincount(group, weights=centred, minlength=size) / count
    within = float(((centred - means[group]) ** 2).sum()) / max(1, len(values) - size)
    between = float((count * means**2).sum()) / (size - 1)
    if within <= 0:
        return 1.0
    return float(np.clip((between - within) / within / (len(values) / size), 0.01, 10.0))


def _severity(read: LongRatings, cells: CrossedCells, solution: Solution, solved: int, raters_big: bool) -> Severity:
    big_error, small_error, big_corrected, small_corrected = _errors(cells, solution)
    rater_component, unit_component = components(read)
    sides = [(solution.big_effects, big_error), (solution.small_effects, small_error)]
    of_raters, of_units = sides if raters_big else sides[::-1]
    ratios = solution.ratios if raters_big else solution.ratios[::-1]
    sigma = float(np.sqrt(solution.residual_variance))
    theta = (float(np.sqrt(ratios[0])), float(np.sqrt(ratios[1])))
    return Severity(
        intercept=solution.intercept,
        rater_sd=theta[0] * sigma,
        unit_sd=theta[1] * sigma,
        residual_sd=sigma,
        theta=theta,
        criterion=solution.criterion,
        n_ratings=len(read.values),
        n_solved=solved,
        raters=_effects(read.values, read.rater, read.rater_labels, of_raters, rater_component),
        units=_effects(read.values, read.unit, read.unit_labels, of_units, unit_component),
        corrected_error=small_corrected if raters_big else big_corrected,
        _fit=(cells, solution),
    )


def _effects(values: Floats, group: Ints, labels: Labels, found: tuple[Floats, Floats], component: Ints) -> Effects:
    count = np.bincount(group, minlength=len(labels))
    means = np.bincount(group, weights=values, minlength=len(labels)) / count
    return Effects(labels, count, means, found[0], found[1], component)


def _errors(cells: CrossedCells, solution: Solution) -> tuple[Floats, Floats, Floats, Floats]:
    """Conditional errors of the big and the small factor, then errors of intercept + effect of both."""
    ratio_big, ratio_small = solution.ratios
    size = cells.n_small
    whole = np.triu(solution.inverse) + np.triu(solution.inverse, 1).T
    block, cross, corner = whole[:size, :size], whole[:size, size], whole[size, size]
    given = block - np.outer(cross, cross) / corner
    root = np.sqrt(ratio_small)
    variance = solution.residual_variance
    weights, scaled = solution.big_weights, ratio_big * solution.big_weights
    small = ratio_small * given.diagonal()
    big = scaled + scaled**2 * ratio_small * cells.row_forms(given)
    rest = 1 - scaled * cells.big_count
    small_corrected = corner + ratio_small * block.diagonal() + 2 * root * cross
    big_corrected = (
        ratio_big * weights
        + rest**2 * corner
        + scaled**2 * ratio_small * cells.row_forms(block)
        - 2 * rest * scaled * root * cells.to_big(cross)
    )
    small_error, big_error = np.sqrt(variance * small), np.sqrt(variance * big)
    return big_error, small_error, np.sqrt(variance * big_corrected), np.sqrt(variance * small_corrected)
