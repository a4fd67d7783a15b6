"""Outlier treatment by column: test, first treatment, second treatment, and a record of all."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from . import transforms
from .errors import CompositeError
from .moments import kurtosis, skew_and_kurtosis, skewness
from .tables import Floats, Table

Own = Callable[[Floats], Floats]
LOGS: dict[str, Callable[[Floats], Floats]] = {
    "log_CT": transforms.log_ct,
    "log_CT_neg": transforms.log_ct_neg,
    "log_CT_orig": transforms.log_ct_orig,
    "log_GII": transforms.log_gii,
}
NAMES = ("winsorise", "log_CT", "log_CT_plus", "log_CT_orig", "log_GII", "boxcox", "none")


@dataclass(frozen=True)
class TreatSpec:
    """How a column is treated; every field may be overruled per indicator on its own.

    ``f1`` and ``f2`` are names ("winsorise", "log_CT", "log_CT_plus", "log_CT_orig", "log_GII", "boxcox", "none") or
    functions array → array. ``winmax=None`` is no limit. ``lam`` is Box–Cox's λ, which has no default. ``test`` may be
    a function array → bool (None: undefined).
    """

    f1: str | Own = "winsorise"
    f2: str | Own = "log_CT"
    winmax: int | None = 5
    force_win: bool = False
    skew_thresh: float = 2.0
    kurt_thresh: float = 3.5
    combine_treat: bool = False
    lam: float | None = None
    makepos: bool = True
    test: transforms.Passes | None = None

    def passes(self, column: Floats) -> bool | None:
        """Return the test's answer; None where it is undefined."""
        if self.test is not None:
            return self.test(column)
        return transforms.passes_moment_test(column, self.skew_thresh, self.kurt_thresh)


@dataclass(frozen=True)
class MomentTest:
    """One run of the test."""

    passed: bool | None
    skew: float
    kurt: float


@dataclass(frozen=True, eq=False)
class TreatmentRecord:
    """What was done to one indicator.

    ``high`` and ``low`` are the rows moved by winsorising in the result (empty when a log replaced it), ``label`` the
    second treatment or own function in the result, ``note`` the reason where a column was left alone or looks worse.
    """

    code: str
    test0: MomentTest
    nwin: int = 0
    test1: MomentTest | None = None
    test2: MomentTest | None = None
    high: NDArray[np.intp] | None = None
    low: NDArray[np.intp] | None = None
    label: str = ""
    note: str = ""

    @property
    def treated(self) -> bool:
        """Return whether the result differs from the input."""
        return bool(self.label) or any(end is not None and len(end) for end in (self.high, self.low))


@dataclass(frozen=True, eq=False)
class Treatment:
    """The treated table and one record per column."""

    table: Table
    records: tuple[TreatmentRecord, ...]

    def labels(self) -> list[tuple[str, str, str]]:
        """Return (unit, indicator, label) for every point that was changed: winhi, winlo, log_CT, winhi+log_CT…"""
        found = []
        for number, record in enumerate(self.records):
            if not record.treated:
                continue
            here = ~np.isnan(self.table.values[:, number])
            ends = {int(row): "winhi" for row in (record.high if record.high is not None else ())}
            ends |= {int(row): "winlo" for row in (record.low if record.low is not None else ())}
            for row, unit in enumerate(self.table.units):
                label = "+".join(part for part in (ends.get(row, ""), record.label) if part)
                if label and here[row]:
                    found.append((unit, record.code, label))
        return found


def treat(
    table: Table,
    spec: TreatSpec | None = None,
    *,
    indicators: Mapping[str, Mapping[str, object]] | None = None,
    disable: bool = False,
) -> Treatment:
    """Treat outliers column by column, before directions are applied.

    Parameters
    ----------
    table : Table
    spec : TreatSpec, optional
        Default: winsorise at most 5 points, then log_CT on the original column.
    indicators : mapping from code to fields of TreatSpec, optional
        Merged into ``spec`` field by field; ``{"f1": "none", "f2": "none"}`` leaves a column alone.
    disable : bool
        Pass the data through (tests are still recorded).

    Returns
    -------
    Treatment
        A column whose test is undefined (constant, under 3 values, or made constant by the treatment) comes back as it
        was, with the reason in its record. A missing value stays missing.

    References
    ----------
    COINr `Treat`; type-2 skewness and excess kurtosis. See `transforms.winsorise` for ties.

    Examples
    --------
    >>> table = Table.of(list("abcdef"), {"x": [1, 2, 3, 4, 5, 100]})
    >>> done = treat(table)
    >>> done.records[0].nwin, done.labels()
    (1, [('f', 'x', 'winhi')])
    """
    spec = spec or TreatSpec()
    overrides = indicators or {}
    for code in overrides:
        table.place(code)
    values = table.values.copy(order="F")
    skews, kurts = skew_and_kurtosis(table.values)
    records = []
    for number, code in enumerate(table.codes):
        own = _merged(spec, code, overrides.get(code))
        first = _first_test(own, table.values[:, number], float(skews[number]), float(kurts[number]))
        if disable:
            records.append(TreatmentRecord(code, first, note="treatment is disabled"))
        elif first.passed is None:
            records.append(TreatmentRecord(code, first, note="the test is undefined: constant or too few values"))
        elif first.passed and not own.force_win:
            records.append(TreatmentRecord(code, first))
        else:
            values[:, number], record = _treat_column(table.values[:, number], code, own, first)
            records.append(record)
    return Treatment(table.with_values(values), tuple(records))


