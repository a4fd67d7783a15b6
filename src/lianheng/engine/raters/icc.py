"""Intraclass correlations: the six forms of Shrout and Fleiss."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .errors import RatersError
from .rating_table import check_coverage, read_numbers

FORMS = ("1,1", "2,1", "3,1", "1,k", "2,k", "3,k")


@dataclass(frozen=True, slots=True)
class IntraclassCorrelation:
    """One form: its value, F test against 0 and confidence interval."""

    form: str
    value: float
    lower: float
    upper: float
    f: float
    df1: float
    df2: float
    p_value: float


@dataclass(frozen=True, slots=True)
class _Squares:
    """Mean squares of the two-way table: units, raters, error, and within units."""

    n: int
    k: int
    units: float
    raters: float
    error: float
    within: float


def intraclass_correlations(ratings: ArrayLike, *, coverage: float = 0.95) -> dict[str, IntraclassCorrelation]:
    """Give all six intraclass correlations of Shrout and Fleiss.

    Parameters
    ----------
    ratings : array of shape (n_units, n_raters)
        Numbers, none missing.
    coverage : float
        Of the confidence intervals.

    Returns
    -------
    dict of form to IntraclassCorrelation
        ``"1,1"``: each unit has raters of its own; ``"2,1"``: the same raters, a sample of raters, absolute agreement;
        ``"3,1"``: the same raters and only these, consistency; ``"1,k"``, ``"2,k"``, ``"3,k"``: of the mean of the k
        raters.

    Missing and empty input
    -----------------------
    A missing rating, fewer than two units or raters, and ratings that are all equal raise ``RatersError``.

    References
    ----------
    Shrout, Fleiss (1979), Psychological Bulletin 86, 420–428; intervals as there, for form 2 with the degrees of
    freedom of Fleiss and Shrout (1978).

    Examples
    --------
    Table 2 of Shrout and Fleiss: six targets, four judges; they print .17 .29 .71 .44 .62 .91.

    >>> ratings = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
    >>> found = intraclass_correlations(ratings)
    >>> [round(found[form].value, 2) for form in found]
    [0.17, 0.29, 0.71, 0.44, 0.62, 0.91]
    """
    check_coverage(coverage)
    values = read_numbers(ratings)
    if len(values) < 2:
        raise RatersError("there is only one unit; an intraclass correlation compares at least two")
    squares = _mean_squares(values)
    if squares.units + squares.within == 0:
        raise RatersError("all ratings are equal: units do not differ, and the correlation is not defined")
    tail = (1 - coverage) / 2
    forms = {form: make(squares, tail) for form, make in zip("123", (_one_way, _random, _fixed), strict=True)}
    return {form: forms[form[0]][form[2] == "k"] for form in FORMS}


def _mean_squares(values: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> _Squares:
    n, k = values.shape
    centred = values - values.mean()
    of_units, of_raters = centred.mean(axis=1), centred.mean(axis=0)
    within = float(((centred - of_units[:, None]) ** 2).sum())
    raters = n * float((of_raters**2).sum())
    # Rounding must not leave a trace of error where there is none.
    error = float(((centred - of_units[:, None] - of_raters) ** 2).sum())
    error = 0.0 if error < 1e-24 * float((centred**2).sum()) else error
    return _Squares(
        n,
        k,
        k * float((of_units**2).sum()) / (n - 1),
        raters / (k - 1),
        error / ((n - 1) * (k - 1)),
        within / (n * (k - 1)),
    )


def _one_way(s: _Squares, tail: float) -> tuple[IntraclassCorrelation, IntraclassCorrelation]:
    single = (s.units - s.within) / (s.units + (s.k - 1) * s.within)
    mean = (s.units - s.within) / s.units if s.units else -np.inf
    return _from_ratio("1", single, mean, s, (s.units, s.within), (s.n - 1, s.n * (s.k - 1)), tail)


def _fixed(s: _Squares, tail: float) -> tuple[IntraclassCorrelation, IntraclassCorrelation]:
    total = s.units + (s.k - 1) * s.error
    single = (s.units - s.error) / total if total else np.nan
    mean = (s.units - s.error) / s.units if s.units else -np.inf
    return _from_ratio("3", single, mean, s, (s.units, s.error), (s.n - 1, (s.n - 1) * (s.k - 1)), tail)


def _from_ratio(
    form: str, single: float, mean: float, s: _Squares, over: tuple[float, float], df: tuple[int, int], tail: float
) -> tuple[IntraclassCorrelation, IntraclassCorrelation]:
    """Both forms whose interval comes straight from that of the F ratio."""
    f = over[0] / over[1] if over[1] else np.inf
    low, high = f / _f_quantile(*df, tail), f * _f_quantile(df[1], df[0], tail)
    p_value = _f_tail(*df, f)
    one = [1.0 if np.isinf(end) else (end - 1) / (end + s.k - 1) for end in (low, high)]
    many = [1.0 if np.isinf(end) else 1 - 1 / end if end else -np.inf for end in (low, high)]
    return (
        IntraclassCorrelation(f"{form},1", single, one[0], one[1], f, df[0], df[1], p_value),
        IntraclassCorrelation(f"{form},k", mean, many[0], many[1], f, df[0], df[1], p_value),
    )


def _random(s: _Squares, tail: float) -> tuple[IntraclassCorrelation, IntraclassCorrelation]:
    n, k = s.n, s.k
    single = (s.units - s.error) / (s.units + (k - 1) * s.error + k * (s.raters - s.error) / n)
    below = s.units + (s.raters - s.error) / n
    mean = (s.units - s.error) / below if below > 0 else -np.inf
    f = s.units / s.error if s.error else np.inf
    df = (n - 1, (n - 1) * (k - 1))
    if s.error:
        low, high = _random_interval(s, single, tail)
    else:
        low = high = single
    # Below −1/(k − 1) there is no reliability of a single rater that the mean could have.
    ends = [k * end / (1 + (k - 1) * end) if 1 + (k - 1) * end > 0 else -np.inf for end in (low, high)]
    p_value = _f_tail(*df, f)
    return (
        IntraclassCorrelation("2,1", single, low, high, f, *df, p_value),
        IntraclassCorrelation("2,k", mean, ends[0], ends[1], f, *df, p_value),
    )


def _random_interval(s: _Squares, value: float, tail: float) -> tuple[float, float]:
    n, k = s.n, s.k
    ratio = s.raters / s.error
    inner = n * (1 + (k - 1) * value) - k * value
    above = (k - 1) * (n - 1) * (k * value * ratio + inner) ** 2
    df = above / ((n - 1) * k**2 * value**2 * ratio**2 + inner**2)
    lower_f, upper_f = _f_quantile(n - 1, df, tail), _f_quantile(df, n - 1, tail)
    spread = k * s.raters + (k * n - k - n) * s.error
    low = n * (s.units - lower_f * s.error) / (lower_f * spread + n * s.units)
    # With next to no degrees of freedom the quantile has no number: nothing is excluded downwards.
    low = -1 / (k - 1) if np.isnan(low) else low
    high = n * (upper_f * s.units - s.error) / (spread + n * upper_f * s.units)
    return low, high


def _f_quantile(df1: float, df2: float, tail: float) -> float:
    from scipy.special import fdtri

    return float(fdtri(df1, df2, 1 - tail))


def _f_tail(df1: float, df2: float, f: float) -> float:
    from scipy.special import fdtrc

    return 0.0 if np.isinf(f) else float(fdtrc(df1, df2, f))
