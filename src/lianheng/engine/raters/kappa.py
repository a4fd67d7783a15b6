"""Agreement on categories beyond chance: Cohen's kappa of two raters, Fleiss' kappa of any number."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .errors import RatersError
from .rating_table import Floats, check_coverage, missing_cells, read_categories

_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,2})?")


@dataclass(frozen=True, slots=True)
class Kappa:
    """A kappa with its standard error and interval; `z` and `p_value` test it against 0.

    `error` is the standard error at the kappa found, on which the interval rests; `null_error` the one that kappa would
    have if raters agreed by chance alone (H0: kappa = 0 with these margins), which the test uses.
    """

    value: float
    error: float
    lower: float
    upper: float
    null_error: float
    z: float
    p_value: float
    observed: float
    expected: float
    categories: tuple[Any, ...]


def cohen_kappa(
    ratings: ArrayLike,
    *,
    weights: str | ArrayLike | None = None,
    categories: Sequence[Any] | None = None,
    coverage: float = 0.95,
) -> Kappa:
    """Give Cohen's kappa of two raters, weighted or not.

    Parameters
    ----------
    ratings : array of shape (n_units, 2)
        Categories: numbers or texts, none missing.
    weights : None, "linear", "quadratic" or array of shape (n_categories, n_categories)
        None: only equal categories agree. "linear" and "quadratic" count near misses in part, by the distance of
        the categories' places. An array holds the agreement of each pair, 1 on its diagonal.
    categories : sequence, optional
        All categories in their order. Default: those used, sorted. With weights texts that are all numbers are sorted
        as numbers; other texts have no order of their own, so that they must be listed.
    coverage : float
        Of the interval.

    Returns
    -------
    Kappa
        Both errors are those of Fleiss, Cohen and Everitt for many units: `error` at the kappa found, weights
        included, `null_error` under independence. psych 2.2.9 has another error for weighted kappa, which no bootstrap
        bears out (docs/explanation/agreement.md).

    Missing and empty input
    -----------------------
    A missing rating, a table of other than two columns, a category that is not listed, weights on texts whose order
    is not given, and chance agreement of 1 (one category only) raise ``RatersError``.

    References
    ----------
    Cohen (1960), Educational and Psychological Measurement 20, 37–46; Fleiss, Cohen, Everitt (1969), Psychological
    Bulletin 72, 323–327 (standard errors).

    Examples
    --------
    >>> found = cohen_kappa([["yes", "yes"]] * 20 + [["yes", "no"]] * 5 + [["no", "yes"]] * 10 + [["no", "no"]] * 15)
    >>> round(found.observed, 2), round(found.expected, 2), round(found.value, 2)
    (0.7, 0.5, 0.4)
    """
    check_coverage(coverage)
    used, codes = read_categories(ratings if weights is None or categories is not None else _sortable(ratings))
    if codes.shape[1] != 2:
        raise RatersError(f"Cohen's kappa compares two raters, not {codes.shape[1]}; use Fleiss' kappa for more")
    listed, codes = _in_order(used, codes, categories)
    size = len(listed)
    agreement = _agreement(weights, size)
    shares = np.bincount(codes[:, 0] * size + codes[:, 1], minlength=size * size).reshape(size, size) / len(codes)
    rows, columns = shares.sum(axis=1), shares.sum(axis=0)
    observed, expected = float((agreement * shares).sum()), float(rows @ agreement @ columns)
    if not expected < 1:
        raise RatersError("chance alone gives full agreement (one category only): kappa is not defined")
    value = (observed - expected) / (1 - expected)
    # Mean agreement of each category with what the other rater says, by the margin of that other rater.
    means = (agreement @ columns)[:, None] + (agreement.T @ rows)[None, :]
    variance = (shares * (agreement - means * (1 - value)) ** 2).sum() - (value - expected * (1 - value)) ** 2
    null = (np.outer(rows, columns) * (agreement - means) ** 2).sum() - expected**2
    scale = (1 - expected) * math.sqrt(len(codes))
    return _kappa(
        value,
        math.sqrt(max(0.0, float(variance))) / scale,
        math.sqrt(max(0.0, float(null))) / scale,
        coverage,
        (observed, expected),
        listed,
    )


def fleiss_kappa(ratings: ArrayLike, *, coverage: float = 0.95) -> Kappa:
    """Give Fleiss' kappa of any number of raters, who need not be the same for each unit.

    Parameters
    ----------
    ratings : array of shape (n_units, n_raters)
        Categories: numbers or texts, none missing: each unit has equally many ratings.
    coverage : float
        Of the interval.

    Returns
    -------
    Kappa
        Its `error` is the jackknife over units, `null_error` that of Fleiss, Nee and Landis under chance agreement.

    Missing and empty input
    -----------------------
    A missing rating and ratings of one category only raise ``RatersError``.

    References
    ----------
    Fleiss (1971), Psychological Bulletin 76, 378–382; Fleiss, Nee, Landis (1979), Psychological Bulletin 86, 974–977.

    Examples
    --------
    >>> round(fleiss_kappa([["a", "a", "b"], ["b", "b", "b"], ["a", "a", "a"], ["b", "a", "b"]]).value, 4)
    0.3333
    """
    check_coverage(coverage)
    used, codes = read_categories(ratings)
    n, m = codes.shape
    counts = np.stack([(codes == place).sum(axis=1) for place in range(len(used))], axis=1).astype(np.float64)
    value, observed, expected = _fleiss(counts.sum(axis=0), float((counts**2).sum()), n, m)
    if math.isnan(value):
        raise RatersError("chance alone gives full agreement (one category only): kappa is not defined")
    shares = counts.sum(axis=0) / (n * m)
    products = float((shares * (1 - shares)).sum())
    cubes = float((shares * (1 - shares) * (1 - 2 * shares)).sum())
    null = math.sqrt(2 * (products**2 - cubes) / (n * m * (m - 1))) / products
    return _kappa(value, _jackknife(counts, m), null, coverage, (observed, expected), used)


def _fleiss(totals: Floats, squares: float, n: int, m: int) -> tuple[float, float, float]:
    observed = (squares - n * m) / (n * m * (m - 1))
    expected = float(((totals / (n * m)) ** 2).sum())
    return ((observed - expected) / (1 - expected) if expected < 1 - 1e-15 else math.nan), observed, expected


def _jackknife(counts: Floats, m: int) -> float:
    """Standard error from leaving out each unit in turn; NaN if that is not possible."""
    n = len(counts)
    if n < 3:
        return math.nan
    totals, squares = counts.sum(axis=0), (counts**2).sum(axis=1)
    left = squares.sum() - squares
    observed = (left - (n - 1) * m) / ((n - 1) * m * (m - 1))
    expected = (((totals - counts) / ((n - 1) * m)) ** 2).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        values = (observed - expected) / (1 - expected)
    return math.sqrt((n - 1) / n * float(((values - values.mean()) ** 2).sum()))


def _in_order(used: list[Any], codes: Any, categories: Sequence[Any] | None) -> tuple[list[Any], Any]:
    if categories is None:
        return used, codes
    listed = list(categories)
    strange = [category for category in used if category not in listed]
    if strange or len(set(listed)) < len(listed):
        raise RatersError(f"categories must name every category once; used but not listed: {strange}")
    places = np.array([listed.index(category) for category in used])
    return listed, places[codes]


def _sortable(ratings: ArrayLike) -> ArrayLike:
    """Ratings whose sorted order is that of the scale: texts of numbers become numbers, other texts are refused."""
    cells = np.asarray(ratings)
    if cells.dtype.kind not in "USO" or not cells.size or missing_cells(cells).any():
        return cells  # a gap is named by its place later
    texts = [str(cell) for cell in cells.ravel()]
    words = [text for text in dict.fromkeys(texts) if not _NUMBER.fullmatch(text)]
    if words:
        raise RatersError(
            f"weights need the order of the categories, and sorted texts do not give it ({', '.join(words[:5])}): list "
            "all categories, lowest first (categories; on the command line --categories A,B,C)"
        )
    numbers = np.array([float(text) for text in texts]).reshape(cells.shape)
    return numbers.astype(np.int64) if np.abs(numbers).max() < 2**53 and (numbers % 1 == 0).all() else numbers


def _agreement(weights: str | ArrayLike | None, size: int) -> Floats:
    places = np.arange(size)
    distance = np.abs(places[:, None] - places[None, :]) / max(1, size - 1)
    if weights is None:
        return np.eye(size)
    if isinstance(weights, str):
        if weights not in ("linear", "quadratic"):
            raise RatersError(f"weights must be None, 'linear', 'quadratic' or a table; they are {weights!r}")
        return np.asarray(1 - (distance if weights == "linear" else distance**2), dtype=np.float64)
    table = np.asarray(weights, dtype=np.float64)
    if table.shape != (size, size) or not np.isfinite(table).all() or (table.diagonal() != 1).any():
        raise RatersError(f"weights must be a table of {size} by {size} numbers with 1 on its diagonal")
    return table


def _kappa(
    value: float, error: float, null_error: float, coverage: float, shares: tuple[float, float], listed: list[Any]
) -> Kappa:
    from scipy.special import ndtri

    half = float(ndtri((1 + coverage) / 2)) * error
    z = value / null_error if null_error else math.nan
    p_value = math.erfc(abs(z) / math.sqrt(2)) if null_error else math.nan
    return Kappa(value, error, value - half, value + half, null_error, z, p_value, *shares, tuple(listed))
