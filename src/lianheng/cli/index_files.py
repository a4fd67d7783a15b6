"""`lianheng index run|uncertainty|sensitivity`: composite indices from a pipeline file."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

DONE, FAILED = 0, 2
NEEDED = "first install the statistics engines: pip install 'lianheng[statistics]'"


def add_parser(rooms: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the composite-index commands."""
    index = rooms.add_parser("index", help="build a composite index and see how sure its ranks are")
    acts = index.add_subparsers(dest="act", required=True, metavar="ACT")
    for name, act, text in (
        ("run", _run, "run the pipeline; write a table per step, results.csv, report.html and manifest.json"),
        ("uncertainty", _uncertainty, "vary the declared assumptions; write rank distributions"),
        ("sensitivity", _sensitivity, "find which assumption moves the ranks (Sobol indices)"),
    ):
        parser = acts.add_parser(name, help=text, description=text)
        parser.add_argument("config", metavar="CONFIG.toml", type=Path, help="the pipeline file")
        parser.add_argument("--out", metavar="DIR", type=Path, required=True, help="folder of the results")
        if name != "run":
            parser.add_argument("--seed", type=int, help="overrules the file's seed")
            parser.add_argument("--replicates", type=int, help="overrules the file's number of replicates")
            parser.add_argument(
                "--resume", action="store_true", help="keep finished blocks in DIR/blocks and go on from those there"
            )
        parser.set_defaults(run=_guarded(name, act))


def _guarded(name: str, act: Callable[[argparse.Namespace], str]) -> Callable[[argparse.Namespace], int]:
    def run(arguments: argparse.Namespace) -> int:
        try:
            from lianheng.engine.composite.errors import CompositeError

            try:
                print(act(arguments))
            except CompositeError as error:
                print(f"lianheng index {name}: {error}", file=sys.stderr)
                return FAILED
        except ModuleNotFoundError as error:
            if error.name and error.name.split(".")[0] in ("numpy", "scipy", "matplotlib", "jinja2"):
                print(f"lianheng index {name}: {NEEDED}", file=sys.stderr)
                return FAILED
            raise
        return DONE

    return run


def _run(arguments: argparse.Namespace) -> str:
    from lianheng.engine.composite.chain import run_steps
    from lianheng.engine.composite.config import read_config
    from lianheng.engine.composite.run_files import run_files
    from lianheng.engine.composite.writing import write_files

    config = read_config(arguments.config)
    run = run_steps(config.read(), config.steps)
    files = run_files(config, run)
    write_files(arguments.out, files)
    for warning in run.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    return f"{len(run.table.units)} units, {len(run.steps)} steps: {len(files)} files in {arguments.out}"


def _uncertainty(arguments: argparse.Namespace) -> str:
    from lianheng.engine.composite.analysis_files import uncertainty_files
    from lianheng.engine.composite.config import read_config
    from lianheng.engine.composite.writing import write_files

    files, line = uncertainty_files(
        read_config(arguments.config),
        seed=arguments.seed,
        replicates=arguments.replicates,
        store=arguments.out / "blocks" if arguments.resume else None,
    )
    write_files(arguments.out, files)
    return f"{line}: {len(files)} files in {arguments.out}"


def _sensitivity(arguments: argparse.Namespace) -> str:
    from lianheng.engine.composite.analysis_files import sensitivity_files
    from lianheng.engine.composite.config import read_config
    from lianheng.engine.composite.writing import write_files

    files, line = sensitivity_files(
        read_config(arguments.config),
        seed=arguments.seed,
        replicates=arguments.replicates,
        store=arguments.out / "blocks" if arguments.resume else None,
    )
    write_files(arguments.out, files)
    return f"{line}: {len(files)} files in {arguments.out}"
