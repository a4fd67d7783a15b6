"""Krippendorff's alpha: agreement on any scale, with any number of raters and gaps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .errors import RatersError
from .rating_table import Floats, check_coverage, missing_cells, refuse_huge

LEVELS = ("nominal", "ordinal", "interval", "ratio")
CELLS = 4_000_000


@dataclass(frozen=True, slots=True)
class KrippendorffAlpha:
    """Krippendorff's alpha with its bootstrap interval over units (NaN without bootstrap).

    `n_pairable` counts the ratings in units that have at least two; only these say anything about agreement.
    `n_undefined` counts replicates without any variation, which have no alpha and are left out of the interval.
    """

    value: float
    level: str
    lower: float
    upper: float
    observed: float
    expected: float
    n_units: int
    n_pairable: int
    n_bootstrap: int
    n_undefined: int


def krippendorff_alpha(
    ratings: ArrayLike,
    *,
    level: str = "interval",
    categories: ArrayLike | None = None,
    n_bootstrap: int = 0,
    seed: int = 0,
    coverage: float = 0.95,
) -> KrippendorffAlpha:
    """Give Krippendorff's alpha.

    Parameters
    ----------
    ratings : array of shape (n_units, n_raters)
        Numbers, or texts if nominal or listed in `categories`; NaN, None and "" are missing.
    level : "nominal", "ordinal", "interval" or "ratio"
        How far apart two ratings are: equal or not; by the ratings between them; by their difference; by their
        difference over their sum.
    categories : sequence, optional
        The order of texts on an ordinal scale, lowest first.
    n_bootstrap, seed : int
        Replicates of the interval: units drawn with replacement, percentiles. 0: none.
    coverage : float
        Of the interval.

    Returns
    -------
    KrippendorffAlpha

    Missing and empty input
    -----------------------
    Missing ratings are what alpha is made for; a unit with one rating only is left out. No unit with two ratings, no
    variation at all, and on a ratio scale negative ratings raise ``RatersError``.

    References
    ----------
    Krippendorff (2011), "Computing Krippendorff's Alpha-Reliability", University of Pennsylvania; interval: Zapf et
    al. (2016), BMC Medical Research Methodology 16:93. On complete data of more than two raters the R package irr
    0.84.1 leaves out the weight 1/(m − 1) and differs; this function follows the definition.

    Examples
    --------
    >>> ratings = [[1, 1], [2, 2], [3, 3], [3, 4], [2, 2]]
    >>> round(krippendorff_alpha(ratings, level="nominal").value, 4)
    0.7429
    """
    check_coverage(coverage)
    if level not in LEVELS:
        raise RatersError(f"level must be one of {', '.join(LEVELS)}; it is {level!r}")
    counts, values, n_units = _counted(ratings, level, categories)
    coincidences = _coincidences(counts)
    observed, expected = _disagreements(coincidences[None], counts.sum(axis=0)[None], values, level)
    if not expected[0] > 0:
        raise RatersError("all pairable ratings are equal: without variation alpha is not defined")
    alphas = _bootstrap(counts, values, level, n_bootstrap, seed) if n_bootstrap else np.empty(0)
    defined = alphas[~np.isnan(alphas)]
    ends = np.quantile(defined, [(1 - coverage) / 2, (1 + coverage) / 2]) if len(defined) else [np.nan, np.nan]
    return KrippendorffAlpha(
        float(1 - observed[0] / expected[0]),
        level,
        float(ends[0]),
        float(ends[1]),
        float(observed[0]),
        float(expected[0]),
        n_units,
        int(counts.sum()),
        n_bootstrap,
        len(alphas) - len(defined),
    )


def _counted(ratings: ArrayLike, level: str, categories: ArrayLike | None) -> tuple[Floats, Floats, int]:
    """How often each value was given to each pairable unit; the values; the number of all units."""
    cells = np.asarray(ratings)
    if cells.ndim != 2 or not cells.size:
        raise RatersError(f"ratings must be a table of units (rows) by raters (columns); the shape is {cells.shape}")
    there = ~missing_cells(cells)
    unit = np.broadcast_to(np.arange(len(cells))[:, None], cells.shape)[there]
    used, code = np.unique(cells[there], return_inverse=True)
    values = _places(used, level, categories)
    counts = np.bincount(unit * max(1, len(used)) + code, minlength=len(cells) * max(1, len(used))).astype(np.float64)
    counts = counts.reshape(len(cells), -1)
    counts = counts[counts.sum(axis=1) >= 2]
    if not len(counts):
        raise RatersError("no unit has two ratings: there is nothing to compare")
    order = np.argsort(values)
    return counts[:, order], values[order], len(cells)


def _places(used: Any, level: str, categories: ArrayLike | None) -> Floats:
    """Numbers that stand for the values: themselves, or their places in the given order."""
    if categories is not None:
        listed = np.asarray(categories).tolist()
        strange = [value for value in used.tolist() if value not in listed]
        if strange:
            raise RatersError(f"not in categories: {', '.join(map(str, strange))}")
        return np.array([listed.index(value) for value in used.tolist()], dtype=np.float64)
    if level == "nominal":
        return np.arange(len(used), dtype=np.float64)
    try:
        values = np.asarray(used, dtype=np.float64)
    except (TypeError, ValueError):
        raise RatersError(f"on a scale of level {level} ratings must be numbers, or listed in categories") from None
    if not np.isfinite(values).all():
        raise RatersError("a rating is infinite")
    refuse_huge(values)
    if level == "ratio" and (values < 0).any():
        raise RatersError(f"on a ratio scale ratings are 0 or more; there is a {values.min():g}")
    return values


def _coincidences(counts: Floats) -> Floats:
    """Pairs of values within units, each unit's pairs weighted by 1/(m − 1), m being its number of ratings."""
    weights = 1 / (counts.sum(axis=1) - 1)
    products: Floats = counts.T @ (counts * weights[:, None])
    products[np.diag_indices(len(products))] -= weights @ counts
    return products


