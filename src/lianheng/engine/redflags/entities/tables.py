"""Columns of a CSV, Excel or Parquet file found by their headings, as texts, and a folder of results written whole."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path

from lianheng.engine.redflags.loading.cells import BadCell, is_blank, read_text
from lianheng.engine.redflags.loading.clear_ids import mask_numbers
from lianheng.engine.redflags.loading.headings import LOOK_AHEAD, plain
from lianheng.engine.redflags.loading.reading import open_source
from lianheng.engine.redflags.problems import RunError
from lianheng.engine.redflags.result_folders import safe_cell, whole_folder


def read_columns(
    path: Path, headings: Mapping[str, Sequence[str]], required: Sequence[str], sheet: str = ""
) -> Iterator[tuple[int, dict[str, str]]]:
    """Line number and wanted cells of each row.

    Parameters
    ----------
    path : .csv, .tsv, .xlsx, .xls, .ods or .parquet.
    headings : name → headings that mean it; the first 20 rows are searched for them.
    required : names without which the file is refused.
    sheet : of a workbook; the first where empty.

    Returns
    -------
    An iterator of rows; a name whose heading is not there is an empty text, rows without any cell are left out.

    Raises
    ------
    RunError where the file cannot be read, has no rows, lacks a required column or has one twice.
    """
    source = open_source(path, sheet)
    head: list[tuple[int, list[object]]] = []
    for line in source.rows:
        head.append(line)
        if len(head) > LOOK_AHEAD:
            break
    place, columns = _find(head, {name: {plain(word) for word in words} for name, words in headings.items()})
    missing = [name for name in required if name not in columns]
    if missing:
        told = "; ".join(f"{name} ({'、'.join(headings[name][:4])})" for name in missing)
        there = ", ".join(str(cell) for cell in head[place][1] if cell not in (None, "")) if head else "nothing"
        there = mask_numbers(there)  # without headings, the first row stands there
        raise RunError(f"{path.name}: no column for {told}; the file has {there}. Rename a heading or give --column")

    def rows() -> Iterator[tuple[int, dict[str, str]]]:
        count = 0
        for line, cells in chain(head[place + 1 :], source.rows):
            try:
                row = {name: text_of(cells[at]) if at < len(cells) else "" for name, at in columns.items()}
            except BadCell as error:
                raise RunError(f"{path.name}: line {line}: {error}") from error
            if any(row.values()):
                count += 1
                yield line, {name: row.get(name, "") for name in headings}
        if source.odd:
            raise RunError(f"{path.name}: line {source.odd[0][0]}: {source.odd[0][2]}")
        if not count:
            raise RunError(f"{path.name}: no row below the headings")

    return rows()


def _find(head: Sequence[tuple[int, list[object]]], known: Mapping[str, set[str]]) -> tuple[int, dict[str, int]]:
    """The row of headings among the first, and the place of each known column in it."""
    every = set().union(*known.values())
    hits = [len(every & {plain(cell) for cell in cells if cell not in (None, "")}) for _, cells in head]
    if not any(hits):  # a title is shorter than the headings
        hits = [sum(cell not in (None, "") for cell in cells) for _, cells in head]
    place = hits.index(max(hits)) if hits else 0
    columns: dict[str, int] = {}
    for at, cell in enumerate(head[place][1] if head else []):
        for name in (name for name, words in known.items() if plain(cell) in words):
            if name in columns:
                raise RunError(f"two columns mean {name}: {head[place][1][columns[name]]} and {cell}; rename one")
            columns[name] = at
    return place, columns


def text_of(cell: object) -> str:
    """A cell as a text: whole numbers without a point, days as 2024-01-31, nothing as an empty text.

    Example
    -------
    >>> text_of(12.0), text_of(None), text_of(" 甲 ")
    ('12', '', '甲')
    """
    return "" if is_blank(cell) else read_text(cell)


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Rows as CSV that Excel opens in Chinese; a cell that would be a formula gets an apostrophe.

    Example
    -------
    >>> csv_text(["名称", "数"], [["=1+1", -2]]).splitlines()
    ['\\ufeff名称,数', "'=1+1,-2"]
    """
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(columns)
    writer.writerows([safe_cell(value) for value in row] for row in rows)
    return "\ufeff" + out.getvalue()


def write_folder(folder: Path, files: Mapping[str, str], *, people: bool = False) -> None:
    """Write files into a new folder, which appears when it is whole; with `people` it is for its owner alone.

    Raises
    ------
    RunError where the folder is there already with something in it.
    """
    with whole_folder(folder, closed=people) as work:
        for name, text in files.items():
            (work / name).write_text(text, encoding="utf-8", newline="")
