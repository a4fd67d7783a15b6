"""`lianheng survey weights | screen | compare | small-areas | size | allocate`."""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lianheng.cli.csv_tables import TableError, csv_text, read_table, write_whole
from lianheng.cli.survey_design import add_design, read_design, survey_act
from lianheng.cli.survey_totals import calibration_settings, read_totals

DONE = 0
if TYPE_CHECKING:
    Acts = argparse._SubParsersAction[argparse.ArgumentParser]


def add_acts(acts: Acts) -> None:
    """Add the commands that do not estimate a figure."""
    for add in (_add_weights, _add_screen, _add_compare, _add_areas, _add_size, _add_allocate):
        add(acts)


def _add_weights(acts: Acts) -> None:
    weights = acts.add_parser(
        "weights", help="rake or calibrate weights to known totals; write them beside the answers"
    )
    add_design(weights)
    weights.add_argument("--method", choices=("rake", "post-stratify", "linear", "logit", "raking"), default="rake")
    weights.add_argument("--margins", type=Path, metavar="TOTALS.csv", help="columns margin, level, total")
    weights.add_argument("--totals", type=Path, metavar="CSV", help="columns column, total: numbers to calibrate to")
    weights.add_argument("--bounds", metavar="LOW,HIGH", help="of new ÷ old weight, for linear, logit, raking")
    weights.add_argument(
        "--trim-high", type=float, metavar="TIMES", help="then cap weights at so many times their mean"
    )
    weights.add_argument("--out", type=Path, required=True, metavar="CSV")
    weights.set_defaults(run=survey_act(_weights, "weights"))


def _add_screen(acts: Acts) -> None:
    screen = acts.add_parser("screen", help="find careless answers; write everybody with indices and reasons")
    screen.add_argument("file", type=Path, metavar="ANSWERS.csv")
    screen.add_argument("--items", required=True, metavar="A,B,C", help="columns of the items, as asked")
    screen.add_argument("--scales", metavar="3,4,3", help="sizes of the scales, for even-odd consistency")
    screen.add_argument("--seconds", metavar="COLUMN", help="time taken")
    for name, kind in (
        ("longstring-at-least", int), ("irv-below", float), ("even-odd-above", float), ("mahalanobis-p-below", float),
        ("speed-above", float), ("missing-above", float),
    ):  # fmt: skip
        screen.add_argument(f"--{name}", type=kind, metavar="LINE")
    screen.add_argument("--keep-duplicates", action="store_true", help="do not look for copies")
    screen.add_argument("--flags-to-exclude", type=int, default=1)
    screen.add_argument("--out", type=Path, required=True, metavar="CSV")
    screen.set_defaults(run=survey_act(_screen, "screen"))


def _add_compare(acts: Acts) -> None:
    compare = acts.add_parser("compare", help="the change of an answer's share or a mean between two waves")
    add_design(compare)
    compare.add_argument("later", type=Path, metavar="LATER.csv", help="with the same columns")
    compare.add_argument("--y", required=True, metavar="COLUMN")
    compare.add_argument("--level-of", metavar="ANSWER", help="share of this answer; left out: mean of numbers")
    compare.add_argument("--by", metavar="COLUMN")
    compare.add_argument("--confidence", type=float, default=0.95)
    compare.set_defaults(run=survey_act(_compare, "compare"))


def _add_areas(acts: Acts) -> None:
    areas = acts.add_parser("small-areas", help="Fay and Herriot: strengthen direct estimates of small areas")
    areas.add_argument("file", type=Path, metavar="AREAS.csv")
    areas.add_argument("--area", required=True, metavar="COLUMN")
    areas.add_argument("--direct", required=True, metavar="COLUMN", help="direct estimate; empty: no sample")
    areas.add_argument("--se", required=True, metavar="COLUMN", help="its standard error")
    areas.add_argument("--x", default="", metavar="A,B", help="auxiliary columns; an intercept is added")
    areas.add_argument("--method", choices=("reml", "ml", "fh"), default="reml")
    areas.add_argument("--out", type=Path, required=True, metavar="CSV")
    areas.set_defaults(run=survey_act(_areas, "small-areas"))


def _add_size(acts: Acts) -> None:
    size = acts.add_parser("size", help="how many to ask for a margin of error")
    size.add_argument("--margin", type=float, required=True, help="0.05 for 5 points")
    size.add_argument("--p", type=float, default=0.5)
    size.add_argument("--sd", type=float, help="standard deviation: for a mean instead of a share")
    size.add_argument("--confidence", type=float, default=0.95)
    size.add_argument("--population", type=float, default=math.inf)
    size.add_argument("--deff", type=float, default=1.0)
    size.add_argument("--response", type=float, default=1.0, help="share of those asked who answer")
    size.set_defaults(run=survey_act(_size, "size"))


