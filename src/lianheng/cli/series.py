"""`lianheng series`: drops, rises and silence in monthly counts, of a file or of a loaded register.

Exit codes: 0 done, whatever is found; 1 no unit could be told; 2 it could not be understood or is refused, and nothing
was written.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lianheng.cli.guarding import guarded, today_of
from lianheng.cli.registers import common, declared_registers, find_register, open_office, warn_of_faults

if TYPE_CHECKING:
    from lianheng.engine.redflags.series.detect import Judged, Settings
    from lianheng.engine.redflags.series.reading import Read


def add_parser(rooms: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    series = rooms.add_parser("series", help="drops, rises and silence in monthly counts")
    series.add_argument("file", nargs="?", type=Path, metavar="FILE", help="unit, month, count: .csv .xlsx .parquet")
    series.add_argument("--sheet", default="", help="the sheet of a workbook (default: the first)")
    series.add_argument("--register", default="", metavar="REGISTER", help="count a loaded register instead")
    series.add_argument("--date", default="", metavar="COLUMN", help="with --register: the column whose month counts")
    series.add_argument("--unit", default="", metavar="COLUMN", help="the column of units")
    series.add_argument("--month", default="", metavar="COLUMN", help="the column of months")
    series.add_argument("--count", default="", metavar="COLUMN", help="the column of counts")
    series.add_argument("--alpha", type=float, default=0.01, metavar="P", help="largest p of a change (0.01)")
    series.add_argument("--least", type=int, default=3, metavar="MONTHS", help="months of a level at least (3)")
    series.add_argument("--rounds", type=int, default=999, metavar="N", help="permutations (999)")
    series.add_argument("--seed", type=int, default=1, metavar="N", help="of the permutations (1)")
    series.add_argument("--out", type=Path, metavar="FOLDER", help="files and a report; not there yet, or empty")
    common(series)
    series.set_defaults(run=guarded(run_series))


def run_series(arguments: argparse.Namespace) -> int:
    """Judge every unit; 1 where none could be told."""
    from lianheng.engine.redflags.series.detect import judge_series
    from lianheng.engine.redflags.series.report import freeze_series, rows_of

    today, settings = today_of(arguments), _settings(arguments)
    read = _read(arguments)
    judged = []
    for number, one in enumerate(read.series, 1):
        judged.append(judge_series(one, settings))
        if sys.stderr.isatty():
            print(f"\r{number} of {len(read.series)} units", end="", file=sys.stderr, flush=True)
    manifest = freeze_series(read, judged, settings, today, arguments.out) if arguments.out else None
    rows, counts = rows_of(judged), Counter(one.result for one in judged)
    if arguments.json:
        said: dict[str, Any] = {"units": counts, "rows": rows, "alerts": read.alerts, "run": manifest}
        print(json.dumps(said, ensure_ascii=False, indent=1))
    else:
        _say(judged, read)
    return 1 if counts["cannot_tell"] == len(judged) else 0


def _settings(arguments: argparse.Namespace) -> Settings:
    from lianheng.engine.redflags.problems import RunError
    from lianheng.engine.redflags.result_folders import refuse_taken
    from lianheng.engine.redflags.series.detect import Settings

    if not 0 < arguments.alpha <= 0.2:
        raise RunError(f"--alpha {arguments.alpha}: give a p above 0 and at most 0.2")
    if not 2 <= arguments.least <= 12:
        raise RunError(f"--least {arguments.least}: give 2 to 12 months")
    # Five changes must each have p ≤ alpha / 5, which fewer permutations cannot show.
    if not 5 / arguments.alpha <= arguments.rounds + 1 <= 100_000:
        raise RunError(f"--rounds {arguments.rounds}: give {round(5 / arguments.alpha) - 1} to 99999")
    if arguments.out:
        refuse_taken(arguments.out)
    return Settings(arguments.alpha, arguments.least, arguments.rounds, arguments.seed)


def _read(arguments: argparse.Namespace) -> Read:
    from lianheng.engine.redflags.problems import RunError
    from lianheng.engine.redflags.series.reading import read_counts, read_register

    if bool(arguments.file) == bool(arguments.register):
        raise RunError("give a FILE, or --register REGISTER --date COLUMN")
    if arguments.file:
        names = {"unit": arguments.unit, "month": arguments.month, "count": arguments.count}
        return read_counts(arguments.file, arguments.sheet, names)
    from lianheng.engine.redflags.trace.readers import ServerReader, StoreReader

    office = open_office(arguments)
    registers, faults = declared_registers(office)
    register = find_register(registers, faults, arguments.register)
    warn_of_faults(faults)
    reader = ServerReader(office.url, registers) if office.url else StoreReader(office.store, registers)
    return read_register(reader, register, arguments.date or register.period, arguments.unit, today_of(arguments))


def _say(judged: list[Judged], read: Read) -> None:
    """Sentences for an office; the figures behind them are in --json and --out."""
    from lianheng.engine.redflags.series.words import WARNING, sentences, summary

    for one in judged:
        for text in sentences(one):
            print(text)
    for text in read.alerts:
        print(f"来源告警：{text}，没有数据不等于没有问题。")
    print(f"{summary(judged)}\n{WARNING}")
