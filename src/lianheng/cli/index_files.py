"""`lianheng index run|uncertainty|sensitivity|analyse|compare`: composite indices from a pipeline file."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lianheng.cli.statistics_guarding import Act, guarded

DONE = 0
SHOWN = 5


def add_parser(rooms: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the composite-index commands."""
    index = rooms.add_parser("index", help="build a composite index and see how sure its ranks are")
    acts = index.add_subparsers(dest="act", required=True, metavar="ACT")
    for name, act, text in (
        ("run", _run, "run the pipeline; write a table per step, results.csv, report.html and manifest.json"),
        ("uncertainty", _uncertainty, "vary the declared assumptions; write rank distributions"),
        ("sensitivity", _sensitivity, "find which assumption moves the ranks (Sobol indices)"),
        ("analyse", _analyse, "write correlations, reliability, components, strengths, contributions and trends"),
    ):
        parser = acts.add_parser(name, help=text, description=text)
        parser.add_argument("config", metavar="CONFIG.toml", type=Path, help="the pipeline file")
        parser.add_argument("--out", metavar="DIR", type=Path, required=True, help="folder of the results")
        if name in ("uncertainty", "sensitivity"):
            parser.add_argument("--seed", type=int, help="overrules the file's seed")
            parser.add_argument("--replicates", type=int, help="overrules the file's number of replicates")
            parser.add_argument(
                "--resume", action="store_true", help="keep finished blocks in DIR/blocks and go on from those there"
            )
        if name == "analyse":
            parser.add_argument("--correlation", choices=("pearson", "spearman", "kendall"), default="pearson")
        parser.set_defaults(run=_printed(name, act))
    text = "compare the ranks of two results"
    compare = acts.add_parser("compare", help=text, description=text)
    compare.add_argument("first", metavar="RESULTS.csv", type=Path, help="written by `lianheng index run`")
    compare.add_argument("second", metavar="OTHER.csv", type=Path)
    compare.add_argument("--code", help="the aggregate to compare (default: the last one, the index)")
    compare.add_argument("--common", action="store_true", help="rank only the units that both results have")
    compare.add_argument("--out", metavar="CSV", type=Path, help="also write every unit's ranks")
    compare.set_defaults(run=_printed("compare", _compare))


def _printed(name: str, act: Callable[[argparse.Namespace], str]) -> Act:
    def run(arguments: argparse.Namespace) -> int:
        print(act(arguments))
        return DONE

    return guarded(run, f"index {name}")


def _run(arguments: argparse.Namespace) -> str:
    from lianheng.engine.composite.run_files import run_files
    from lianheng.engine.composite.writing import write_files

    config, run = _finished(arguments)
    files = run_files(config, run)
    write_files(arguments.out, files)
    for warning in run.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    return f"{len(run.table.units)} units, {len(run.steps)} steps: {len(files)} files in {arguments.out}"


def _finished(arguments: argparse.Namespace) -> tuple[Any, Any]:
    from lianheng.engine.composite.chain import run_steps
    from lianheng.engine.composite.config import read_config

    config = read_config(arguments.config)
    return config, run_steps(config.read(), config.steps)


def _uncertainty(arguments: argparse.Namespace) -> str:
    from lianheng.engine.composite.analysis_files import uncertainty_files

    return _varied(arguments, uncertainty_files)


def _sensitivity(arguments: argparse.Namespace) -> str:
    from lianheng.engine.composite.analysis_files import sensitivity_files

    return _varied(arguments, sensitivity_files)


def _varied(arguments: argparse.Namespace, make: Callable[..., tuple[dict[str, bytes], str]]) -> str:
    from lianheng.engine.composite.config import read_config
    from lianheng.engine.composite.writing import write_files

    store = arguments.out / "blocks" if arguments.resume else None
    config = read_config(arguments.config)
    files, line = make(config, seed=arguments.seed, replicates=arguments.replicates, store=store)
    write_files(arguments.out, files)
    return f"{line}: {len(files)} files in {arguments.out}"


def _analyse(arguments: argparse.Namespace) -> str:
    from lianheng.engine.composite.examination_files import analysis_files
    from lianheng.engine.composite.writing import write_files

    files = analysis_files(*_finished(arguments), kind=arguments.correlation)
    write_files(arguments.out, files)
    return f"{len(files)} files in {arguments.out}"


def _compare(arguments: argparse.Namespace) -> str:
    from lianheng.engine.composite.examination_files import compare_results, comparison_file, in_both
    from lianheng.engine.composite.run_files import read_table
    from lianheng.engine.composite.tables import Table
    from lianheng.engine.composite.writing import write_files

    def aggregates(path: Path) -> Table:
        table = read_table(path)
        # results.csv ends with the rank of the index; ranks are taken anew here.
        return table.select_codes([code for code in table.codes if not code.startswith("rank_")])

    first, second = aggregates(arguments.first), aggregates(arguments.second)
    code = arguments.code or first.codes[-1]
    if arguments.common:
        first, second = in_both(first, second, code)
    found, alike = compare_results(first, second, code)
    if arguments.out:
        write_files(arguments.out.parent, {arguments.out.name: comparison_file(found)})
    counts = [sum(rank == rank for rank in ranks) for ranks in (found.first, found.second)]
    both = sum(one == one and other == other for one, other in zip(found.first, found.second, strict=True))
    if set(counts) != {both}:
        print(
            f"warning: {code} ranks {counts[0]} units in the first result and {counts[1]} in the second, {both} in "
            "both; ranks change because units come or leave; --common ranks only those in both",
            file=sys.stderr,
        )
    lines = [f"{code}: " + ", ".join(f"{name} {value:.4f}" for name, value in alike.items())]
    lines.append(f"mean change of rank {found.mean_absolute_difference:.2f}; the largest:")
    moved = [row for row in zip(found.units, found.first, found.second, strict=True) if row[1] == row[1] != row[2]]
    moved = [row for row in moved if row[2] == row[2]]
    for unit, one, other in sorted(moved, key=lambda row: -abs(row[1] - row[2]))[:SHOWN]:
        lines.append(f"  {unit}: {one:g} and {other:g}")
    return "\n".join(lines)
