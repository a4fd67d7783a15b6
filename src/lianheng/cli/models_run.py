"""`lianheng models run`: a night's run over the office's registers."""

from __future__ import annotations

import argparse
import json
import re
import sys
from typing import Any

from lianheng.cli.guarding import guarded, today_of
from lianheng.cli.registers import common, open_office

# Below and above these no run ends as it should: DuckDB starts every thread it is told to.
LEAST_MEMORY, MOST_THREADS, MOST_SECONDS = 16, 64, 86_400


def add_act(acts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add run."""
    run = acts.add_parser("run", help="run the models and freeze what they find in a run folder")
    run.add_argument("models", nargs="*", metavar="MODEL", help="only these")
    run.add_argument("--people", action="store_true", help="run the people models, into people-runs")
    run.add_argument(
        "--incremental", action="store_true", help="read again only what can have changed since the last run"
    )
    limits(run)
    common(run)
    run.set_defaults(run=guarded(run_models))


def limits(parser: argparse.ArgumentParser) -> None:
    """What one model may use."""
    parser.add_argument("--memory", default="2GB", help="memory of one model (2GB)")
    parser.add_argument("--seconds", type=float, default=600, help="time of one model (600)")
    parser.add_argument("--threads", type=int, default=2, help="threads (2)")


def _megabytes(size: str) -> float:
    """How many megabytes 2GB are, near enough to refuse what is far too little."""
    number, unit = re.fullmatch(r"([\d.]+)\s?([KMG])i?B", size).groups()  # type: ignore[union-attr]  # checked before
    return float(number) * {"K": 0.001, "M": 1, "G": 1000}[unit]


def limits_of(arguments: argparse.Namespace) -> Any:
    """The limits given."""
    from lianheng.engine.redflags.problems import RunError
    from lianheng.engine.redflags.run import Limits

    if not re.fullmatch(r"\d+(\.\d+)?\s?(KB|MB|GB|KiB|MiB|GiB)", arguments.memory):
        raise RunError(f"--memory {arguments.memory}: give a size such as 2GB or 800MB")
    if _megabytes(arguments.memory) < LEAST_MEMORY:
        raise RunError(f"--memory {arguments.memory}: a model needs {LEAST_MEMORY}MB at the least")
    if not 1 <= arguments.threads <= MOST_THREADS:
        raise RunError(f"--threads {arguments.threads}: from 1 to {MOST_THREADS}")
    if not 0 < arguments.seconds <= MOST_SECONDS:
        raise RunError(f"--seconds {arguments.seconds:g}: above 0, at most {MOST_SECONDS} (a day)")
    return Limits(arguments.memory, arguments.seconds, arguments.threads)


def run_models(arguments: argparse.Namespace) -> int:
    """Run the models; 1 where one of them failed, or none of them could run."""
    from lianheng.library.office import run_night

    office = open_office(arguments)
    folder, manifest = run_night(
        office, today=today_of(arguments), people=arguments.people, only=arguments.models, limits=limits_of(arguments),
        incremental=arguments.incremental, progress=_progress,
    )  # fmt: skip
    outcomes = {row["outcome"] for row in manifest["models"]}
    code = 1 if "failed" in outcomes or not outcomes & {"ran", "carried"} else 0
    if arguments.json:
        print(json.dumps({**manifest, "folder": str(folder)}, ensure_ascii=False, indent=1, default=str))
        return code
    for row in manifest["models"]:
        states = manifest["states"].get(row["model"], {})
        told = ", ".join(f"{count} {state}" for state, count in states.items())
        line = f"{row['outcome']:8} {row['model']:6} {row['flags']} candidates ({told or 'none'})"
        print(f"{line}, {row['cannot_tell']} cannot be told  {row['message']}".rstrip())
    for alert in manifest["alerts"]:
        print(f"ALERT {alert['kind']}: {alert['text']}")
    print(f"{folder}/report.html  {folder}/results.xlsx")
    if not outcomes & {"ran", "carried"}:
        print(f"lianheng models run: no model could run in {office.folder}: see the reasons above", file=sys.stderr)
    return code


def _progress(text: str) -> None:
    if sys.stderr.isatty():
        print(text, file=sys.stderr, flush=True)
