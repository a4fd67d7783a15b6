"""Writes a world as the files that an office would hand over, and its truth beside them."""

from __future__ import annotations

import csv
import datetime as dt
import json
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from lianheng.engine.redflags.problems import RunError
from lianheng.engine.redflags.register import Register
from lianheng.engine.redflags.synth.world import Truth, World

FORMATS = ("xlsx", "csv", "parquet")
_EXCEL_ROWS = 1_000_000


def write_world(world: World, registers: Mapping[str, Register], folder: Path, form: str) -> dict[str, Path]:
    """One file a register, headed as its declaration says, and `truth.csv`.

    Parameters
    ----------
    world : filled.
    registers : their declarations.
    folder : is made; files of the same name in it are replaced.
    form : xlsx, csv or parquet. A register that is too long for a sheet is written as CSV.

    Returns
    -------
    The file of each register.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = {}
    for name, rows in sorted(world.tables.items()):
        register = registers.get(name)
        if register is None:
            raise RunError(f"a generator fills {name!r}, which is no register")
        kind = "csv" if form == "xlsx" and len(rows) >= _EXCEL_ROWS else form
        for other in FORMATS:
            (folder / f"{name}.{other}").unlink(missing_ok=True)
        written[name] = folder / f"{name}.{kind}"
        _WRITERS[kind](written[name], [column.label for column in register.columns.values()], _cells(register, rows))
    _truth(folder / "truth.csv", world.truth)
    return written


def _cells(register: Register, rows: Iterable[Mapping[str, Any]]) -> list[list[Any]]:
    for row in rows:
        strange = set(row) - set(register.columns)
        if strange:
            raise RunError(f"a generator fills {', '.join(sorted(strange))}, no column of {register.id}")
    return [[row.get(name) for name in register.columns] for row in rows]


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    return "" if value is None else str(value)


def _write_csv(path: Path, heads: list[str], rows: list[list[Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(heads)
        out.writerows([_text(value) for value in row] for row in rows)


def _write_excel(path: Path, heads: list[str], rows: list[list[Any]]) -> None:
    import xlsxwriter  # type: ignore[import-untyped]

    def cell(value: Any) -> Any:
        if isinstance(value, Decimal):
            return float(value)
        return value if isinstance(value, int) and not isinstance(value, bool) else _text(value)

    with xlsxwriter.Workbook(str(path), {"constant_memory": True, "strings_to_numbers": False}) as book:
        sheet = book.add_worksheet()
        for line, row in enumerate([heads, *rows]):
            sheet.write_row(line, 0, [cell(value) for value in row])


def _write_parquet(path: Path, heads: list[str], rows: list[list[Any]]) -> None:
    import duckdb
    import numpy as np

    quoted = str(path.resolve()).replace("'", "''")
    cells = ", ".join(f'CAST("{head}" AS VARCHAR) AS "{head}"' for head in heads)
    with duckdb.connect() as connection:
        columns = {
            head: np.array([_text(row[place]) for row in rows], dtype=object) for place, head in enumerate(heads)
        }
        connection.register("made", columns)
        connection.execute(f"COPY (SELECT {cells} FROM made) TO '{quoted}' (FORMAT parquet)")


_WRITERS = {"csv": _write_csv, "xlsx": _write_excel, "parquet": _write_parquet}
_HEADS = ("model", "unit", "period", "kind", "expect", "colour")


def _truth(path: Path, truth: Iterable[Truth]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(_HEADS)
        for one in truth:
            unit = json.dumps(one.unit, ensure_ascii=False, sort_keys=True)
            out.writerow([one.model, unit, one.period, one.kind, one.expect, one.colour])


def read_truth(path: Path) -> list[Truth]:
    """What `write_world` planted.

    Raises
    ------
    RunError: there is no such file, or it is not a truth file.
    """
    if not path.is_file():
        raise RunError(f"{path}: there is no such file; `lianheng registers synth FOLDER` writes it")
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        if tuple(rows.fieldnames or ()) != _HEADS:
            raise RunError(f"{path}: expected the columns {', '.join(_HEADS)}")
        return [
            Truth(row["model"], json.loads(row["unit"]), row["kind"], row["expect"], row["period"], row["colour"])
            for row in rows
        ]


def last_day(world: World) -> dt.date:
    """The day after which nothing in the world happens: the `--today` of a run over it."""
    return dt.date(world.last_year, 12, 31)
