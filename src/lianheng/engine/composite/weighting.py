"""Weights from data: entropy, CRITIC; and what weights mean for the index: effective weights."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from .correlations import correlation_matrix
from .errors import CompositeError
from .framework import Framework
from .tables import Floats, Table


def entropy_weights(table: Table) -> Floats:
    """Weigh columns by how unevenly their total is spread over the units.

    Parameters
    ----------
    table : Table
        Normalised, not negative; missing values are left out of their column.

    Returns
    -------
    array of shape (n_codes,)
        Sums to 1. w ∝ 1 − e with e = −Σ p ln p / ln n, p the unit's share of the column's total (0·ln 0 = 0). If no
        column differs over units, all weights are equal.

    References
    ----------
    Shannon (1948); Zeleny (1982), Multiple Criteria Decision Making, ch. 7.

    Examples
    --------
    >>> table = Table.of(["a", "b"], {"x": [1, 1], "y": [1, 3]})
    >>> entropy_weights(table).tolist()
    [0.0, 1.0]
    """
    spread = np.array([_divergence(table.column(code), code) for code in table.codes])
    spread = np.where(spread < 1e-15, 0.0, spread)
    if not spread.sum():
        return np.full(len(spread), 1.0 / len(spread))
    weights: Floats = spread / spread.sum()
    return weights


def _divergence(column: Floats, code: str) -> float:
    values = column[~np.isnan(column)]
    if len(values) < 2 or values.min() < 0 or values.sum() == 0:
        reason = "fewer than two values" if len(values) < 2 else "a negative value, or only zeros"
        raise CompositeError(f"entropy weights: {code} has {reason}; normalise with minmax first")
    shares = values / values.sum()
    positive = shares[shares > 0]
    return float(1.0 + (positive * np.log(positive)).sum() / np.log(len(values)))


def critic_weights(table: Table, *, rescale: bool = True) -> Floats:
    """Weigh columns by contrast and conflict: sd_j · Σ_k (1 − r_jk).

    Parameters
    ----------
    table : Table
        Higher is better. Missing values: standard deviations over present ones, correlations over complete pairs.
    rescale : bool
        Bring columns to 0..1 first, as the method asks; False if they are.

    Returns
    -------
    array of shape (n_codes,)
        Sums to 1. A constant column gets 0.

    References
    ----------
    Diakoulaki, Mavrotas, Papayannakis (1995), Computers & Operations Research 22(7), 763–770.

    Examples
    --------
    >>> table = Table.of(list("abc"), {"x": [0, 1, 2], "y": [2, 1, 0], "z": [0, 1, 2]})
    >>> critic_weights(table).round(3).tolist()
    [0.25, 0.5, 0.25]
    """
    values = table.values
    if rescale:
        low, high = np.fmin.reduce(values, axis=0), np.fmax.reduce(values, axis=0)
        values = (values - low) / np.where(high > low, high - low, 1.0)
    deviation = np.array([_deviation(column) for column in values.T])
    correlation = correlation_matrix(table.with_values(values))
    conflict = np.where(np.isnan(correlation), 0.0, 1.0 - correlation).sum(axis=1)
    information = deviation * conflict
    if not information.sum() > 0:
        return np.full(len(information), 1.0 / len(information))
    weights: Floats = information / information.sum()
    return weights


def _deviation(column: Floats) -> float:
    values = column[~np.isnan(column)]
    return float(values.std(ddof=1)) if len(values) > 1 else 0.0


def effective_weights(framework: Framework, weights: Mapping[str, float] | None = None) -> dict[str, float]:
    """Return the share of each element in the index: own share among its siblings × the parent's.

    They sum to 1 on every level. Nominal only: exact influence only for arithmetic means without missing values.

    Examples
    --------
    >>> effective_weights(Framework.of_groups({"A": ["x", "y"], "B": ["z"]}))["x"]
    0.25
    """
    own = dict(framework.weights()) | dict(weights or {})
    found = {framework.top: 1.0}
    for level in range(framework.height - 1, 0, -1):
        for code in framework.at_level(level):
            parent = framework[code].parent
            total = sum(own[sibling] for sibling in framework.children(parent))
            found[code] = own[code] / total * found[parent] if total else float("nan")
    return {code: found[code] for code in framework.codes}