def _disagreements(coincidences: Floats, totals: Floats, values: Floats, level: str) -> tuple[Floats, Floats]:
    """Observed and expected disagreement; the first axis runs over replicates."""
    number = totals.sum(axis=1)
    # Ordinal: the ratings between two values, halves of their own included, are the distance of their middle ranks.
    values = np.cumsum(totals, axis=1) - totals / 2 if level == "ordinal" else values[None]
    distances = _distances(values, level)
    if len(distances) == 1:
        observed = np.einsum("bij,ij->b", coincidences, distances[0]) / number
        expected = ((totals @ distances[0]) * totals).sum(axis=1) / (number * (number - 1))
        return observed, expected
    observed = np.einsum("bij,bij->b", coincidences, distances) / number
    expected = np.einsum("bi,bij,bj->b", totals, distances, totals, optimize=True) / (number * (number - 1))
    return observed, expected


def _distances(values: Floats, level: str) -> Floats:
    one, other = values[:, :, None], values[:, None, :]
    if level == "nominal":
        return np.asarray(one != other, dtype=np.float64)
    if level == "ratio":
        total = one + other
        return np.divide(one - other, total, out=np.zeros(total.shape), where=total > 0) ** 2
    result: Floats = (one - other) ** 2
    return result


def _bootstrap(counts: Floats, values: Floats, level: str, n_bootstrap: int, seed: int) -> Floats:
    if n_bootstrap < 2:
        raise RatersError(f"n_bootstrap must be 0 or at least 2, better 1,000; it is {n_bootstrap}")
    generator = np.random.Generator(np.random.PCG64(seed))
    size = counts.shape[1]
    units, kinds = len(counts), np.full(len(counts), 1 / len(counts))
    weights = 1 / (counts.sum(axis=1) - 1)
    pairs = (counts[:, :, None] * counts[:, None, :]).reshape(units, -1) * weights[:, None]
    pairs[:, :: size + 1] -= counts * weights[:, None]
    alphas = []
    step = max(1, CELLS // max(units, size * size))
    for start in range(0, n_bootstrap, step):
        times = generator.multinomial(units, kinds, size=min(step, n_bootstrap - start)).astype(np.float64)
        coincidences = (times @ pairs).reshape(-1, size, size)
        observed, expected = _disagreements(coincidences, times @ counts, values, level)
        with np.errstate(divide="ignore", invalid="ignore"):
            alphas.append(np.where(expected > 0, 1 - observed / expected, np.nan))
    return np.concatenate(alphas)
