"""How a sample was drawn, from the columns of a file; what every command of `lianheng survey` shares."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import TYPE_CHECKING

from lianheng.cli.csv_tables import Table, TableError
from lianheng.cli.statistics_guarding import Act, guarded

if TYPE_CHECKING:
    from lianheng.engine.estimation import Design


def survey_act(act: Act, name: str) -> Act:
    """An act of `lianheng survey`, guarded; what it refuses is told in the words of the file."""
    return guarded(act, f"survey {name}", _in_file)


def _in_file(message: str, arguments: argparse.Namespace) -> str:
    """The engine counts rows from 0 and knows its arguments; a file has rows from 2 and columns of its own names."""
    message = re.sub(r"row (\d+) \(from 0\)", lambda found: f"row {int(found[1]) + 2}", message)
    message = message.replace(
        "choose lonely='certainty', 'adjust' or 'average'", "choose --lonely certainty, adjust or average"
    )
    options = {"weights": "weight", "strata": "stratum", "psu": "psu", "ssu": "ssu", "fpc": "fpc", "fpc2": "fpc2"}
    name, mark, rest = message.partition(": ")
    column = getattr(arguments, options[name], None) if name in options else None
    told = f"column {column}: {rest}" if column and mark else message
    return f"{arguments.file}: {told}" if hasattr(arguments, "file") else told


def add_design(act: argparse.ArgumentParser) -> None:
    """The columns that say how the sample was drawn."""
    act.add_argument("file", type=Path, metavar="ANSWERS.csv")
    for name, text in (
        ("weight", "weights"),
        ("stratum", "strata"),
        ("psu", "primary sampling units, within strata"),
        ("ssu", "secondary sampling units, within primary units"),
        ("fpc", "population size of the stratum in primary units (or the share sampled)"),
        ("fpc2", "population size of the primary unit"),
        ("frame", "frames the sample was drawn from, independently of each other"),
        ("share", "part of its weight that a respondent of several frames keeps"),
    ):
        act.add_argument(f"--{name}", metavar="COLUMN", help=text)
    act.add_argument("--lonely", choices=("fail", "certainty", "adjust", "average"), default="fail",
                     help="a stratum with one primary unit (default: refuse)")  # fmt: skip


def read_design(table: Table, arguments: argparse.Namespace) -> Design:
    """The design from the named columns; weights and populations are checked cell by cell."""
    from lianheng.engine.estimation import survey_design

    columns = _given(arguments, "stratum", "psu", "ssu", "frame")
    labels = {name: table.column(column, required=True) for name, column in columns}
    sizes = {name: _positive(table, column) for name, column in _given(arguments, "weight", "fpc", "fpc2", "share")}
    if "frame" in labels:
        strata = labels.get("stratum", [""] * len(table.rows))
        labels["stratum"] = [f"{f} {s}".strip() for f, s in zip(labels["frame"], strata, strict=True)]
    if "share" in sizes:
        _check_shares(table, arguments, sizes)
        sizes["weight"] = [w * s for w, s in zip(sizes["weight"], sizes["share"], strict=True)]
    return survey_design(
        sizes.get("weight"),
        strata=labels.get("stratum"),
        psu=labels.get("psu"),
        ssu=labels.get("ssu"),
        fpc=sizes.get("fpc"),
        fpc2=sizes.get("fpc2"),
        lonely=arguments.lonely,
        n=len(table.rows),
    )


def _check_shares(table: Table, arguments: argparse.Namespace, sizes: dict[str, list[float]]) -> None:
    if "weight" not in sizes or not arguments.frame:
        raise TableError("--share is a part of weights from several frames; give --weight and --frame too")
    for row, share in enumerate(sizes["share"], start=2):
        if share > 1:
            raise TableError(f"{table.path}: row {row}, column {arguments.share}: the share {share:g} is above 1")


def _given(arguments: argparse.Namespace, *names: str) -> list[tuple[str, str]]:
    return [(name, getattr(arguments, name)) for name in names if getattr(arguments, name)]


def _positive(table: Table, column: str) -> list[float]:
    values = table.numbers(column)
    for row, value in enumerate(values, start=2):
        if value < 0:
            raise TableError(f"{table.path}: row {row}, column {column}: {value:g} is below 0; correct it")
    return values
