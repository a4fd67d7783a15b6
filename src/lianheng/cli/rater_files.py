"""`lianheng raters …`: agreement, reliability and severity from CSV files."""

from __future__ import annotations

import argparse
import dataclasses
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lianheng.cli.csv_tables import Table, TableError, csv_text, finite, read_table, write_out, write_whole
from lianheng.cli.statistics_guarding import Act, guarded, refuse_beyond

if TYPE_CHECKING:
    from lianheng.engine.raters import Effects, Severity

DONE, NO = 0, 1


def add_parser(rooms: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `raters` with an act for each measure."""
    raters = rooms.add_parser("raters", help="agreement of raters, reliability of scales, severity")
    acts = raters.add_subparsers(metavar="ACT", required=True)
    _wide(acts, "icc", "intraclass correlations, all forms of Shrout and Fleiss", write_icc, coverage=True)
    cohen = _wide(acts, "cohen", "Cohen's kappa of two raters", write_cohen, coverage=True)
    cohen.add_argument("--weights", choices=("linear", "quadratic"), help="count near misses in part")
    cohen.add_argument(
        "--categories", metavar="A,B,C", help="all categories, lowest first; with --weights needed for texts"
    )
    _wide(acts, "fleiss", "Fleiss' kappa of any number of raters", write_fleiss, coverage=True)
    _wide(acts, "kendall", "Kendall's W", write_kendall)
    alpha = _wide(
        acts, "krippendorff", "Krippendorff's alpha; empty cells are missing", write_krippendorff, coverage=True
    )
    alpha.add_argument("--level", choices=("nominal", "ordinal", "interval", "ratio"), required=True)
    alpha.add_argument("--categories", metavar="A,B,C", help="the order of texts on an ordinal scale, lowest first")
    alpha.add_argument("--bootstrap", type=int, default=1000, metavar="N", help="replicates (default 1000; 0: none)")
    alpha.add_argument("--seed", type=int, default=0)
    reliability = _wide(acts, "reliability", "Cronbach's alpha, omega, split halves", write_reliability, coverage=True)
    reliability.add_argument("--reversed", metavar="A,B", default="", help="items that are worded the other way round")
    reliability.add_argument("--missing", choices=("refuse", "complete", "pairwise"), default="refuse")
    severity = _long(
        acts, "severity", "severity of raters; corrected scores of units beside the raw ones", write_severity
    )
    severity.add_argument("--raters-out", type=Path, metavar="FILE.csv", help="also write the raters here")
    severity.add_argument(
        "--use", choices=("raw", "corrected"), default="raw", help="which of them counts as the score"
    )
    severity.add_argument("--within-components", action="store_true", help="correct each component by itself")
    drift = _long(acts, "drift", "which raters grew stricter or more lenient", write_drift)
    drift.add_argument("--time", metavar="COLUMN", required=True, help="when each rating was given: a number")


def write_icc(arguments: argparse.Namespace) -> int:
    """One row for each of the six forms."""
    from lianheng.engine.raters import intraclass_correlations

    found = intraclass_correlations(_numbers(arguments), coverage=arguments.coverage)
    return _write_results(arguments.out, list(found.values()))


def write_cohen(arguments: argparse.Namespace) -> int:
    """One row."""
    from lianheng.engine.raters import cohen_kappa

    cells, categories = _texts(arguments), _listed(arguments.categories)
    found = cohen_kappa(cells, weights=arguments.weights, categories=categories, coverage=arguments.coverage)
    return _write_results(arguments.out, [found])


def write_fleiss(arguments: argparse.Namespace) -> int:
    """One row."""
    from lianheng.engine.raters import fleiss_kappa

    return _write_results(arguments.out, [fleiss_kappa(_texts(arguments), coverage=arguments.coverage)])


def write_kendall(arguments: argparse.Namespace) -> int:
    """One row."""
    from lianheng.engine.raters import kendall_w

    return _write_results(arguments.out, [kendall_w(_numbers(arguments))])


def write_krippendorff(arguments: argparse.Namespace) -> int:
    """One row."""
    from lianheng.engine.raters import krippendorff_alpha

    categories = _listed(arguments.categories)
    by_name = arguments.level == "nominal" or categories is not None
    if arguments.level == "ordinal" and not by_name:
        _refuse_unordered(arguments)
    found = krippendorff_alpha(
        _texts(arguments, may_miss=True) if by_name else _numbers(arguments, may_miss=True),
        level=arguments.level,
        categories=categories,
        n_bootstrap=arguments.bootstrap,
        seed=_seed(arguments.seed),
        coverage=arguments.coverage,
    )
    return _write_results(arguments.out, [found])


def write_reliability(arguments: argparse.Namespace) -> int:
    """Measures of the scale on standard error; for each item alpha without it and its correlation with the rest."""
    from lianheng.engine.raters import RatersError, cronbach_alpha, mcdonald_omega, split_half
    from lianheng.engine.raters.errors import ItemsError

    names = _columns(arguments, read_table(arguments.table))
    turned = _listed(arguments.reversed) or []
    strange = [name for name in turned if name not in names]
    if strange:
        raise TableError(f"{arguments.table}: --reversed names {', '.join(strange)}, which is no item")
    answers = _numbers(arguments, may_miss=arguments.missing != "refuse")
    options: dict[str, Any] = {"keys": [-1 if name in turned else 1 for name in names], "missing": arguments.missing}
    try:
        alpha = cronbach_alpha(answers, coverage=arguments.coverage, **options)
    except ItemsError as error:
        raise TableError(f"{arguments.table}: {error.named(names)} (--columns names those to use)") from None
    halves = split_half(answers, **options)
    rows = [["alpha", alpha.value, alpha.lower, alpha.upper], ["alpha_standardised", alpha.standardised, "", ""]]
    remark = ""
    try:
        omega = mcdonald_omega(answers, **options)
        rows += [["omega", omega.value, "", ""], ["omega_standardised", omega.standardised, "", ""]]
    except RatersError as error:
        remark = f"no omega: {error}"
    rows += [
        ["split_half", halves.spearman_brown, "", ""],
        ["guttman_mean", halves.mean, halves.lowest, halves.highest],
    ]
    for name, without, rest in zip(names, alpha.without, alpha.item_rest, strict=True):
        rows += [[f"alpha_without {name}", without, "", ""], [f"item_rest {name}", rest, "", ""]]
    write_out(arguments.out, csv_text(["measure", "value", "lower", "upper"], rows))
    print(f"{alpha.n_persons} persons, {len(names)} items", *filter(None, [remark]), sep="; ", file=sys.stderr)
    return DONE


def write_severity(arguments: argparse.Namespace) -> int:
    """Units with raw and corrected scores; raters with their effects."""
    from lianheng.engine.raters import severity

    table = read_table(arguments.table)
    raters, units = table.column(arguments.rater, required=True), table.column(arguments.unit, required=True)
    found = severity(_within(table, arguments.rating), raters, units)
    joined = found.n_components == 1 or arguments.within_components
    if arguments.use == "corrected" and not joined:
        print(
            f"lianheng raters severity: raters and units fall into {found.n_components} components without a common "
            "rating; corrected scores cannot be compared across them (--within-components corrects each by itself)",
            file=sys.stderr,
        )
        return NO
    text = _unit_text(found, arguments.use, joined)
    if arguments.raters_out:
        write_whole(arguments.raters_out, _rater_text(found.raters))
    write_out(arguments.out, text)
    for line in _summary(found, joined):
        print(line, file=sys.stderr)
    return DONE


def write_drift(arguments: argparse.Namespace) -> int:
    """One row a rater."""
    from lianheng.engine.raters import drift

    table = read_table(arguments.table)
    raters, units = table.column(arguments.rater, required=True), table.column(arguments.unit, required=True)
    found = drift(_within(table, arguments.rating), raters, units, _within(table, arguments.time))
    columns = [found.labels, *map(_shown, (found.slope, found.error, found.p_value, found.adjusted))]
    header = ["rater", "slope", "error", "p_value", "p_adjusted"]
    write_out(arguments.out, csv_text(header, zip(*columns, strict=True)))
    print(f"all raters together: {found.common:.4g} a unit of time, error {found.common_error:.2g}", file=sys.stderr)
    return DONE


def _wide(acts: Any, name: str, text: str, act: Act, *, coverage: bool = False) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = acts.add_parser(name, help=text)
    parser.add_argument(
        "table", type=Path, metavar="TABLE.csv", help="one row a unit (person), one column a rater (item)"
    )
    parser.add_argument("--columns", metavar="A,B", help="only these columns (default: all but --unit)")
    parser.add_argument("--unit", metavar="COLUMN", help="column with the unit's name, which holds no ratings")
    if coverage:
        parser.add_argument("--coverage", type=float, default=0.95, help="of the intervals (default 0.95)")
    return _finish(parser, name, act)


def _long(acts: Any, name: str, text: str, act: Act) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = acts.add_parser(name, help=text)
    parser.add_argument("table", type=Path, metavar="RATINGS.csv", help="one row a rating")
    for column in ("rating", "rater", "unit"):
        parser.add_argument(f"--{column}", metavar="COLUMN", required=True)
    return _finish(parser, name, act)


def _finish(parser: argparse.ArgumentParser, name: str, act: Act) -> argparse.ArgumentParser:
    parser.add_argument("--out", type=Path, metavar="FILE.csv", help="write here instead of to standard output")
    parser.set_defaults(run=guarded(act, f"raters {name}"))
    return parser


def _columns(arguments: argparse.Namespace, table: Table) -> list[str]:
    if arguments.columns:
        return [name.strip() for name in arguments.columns.split(",")]
    if arguments.unit is not None:
        table.column(arguments.unit)
    return [name for name in table.columns if name != arguments.unit]


def _numbers(arguments: argparse.Namespace, *, may_miss: bool = False) -> list[list[float]]:
    table = read_table(arguments.table)
    missing = math.nan if may_miss else None
    columns = [_within(table, name, missing=missing) for name in _columns(arguments, table)]
    return [list(row) for row in zip(*columns, strict=True)]


def _within(table: Table, name: str, *, missing: float | None = None) -> list[float]:
    """The numbers of one column, none so large that it cannot be computed with."""
    from lianheng.engine.raters.rating_table import LARGEST

    numbers = table.numbers(name, missing=missing)
    refuse_beyond(table, name, numbers, LARGEST)
    return numbers


def _refuse_unordered(arguments: argparse.Namespace) -> None:
    """Texts on an ordinal scale have an order only where it is given."""
    table = read_table(arguments.table)
    for name in _columns(arguments, table):
        for row, cell in enumerate(table.column(name), start=2):
            if any(sign.isalpha() for sign in cell) and cell != "NA" and finite(cell) is None:
                raise TableError(
                    f"{table.path}: row {row}, column {name}: {cell!r} is a text and has no order of its own; list all "
                    "categories, lowest first: --categories A,B,C"
                )


def _texts(arguments: argparse.Namespace, *, may_miss: bool = False) -> list[list[str]]:
    table = read_table(arguments.table)
    columns = [table.column(name, required=not may_miss) for name in _columns(arguments, table)]
    return [["" if cell == "NA" and may_miss else cell for cell in row] for row in zip(*columns, strict=True)]


def _listed(text: str | None) -> list[str] | None:
    return [part.strip() for part in text.split(",")] if text else None


def _seed(value: int) -> int:
    if value < 0:
        raise TableError("--seed must be 0 or more")
    return value


def _write_results(path: Path | None, results: Sequence[Any]) -> int:
    rows = [dataclasses.asdict(result) for result in results]
    lists = {name: " | ".join(map(str, value)) for name, value in rows[0].items() if isinstance(value, tuple)}
    texts = [[lists.get(name, value) for name, value in row.items()] for row in rows]
    write_out(path, csv_text(rows[0], texts))
    return DONE


def _unit_text(found: Severity, use: str, joined: bool) -> str:
    units = found.units
    corrected = found.intercept + units.effect
    header = ["unit", "n", "raw", "corrected", "corrected_error", "component", "score"]
    score = corrected if use == "corrected" else units.raw_mean
    shown = [corrected, found.corrected_error] if joined else [[""] * len(corrected)] * 2
    return csv_text(header, zip(units.labels, units.count, units.raw_mean, *shown, units.component, score, strict=True))


def _rater_text(raters: Effects) -> str:
    header = ["rater", "n", "raw_mean", "effect", "error", "component"]
    columns = (raters.labels, raters.count, raters.raw_mean, raters.effect, raters.error, raters.component)
    return csv_text(header, zip(*columns, strict=True))


def _summary(found: Severity, joined: bool) -> list[str]:
    lines = [
        f"{found.n_ratings} ratings of {len(found.units.labels)} units by {len(found.raters.labels)} raters",
        f"mean {found.intercept:.6g}; standard deviations: raters {found.rater_sd:.4g}, units {found.unit_sd:.4g}, "
        f"residual {found.residual_sd:.4g}; REML criterion {found.criterion:.6f}",
        f"components without a common rating: {found.n_components}",
    ]
    if not joined:
        lines.append("no corrected scores: they cannot be compared across components (see --within-components)")
    return lines


def _shown(values: Any) -> list[object]:
    """Numbers, and nothing where there is none."""
    return ["" if math.isnan(value) else value for value in values.tolist()]
