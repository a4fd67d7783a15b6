"""The rows of a source as a canonical CSV: typed, checked, ids hashed; the others go to quarantine."""

from __future__ import annotations

import csv
import itertools
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, TextIO

from lianheng.engine.redflags.loading.cells import BadCell, Tally, cell_reader, is_blank, read_text
from lianheng.engine.redflags.loading.clear_ids import begins_with_home, mask_clear_ids
from lianheng.engine.redflags.loading.headings import LOOK_AHEAD, find_heading_row, place_columns
from lianheng.engine.redflags.loading.quarantine import Quarantine
from lianheng.engine.redflags.loading.reading import Source
from lianheng.engine.redflags.loading.reasons import Found, Reason
from lianheng.engine.redflags.problems import RunError
from lianheng.engine.redflags.register import Register

_EVERY = 50_000
_CLOSING = re.compile(
    r"\s*(合\s*计|总\s*计|小\s*计|制表人?|填表人?|审核人?|经办人|负责人|签字|签章|盖章)\s*(?:[：:（(].*)?", re.DOTALL
)


class Cleaned(NamedTuple):
    """Rows read, headings not loaded, columns that are missed (`without`), areas rounded."""

    rows: int
    not_loaded: list[str]
    absent: list[str]
    rounded: int


def write_clean(
    register: Register, source: Source, key: bytes, clean: Path, refused: Quarantine, progress: Callable[[int], None]
) -> Cleaned:
    """Write the good rows to a canonical CSV (ids hashed)."""
    first = list(itertools.islice(source.rows, LOOK_AHEAD))
    if not first:
        raise RunError(f"{source.name}: is empty: no headings, no rows")
    top = find_heading_row(register, [row for _, row in first])
    places, not_loaded = _place_columns(register, first[top][1], source)
    # A column that the source lacks reads beyond the end of every row, which is a blank cell.
    tally = Tally()
    readers = [
        (name, places.get(name, 1 << 30), cell_reader(column, key, tally)) for name, column in register.columns.items()
    ]
    # A reason names the heading that stands in the file, which may be one of the column's others.
    named = {name: str(first[top][1][place]).strip() for name, place in places.items()}
    homes = [places[name] for name, column in register.columns.items() if column.role == "division" and name in places]
    width, secret = len(first[top][1]), any(column.protected for column in register.columns.values())
    count = 0
    with _own_file(clean) as file:
        write = csv.writer(file, lineterminator="\n").writerow
        for line, row in _data_rows(first[top + 1 :], source.rows):
            count += 1
            if count % _EVERY == 0:
                progress(count)
            cells: list[str] = []
            problems: list[Found] = []
            for name, place, read in readers:
                try:
                    cells.append(read(row[place] if place < len(row) else None))
                except BadCell as error:
                    if error.reason.code == "clear_id" and _is_home(row[place], [_at(row, home) for home in homes]):
                        cells.append(read_text(row[place]))
                        continue
                    problems.append(Found(named.get(name, register.columns[name].label), error.reason))
            if len(row) > width and not all(map(is_blank, row[width:])):
                problems.append(Found("", Reason("more_cells", cells=len(row), headings=width)))
            if problems:
                closing = _closing_line(row)
                refused.closings += bool(closing)
                if closing:
                    problems = [Found("", Reason("closing_line", word=closing))]
                shown_cells = {name: _at(row, place) for name, place, _ in readers}
                if secret and len(row) != width and not closing:
                    # In a row that has shifted, a name may stand anywhere: neither cells nor their reasons are shown.
                    problems = [Found("", Reason("shifted", cells=len(row), headings=width))]
                    shown_cells = {}
                refused.add(line, problems, shown_cells)
            else:
                write([line, *cells])
    # A line that could not be decoded was never parted into cells: it is shown whole, or not at all.
    shown = None if secret else next(iter(places))
    for line, text, reason in source.odd:
        refused.add(line, [Found("", reason)], {shown: text} if shown else {})
    count += len(source.odd)
    progress(count)
    absent = [name for name, column in register.columns.items() if column.without and name not in places]
    return Cleaned(count, [mask_clear_ids(heading) for heading in not_loaded], absent, tally.rounded)


def _own_file(path: Path) -> TextIO:
    """A new file for its owner alone."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    return os.fdopen(handle, "w", encoding="utf-8", newline="")


def _is_home(raw: Any, homes: list[Any]) -> bool:
    """Whether a cell is a household's code (承包方编码): county, town, village, group, household."""
    return begins_with_home(_code(raw), [_code(home) for home in homes if not is_blank(home)])


def _code(raw: Any) -> str:
    try:
        return read_text(raw)
    except BadCell:
        return ""


def _place_columns(register: Register, headings: list[Any], source: Source) -> tuple[dict[str, int], list[str]]:
    try:
        return place_columns(register, headings, source.name)
    except RunError as error:
        if not source.hint:
            raise
        raise RunError(f"{error}\n  {source.hint}") from error


def _closing_line(row: list[Any]) -> str:
    """The word that marks a line of totals or signatures below a table; only asked of rows that are refused."""
    for cell in row:
        found = _CLOSING.fullmatch(str(cell)) if isinstance(cell, str) else None
        if found:
            return found[1]
    return ""


def _data_rows(
    first: list[tuple[int, list[Any]]], rest: Iterator[tuple[int, list[Any]]]
) -> Iterator[tuple[int, list[Any]]]:
    for line, row in itertools.chain(first, rest):
        if not all(map(is_blank, row)):
            yield line, row


def _at(row: list[Any], place: int) -> Any:
    return row[place] if place < len(row) else None