def _add_allocate(acts: Acts) -> None:
    share = acts.add_parser("allocate", help="share a sample out over strata")
    share.add_argument("file", type=Path, metavar="STRATA.csv", help="columns stratum, size, and sd, cost if needed")
    share.add_argument("--total", type=int, required=True)
    share.add_argument("--method", choices=("proportional", "equal", "neyman", "cost", "power"), default="proportional")
    share.add_argument("--power", type=float, default=0.5)
    share.add_argument("--minimum", type=int, default=2)
    share.set_defaults(run=survey_act(_allocate, "allocate"))


def _weights(arguments: argparse.Namespace) -> int:
    from lianheng.engine.estimation import calibrate, post_stratify, rake, trim_weights

    table = read_table(arguments.file)
    design = read_design(table, arguments)
    totals = read_totals(arguments.margins) if arguments.margins else {}
    margins: dict[str, Any] = {name: table.column(name, required=True) for name in totals}
    if arguments.method == "rake":
        adjusted = rake(design, margins, totals) if totals else None
    elif arguments.method == "post-stratify":
        if len(totals) != 1:
            raise TableError("post-stratification has one margin; for several use --method rake")
        [name] = totals
        adjusted = post_stratify(design, margins[name], totals[name])
    else:
        adjusted = calibrate(design, **calibration_settings(table, arguments, arguments.method))
    if adjusted is None:
        raise TableError("raking needs --margins TOTALS.csv with columns margin, level, total")
    if arguments.trim_high is not None:
        adjusted = trim_weights(adjusted, high=arguments.trim_high, relative=True)
    _refuse_negative(adjusted.weights, arguments.method)
    name = "weight_adjusted"
    if name in table.columns:
        raise TableError(f"{table.path}: the column {name} is there already; rename it")
    rows = [[*row, repr(float(weight))] for row, weight in zip(table.rows, adjusted.weights, strict=True)]
    write_whole(arguments.out, csv_text([*table.columns, name], rows))
    ratio = adjusted.weights / adjusted.weights.mean()
    kish = adjusted.weights.sum() ** 2 / (adjusted.weights**2).sum()
    print(f"{design.n} weights, sum {adjusted.weights.sum():.10g}, largest {ratio.max():.3g} times the mean, "
          f"effective sample size {kish:.1f}")  # fmt: skip
    return DONE


def _refuse_negative(weights: Any, method: str) -> None:
    """Weights below 0 fit the totals, but no figure can be made with the file: refuse it before it is written."""
    below = int((weights < 0).sum())
    if below:
        raise TableError(
            f"--method {method} gives {below} weights below 0 (the least {weights.min():.4g}); nothing is written: "
            "set --bounds, like 0.2,5, take --method raking, or check the totals"
        )


def _screen(arguments: argparse.Namespace) -> int:
    import numpy as np

    from lianheng.engine.estimation import QualityRules, screen_responses

    table = read_table(arguments.file)
    items = [table.numbers(name.strip(), missing=math.nan) for name in arguments.items.split(",")]
    seconds = table.numbers(arguments.seconds, missing=math.nan) if arguments.seconds else None
    rules = QualityRules(
        longstring_at_least=arguments.longstring_at_least,
        irv_below=arguments.irv_below,
        even_odd_above=arguments.even_odd_above,
        mahalanobis_p_below=arguments.mahalanobis_p_below,
        speed_above=arguments.speed_above if arguments.speed_above is not None else (2.0 if seconds else None),
        missing_above=arguments.missing_above,
        duplicates=not arguments.keep_duplicates,
        flags_to_exclude=arguments.flags_to_exclude,
    )
    found = screen_responses(np.array(items).T, rules, scales=_scales(arguments.scales), seconds=seconds)
    names = list(found.indices)
    # Rows are spoken of as in the file, whose first answers stand in row 2.
    reasons = ["; ".join(_in_file(reason) for reason in row) for row in found.reasons]
    rows = [
        [*row, *(_cell(found.indices[name][k]) for name in names), int(found.kept[k]), reasons[k]]
        for k, row in enumerate(table.rows)
    ]
    write_whole(arguments.out, csv_text([*table.columns, *names, "kept", "reasons"], rows))
    print(f"{int(found.kept.sum())} of {len(table.rows)} kept; the others stay in the file with their reasons")
    for reason, count in sorted(found.counts.items()):
        print(f"  {reason}: {count}")
    return DONE


def _cell(value: float) -> str:
    """Missing is an empty cell, as in every other table."""
    return "" if value != value else repr(float(value))


