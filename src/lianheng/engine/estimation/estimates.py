"""What an estimate says: value, error, interval, design effect, and on how many answers it rests."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from .arrays import Numbers
from .errors import EstimationError
from .intervals import METHODS, interval_bounds


@dataclass(frozen=True, slots=True, eq=False)
class Estimates:
    """Estimates of one statistic, one for each domain (and category, and variable).

    ``labels`` name them; ``value``, ``se``, ``n`` (answers), ``n_missing`` and ``df`` are arrays of the same length;
    ``covariance`` is theirs; ``deff`` is the design effect against ``deff_reference``, or None.
    """

    statistic: str
    labels: tuple[Any, ...]
    value: Numbers
    covariance: Numbers
    n: Numbers
    n_missing: Numbers
    df: Numbers
    population: Numbers
    deff: Numbers | None = None
    deff_reference: str | None = None
    error_method: str = "linearised"

    @property
    def se(self) -> Numbers:
        """Standard errors."""
        return np.sqrt(np.maximum(np.diag(self.covariance), 0))

    def interval(self, level: float = 0.95, method: str = "normal", df: float | None = None) -> Numbers:
        """Confidence intervals, array of shape (k, 2).

        Parameters
        ----------
        level : float
            Above 0 and below 1.
        method : {"normal", "logit", "wilson", "beta"}
            ``normal``: value ± t × se. The others are for proportions, and stay between 0 and 1.
        df : float, optional
            Degrees of freedom of t; left out: those of the design; ``math.inf``: the normal distribution.

        Returns
        -------
        array of shape (k, 2)
            NaN where there is no estimate. Where all answers are alike, ``wilson`` and ``beta`` count the answers as
            they are, ``logit`` is NaN, and ``normal`` has no width, which is not certainty.

        References
        ----------
        Korn and Graubard (1998), Survey Methodology 24 (beta); Dean and Pagano (2015), J. Surv. Stat. Methodol. 3.

        Examples
        --------
        >>> from lianheng.engine.estimation import estimate_proportion, survey_design
        >>> share = estimate_proportion(survey_design(n=400), [1] * 312 + [0] * 88, levels=[1])
        >>> share.interval().round(3).tolist(), share.interval(method="wilson").round(3).tolist()
        ([[0.739, 0.821]], [[0.737, 0.818]])
        """
        if not 0 < level < 1:
            raise EstimationError(f"the level is above 0 and below 1, like 0.95; not {level}")
        if method not in METHODS:
            raise EstimationError(f"the interval {method!r} is not known; choose one of {', '.join(METHODS)}")
        if method != "normal" and self.statistic != "proportion":
            raise EstimationError(f"the interval {method!r} is for proportions; ask for the interval 'normal'")
        freedom = self.df if df is None else np.full(len(self.value), float(df))
        return interval_bounds(self.value, self.se, freedom, self.n, level, method)

    def margin(self, level: float = 0.95) -> Numbers:
        """Half the width of the normal interval: the ± beside a figure."""
        bounds = self.interval(level)
        return (bounds[:, 1] - bounds[:, 0]) / 2

    def contrast(self, coefficients: Numbers) -> tuple[float, float]:
        """A linear combination of the estimates and its standard error, by their covariance.

        Example: ``means.contrast([-1, 1])`` is the second less the first.
        """
        c = np.asarray(coefficients, dtype=np.float64)
        if c.shape != self.value.shape:
            raise EstimationError(f"{len(self.value)} estimates need {len(self.value)} coefficients, not {c.size}")
        return float(c @ self.value), math.sqrt(max(float(c @ self.covariance @ c), 0.0))


def normal_interval(value: float, se: float, level: float = 0.95, df: float = math.inf) -> tuple[float, float]:
    """value ± t × se."""
    bounds = interval_bounds(np.array([value]), np.array([se]), np.array([df]), np.array([1.0]), level, "normal")
    return float(bounds[0, 0]), float(bounds[0, 1])
