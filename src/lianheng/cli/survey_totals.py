"""Known totals of a population: the files that hold them, and raking or calibrating a sample to them."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lianheng.cli.csv_tables import Table, TableError, finite, read_table

if TYPE_CHECKING:
    from lianheng.engine.estimation import Design, Replicates


def add_adjusting(act: argparse.ArgumentParser) -> None:
    """Options of a figure: rake or calibrate first, and take errors from replicates, each adjusted anew."""
    act.add_argument("--rake", type=Path, metavar="TOTALS.csv", help="rake first: columns margin, level, total")
    act.add_argument("--convention", choices=("calibrate", "rake"), default="calibrate",
                     help="which of R's two errors after raking")  # fmt: skip
    act.add_argument("--calibrate", choices=("linear", "raking", "logit"), help="calibrate first, to these totals:")
    act.add_argument("--margins", type=Path, metavar="TOTALS.csv", help="columns margin, level, total")
    act.add_argument("--totals", type=Path, metavar="CSV", help="columns column, total: numbers to calibrate to")
    act.add_argument("--bounds", metavar="LOW,HIGH", help="of new ÷ old weight")
    act.add_argument("--replicates", choices=("jackknife", "bootstrap"), help="errors by replicates")
    act.add_argument("--draws", type=int, default=1000, help="bootstrap replicates")
    act.add_argument("--seed", type=int, help="needed for the bootstrap")


def adjusted(arguments: argparse.Namespace, table: Table, design: Design) -> tuple[Design, Replicates | None]:
    """Rake or calibrate and make replicates as asked for; every replicate is adjusted too."""
    from lianheng.engine.estimation import bootstrap, calibrate, jackknife, rake, recalibrate, rerake

    replicates = None
    if arguments.replicates == "bootstrap" and arguments.seed is None:
        raise TableError("a bootstrap needs --seed, so that anybody can repeat it; give a whole number")
    if arguments.replicates:
        made = jackknife(design) if arguments.replicates == "jackknife" else None
        replicates = made or bootstrap(design, arguments.draws, arguments.seed)
    if arguments.rake and arguments.calibrate:
        raise TableError("--rake and --calibrate are two ways to the same end; choose one")
    if arguments.rake:
        totals = read_totals(arguments.rake)
        margins: dict[str, Any] = {name: table.column(name, required=True) for name in totals}
        again = None if replicates is None else rerake(replicates, design, margins, totals)
        return rake(design, margins, totals, convention=arguments.convention), again
    if arguments.calibrate:
        settings = calibration_settings(table, arguments, arguments.calibrate)
        again = None if replicates is None else recalibrate(replicates, design, **settings)
        found = calibrate(design, **settings)
        below = int((found.weights < 0).sum())
        if below:
            least = f"{below} calibrated weights are below 0 (the least {found.weights.min():.4g})"
            print(f"warning: {least}; set --bounds, like 0.2,5, or take --calibrate raking", file=sys.stderr)
        return found, again
    return design, replicates


def calibration_settings(table: Table, arguments: argparse.Namespace, distance: str) -> dict[str, Any]:
    """Margins, columns, their totals and the bounds, as the engine takes them."""
    totals = read_totals(arguments.margins) if arguments.margins else {}
    columns, known = _columns(table, arguments.totals)
    return {
        "margins": {name: table.column(name, required=True) for name in totals},
        "totals": totals,
        "columns": columns,
        "column_totals": known,
        "distance": distance,
        "bounds": _bounds(arguments.bounds),
    }


def read_totals(path: Path) -> dict[str, dict[Any, float]]:
    """Totals of margins: columns margin, level, total."""
    table = read_table(path)
    margins, levels = (table.column(name, required=True) for name in ("margin", "level"))
    found: dict[str, dict[Any, float]] = {}
    for row, (margin, level, total) in enumerate(zip(margins, levels, table.numbers("total"), strict=True), start=2):
        if level in found.setdefault(margin, {}):
            raise TableError(f"{path}: row {row}: the level {level!r} of {margin!r} stands twice; keep one")
        found[margin][level] = total
    return found


def _columns(table: Table, path: Path | None) -> tuple[dict[str, Any], dict[str, float]]:
    if path is None:
        return {}, {}
    listed = read_table(path)
    names, totals = listed.column("column", required=True), listed.numbers("total")
    if len(set(names)) < len(names):
        raise TableError(f"{path}: a column stands twice; keep one")
    return {name: table.numbers(name) for name in names}, dict(zip(names, totals, strict=True))


def _bounds(text: str | None) -> tuple[float, float] | None:
    if text is None:
        return None
    numbers = [finite(part.strip()) for part in text.split(",")]
    if len(numbers) != 2 or numbers[0] is None or numbers[1] is None:
        raise TableError(f"--bounds {text}: write two numbers, like 0.5,2")
    return numbers[0], numbers[1]
