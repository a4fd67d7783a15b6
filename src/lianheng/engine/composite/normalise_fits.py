"""From a column and a specification to a rule: one function per method, with what each refuses."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from .errors import CompositeError
from .framework import Framework
from .normalise_rules import METHODS, RANKED, TIES, NormaliseSpec, Rule
from .tables import Floats, Table


@dataclass(frozen=True, eq=False)
class Column:
    """One column with its direction and the extremes of x' = D·x."""

    table: Table
    number: int
    code: str
    direction: int
    low: float
    high: float
    framework: Framework | None

    @property
    def raw(self) -> Floats:
        """The values as measured."""
        values: Floats = self.table.values[:, self.number]
        return values


def fit_column(column: Column, spec: NormaliseSpec, warnings: list[str]) -> Rule:
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


def _minmax(column: Column, spec: NormaliseSpec, base: Rule, warnings: list[str]) -> Rule:
    if column.low == column.high:
        return _constant(base, spec, column.code, (spec.l + spec.u) / 2, warnings)
    spread = column.high - column.low
    return replace(base, shift=column.low, divisor=spread, factor=spec.u - spec.l, offset=spec.l)


def _dist2max(column: Column, spec: NormaliseSpec, base: Rule, warnings: list[str]) -> Rule:
    return _minmax(column, replace(spec, l=0.0, u=1.0), base, warnings)


def _scaled(column: Column, spec: NormaliseSpec, base: Rule, _: list[str]) -> Rule:
    if spec.u <= spec.l:
        raise CompositeError(f"scaled of {column.code}: the upper bound {spec.u:g} is not above the lower {spec.l:g}")
    shift = spec.l if column.direction > 0 else -spec.u
    return replace(base, shift=shift, divisor=spec.u - spec.l, factor=spec.scale)


def _zscore(column: Column, spec: NormaliseSpec, base: Rule, warnings: list[str]) -> Rule:
    if not spec.s > 0:
        raise CompositeError(f"zscore: the standard deviation s is {spec.s:g}; it must be above 0")
    values = column.raw[~np.isnan(column.raw)]
    if len(values) and column.low == column.high:
        return _constant(base, spec, column.code, spec.m, warnings)
    if not len(values):
        return base
    mean, deviation = float(values.mean()) * column.direction, float(values.std(ddof=1))
    return replace(base, shift=mean, divisor=deviation, factor=spec.s, offset=spec.m)


def _dist2ref(column: Column, spec: NormaliseSpec, base: Rule, warnings: list[str]) -> Rule:
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


def _dist2targ(column: Column, spec: NormaliseSpec, base: Rule, _: list[str]) -> Rule:
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


def _fracmax(column: Column, spec: NormaliseSpec, base: Rule, _: list[str]) -> Rule:
    if column.direction < 0 or column.low <= 0:
        reason = "its direction is -1" if column.direction < 0 else "it has a value of 0 or less"
        raise CompositeError(f"fracmax of {column.code} would mislead: {reason}; use minmax")
    return replace(base, divisor=column.high)


def _goalposts(column: Column, spec: NormaliseSpec, base: Rule, _: list[str]) -> Rule:
    if math.isnan(spec.lo) or math.isnan(spec.hi):
        raise CompositeError(f"goalposts of {column.code} need lo and hi")
    if spec.hi <= spec.lo:
        raise CompositeError(f"goalposts of {column.code}: hi {spec.hi:g} is not above lo {spec.lo:g}")
    floor, cap = (0.0, 1.0) if spec.truncate else (-math.inf, math.inf)
    shift = spec.lo if column.direction > 0 else -spec.hi
    return replace(base, shift=shift, divisor=spec.hi - spec.lo, factor=spec.a, floor=floor, cap=cap)


FITS: dict[str, Callable[[Column, NormaliseSpec, Rule, list[str]], Rule]] = {
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


def parameters_from_framework(spec: NormaliseSpec, code: str, framework: Framework | None) -> NormaliseSpec:
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
