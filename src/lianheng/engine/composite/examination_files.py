"""The files of `lianheng index analyse` and the table of `lianheng index compare`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import astuple, fields
from typing import Any

import numpy as np

from .aggregate import levels_of
from .chain import Run
from .column_statistics import ColumnStatistics, column_statistics
from .comparison import Comparison, compare_two
from .config import Config
from .contributions import explain_difference, peer_mean, stack_rows
from .correlations import Flag, Pair, correlation_flags, denominator_correlations, level_correlations
from .errors import CompositeError
from .examination import GroupCheck, ItemCheck, components_of, data_before_scaling, examine, latest
from .profiles import order_by_index, strengths_and_weaknesses
from .tables import Table
from .trends import METHODS, Trend, trends
from .writing import csv_bytes, manifest_bytes

HIGH, LOW = 0.9, -0.5
# A profile ranks all units anew: beyond this only the first and the last are profiled.
PROFILED = 1_000


def analysis_files(config: Config, run: Run, *, kind: str = "pearson") -> dict[str, bytes]:
    """Return the tables that say how an index hangs together.

    Parameters
    ----------
    config : Config
    run : Run
        Finished, `aggregate` included. In a panel everything but the trends is of the latest time.
    kind : {"pearson", "spearman", "kendall"}
        Of the correlations.

    Returns
    -------
    dict
        File name → bytes.
    """
    framework, table = run.state.framework, latest(run.table)
    if run.steps[-1].do != "aggregate":
        raise CompositeError("there is nothing to analyse before the indicators are aggregated; add that step")
    found = examine(table, framework, kind=kind)
    inputs = run.state.inputs
    raw = latest(inputs.table)
    sizes = {name: column[raw.rows] for name, column in inputs.denominators.items()}
    files = {
        "statistics.csv": _records(ColumnStatistics, column_statistics(raw)),
        "correlations.csv": _records(Pair, _pairs(run, table, kind), {"kind": kind}),
        "flags.csv": _records(
            Flag,
            correlation_flags(table.select_codes(framework.indicators), framework, high=HIGH, low=LOW, kind=kind),
        ),
        "denominators.csv": _records(Pair, denominator_correlations(raw, sizes)),
        "groups.csv": _records(GroupCheck, found.groups),
        "items.csv": _records(ItemCheck, found.items),
        "components.csv": _components(run, table),
        "strengths.csv": _strengths(run, table),
    }
    files |= _contributions(run, table)
    if inputs.table.times is not None:
        files["trends.csv"] = _trends(run)
    files["manifest.json"] = manifest_bytes("index analyse", config.sources(), files, seed=None, notes={"kind": kind})
    return files


def comparison_file(found: Comparison) -> bytes:
    """Ranks in two results, largest change first; units in one result only come last."""
    rows: list[list[Any]] = [
        [unit, *("" if value != value else int(value) for value in (first, second, first - second))]
        for unit, first, second in zip(found.units, found.first.tolist(), found.second.tolist(), strict=True)
    ]
    rows.sort(key=lambda row: (row[3] == "", -abs(row[3] or 0)))
    return csv_bytes([["uCode", "rank_first", "rank_second", "difference"], *rows])


def compare_results(first: Table, second: Table, code: str) -> tuple[Comparison, dict[str, float]]:
    """Compare the ranks of two results, and correlate ranks and scores in three ways."""
    places = compare_two(first, second, code)
    scores = compare_two(first, second, code, of="scores")
    alike = {
        "spearman": scores.correlation("spearman"),
        "kendall": scores.correlation("kendall"),
        "pearson": scores.correlation("pearson"),
    }
    return places, alike


def in_both(first: Table, second: Table, code: str) -> tuple[Table, Table]:
    """Keep the units that have a value of ``code`` in both results, so that ranks are among the same units."""
    scored = [{u for u, v in zip(t.units, t.column(code).tolist(), strict=True) if v == v} for t in (first, second)]
    shared = scored[0] & scored[1]
    if not shared:
        raise CompositeError(f"no unit has {code} in both results; are these results of the same units?")
    one, other = (t.select_rows(np.array([unit in shared for unit in t.units])) for t in (first, second))
    return one, other


def _pairs(run: Run, table: Table, kind: str) -> list[Pair]:
    """Each level with itself, every pair once, and each element with its ancestors."""
    framework, found = run.state.framework, list[Pair]()
    for level in range(1, framework.height):
        same = level_correlations(table, framework, (level, level), kind=kind, pval=0)
        place = {code: number for number, code in enumerate(framework.at_level(level))}
        found += [pair for pair in same if place[pair.first] < place[pair.second]]
        found += level_correlations(table, framework, (level, level), kind=kind, pval=0, family=True)
    return found


def _components(run: Run, table: Table) -> bytes:
    rows: list[Sequence[object]] = [["Group", "iCode", "component", "loading", "share", "sdev", "n_used"]]
    framework = run.state.framework
    for parent in (code for level in range(2, framework.height + 1) for code in framework.at_level(level)):
        found = components_of(table.select_codes(framework.children(parent)))
        if found is None:
            continue
        for number in range(len(found.codes)):
            tail = [_cell(value) for value in (found.share[number], found.sdev[number], found.n_used)]
            rows += [
                [parent, code, number + 1, _cell(loading), *tail]
                for code, loading in zip(found.codes, found.loadings[:, number], strict=True)
            ]
    return csv_bytes(rows)


def _strengths(run: Run, table: Table) -> bytes:
    framework, raw = run.state.framework, data_before_scaling(run)
    rows: list[Sequence[object]] = [["uCode", "kind", "iCode", "name", "group", "rank", "value", "unit"]]
    order = order_by_index(table, framework.top)
    if len(order) > PROFILED:
        order = [*order[: PROFILED // 2], *order[-PROFILED // 2 :]]
    for row in order:
        unit = table.units[row]
        for kind, lines in zip(("strength", "weakness"), strengths_and_weaknesses(raw, framework, unit), strict=True):
            rows += [[unit, kind, *(_cell(value) for value in astuple(line))] for line in lines]
    return csv_bytes(rows)


def _contributions(run: Run, table: Table) -> dict[str, bytes]:
    """What puts each unit above or below a unit that has the mean of every indicator; Copeland has no such split."""
    framework, parameters = run.state.framework, run.steps[-1].parameters
    weights = {**framework.weights(), **(run.state.weights or {})}
    try:
        levels = levels_of(framework, parameters.get("method", "arithmetic"), parameters.get("p"), 0.0)
        both = stack_rows(table, peer_mean(table, framework, levels, weights))
        mean = len(both.units) - 1
        rows: list[Sequence[object]] = [["uCode", "iCode", "name", "value", "availability", "amount"]]
        for row in order_by_index(table, framework.top):
            if table.column(framework.top)[row] == table.column(framework.top)[row]:
                parts = explain_difference(both, framework, levels, weights, row, mean).contributions
                rows += [
                    [table.units[row], p.code, p.name, _cell(p.value), _cell(p.availability), _cell(p.amount)]
                    for p in parts
                ]
    except CompositeError:
        return {}
    return {"contributions.csv": csv_bytes(rows)}


def _trends(run: Run) -> bytes:
    found = [(method, each) for method in METHODS for each in trends(run.state.inputs.table, method=method)]
    rows: list[Sequence[object]] = [["method", *(item.name for item in fields(Trend))]]
    return csv_bytes([*rows, *([method, *map(_cell, astuple(each))] for method, each in found)])


def _records(kind: type[Any], found: Iterable[Any], extra: dict[str, str] | None = None) -> bytes:
    more = extra or {}
    rows: list[Sequence[object]] = [[*(item.name for item in fields(kind)), *more]]
    rows += [[*map(_cell, astuple(each)), *more.values()] for each in found]
    return csv_bytes(rows)


def _cell(value: Any) -> object:
    if isinstance(value, tuple | list):
        return " ".join(map(str, value))
    if isinstance(value, float):
        return "" if value != value else repr(float(value))
    return value
