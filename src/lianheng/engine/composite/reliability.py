"""Do a group's indicators measure one thing: alpha, omega, item–rest correlations, variance inflation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lianheng.engine.raters.one_factor import one_factor_loadings

from .correlations import correlation
from .errors import CompositeError
from .tables import Floats, Table

# A loading of 1 leaves nothing unique (Heywood case); psych keeps the same distance.
LIMIT = 0.9975


@dataclass(frozen=True)
class ItemRest:
    """One indicator against the sum of the others of its group."""

    code: str
    correlation: float
    alpha_without: float


@dataclass(frozen=True, eq=False)
class Omega:
    """One-factor reliability: ω = (Σλ)²/((Σλ)² + Σψ), from the correlations."""

    omega: float
    loadings: Floats
    uniquenesses: Floats
    converged: bool


def covariance_matrix(table: Table) -> Floats:
    """Pairwise complete covariances (n − 1)."""
    k = len(table.codes)
    found = np.full((k, k), np.nan)
    for i in range(k):
        for j in range(i + 1):
            a, b = table.values[:, i], table.values[:, j]
            both = ~(np.isnan(a) | np.isnan(b))
            n = int(both.sum())
            if n > 1:
                da, db = a[both] - a[both].mean(), b[both] - b[both].mean()
                found[i, j] = found[j, i] = float(da @ db) / (n - 1)
    return found


def cronbach_alpha(table: Table, codes: Sequence[str] | None = None) -> float:
    """Cronbach's alpha of some columns.

    Parameters
    ----------
    table : Table
        Normalised: alpha knows no directions and is not standardised.
    codes : sequence of str, optional
        Default: all columns.

    Returns
    -------
    float
        k²·c̄/ΣC with c̄ the mean off-diagonal covariance (pairwise complete); NaN for fewer than two columns.

    References
    ----------
    Cronbach (1951), Psychometrika 16. COINr `get_cronbach`.

    Examples
    --------
    >>> table = Table.of(list("abc"), {"x": [1, 2, 3], "y": [1, 3, 2]})
    >>> round(cronbach_alpha(table), 4)
    0.6667
    """
    part = table if codes is None else table.select_codes(codes)
    k = len(part.codes)
    if k < 2:
        return math.nan
    matrix = covariance_matrix(part)
    total = matrix.sum()
    if not total:
        return math.nan
    mean = (total - np.trace(matrix)) / (k * (k - 1))
    return float(k * k * mean / total)


def omega_total(table: Table, codes: Sequence[str] | None = None) -> Omega:
    """McDonald's omega of a one-factor model, fitted to the correlations by minimum residuals.

    Parameters
    ----------
    table : Table
        Normalised columns; correlations pairwise complete.
    codes : sequence of str, optional
        At least three columns: two do not determine one factor.

    Returns
    -------
    Omega
        Loadings are signed so that their sum is not negative.

    References
    ----------
    McDonald (1999), Test Theory; Harman, Jones (1966), minres.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> factor = rng.normal(size=4000)
    >>> columns = {name: factor + rng.normal(size=4000) for name in "abcd"}
    >>> round(omega_total(Table.of([str(i) for i in range(4000)], columns)).omega, 2)
    0.8
    """
    part = table if codes is None else table.select_codes(codes)
    k = len(part.codes)
    if k < 3:
        raise CompositeError(f"omega needs at least three columns; {', '.join(part.codes)} are {k}")
    covariance = covariance_matrix(part)
    deviation = np.sqrt(np.diag(covariance))
    if np.isnan(covariance).any() or not (deviation > 0).all():
        raise CompositeError("omega needs correlations of every pair: a column is constant or two never meet")
    r = covariance / np.outer(deviation, deviation)
    loadings, converged = one_factor_loadings(r, LIMIT)
    unique = 1.0 - loadings**2
    common = float(loadings.sum() ** 2)
    return Omega(common / (common + float(unique.sum())), loadings, unique, converged)


def item_rest(table: Table, codes: Sequence[str] | None = None) -> list[ItemRest]:
    """Correlate each column with the mean of the others, and give alpha without it.

    Missing values are left out of the mean of a unit. Fewer than two columns give NaN.

    Examples
    --------
    >>> table = Table.of(list("abcd"), {"x": [1, 2, 3, 4], "y": [1, 2, 3, 4], "z": [4, 3, 2, 1]})
    >>> [round(line.correlation, 2) for line in item_rest(table)]
    [nan, nan, -1.0]
    """
    part = table if codes is None else table.select_codes(codes)
    lines = []
    for code in part.codes:
        others = part.select_codes([other for other in part.codes if other != code])
        if not others.codes:
            lines.append(ItemRest(code, math.nan, math.nan))
            continue
        present = (~np.isnan(others.values)).sum(axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            rest = np.where(present > 0, np.nansum(others.values, axis=1) / present, np.nan)
        lines.append(ItemRest(code, correlation(part.column(code), rest)[0], cronbach_alpha(others)))
    return lines


def variance_inflation(table: Table, codes: Sequence[str] | None = None) -> dict[str, float]:
    """Return 1/(1 − R²) of each column regressed on the others (complete rows).

    Above 10 a column is almost a mixture of the others. A column that is exactly one gives infinity; too few rows give
    NaN.

    References
    ----------
    Marquardt (1970), Technometrics 12.

    Examples
    --------
    >>> table = Table.of(list("abcd"), {"x": [1, 2, 3, 4], "y": [2, 1, 4, 3]})
    >>> round(variance_inflation(table)["x"], 4)
    1.5625
    """
    part = table if codes is None else table.select_codes(codes)
    rows = part.values[~np.isnan(part.values).any(axis=1)]
    n, k = rows.shape
    if n <= k or k < 2:
        return dict.fromkeys(part.codes, math.nan)
    found = {}
    for place, code in enumerate(part.codes):
        y = rows[:, place] - rows[:, place].mean()
        x = np.delete(rows, place, axis=1)
        x = x - x.mean(axis=0)
        residual = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
        total, left = float(y @ y), float(residual @ residual)
        found[code] = math.nan if not total else (math.inf if left <= 1e-12 * total else total / left)
    return found
