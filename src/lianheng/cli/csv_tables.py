"""CSV files for the engines' commands: read whole, or refused with file, row, column and how to mend it."""

from __future__ import annotations

import csv
import io
import math
import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from lianheng.engine.plain_numbers import plain_float

LIMIT = 512 * 1024 * 1024


class TableError(ValueError):
    """A file that cannot be used; the message says where and how to mend it."""


@dataclass(frozen=True)
class Table:
    """A CSV file: names of columns, and rows as texts without blanks at their ends."""

    path: Path
    columns: list[str]
    rows: list[list[str]]

    def column(self, name: str, *, required: bool = False) -> list[str]:
        """The texts of one column; with ``required`` no cell may be empty."""
        if name not in self.columns:
            raise TableError(f"{self.path}: there is no column {name!r}; the file has {', '.join(self.columns)}")
        place = self.columns.index(name)
        texts = [row[place] for row in self.rows]
        if required and "" in texts:
            raise TableError(f"{self.path}: row {texts.index('') + 2}, column {name}: the cell is empty; fill it in")
        return texts

    def numbers(self, name: str, *, missing: float | None = None) -> list[float]:
        """The numbers of one column; empty cells and NA become ``missing``, or are refused if there is none."""
        numbers: list[float] = []
        for row, text in enumerate(self.column(name), start=2):
            if text in ("", "NA") and missing is not None:
                numbers.append(missing)
                continue
            number = finite(text)
            if number is None:
                raise TableError(
                    f"{self.path}: row {row}, column {name}: {text!r} is not a number; write it with digits and a point"
                )
            numbers.append(number)
        return numbers


def read_table(path: Path) -> Table:
    """Read a CSV file in UTF-8 (with or without a mark at its start); every row as long as the first."""
    reader = csv.reader(io.StringIO(_text(path), newline=""), strict=True)
    try:
        lines = [[cell.strip() for cell in row] for row in reader]
    except csv.Error as error:
        raise TableError(f"{path}: row {reader.line_num}: {error}; mend the quotation marks") from None
    while lines and not any(lines[-1]):
        lines.pop()
    if not lines:
        raise TableError(f"{path}: the file is empty; the first row holds the names of the columns")
    columns, rows = lines[0], lines[1:]
    for name in columns:
        if not name or columns.count(name) > 1:
            raise TableError(f"{path}: row 1: the column name {name!r} is empty or stands twice; rename it")
    for number, row in enumerate(rows, start=2):
        if len(row) != len(columns):
            raise TableError(
                f"{path}: row {number} has {len(row)} cells, the first row {len(columns)}; add or remove commas"
            )
    if not rows:
        raise TableError(f"{path}: there is no row below the names of the columns")
    return Table(path, columns, rows)


def write_whole(path: Path, text: str) -> None:
    """Write a file whole or not at all: beside its place first, then moved there."""
    beside = path.with_name(f".{path.name}.part")
    try:
        beside.write_text(text, encoding="utf-8", newline="")
        os.replace(beside, path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise TableError(f"{path}: cannot be written: {error.strerror}") from None


def write_out(path: Path | None, text: str) -> None:
    """Write a file whole, or print where none is named."""
    if path is None:
        sys.stdout.write(text)
    else:
        write_whole(path, text)


def csv_text(columns: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """Rows as the text of a CSV file."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return out.getvalue()


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > LIMIT:
            raise TableError(f"{path}: larger than 512 MB")
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise TableError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise TableError(f"{path}: byte {error.start} is not UTF-8; save the file as CSV UTF-8") from None


def finite(text: str) -> float | None:
    """A finite number; None for anything else, also for what only Python takes for a number."""
    try:
        number = plain_float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
