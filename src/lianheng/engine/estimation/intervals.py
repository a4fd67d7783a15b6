"""Confidence intervals: normal, and three for proportions that stay between 0 and 1."""

from __future__ import annotations

import numpy as np
from scipy import special, stats

from .arrays import Numbers

METHODS = ("normal", "logit", "wilson", "beta")


def interval_bounds(value: Numbers, se: Numbers, df: Numbers, n: Numbers, level: float, method: str) -> Numbers:
    """Bounds, array of shape (k, 2).

    Formulas: ``normal`` p ± t s. ``logit``: the same on log(p ÷ (1 − p)), whose error is s ÷ (p (1 − p)). ``wilson``:
    the p₀ with (p − p₀)² = k p₀ (1 − p₀), where k = t² s² ÷ (p (1 − p)) = t² ÷ effective sample size. ``beta``: Clopper
    and Pearson with the effective sample size p (1 − p) ÷ s², times (t of n − 1 ÷ t of df)². Where all answers are
    alike, ``wilson`` and ``beta`` take n for p (1 − p) ÷ s² (Korn and Graubard 1998); the others have none to give.

    >>> p, se, df, n = (np.array([number]) for number in (0.78, 0.02, np.inf, 400.0))
    >>> interval_bounds(p, se, df, n, 0.95, "normal").round(4)
    array([[0.7408, 0.8192]])
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        tail = (1 - level) / 2
        t = -_t_quantile(tail, df)
        spread = value * (1 - value)
        # A share of 0 or 1 has no variance to reckon with; the answers then count as many as they are.
        effective = np.where(spread > 0, spread / se**2, n)
        if method == "logit":
            middle, apart = special.logit(value), t * se / spread
            return np.stack([special.expit(middle - apart), special.expit(middle + apart)], axis=1)
        if method == "wilson":
            k = t**2 / effective
            middle, apart = (value + k / 2) / (1 + k), np.sqrt(k * spread + k**2 / 4) / (1 + k)
            return np.stack([middle - apart, middle + apart], axis=1)
        if method == "beta":
            effective = effective * (_t_quantile(tail, n - 1) / _t_quantile(tail, df)) ** 2
            hits, misses = effective * value, effective * (1 - value)
            low = np.where(hits > 0, stats.beta.ppf(tail, hits, misses + 1), 0.0 * hits)
            high = np.where(misses > 0, stats.beta.ppf(1 - tail, hits + 1, misses), 1.0 + 0.0 * misses)
            return np.stack([low, high], axis=1)
        return np.stack([value - t * se, value + t * se], axis=1)


def _t_quantile(p: float, df: Numbers) -> Numbers:
    """Quantiles of t; with no degrees of freedom there is none."""
    quantiles: Numbers = stats.t.ppf(p, np.where(df > 0, df, np.nan))
    return quantiles
