"""Correlations between the elements of an index, and what they warn of."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from .association import KINDS, correlation, correlation_matrix, spearman_p_value
from .errors import CompositeError
from .framework import Framework
from .tables import Floats, Table

__all__ = [
    "KINDS",
    "Flag",
    "Pair",
    "correlation",
    "correlation_flags",
    "correlation_matrix",
    "denominator_correlations",
    "level_correlations",
    "spearman_p_value",
]


@dataclass(frozen=True)
class Pair:
    """One correlation: ``first`` is the higher element where levels differ; NaN is undefined or not significant."""

    first: str
    second: str
    correlation: float
    p_value: float
    n: int


@dataclass(frozen=True)
class Flag:
    """Two columns that go together too closely, or against each other."""

    group: str
    first: str
    second: str
    correlation: float
    kind: str


def level_correlations(
    table: Table,
    framework: Framework,
    levels: tuple[int, int] = (1, 1),
    *,
    kind: str = "pearson",
    pval: float = 0.05,
    with_parent: bool = False,
    family: bool = False,
    group_level: int | None = None,
    codes: tuple[Sequence[str] | None, Sequence[str] | None] = (None, None),
    use_directions: bool = False,
) -> list[Pair]:
    """Correlate the elements of two levels, or of one with itself.

    Parameters
    ----------
    table : Table
        With indicators and aggregates.
    framework : Framework
    levels : pair of int
        One level twice gives all ordered pairs, the diagonal is 1; two levels give all cross pairs, the higher first.
    kind : {"pearson", "spearman", "kendall"}
    pval : float
        A pair with p above it becomes missing (0: keep all).
    with_parent : bool
        Two levels: only pairs of an element with its own ancestor.
    family : bool
        Each element of the lower level against its ancestor on every higher level; ``levels`` gives the lower one.
    group_level : int, optional
        One level: only pairs with a common ancestor there.
    codes : pair of sequences, optional
        Limits each side (higher side first); codes of a higher level stand for their descendants.
    use_directions : bool
        Multiply indicators by their direction first (aggregates count as +1).

    Returns
    -------
    list of Pair

    References
    ----------
    COINr `get_corr`.
    """
    columns = _columns(table, framework, use_directions)
    high, low = max(levels), min(levels)
    if family:
        elements = _limited(framework, low, codes[1])
        pairs = [
            (framework.ancestor(code, level), code)
            for level in range(low + 1, framework.height + 1)
            for code in elements
        ]
    else:
        firsts, seconds = _limited(framework, high, codes[0]), _limited(framework, low, codes[1])
        pairs = [(first, second) for first in firsts for second in seconds]
        if with_parent:
            pairs = [(first, second) for first, second in pairs if framework.ancestor(second, high) == first]
        if group_level is not None:
            pairs = [
                (first, second)
                for first, second in pairs
                if framework.ancestor(first, group_level) == framework.ancestor(second, group_level)
            ]
    return [_pair(columns, first, second, kind, pval) for first, second in pairs]


def _columns(table: Table, framework: Framework, use_directions: bool) -> Mapping[str, Floats]:
    factors = {code: framework[code].direction if framework[code].level == 1 else 1 for code in table.codes}
    return {code: table.column(code) * (factors[code] if use_directions else 1) for code in table.codes}


def _limited(framework: Framework, level: int, codes: Sequence[str] | None) -> tuple[str, ...]:
    if codes is None:
        return framework.at_level(level)
    wanted = [code for name in codes for code in framework.descendants(name, level)]
    return tuple(code for code in framework.at_level(level) if code in wanted)


def _pair(columns: Mapping[str, Floats], first: str, second: str, kind: str, pval: float) -> Pair:
    for code in (first, second):
        if code not in columns:
            raise CompositeError(f"the table has no column {code}; correlate after aggregating")
    if first == second:
        return Pair(first, second, 1.0, 0.0, int((~np.isnan(columns[first])).sum()))
    r, p, n = correlation(columns[first], columns[second], kind=kind)
    return Pair(first, second, math.nan if pval and p > pval else r, p, n)


def correlation_flags(
    table: Table,
    framework: Framework,
    *,
    group_level: int = 2,
    high: float = 0.9,
    low: float | None = None,
    kind: str = "pearson",
    use_directions: bool = False,
) -> list[Flag]:
    """List pairs of indicators in one group that say almost the same (r > high) or pull apart (r < low).

    Signed and strict, as COINr's `get_corr_flags`; each pair once, correlations rounded to 3 decimals.
    """
    columns = _columns(table.select_codes(framework.indicators), framework, use_directions)
    flags = []
    for group in framework.at_level(group_level):
        codes = framework.descendants(group)
        for place, first in enumerate(codes):
            for second in codes[place + 1 :]:
                r = correlation(columns[first], columns[second], kind=kind)[0]
                if r > high:
                    flags.append(Flag(group, first, second, round(r, 3), "high"))
                elif low is not None and r < low:
                    flags.append(Flag(group, first, second, round(r, 3), "low"))
    return flags


def denominator_correlations(table: Table, denominators: Mapping[str, Floats], *, threshold: float = 0.6) -> list[Pair]:
    """List indicators that go with a size variable, |r| > threshold (Pearson, pairwise; r to 2 decimals)."""
    found = []
    for code in table.codes:
        for name, column in denominators.items():
            r, p, n = correlation(table.column(code), column)
            if abs(r) > threshold:
                found.append(Pair(code, name, round(r, 2), p, n))
    return found
