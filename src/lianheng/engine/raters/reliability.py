"""Reliability of a scale from its items: alpha, omega, split halves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np
from numpy.typing import ArrayLike

from .errors import RatersError
from .item_table import read_items
from .one_factor import one_factor_loadings
from .rating_table import Floats, check_coverage

ALL_SPLITS = 16


@dataclass(frozen=True, slots=True)
class CronbachAlpha:
    """Cronbach's alpha with Feldt's interval.

    `standardised` is alpha of the items brought to equal variance. For each item: `item_rest` is its correlation with
    the sum of the others, `without` is alpha if it is left out (NaN where one item would remain).
    """

    value: float
    lower: float
    upper: float
    standardised: float
    mean_correlation: float
    item_rest: Floats
    without: Floats
    n_persons: int


@dataclass(frozen=True, slots=True)
class Omega:
    """McDonald's omega of one factor, with the loadings and unique variances it comes from.

    `value` is of the items in their own units, `standardised` of the items brought to equal variance. Both are
    (Σλ)²/((Σλ)² + Σψ); `observed` and `standardised_observed` take 1 − Σψ/V instead, V being the variance that the sum
    really has: the two differ by what the factor leaves unexplained (psych's omega.tot is `standardised_observed`).
    """

    value: float
    standardised: float
    observed: float
    standardised_observed: float
    loadings: Floats
    uniquenesses: Floats
    n_persons: int


@dataclass(frozen=True, slots=True)
class SplitHalf:
    """Split-half reliability.

    `spearman_brown` and `guttman` belong to the split asked for. `lowest`, `mean` and `highest` are Guttman's
    coefficient over `n_splits` equal splits: all of them up to 16 items, a seeded sample beyond.
    """

    spearman_brown: float
    guttman: float
    correlation: float
    lowest: float
    mean: float
    highest: float
    n_splits: int


def cronbach_alpha(
    answers: ArrayLike, *, keys: Sequence[int] | None = None, missing: str = "refuse", coverage: float = 0.95
) -> CronbachAlpha:
    """Give Cronbach's alpha of a scale.

    Parameters
    ----------
    answers : array of shape (n_persons, n_items)
        Numbers; NaN is missing.
    keys : sequence of 1 and -1, optional
        -1 for an item that is worded the other way round.
    missing : "refuse", "complete" or "pairwise"
        Refuse NaN; use only persons without; or take each covariance from the persons that have both answers.
    coverage : float
        Of the interval.

    Returns
    -------
    CronbachAlpha

    Missing and empty input
    -----------------------
    See `missing`. Fewer than two items or persons, and an item with one answer only raise ``RatersError``.

    References
    ----------
    Cronbach (1951), Psychometrika 16, 297–334; Feldt (1965), Psychometrika 30, 357–370 (interval).

    Examples
    --------
    >>> found = cronbach_alpha([[1, 2, 1], [2, 2, 3], [3, 4, 3], [4, 4, 5]])
    >>> round(found.value, 4)
    0.9333
    """
    check_coverage(coverage)
    items = read_items(answers, keys, missing)
    k = items.size
    covariance = items.covariance
    value = _alpha(covariance)
    deviations = np.sqrt(covariance.diagonal())
    correlations = covariance / np.outer(deviations, deviations)
    mean = float((correlations.sum() - k) / (k * (k - 1)))
    lower, upper = _feldt(value, items.n_persons, k, coverage)
    return CronbachAlpha(
        value,
        lower,
        upper,
        k * mean / (1 + (k - 1) * mean),
        mean,
        _item_rest(covariance),
        _without(covariance),
        items.n_persons,
    )


def mcdonald_omega(answers: ArrayLike, *, keys: Sequence[int] | None = None, missing: str = "refuse") -> Omega:
    """Give McDonald's omega: the share of the variance of the sum that one common factor makes.

    Parameters
    ----------
    answers, keys, missing
        As for ``cronbach_alpha``.

    Returns
    -------
    Omega
        λ and ψ are loadings and unique variances of the items in their own units, by unweighted least squares (minres)
        on the correlations.

    Missing and empty input
    -----------------------
    As for ``cronbach_alpha``; at least three items are needed. A factor that explains an item wholly or more (Heywood
    case) raises ``RatersError``.

    References
    ----------
    McDonald (1999), Test Theory, chapter 6; Harman, Jones (1966), Psychometrika 31, 351–368 (minres).

    Examples
    --------
    >>> round(mcdonald_omega([[1, 2, 1], [2, 2, 3], [3, 2, 3], [4, 4, 5], [2, 3, 3], [3, 3, 2]]).value, 3)
    0.894
    """
    items = read_items(answers, keys, missing, least=3)
    deviations = np.sqrt(items.covariance.diagonal())
    correlations = items.covariance / np.outer(deviations, deviations)
    loadings, found = one_factor_loadings(correlations)
    if not found:
        raise RatersError("the items have no common factor")
    if (np.abs(loadings) >= 1).any():
        worst = int(np.argmax(np.abs(loadings)))
        raise RatersError(f"one factor explains item {worst} (counted from 0) wholly: omega of one factor does not fit")
    standardised = _omega(loadings, 1 - loadings**2, correlations)
    unique = (1 - loadings**2) * deviations**2
    loadings = loadings * deviations
    own = _omega(loadings, unique, items.covariance)
    return Omega(own[0], standardised[0], own[1], standardised[1], loadings, unique, items.n_persons)


def _omega(loadings: Floats, unique: Floats, covariance: Floats) -> tuple[float, float]:
    """By the variance that the model gives the sum, and by the one that it has."""
    common, rest = float(loadings.sum()) ** 2, float(unique.sum())
    return common / (common + rest), 1 - rest / float(covariance.sum())


def split_half(
    answers: ArrayLike,
    *,
    first_half: Sequence[int] | None = None,
    keys: Sequence[int] | None = None,
    missing: str = "refuse",
    standardised: bool = False,
    n_splits: int = 10_000,
    seed: int = 0,
) -> SplitHalf:
    """Give the split-half reliability of a scale.

    Parameters
    ----------
    answers, keys, missing
        As for ``cronbach_alpha``.
    first_half : sequence of int, optional
        Places (from 0) of the items of the first half; default: the first, third, fifth … item.
    standardised : bool
        Of the items brought to equal variance, as psych's splitHalf has it.
    n_splits, seed : int
        How many splits are drawn where there are more than 16 items.

    Returns
    -------
    SplitHalf

    Missing and empty input
    -----------------------
    As for ``cronbach_alpha``. A half without items and a place that does not exist raise ``RatersError``.

    References
    ----------
    Spearman (1910), Brown (1910), British Journal of Psychology 3; Guttman (1945), Psychometrika 10, 255–282 (λ₄).

    Examples
    --------
    >>> found = split_half([[1, 2, 1, 1], [2, 2, 3, 2], [3, 4, 3, 3], [4, 4, 5, 4]])
    >>> round(found.spearman_brown, 4), round(found.guttman, 4), found.n_splits
    (0.9592, 0.95, 3)
    """
    items = read_items(answers, keys, missing)
    size = items.size
    half = list(range(0, size, 2)) if first_half is None else list(first_half)
    if not half or len(set(half)) < len(half) or not set(half) < set(range(size)):
        raise RatersError(
            f"first_half must hold some, but not all, of the places 0 to {size - 1}, each once; it is {half}"
        )
    signs = np.full((1, size), -1.0)
    signs[0, half] = 1.0
    covariance = items.covariance
    if standardised:
        deviations = np.sqrt(covariance.diagonal())
        covariance = covariance / np.outer(deviations, deviations)
    one, other = covariance[np.ix_(half, half)].sum(), covariance[np.ix_(signs[0] < 0, signs[0] < 0)].sum()
    between = (covariance.sum() - one - other) / 2
    if not min(one, other) > 0:
        raise RatersError("the sum over one half does not vary; choose another split")
    correlation = float(between / np.sqrt(one * other))
    coefficients = _guttman(covariance, _splits(size, n_splits, seed))
    return SplitHalf(
        2 * correlation / (1 + correlation),
        float(_guttman(covariance, signs)[0]),
        correlation,
        float(coefficients.min()),
        float(coefficients.mean()),
        float(coefficients.max()),
        len(coefficients),
    )


def _alpha(covariance: Floats) -> float:
    k, total = len(covariance), float(covariance.sum())
    if not total > 0:
        raise RatersError("the sum of the items does not vary; are some items reversed (keys)?")
    return k / (k - 1) * (1 - float(covariance.trace()) / total)


def _feldt(value: float, n: int, k: int, coverage: float) -> tuple[float, float]:
    from scipy.special import fdtri

    df = (n - 1, (n - 1) * (k - 1))
    high, low = fdtri(*df, (1 + coverage) / 2), fdtri(*df, (1 - coverage) / 2)
    return float(1 - (1 - value) * high), float(1 - (1 - value) * low)


def _item_rest(covariance: Floats) -> Floats:
    own, sums = covariance.diagonal(), covariance.sum(axis=0)
    rest = covariance.sum() - 2 * sums + own
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(rest > 0, (sums - own) / np.sqrt(own * rest), np.nan))


def _without(covariance: Floats) -> Floats:
    k = len(covariance)
    if k == 2:
        return np.full(2, np.nan)
    own, sums = covariance.diagonal(), covariance.sum(axis=0)
    total, trace = covariance.sum() - 2 * sums + own, covariance.trace() - own
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(total > 0, (k - 1) / (k - 2) * (1 - trace / total), np.nan))


def _splits(size: int, n_splits: int, seed: int) -> Floats:
    """Signs of the items in each equal split (with an odd number of items, one half has one more)."""
    half = size // 2
    if size <= ALL_SPLITS:
        chosen = list(combinations(range(size), half))
        if size % 2 == 0:
            # Each split stands there twice, once from either half.
            chosen = chosen[: comb(size, half) // 2]
        signs = np.full((len(chosen), size), -1.0)
        np.put_along_axis(signs, np.array(chosen), 1.0, axis=1)
        return signs
    generator = np.random.Generator(np.random.PCG64(seed))
    base = np.where(np.arange(size) < half, 1.0, -1.0)
    return generator.permuted(np.tile(base, (n_splits, 1)), axis=1)


def _guttman(covariance: Floats, signs: Floats) -> Floats:
    """λ₄ = 2(1 − (V₁ + V₂)/V) of each split."""
    total = covariance.sum()
    if not total > 0:
        raise RatersError("the sum of the items does not vary; are some items reversed (keys)?")
    result: Floats = 1 - ((signs @ covariance) * signs).sum(axis=1) / total
    return result
