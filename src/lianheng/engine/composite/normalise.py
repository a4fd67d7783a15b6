"""Bring indicators to one scale on which higher is better."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from .errors import CompositeError
from .framework import Framework
from .moments import extremes, lowest_ranks, middle_ranks
from .tables import Floats, Table

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
            chosen = _from_framework(chosen, code, framework)
        direction = framework[code].direction if framework else 1
        # Extremes of x' = D·x.
        ends = (low[number], high[number]) if direction > 0 else (-high[number], -low[number])
        column = _Column(table, number, code, direction, float(ends[0]), float(ends[1]), framework)
        if math.isnan(ends[0]):
            warnings.append(f"{code} has no present value")
        rules.append(_fit(column, chosen, warnings))
    return tuple(rules), tuple(warnings)


@dataclass(frozen=True, eq=False)
class _Column:
    table: Table
    number: int
    code: str
    direction: int
    low: float
    high: float
    framework: Framework | None

    @property
    def raw(self) -> Floats:
        values: Floats = self.table.values[:, self.number]
        return values


def _fit(column: _Column, spec: NormaliseSpec, warnings: list[str]) -> Rule:
    if spec.method not in METHODS:
        raise CompositeError(f"normalise: {spec.method!r} is not a method; use one of {', '.join(METHODS)}")
    base = Rule(column.code, column.direction)
    if spec.method in RANKED:
        if spec.ties not in TIES:
            raise CompositeError(f"ties is {spec.ties!r}; use one of {', '.join(TIES)}")
        if spec.method == "prank" and np.count_nonzero(~np.isnan(column.raw)) == 1:
            return _constant(base, spec, column.code, 0.5, warnings)
        return replace(base, ranked=spec.method, ties=spec.ties)
    return FITS[spec.method](column, spec, base, warnings)


def _constant(base: Rule, spec: NormaliseSpec, code: str, middle: float, warnings: list[str]) -> Rule:
    if spec.constant not in ("error", "drop", "midpoint"):
        raise CompositeError(f"constant is {spec.constant!r}; use error, drop or midpoint")
    if spec.constant == "error":
        raise CompositeError(
            f"{code} is constant, so {spec.method} is undefined; "
            'leave the indicator out, or declare constant = "drop" or "midpoint"'
        )
    done = "left out for all units" if spec.constant == "drop" else f"set to {middle:g} for all units"
    warnings.append(f"{code} is constant: {done}")
    return replace(base, constant=spec.constant, offset=middle)


def _minmax(column: _Column, spec: NormaliseSpec, base: Rule, warnings: list[str]) -> Rule:
    if column.low == column.high:
        return _constant(base, spec, column.code, (spec.l + spec.u) / 2, warnings)
    spread = column.high - column.low
    return replace(base, shift=column.low, divisor=spread, factor=spec.u - spec.l, offset=spec.l)


def _dist2max(column: _Column, spec: NormaliseSpec, base: Rule, warnings: list[str]) -> Rule:
    return _minmax(column, replace(spec, l=0.0, u=1.0), base, warnings)


def _scaled(column: _Column, spec: NormaliseSpec, base: Rule, _: list[str]) -> Rule:
    if spec.u <= spec.l:
        raise CompositeError(f"scaled of {column.code}: the upper bound {spec.u:g} is not above the lower {spec.l:g}")
    shift = spec.l if column.direction > 0 else -spec.u
    return replace(base, shift=shift, divisor=spec.u - spec.l, factor=spec.scale)


def _zscore(column: _Column, spec: NormaliseSpec, base: Rule, warnings: list[str]) -> Rule:
    if not spec.s > 0:
        raise CompositeError(f"zscore: the standard deviation s is {spec.s:g}; it must be above 0")
    values = column.raw[~np.isnan(column.raw)]
    if len(values) and column.low == column.high:
        return _constant(base, spec, column.code, spec.m, warnings)
    if not len(values):
        return base
    mean, deviation = float(values.mean()) * column.direction, float(values.std(ddof=1))
    return replace(base, shift=mean, divisor=deviation, factor=spec.s, offset=spec.m)


def _dist2ref(column: _Column, spec: NormaliseSpec, base: Rule, warnings: list[str]) -> Rule:
    row = _reference_row(column.table, spec.reference)
    reference = float(column.raw[row]) * column.direction
    cap = 1.0 if spec.cap else math.inf
    if math.isnan(reference):
        warnings.append(f"{column.code} is missing for the reference unit {spec.reference}: missing for all")
        return replace(base, constant="drop")
    if reference == column.low:
        raise CompositeError(
            f"dist2ref of {column.code}: the reference unit {spec.reference} has the worst value, so the distance "
            "is undefined; choose another unit"
        )
    return replace(base, shift=column.low, divisor=reference - column.low, cap=cap)


def _reference_row(table: Table, reference: str | int) -> int:
    if isinstance(reference, int):
        if not 1 <= reference <= len(table.units):
            raise CompositeError(f"the reference row {reference} is not in the data; rows are 1 to {len(table.units)}")
        return reference - 1
    if not reference:
        raise CompositeError("dist2ref needs reference, the code of a unit")
    names = list(table.units)
    if table.times is not None:
        names = [f"{unit}@{time:g}" for unit, time in zip(table.units, table.times, strict=True)]
    if reference not in names:
        hint = " (unit@time in a panel)" if table.times is not None else ""
        raise CompositeError(f"the reference unit {reference} is not in the data{hint}")
    return names.index(reference)


def _dist2targ(column: _Column, spec: NormaliseSpec, base: Rule, _: list[str]) -> Rule:
    target = spec.target
    if math.isnan(target) and column.framework is not None:
        target = column.framework[column.code].target
    if math.isnan(target):
        raise CompositeError(f"dist2targ of {column.code} needs a target; fill the Target column")
    turned = target * column.direction
    if turned <= column.low:
        raise CompositeError(
            f"dist2targ of {column.code}: the target {target:g} is not better than the worst value, so scores would be "
            "reversed or infinite; mend the target"
        )
    cap = 1.0 if spec.cap else math.inf
    return replace(base, shift=column.low, divisor=turned - column.low, cap=cap)


def _fracmax(column: _Column, spec: NormaliseSpec, base: Rule, _: list[str]) -> Rule:
    if column.direction < 0 or column.low <= 0:
        reason = "its direction is -1" if column.direction < 0 else "it has a value of 0 or less"
        raise CompositeError(f"fracmax of {column.code} would mislead: {reason}; use minmax")
    return replace(base, divisor=column.high)


def _goalposts(column: _Column, spec: NormaliseSpec, base: Rule, _: list[str]) -> Rule:
    if math.isnan(spec.lo) or math.isnan(spec.hi):
        raise CompositeError(f"goalposts of {column.code} need lo and hi")
    if spec.hi <= spec.lo:
        raise CompositeError(f"goalposts of {column.code}: hi {spec.hi:g} is not above lo {spec.lo:g}")
    floor, cap = (0.0, 1.0) if spec.truncate else (-math.inf, math.inf)
    shift = spec.lo if column.direction > 0 else -spec.hi
    return replace(base, shift=shift, divisor=spec.hi - spec.lo, factor=spec.a, floor=floor, cap=cap)


FITS: dict[str, Callable[[_Column, NormaliseSpec, Rule, list[str]], Rule]] = {
    "minmax": _minmax,
    "scaled": _scaled,
    "zscore": _zscore,
    "dist2max": _dist2max,
    "dist2ref": _dist2ref,
    "dist2targ": _dist2targ,
    "fracmax": _fracmax,
    "goalposts": _goalposts,
    "none": lambda column, spec, base, warnings: base,
}


def _ranked(values: Floats, rule: Rule) -> Floats:
    ranks = TIES[rule.ties](values)
    if rule.ranked == "rank":
        return ranks
    if rule.ranked == "borda":
        return ranks - 1.0
    count = np.count_nonzero(~np.isnan(values))
    return (ranks - 1.0) / (count - 1) if count > 1 else np.full(len(values), np.nan)


# Column of the framework → field of NormaliseSpec, per method.
PARAMETERS = {
    "minmax": {"minmax_lower": "l", "minmax_upper": "u"},
    "scaled": {"scaled_lower": "l", "scaled_upper": "u", "scale_factor": "scale"},
    "zscore": {"zscore_mean": "m", "zscore_sd": "s"},
    "dist2targ": {"dist2targ_cap_max": "cap"},
    "goalposts": {
        "goalpost_lower": "lo",
        "goalpost_upper": "hi",
        "goalpost_scale": "a",
        "goalpost_trunc2posts": "truncate",
    },
}
OPTIONAL = ("dist2targ_cap_max", "goalpost_trunc2posts", "goalpost_scale", "scale_factor")


def _from_framework(spec: NormaliseSpec, code: str, framework: Framework | None) -> NormaliseSpec:
    if framework is None:
        raise CompositeError("use_iMeta needs a framework")
    fields: dict[str, float | bool] = {}
    for column, name in PARAMETERS.get(spec.method, {}).items():
        value = framework[code].parameters.get(column)
        if value is None:
            if column in OPTIONAL:
                continue
            raise CompositeError(f"{spec.method} of {code} takes {column} from the meta file, where it is empty")
        fields[name] = bool(value) if name in ("cap", "truncate") else value
    return replace(spec, **fields)  # type: ignore[arg-type]