def _merged(spec: TreatSpec, code: str, fields: Mapping[str, object] | None) -> TreatSpec:
    merged = spec
    if fields:
        unknown = set(fields) - set(TreatSpec.__dataclass_fields__)
        if unknown:
            raise CompositeError(f"treatment of {code}: unknown parameter {', '.join(sorted(unknown))}")
        merged = replace(spec, **fields)  # type: ignore[arg-type]
    for name, function in (("f1", merged.f1), ("f2", merged.f2)):
        if isinstance(function, str) and function not in NAMES:
            raise CompositeError(f"{name} of {code} is {function!r}; use one of {', '.join(NAMES)}")
        if function == "boxcox" and merged.lam is None:
            raise CompositeError(f"boxcox of {code} needs lambda, Box–Cox's λ, which has no default (in Python: lam)")
    if merged.winmax is not None and (merged.winmax < 0 or merged.winmax != int(merged.winmax)):
        raise CompositeError(f"winmax of {code} is {merged.winmax!r}; it is a whole number, or none")
    return merged


def _first_test(spec: TreatSpec, column: Floats, skew: float, kurt: float) -> MomentTest:
    if spec.test is not None:
        return MomentTest(spec.test(column), skew, kurt)
    if math.isnan(skew):
        return MomentTest(None, skew, kurt)
    return MomentTest(bool(abs(skew) < spec.skew_thresh or kurt < spec.kurt_thresh), skew, kurt)


def _test(spec: TreatSpec, column: Floats) -> MomentTest:
    return MomentTest(spec.passes(column), skewness(column), kurtosis(column))


def _treat_column(column: Floats, code: str, spec: TreatSpec, first: MomentTest) -> tuple[Floats, TreatmentRecord]:
    record = TreatmentRecord(code, first)
    middle = column
    if spec.f1 != "none":
        middle, record = _apply(column, spec.f1, spec, record)
        if record.note:
            return column, record
        after = _test(spec, middle)
        record = replace(record, test1=after)
        if after.passed is None:
            return column, _left_alone(record, "the first treatment makes the column constant")
        if after.passed:
            return middle, record
    if spec.f2 == "none":
        return middle, replace(record, note="the test still fails")
    start = middle if spec.combine_treat else column
    if not spec.combine_treat:
        record = replace(record, high=None, low=None, label="")
    last, record = _apply(start, spec.f2, spec, record)
    after = _test(spec, last)
    record = replace(record, test2=after)
    if after.passed is None:
        return column, _left_alone(record, "the second treatment makes the column constant")
    return last, replace(record, note=_warning(first, after))


def _warning(before: MomentTest, after: MomentTest) -> str:
    if abs(after.skew) > abs(before.skew):
        return "the skewness grew; consider log_CT_plus"
    return "" if after.passed else "the test still fails"


def _left_alone(record: TreatmentRecord, reason: str) -> TreatmentRecord:
    return replace(record, high=None, low=None, label="", note=f"left as it was: {reason}")


def _apply(column: Floats, name: str | Own, spec: TreatSpec, record: TreatmentRecord) -> tuple[Floats, TreatmentRecord]:
    if name == "winsorise":
        done = transforms.winsorise(column, winmax=spec.winmax, force_win=spec.force_win, passes=spec.passes)
        return done.values, replace(record, nwin=done.nwin, high=done.high, low=done.low)
    if callable(name):
        return np.asarray(name(column), dtype=np.float64), _labelled(record, getattr(name, "__name__", "own"))
    try:
        if name == "boxcox":
            assert spec.lam is not None
            return transforms.boxcox(column, spec.lam, makepos=spec.makepos), _labelled(record, name)
        if name == "log_CT_plus":
            name = "log_CT" if skewness(column) > 0 else "log_CT_neg"
        return LOGS[name](column), _labelled(record, name)
    except CompositeError as error:
        raise CompositeError(f"{name} of {record.code}: {error.problem}") from None


def _labelled(record: TreatmentRecord, name: str) -> TreatmentRecord:
    label = f"{record.label}+{name}" if record.label else name
    return replace(record, label=label)
