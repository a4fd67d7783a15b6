"""`lianheng survey …`: figures with their errors from CSV; weights, response quality and the rest in survey_work."""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lianheng.cli import survey_work
from lianheng.cli.csv_tables import Table, TableError, csv_text, read_table, write_whole
from lianheng.cli.survey_design import add_design, read_design, survey_act
from lianheng.cli.survey_totals import add_adjusting, adjusted

if TYPE_CHECKING:
    from lianheng.engine.estimation import Design, Estimates, Quantiles

DONE = 0
FEW = 30  # below so many answers a share is not to be published


def add_parser(rooms: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands of `lianheng survey`."""
    survey = rooms.add_parser("survey", help="survey estimation: figures with errors, weights, response quality")
    acts = survey.add_subparsers(dest="act", required=True, metavar="ACT")
    for name, text in (
        ("mean", "means of a column of numbers"),
        ("total", "totals of a column of numbers"),
        ("proportion", "shares of the answers to a question"),
        ("ratio", "ratio of the totals of two columns"),
        ("quantile", "median or another quantile"),
    ):
        act = acts.add_parser(name, help=text)
        _add_figure(act, name)
        act.set_defaults(run=survey_act(_estimate, name))
    survey_work.add_acts(acts)


def _add_figure(act: argparse.ArgumentParser, statistic: str) -> None:
    add_design(act)
    act.add_argument("--y", required=True, metavar="COLUMN")
    if statistic == "ratio":
        act.add_argument("--x", required=True, metavar="COLUMN", help="denominator")
    if statistic == "quantile":
        act.add_argument("--p", type=float, default=0.5, help="default: 0.5, the median")
    if statistic == "proportion":
        act.add_argument("--level-of", action="append", metavar="ANSWER", help="only this answer; may be repeated")
        act.add_argument("--interval", choices=("normal", "logit", "wilson", "beta"), default="normal")
    act.add_argument("--by", metavar="COLUMN", help="a figure for each value of this column")
    act.add_argument("--confidence", type=float, default=0.95)
    act.add_argument("--out", type=Path, metavar="CSV", help="also write the table")
    add_adjusting(act)
    if statistic != "quantile":
        act.add_argument("--deff", choices=("without_replacement", "with_replacement"), help="design effect against")


def _estimate(arguments: argparse.Namespace) -> int:
    table = read_table(arguments.file)
    design = read_design(table, arguments)
    by = table.column(arguments.by, required=True) if arguments.by else None
    design, replicates = adjusted(arguments, table, design)
    if arguments.act == "quantile":
        return _quantile(arguments, table, design, replicates, by)
    found = _figure(arguments, table, design, replicates, by)
    method = getattr(arguments, "interval", "normal")
    rows = _rows(found, found.interval(arguments.confidence, method))
    if arguments.out:
        columns = ("domain", "estimate", "se", "low", "high", "deff", "n", "missing", "df")
        write_whole(arguments.out, csv_text(columns, rows))
    for line in _lines(found, arguments.confidence, method):
        print(line)
    return DONE


def _figure(arguments: argparse.Namespace, table: Table, design: Design, replicates: Any, by: Any) -> Estimates:
    from lianheng.engine.estimation import estimate_mean, estimate_proportion, estimate_ratio, estimate_total

    if arguments.act == "proportion":
        answers = table.column(arguments.y)
        levels = arguments.level_of
        for level in levels or ():
            if level not in answers:
                raise TableError(f"{table.path}: column {arguments.y}: nobody answered {level!r}; check the spelling")
        return estimate_proportion(
            design, ["" if a == "NA" else a for a in answers], levels=levels, by=by, deff=arguments.deff,
            replicates=replicates,
        )  # fmt: skip
    y = table.numbers(arguments.y, missing=math.nan)
    if arguments.act == "ratio":
        x = table.numbers(arguments.x, missing=math.nan)
        return estimate_ratio(design, y, x, by=by, deff=arguments.deff, replicates=replicates)
    estimate = estimate_mean if arguments.act == "mean" else estimate_total
    return estimate(design, y, by=by, deff=arguments.deff, replicates=replicates)


def _rows(found: Estimates, bounds: Any) -> list[list[object]]:
    rows = []
    for place, label in enumerate(found.labels):
        deff = "" if found.deff is None else repr(float(found.deff[place]))
        numbers = [float(v) for v in (found.value[place], found.se[place], *bounds[place])]
        counts = [int(found.n[place]), int(found.n_missing[place]), int(found.df[place])]
        rows.append([_name(label), *map(repr, numbers), deff, *counts])
    return rows


def _lines(found: Estimates, confidence: float, method: str) -> list[str]:
    """One line for each figure, with its error and the answers it rests on; never one without the other."""
    lines = []
    bounds = found.interval(confidence, method)
    percent = f"{100 * confidence:g} %"
    for place, label in enumerate(found.labels):
        value, (low, high) = float(found.value[place]), bounds[place]
        scale, unit, word = (100, " %", " points") if found.statistic == "proportion" else (1, "", "")
        if method == "normal":
            margin = scale * (float(high) - float(low)) / 2
            error = f"± {_short(margin, scale)}{word} ({percent})"
            if found.n[place] and not found.df[place] > 0:
                error = "± unknown (no degrees of freedom: as many strata as primary units)"
        else:
            error = f"{_short(scale * low, scale)} to {_short(scale * high, scale)}{unit} ({percent}, {method})"
        name = f"{_name(label)}: " if _name(label) else ""
        line = f"{name}{_short(scale * value, scale)}{unit} {error}, n = {int(found.n[place])}"
        if found.deff is not None:
            line += f", deff {found.deff[place]:.3g} ({found.deff_reference})"
        if found.statistic == "proportion" and method == "normal" and not found.se[place] > 0:
            line += ", all answers alike: ask for --interval wilson"
        elif found.statistic == "proportion" and method == "normal" and not (low >= 0 and high <= 1) and low == low:
            line += ", the interval leaves 0 to 100 %: ask for --interval wilson or logit"
        if found.n_missing[place]:
            line += f", {int(found.n_missing[place])} without answer"
        lines.append(line + (f", fewer than {FEW} answers: not to be published" if found.n[place] < FEW else ""))
    lines.append(f"errors: {found.error_method}")
    return lines


def _short(value: float, scale: int) -> str:
    if scale == 100:
        return f"{value:.1f}"
    # A total of millions is read as 3,687,178, not as 3.68718e+06.
    return f"{value:,.0f}" if 1e6 <= abs(value) < 1e15 else f"{value:.6g}"


def _name(label: object) -> str:
    return " / ".join(map(str, label)) if isinstance(label, tuple) else str(label)


def _quantile(arguments: argparse.Namespace, table: Table, design: Design, replicates: Any, by: Any) -> int:
    from lianheng.engine.estimation import estimate_quantile

    y = table.numbers(arguments.y, missing=math.nan)
    found: Quantiles = estimate_quantile(
        design, y, arguments.p, by=by, level=arguments.confidence, replicates=replicates
    )
    rows = []
    for place, label in enumerate(found.labels):
        numbers = [float(v[place]) for v in (found.value, found.se, found.low, found.high)]
        rows.append([str(label), *map(repr, numbers), int(found.n[place])])
    if arguments.out:
        write_whole(arguments.out, csv_text(("domain", "estimate", "se", "low", "high", "n"), rows))
    for place, label in enumerate(found.labels):
        name = f"{label}: " if label else ""
        bounds = f"{found.low[place]:.6g} to {found.high[place]:.6g} ({100 * found.level:g} %)"
        print(f"{name}{found.value[place]:.6g}, {bounds}, n = {int(found.n[place])}")
    return DONE
