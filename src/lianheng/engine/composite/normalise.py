"""Bring indicators to one scale on which higher is better."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from .errors import CompositeError
from .framework import Framework
from .moments import extremes
from .normalise_fits import Column, fit_column, parameters_from_framework
from .normalise_rules import METHODS, NormaliseSpec, Rule
from .tables import Table

__all__ = ["METHODS", "Normalisation", "NormaliseSpec", "Rule", "apply_rules", "fit_rules", "normalise"]


@dataclass(frozen=True, eq=False)
class Normalisation:
    """The normalised table, and the rules that made it; rules may be frozen and used on other data."""

    table: Table
    rules: tuple[Rule, ...]
    warnings: tuple[str, ...] = ()


def normalise(
    table: Table,
    framework: Framework | None = None,
    spec: NormaliseSpec | None = None,
    *,
    indicators: Mapping[str, NormaliseSpec] | None = None,
) -> Normalisation:
    """Normalise every column: first x' = D·x, then the method on x'.

    Parameters
    ----------
    table : Table
        In a panel all times are taken together; give one time (`Table.at`) to normalise it alone.
    framework : Framework, optional
        Directions, targets and parameter columns; without it every direction is +1.
    spec : NormaliseSpec, optional
        Default: minmax to 0..100.
    indicators : mapping from code to NormaliseSpec, optional
        Replaces ``spec`` whole for these codes.

    Returns
    -------
    Normalisation
        Missing stays missing and does not count. Constant columns follow ``spec.constant``.

    References
    ----------
    COINr `Normalise`, `n_*`; parameters are on the raw scale always (COINr: only those from metadata).

    Examples
    --------
    >>> table = Table.of(["a", "b", "c"], {"x": [1.0, 3.0, None]})
    >>> normalise(table).table.column("x")
    array([  0., 100.,  nan])
    """
    rules, warnings = fit_rules(table, framework, spec, indicators=indicators)
    return Normalisation(apply_rules(table, rules), rules, warnings)


def apply_rules(table: Table, rules: tuple[Rule, ...]) -> Table:
    """Apply frozen rules to a table of the same codes (goalposts frozen over years, one unit corrected)."""
    if tuple(rule.code for rule in rules) != table.codes:
        raise CompositeError("the frozen rules are for other codes than the table's, or in another order")
    out = np.empty(table.values.shape, order="F")
    for number, rule in enumerate(rules):
        rule.apply(table.values[:, number], out[:, number])
    return table.with_values(out)


def fit_rules(
    table: Table,
    framework: Framework | None = None,
    spec: NormaliseSpec | None = None,
    *,
    indicators: Mapping[str, NormaliseSpec] | None = None,
) -> tuple[tuple[Rule, ...], tuple[str, ...]]:
    """Return the rule of every column and the warnings; arguments as for `normalise`."""
    spec, own = spec or NormaliseSpec(), indicators or {}
    for code in own:
        table.place(code)
    low, high = extremes(table.values)
    rules, warnings = [], []
    for number, code in enumerate(table.codes):
        chosen = own.get(code, spec)
        if chosen.use_imeta:
            chosen = parameters_from_framework(chosen, code, framework)
        direction = framework[code].direction if framework else 1
        # Extremes of x' = D·x.
        ends = (low[number], high[number]) if direction > 0 else (-high[number], -low[number])
        column = Column(table, number, code, direction, float(ends[0]), float(ends[1]), framework)
        if math.isnan(ends[0]):
            warnings.append(f"{code} has no present value")
        rules.append(fit_column(column, chosen, warnings))
    return tuple(rules), tuple(warnings)
