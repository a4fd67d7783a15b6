"""`lianheng ranks sets` and `lianheng ranks probabilities`: how far a ranking in a CSV file can be trusted."""

from __future__ import annotations

import argparse
import math
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lianheng.cli.csv_tables import Table, TableError, csv_text, finite, read_table, write_out
from lianheng.cli.statistics_guarding import guarded, refuse_beyond

if TYPE_CHECKING:
    from lianheng.engine.ranks import RankSets

ENOUGH = 10_000  # draws; with fewer a bound may hang on chance


def add_parser(rooms: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `ranks` with its two acts."""
    ranks = rooms.add_parser("ranks", help="confidence sets for ranks, and the probability of a place")
    acts = ranks.add_subparsers(metavar="ACT", required=True)
    sets = acts.add_parser(
        "sets",
        help="the ranks that the errors of the scores leave open, and tiers that cut no tie",
        description="Write a CSV table: unit, score, rank, bounds of the rank with their Monte Carlo range, tier.",
    )
    _add_input(sets)
    sets.add_argument("--coverage", type=float, default=0.95, help="probability that the sets hold (default 0.95)")
    sets.add_argument("--marginal", action="store_true", help="sets that hold for each unit by itself, not for all")
    sets.add_argument("--single-step", action="store_true", help="do not step down")
    sets.add_argument("--best", type=int, metavar="K", help="add a column: may be among the best K")
    sets.set_defaults(run=guarded(write_sets, "ranks sets"))
    chances = acts.add_parser(
        "probabilities",
        help="the probability of being among the best K, and of a grade",
        description="Write a CSV table: unit, score, then a probability and its Monte Carlo error for each question.",
    )
    _add_input(chances)
    chances.add_argument("--top", type=int, action="append", default=[], metavar="K", help="may be given several times")
    chances.add_argument(
        "--grade", action="append", default=[], metavar="NAME=LINE", help="may be given several times: 优秀=90"
    )
    chances.set_defaults(run=guarded(write_probabilities, "ranks probabilities"))


def write_sets(arguments: argparse.Namespace) -> int:
    """Write the confidence sets, best first, and say how they were made."""
    from lianheng.engine.ranks import confidence_sets

    given = _read(arguments)
    found = confidence_sets(
        given.scores,
        given.standard_errors,
        given.draws,
        coverage=arguments.coverage,
        simultaneous=not arguments.marginal,
        step_down=not arguments.single_step,
        **given.options,
    )
    header = ["unit", "score", "rank", "lower", "upper", "lower_min", "lower_max", "upper_min", "upper_max"]
    columns: list[Any] = [given.units, given.scores, found.rank, found.lower, found.upper]
    columns += [*found.lower_range.T, *found.upper_range.T]
    if found.tier is not None:
        header, columns = [*header, "tier"], [*columns, found.tier]
    if arguments.best is not None:
        header.append(f"best_{arguments.best}")
        columns.append(["yes" if may_be else "no" for may_be in found.best(arguments.best)])
    rows = sorted(zip(*columns, strict=True), key=lambda row: row[2])
    write_out(arguments.out, csv_text(header, rows))
    seed = given.options["seed"] if given.draws is None else None
    for line in [*given.remarks, *_summary(found, seed, given.standard_errors is None)]:
        print(line, file=sys.stderr)
    return 0


def write_probabilities(arguments: argparse.Namespace) -> int:
    """Write the probabilities in the order of the input."""
    from lianheng.engine.ranks import grade_probabilities, top_probabilities

    grades = dict(_grade(text) for text in arguments.grade)
    if not arguments.top and not grades:
        raise TableError("nothing is asked: give --top K or --grade NAME=LINE")
    given = _read(arguments)
    found = [
        top_probabilities(given.scores, given.standard_errors, given.draws, top=top, **given.options)
        for top in arguments.top
    ]
    if grades:
        options = {name: given.options[name] for name in ("centre", "higher_is_better")}
        found.append(grade_probabilities(given.scores, given.standard_errors, given.draws, grades=grades, **options))
    header, columns = ["unit", "score"], [given.units, given.scores]
    for part in found:
        for index, label in enumerate(part.labels):
            header += [
                f"p_{(label or 'no grade').replace(' ', '_')}",
                f"error_{(label or 'no grade').replace(' ', '_')}",
            ]
            columns += [part.values[:, index], part.monte_carlo_error[:, index]]
    write_out(arguments.out, csv_text(header, zip(*columns, strict=True)))
    few = [part.n_draws for part in found if 0 < part.n_draws < ENOUGH]
    warning = (
        f"WARNING: {few[0]:,} draws are few: a probability of 0 or 1 only says that it lies within " if few else ""
    )
    for line in [*given.remarks, *([f"{warning}{min(1.0, 3 / few[0]):.2g} of it; give {ENOUGH:,}"] if few else [])]:
        print(line, file=sys.stderr)
    return 0


@dataclass(frozen=True)
class _Given:
    units: list[str]
    scores: list[float]
    standard_errors: list[float] | None
    draws: Any
    options: dict[str, Any]
    remarks: list[str]


def _add_input(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("scores", type=Path, metavar="SCORES.csv", help="one row a unit")
    parser.add_argument("--unit", metavar="COLUMN", help="column with the unit's name (default: the first)")
    parser.add_argument("--score", metavar="COLUMN", required=True, help="column with the score")
    parser.add_argument("--se", metavar="COLUMN", help="column with the standard error, errors being independent")
    parser.add_argument(
        "--draws", type=Path, metavar="DRAWS.csv", help="joint draws: one column a unit, one row a draw"
    )
    parser.add_argument(
        "--centre",
        choices=("mean", "scores", "zero"),
        default="mean",
        help="what is taken off each column of DRAWS.csv",
    )
    parser.add_argument(
        "--n-draws", type=int, default=10_000, metavar="N", help="draws made from --se (default 10,000)"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="seed of these draws (default 0)")
    parser.add_argument("--lower-is-better", action="store_true", help="rank 1 is the smallest score")
    parser.add_argument("--leave-out-missing", action="store_true", help="leave out units without a score")
    parser.add_argument("--out", type=Path, metavar="FILE.csv", help="write here instead of to standard output")


def _read(arguments: argparse.Namespace) -> _Given:
    from lianheng.engine.ranks.inputs import LARGEST

    if arguments.se is None and arguments.draws is None:
        raise TableError("give --se COLUMN (independent errors) or --draws DRAWS.csv (joint draws)")
    if arguments.seed < 0:
        raise TableError("--seed must be 0 or more")
    table = read_table(arguments.scores)
    units = table.column(arguments.unit or table.columns[0], required=True)
    _refuse_twice(table, units)
    scores = table.numbers(arguments.score, missing=math.nan if arguments.leave_out_missing else None)
    refuse_beyond(table, arguments.score, scores, LARGEST)
    errors = None if arguments.se is None else _standard_errors(table, arguments.se, scores)
    kept = [place for place, score in enumerate(scores) if not math.isnan(score)]
    left_out = [unit for unit, score in zip(units, scores, strict=True) if math.isnan(score)]
    units = [units[place] for place in kept]
    options = {
        "n_draws": arguments.n_draws,
        "seed": arguments.seed,
        "centre": arguments.centre,
        "higher_is_better": not arguments.lower_is_better,
    }
    return _Given(
        units,
        [scores[place] for place in kept],
        None if errors is None else [errors[place] for place in kept],
        None if arguments.draws is None else _draws(arguments.draws, units),
        options,
        [f"left out, no score: {', '.join(left_out)}"] if left_out else [],
    )


def _standard_errors(table: Table, column: str, scores: list[float]) -> list[float]:
    """Standard errors; one may be missing only where the score is."""
    from lianheng.engine.ranks.inputs import LARGEST

    values = table.numbers(column, missing=math.nan)
    refuse_beyond(table, column, values, LARGEST)
    for row, (value, score) in enumerate(zip(values, scores, strict=True), 2):
        if not math.isnan(score) and not value >= 0:
            problem = "is missing; fill it in" if math.isnan(value) else "is negative; it must be 0 or more"
            raise TableError(f"{table.path}: row {row}, column {column}: the standard error {problem}")
    return values


def _draws(path: Path, units: list[str]) -> Any:
    import numpy as np

    from lianheng.engine.ranks.inputs import LARGEST

    table = read_table(path)
    columns = [table.numbers(unit) for unit in units]
    for unit, column in zip(units, columns, strict=True):
        refuse_beyond(table, unit, column, LARGEST)
    return np.array(columns).T


def _refuse_twice(table: Table, units: list[str]) -> None:
    seen: dict[str, int] = {}
    for row, unit in enumerate(units, 2):
        if unit in seen:
            raise TableError(
                f"{table.path}: row {row}: the unit {unit!r} stood in row {seen[unit]} already; rename one"
            )
        seen[unit] = row


def _grade(text: str) -> tuple[str, float]:
    name, _, text_of_line = text.rpartition("=")
    line = finite(text_of_line)
    if not name or line is None:
        raise TableError(f"--grade {text!r}: write NAME=LINE, for example 优秀=90")
    return name, line


def _summary(found: RankSets, seed: int | None, from_draws: bool) -> list[str]:
    kind = "simultaneous" if found.simultaneous else "marginal"
    steps = f"step-down in {found.steps} steps" if found.step_down else "single step"
    source = "given draws" if seed is None else f"draws from seed {seed}"
    lines = [f"{kind} sets, coverage {found.coverage:g}, {steps}, {found.n_draws} {source}"]
    if found.simultaneous:
        low, high = found.critical_interval[0]
        end = f"{high:.4f}" if math.isfinite(high) else "no upper end, the draws being too few"
        lines.append(f"critical value {found.critical_value[0]:.4f} (95 % Monte Carlo interval {low:.4f} to {end})")
    count = int(found.unsettled().sum())
    lines.append(f"bounds of {count} of {len(found.rank)} units depend on the Monte Carlo error (…_min, …_max)")
    if found.n_draws < ENOUGH:
        spread = (
            f"; standard deviations taken from them are off by some {50 * math.sqrt(2 / (found.n_draws - 1)):.1f} %"
            if from_draws
            else ""
        )
        lines.append(
            f"WARNING: {found.n_draws:,} draws are few: trust the bounds …_min and …_max, not lower and upper alone"
            f"{spread}; give {ENOUGH:,} or more"
        )
    return lines
