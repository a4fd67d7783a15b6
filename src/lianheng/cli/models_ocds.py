"""`lianheng models ocds`: eleven procurement indicators over OCDS compiled releases.

Exit codes: 0 done, also where lines were left out (they are named); 2 settings or file could not be understood, and
nothing was written.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import lianheng.library
from lianheng.cli.guarding import guarded

if TYPE_CHECKING:
    from lianheng.engine.redflags.ocds.outcome import Outcome

_HEAD = 4096
# Not through library.models, which loads a SQL parser that is not needed here.
RULES = Path(lianheng.library.__file__).parent / "models" / "procurement"


def add_act(acts: Any) -> None:
    """Add `ocds` to the commands about models."""
    act = acts.add_parser(
        "ocds",
        help="procurement indicators over OCDS compiled releases",
        description="Compute the indicators that the settings switch on (R003 R018 R024 R025 R028 R030 R035 R036 R038 "
        "R048 R058) over OCDS compiled releases, one JSON object a line.",
    )
    act.add_argument("releases", metavar="RELEASES.jsonl", help="the file, or - for standard input")
    act.add_argument("--settings", type=Path, required=True, metavar="FILE", help="settings as .ini or .json")
    act.add_argument("--out", type=Path, metavar="OUT.json", help="where the result goes (default: standard output)")
    act.add_argument("--no-meta", action="store_true", help="leave out Meta, the quartiles and fences")
    act.add_argument("--no-map", action="store_true", help="leave out Maps, who stands behind a flagged process")
    act.add_argument("--map", action="store_true", help=argparse.SUPPRESS)  # the peer's flag: Maps are written anyway
    act.add_argument("--count", action="store_true", help="print the number of flagged ids in each group")
    act.add_argument("--threads", type=int, metavar="N", help="how many threads (default: one a core)")
    act.add_argument("--memory", default="4GB", metavar="SIZE", help="limit; what is above goes to disk (4GB)")
    act.add_argument("--json", action="store_true", help="print the account of the run as JSON")
    act.set_defaults(run=guarded(run_ocds))


def run_ocds(arguments: argparse.Namespace) -> int:
    """Check the settings, run the indicators, write the result whole or not at all."""
    from lianheng.engine.redflags.ocds.rules import read_rules
    from lianheng.engine.redflags.ocds.run import run_indicators
    from lianheng.engine.redflags.ocds.settings_file import read_settings
    from lianheng.engine.redflags.problems import RunError

    if arguments.threads is not None and arguments.threads < 1:
        raise RunError(f"--threads {arguments.threads}: give a whole number from 1")
    settings = read_settings(arguments.settings)
    if arguments.out is not None and not arguments.out.resolve().parent.is_dir():
        raise RunError(f"--out {arguments.out}: there is no folder {arguments.out.parent}; make it first")
    progress = _show if sys.stderr.isatty() else lambda step: None
    with _file(arguments.releases) as path:
        outcome = run_indicators(
            path,
            settings,
            read_rules(RULES),
            maps=not arguments.no_map,
            threads=arguments.threads,
            memory=arguments.memory,
            progress=progress,
        )
        warnings = [*outcome.warnings, *outcome.lines.warnings, *_hints(path, outcome)]
    _write(outcome, arguments.out, meta=not arguments.no_meta)
    _account(outcome, warnings, arguments)
    return 0


@contextmanager
def _file(name: str) -> Iterator[Path]:
    """The releases as a file that can be read twice; standard input is copied."""
    from lianheng.engine.redflags.problems import RunError

    if name != "-":
        path = Path(name)
        if not path.is_file():
            raise RunError(f"{name} is no file: give a file of compiled releases, or - for standard input")
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="lianheng-ocds-") as folder:
        path = Path(folder) / "stdin.jsonl"
        with path.open("wb") as copy:
            shutil.copyfileobj(sys.stdin.buffer, copy)
        yield path


def _write(outcome: Outcome, out: Path | None, *, meta: bool) -> None:
    if out is None:
        outcome.write(sys.stdout, meta=meta)
        return
    partial = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        with partial.open("w", encoding="utf-8", newline="\n") as file:
            outcome.write(file, meta=meta)
        partial.replace(out)
    finally:
        partial.unlink(missing_ok=True)


def _hints(path: Path, outcome: Outcome) -> list[str]:
    """What to do about a file that held no process, or one in another encoding."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
    hints = []
    if not head.strip():
        hints.append("the file is empty: nothing was read, so nothing flagged says nothing")
    elif outcome.processes == 0:
        hints.append(
            "no line is a compiled release with an ocid: give one compiled release a line, "
            "not a release or record package"
        )
    if outcome.lines.not_utf8 and _is_gb18030(head):
        hints.append("the file looks like GB18030: convert it with iconv -f GB18030 -t UTF-8")
    return hints


def _is_gb18030(head: bytes) -> bool:
    # A character may be cut off at the end of a full piece.
    for cut in range(4 if len(head) == _HEAD else 1):
        try:
            head[: len(head) - cut].decode("gb18030")
        except UnicodeDecodeError:
            continue
        return True
    return False


def _account(outcome: Outcome, warnings: list[str], arguments: argparse.Namespace) -> None:
    for warning in warnings:
        print(f"lianheng: warning: {warning}", file=sys.stderr)
    counts = outcome.counts()
    if arguments.count:
        for group, number in counts.items():
            print(f"{group}: {number}", file=sys.stderr)
    if arguments.out is None:
        return
    if arguments.json:
        row = {"out": str(arguments.out), "lines": outcome.lines.read, "left_out": outcome.lines.skipped,
               "processes": outcome.processes, "flagged": counts, "warnings": warnings}  # fmt: skip
        print(json.dumps(row, ensure_ascii=False, indent=1))
        return
    flagged = ", ".join(f"{group} {number:,}" for group, number in counts.items()) or "nothing"
    read = f"{outcome.lines.read:,} lines, {outcome.processes:,} processes"
    print(f"{read}; flagged: {flagged}; {arguments.out}")


def _show(step: str) -> None:
    print(f"\r\033[K{step} …", end="\r", file=sys.stderr, flush=True)