def _in_file(reason: str) -> str:
    start, mark, number = reason.partition("same answers as row ")
    return f"{start}{mark}{int(number) + 2}" if mark else reason


def _scales(text: str | None) -> list[int] | None:
    if text is None:
        return None
    if not all(part.strip().isdigit() for part in text.split(",")):
        raise TableError(f"--scales {text}: write numbers of items, like 3,4,3")
    return [int(part) for part in text.split(",")]


def _compare(arguments: argparse.Namespace) -> int:
    from lianheng.engine.estimation import compare_waves, estimate_mean, estimate_proportion

    waves, answered = [], set[str]()
    for path in (arguments.file, arguments.later):
        table = read_table(path)
        design = read_design(table, arguments)
        by = table.column(arguments.by, required=True) if arguments.by else None
        if arguments.level_of:
            answers = ["" if answer == "NA" else answer for answer in table.column(arguments.y)]
            answered |= set(answers)
            waves.append(estimate_proportion(design, answers, levels=[arguments.level_of], by=by))
        else:
            waves.append(estimate_mean(design, table.numbers(arguments.y, missing=math.nan), by=by))
    # Of one wave a share of 0 is an answer; of both it is a slip of the pen.
    if arguments.level_of and arguments.level_of not in answered:
        raise TableError(
            f"column {arguments.y}: nobody answered {arguments.level_of!r} in either file; check the spelling"
        )
    scale, unit = (100, " points") if arguments.level_of else (1, "")
    for change in compare_waves(*waves, level=arguments.confidence):
        name = f"{change.label}: " if change.label else ""
        verdict = "a change" if change.clear else "no clear change"
        moved = f"{scale * change.before:.4g} → {scale * change.after:.4g}, change {scale * change.change:+.3g}{unit}"
        interval = f"({scale * change.low:+.3g} to {scale * change.high:+.3g}, {100 * arguments.confidence:g} %)"
        print(f"{name}{moved} {interval}: {verdict}, n = {int(change.n[0])} and {int(change.n[1])}")
    return DONE


def _areas(arguments: argparse.Namespace) -> int:
    import numpy as np

    from lianheng.engine.estimation import fay_herriot

    table = read_table(arguments.file)
    names = [name.strip() for name in arguments.x.split(",") if name.strip()]
    auxiliary = np.array([[1.0] * len(table.rows), *(table.numbers(name) for name in names)]).T
    direct, se = (np.array(table.numbers(c, missing=math.nan)) for c in (arguments.direct, arguments.se))
    found = fay_herriot(direct, se**2, auxiliary, method=arguments.method)
    areas = table.column(arguments.area, required=True)
    columns = ("area", "direct", "direct_se", "estimate", "rmse", "synthetic", "kept")
    parts = (found.direct, se, found.value, np.sqrt(found.mse), found.synthetic, found.kept)
    rows = [[area, *(repr(float(part[k])) for part in parts)] for k, area in enumerate(areas)]
    write_whole(arguments.out, csv_text(columns, rows))
    print(f"{len(areas)} areas, variance between them {found.between_variance:.6g} ({found.method})")
    for name, value, error in zip(["intercept", *names], found.coefficients, found.coefficient_se, strict=True):
        print(f"  {name}: {value:.6g}, standard error {error:.4g}")
    return DONE


def _size(arguments: argparse.Namespace) -> int:
    from lianheng.engine.estimation import sample_size_mean, sample_size_proportion

    common: dict[str, Any] = {
        "level": arguments.confidence,
        "population": arguments.population,
        "deff": arguments.deff,
        "response": arguments.response,
    }
    if arguments.sd is None:
        n = sample_size_proportion(arguments.margin, p=arguments.p, **common)
    else:
        n = sample_size_mean(arguments.margin, arguments.sd, **common)
    print(n)
    return DONE


def _allocate(arguments: argparse.Namespace) -> int:
    from lianheng.engine.estimation import allocate

    table = read_table(arguments.file)
    strata = table.column("stratum", required=True)
    if len(set(strata)) < len(strata):
        twice = next(name for name in strata if strata.count(name) > 1)
        raise TableError(f"{table.path}: the stratum {twice!r} stands twice; keep one row")

    def by_stratum(name: str) -> dict[str, float] | None:
        return dict(zip(strata, table.numbers(name), strict=True)) if name in table.columns else None

    sizes = dict(zip(strata, table.numbers("size"), strict=True))
    found = allocate(
        arguments.total, sizes, method=arguments.method, sds=by_stratum("sd"), costs=by_stratum("cost"),
        power=arguments.power, minimum=arguments.minimum,
    )  # fmt: skip
    for name, count in found.items():
        print(f"{name}: {count}")
    return DONE
