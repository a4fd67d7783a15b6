"""How a column is normalised: the specification, and the frozen rule that comes of it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .moments import lowest_ranks, middle_ranks
from .tables import Floats

METHODS = (
    "minmax",
    "scaled",
    "zscore",
    "rank",
    "prank",
    "borda",
    "dist2max",
    "dist2ref",
    "dist2targ",
    "fracmax",
    "goalposts",
    "none",
)
RANKED = ("rank", "prank", "borda")
TIES: dict[str, Callable[[Floats], Floats]] = {
    "min": lowest_ranks,
    "average": middle_ranks,
    "max": lambda values: -lowest_ranks(-values) + 1.0 + np.count_nonzero(~np.isnan(values)),
}


@dataclass(frozen=True)
class NormaliseSpec:
    """How a column is normalised. All parameters are on the raw scale; the engine turns them for direction −1.

    Parameters
    ----------
    method : one of `METHODS`
    l, u : float
        minmax, scaled: the range (default 0, 100). For minmax the range of the result, for scaled that of the input.
    scale : float
        scaled: what the range becomes (default 100).
    m, s : float
        zscore: mean and standard deviation of the result (default 0, 1).
    reference : str or int
        dist2ref: the reference unit's code ("unit@time" in a panel), or its row, counted from 1.
    target : float
        dist2targ: T; default the framework's Target.
    cap : bool
        dist2ref, dist2targ: values above 1 become 1.
    lo, hi, a, truncate
        goalposts: raw floor and ceiling, scale (default 1), cut to the range (default yes).
    ties : {"min", "average", "max"}
        rank, prank, borda.
    constant : {"error", "drop", "midpoint"}
        A column whose scale is undefined because it is constant: refuse, make it missing for all units, or give every
        present unit the middle of the range.
    use_imeta : bool
        Take the parameters from the framework's columns (minmax_lower, goalpost_upper…).
    """

    method: str = "minmax"
    l: float = 0.0  # noqa: E741 - the name in the method's definition
    u: float = 100.0
    scale: float = 100.0
    m: float = 0.0
    s: float = 1.0
    reference: str | int = ""
    target: float = math.nan
    cap: bool = False
    lo: float = math.nan
    hi: float = math.nan
    a: float = 1.0
    truncate: bool = True
    ties: str = "min"
    constant: str = "error"
    use_imeta: bool = False


@dataclass(frozen=True)
class Rule:
    """y = clip((D·x − shift)/divisor, floor, cap)·factor + offset: a frozen normalisation of one indicator."""

    code: str
    direction: int = 1
    shift: float = 0.0
    divisor: float = 1.0
    factor: float = 1.0
    offset: float = 0.0
    floor: float = -math.inf
    cap: float = math.inf
    constant: str = ""
    ranked: str = ""
    ties: str = "min"

    def apply(self, column: Floats, out: Floats) -> None:
        """Write the normalised column to ``out``."""
        if self.ranked:
            out[:] = _ranked(column * self.direction, self)
            return
        if self.constant:
            out[:] = np.nan if self.constant == "drop" else np.where(np.isnan(column), np.nan, self.offset)
            return
        if self.direction < 0:
            np.negative(column, out=out)
            np.subtract(out, self.shift, out=out)
        else:
            np.subtract(column, self.shift, out=out)
        if self.divisor != 1.0:
            np.divide(out, self.divisor, out=out)
        if self.floor > -math.inf or self.cap < math.inf:
            np.clip(out, self.floor, self.cap, out=out)
        if self.factor != 1.0:
            np.multiply(out, self.factor, out=out)
        if self.offset != 0.0:
            np.add(out, self.offset, out=out)


def _ranked(values: Floats, rule: Rule) -> Floats:
    ranks = TIES[rule.ties](values)
    if rule.ranked == "rank":
        return ranks
    if rule.ranked == "borda":
        return ranks - 1.0
    count = np.count_nonzero(~np.isnan(values))
    return (ranks - 1.0) / (count - 1) if count > 1 else np.full(len(values), np.nan)
