"""Sheets of an uploaded workbook as rows of cells: within bounds, and no cell silently taken for an empty one."""

import html
import io
import re
import zipfile
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from python_calamine import CalamineWorkbook

from lianheng.web.shell.errors import InvalidInput
from lianheng.web.shell.workbook_bounds import BROKEN, BROKEN_ARCHIVE, check_bounds

Lines = list[list[Any]]

# A cell whose formula has no result beside it, and one whose result is an error.
UNCOMPUTED = re.compile(rb"<c\b([^>]*)>\s*<f\b[^>]*?(?:/>|>[^<]*</f>)\s*(?:<v\s*/>|<v>\s*</v>)?\s*</c>")
FAULTY = re.compile(rb'<c\b([^>]*\bt="e"[^>]*)>')
UNREAD = ((UNCOMPUTED, "是没有算过的公式，读不到结果"), (FAULTY, "是错误值"))
PLACE = re.compile(rb'\br="([A-Z]+)([0-9]+)"')
SHEET, RELATION = re.compile(rb"<sheet\b[^>]*>"), re.compile(rb"<Relationship\b[^>]*>")
NAME, SHEET_KEY = re.compile(rb'\bname="([^"]*)"'), re.compile(rb'\br:id="([^"]+)"')
KEY, TARGET = re.compile(rb'\bId="([^"]+)"'), re.compile(rb'\bTarget="([^"]+)"')


@dataclass(frozen=True)
class CellProblem:
    """One refused cell: the row as Excel numbers it."""

    row: int
    heading: str
    message: str


def nothing_imported(problems: Sequence[CellProblem], unit: str) -> str:
    """Say that a file with these problems was not taken in, with the first of them; `unit`: 一行, 一格."""
    first = problems[0]
    what = f"没有导入：{len(problems)} 处有错，{unit}都没有写入"
    return f"{what}。第 {first.row} 行“{first.heading}”：{first.message}"


def cell_text(cell: Any) -> str:
    """Return a cell as text; a whole number loses the '.0' that Excel gives it."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip() if cell is not None else ""


def read_sheet(content: bytes, *, max_rows: int, max_columns: int, named: str = "") -> Lines:
    """Return the rows of the sheet of a name, else of the first, from its first row and column."""
    check_bounds(content, max_rows=max_rows, max_columns=max_columns)
    with _broken_is_told():
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        name = named if named in book.sheet_names else book.sheet_names[0]
        _refuse_unread_cells(content, {name})
        return list(book.get_sheet_by_name(name).to_python(skip_empty_area=False))


def read_sheets(content: bytes, names: Collection[str], *, max_rows: int, max_columns: int) -> dict[str, Lines]:
    """Return name → rows of those of these sheets that are there."""
    check_bounds(content, max_rows=max_rows, max_columns=max_columns)
    with _broken_is_told():
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        there = [name for name in book.sheet_names if name in names]
        _refuse_unread_cells(content, set(there))
        return {name: list(book.get_sheet_by_name(name).to_python(skip_empty_area=False)) for name in there}


@contextmanager
def _broken_is_told() -> Iterator[None]:
    try:
        yield
    except (InvalidInput, KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException as error:
        # A broken file may make the reader panic, and its panic is no Exception: it would end the worker.
        raise InvalidInput(BROKEN, "file") from error


def _refuse_unread_cells(content: bytes, names: Collection[str]) -> None:
    """Refuse cells that the reader would take for empty ones: formulas never computed, and errors such as #N/A."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            members = _members(packed)
            texts = {name: packed.read(members[name]) for name in names if name in members}
    except (KeyError, *BROKEN_ARCHIVE):
        return  # the reader itself says what is wrong with such a file
    for name, text in texts.items():
        for pattern, what in UNREAD:
            cell = pattern.search(text)
            place = PLACE.search(cell[1]) if cell else None
            if place:
                where = f"“{name}”表第 {place[2].decode()} 行 {place[1].decode()} 列"
                raise InvalidInput(f"{where}{what}。请把它改成数值或文字，保存后再传", "file")


def _members(packed: zipfile.ZipFile) -> dict[str, str]:
    """Return sheet name → the archive's name of the sheet."""
    targets: dict[bytes, str] = {}
    for relation in RELATION.findall(packed.read("xl/_rels/workbook.xml.rels")):
        key, target = KEY.search(relation), TARGET.search(relation)
        if key and target:
            targets[key[1]] = "xl/" + target[1].decode().removeprefix("/").removeprefix("xl/")
    members: dict[str, str] = {}
    for sheet in SHEET.findall(packed.read("xl/workbook.xml")):
        name, key = NAME.search(sheet), SHEET_KEY.search(sheet)
        if name and key and key[1] in targets:
            members[html.unescape(name[1].decode("utf-8", "replace"))] = targets[key[1]]
    return members
