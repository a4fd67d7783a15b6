"""Variances by linearisation: totals of the linearised variable by sampling unit, and how much they differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .arrays import Codes, Numbers, grouped
from .design import Design, Stage
from .errors import EstimationError


@dataclass(frozen=True, slots=True, eq=False)
class Influence:
    """Linearised variables: of each row one number, without its weight, that counts in the column of its group."""

    values: Numbers
    group: Codes | None = None
    n_groups: int = 1


def covariance(design: Design, influences: Sequence[Influence]) -> Numbers:
    """Covariance matrix of estimates from their linearised variables.

    Parameters
    ----------
    design : Design
    influences : sequence of Influence
        Their columns in a row are the estimates.

    Returns
    -------
    array of shape (k, k)

    References
    ----------
    Särndal, Swensson, Wretman (1992), 5.5 and 4.3; Binder (1983), International Statistical Review 51.
    """
    totals = [_unit_totals(design, influence, design.first) for influence in influences]
    matrix = _between(design.first, np.hstack(totals), design.lonely, design.stratum_labels)
    if design.second is not None:
        inner = np.hstack([_unit_totals(design, influence, design.second) for influence in influences])
        # A primary unit stands for 1 ÷ fraction of its stratum; its inner variance counts with that fraction.
        share = design.first.fraction[design.first.cell]
        matrix = matrix + _between(design.second, inner, design.lonely, None, share)
    return matrix


def _unit_totals(design: Design, influence: Influence, stage: Stage) -> Numbers:
    n_units = len(stage.cell)
    weighted = design.weights * influence.values
    totals = grouped(stage.unit, n_units, influence.group, influence.n_groups, weighted)
    if not design.adjustments:
        return totals
    for column in range(influence.n_groups):
        values = influence.values if influence.group is None else influence.values * (influence.group == column)
        for adjustment in design.adjustments:
            values = adjustment.residuals(values)
        totals[:, column] = np.bincount(stage.unit, design.weights * values, n_units)
    return totals


def _between(stage: Stage, totals: Numbers, lonely: str, labels: object, share: Numbers | None = None) -> Numbers:
    """Sum over cells of (1 − f) n ÷ (n − 1) times the squares of unit totals about the mean of their cell."""
    taken, n_cells = stage.taken, len(stage.taken)
    alone = (taken == 1) & (stage.fraction < 1 - 1e-7)
    if alone.any() and lonely == "fail":
        cell = int(np.flatnonzero(alone)[0])
        name = labels[cell] if isinstance(labels, np.ndarray) else cell
        if isinstance(name, str) and not name:
            raise EstimationError("the sample has only one primary unit: its variance is unknown; add units")
        raise EstimationError(
            f"the stratum {name} has only one primary unit: its variance is unknown; "
            "merge strata, or choose lonely='certainty', 'adjust' or 'average'"
        )
    sums = np.stack([np.bincount(stage.cell, column, n_cells) for column in totals.T], axis=1)
    centre = sums / np.maximum(taken, 1)[:, None]
    if lonely == "adjust":
        centre[alone] = 0
    scale = (1 - stage.fraction) * np.where(taken > 1, taken / np.maximum(taken - 1, 1), 1.0)
    if share is not None:
        scale = scale * share
    apart = (totals - centre[stage.cell]) * np.sqrt(np.maximum(scale, 0))[stage.cell][:, None]
    matrix: Numbers = apart.T @ apart
    if lonely == "average" and alone.any():
        matrix = matrix * (n_cells / (n_cells - alone.sum())) if not alone.all() else matrix * np.nan
    return matrix
