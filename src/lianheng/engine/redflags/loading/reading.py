"""Rows of a source, one at a time: Excel, CSV in UTF-8 or GB18030, Parquet, a table of a database."""

from __future__ import annotations

import codecs
import datetime as dt
import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lianheng.engine.redflags.loading.clear_ids import MASK, holds_clear_id
from lianheng.engine.redflags.loading.csv_records import Odd, read_records
from lianheng.engine.redflags.loading.reasons import Reason
from lianheng.engine.redflags.problems import RunError
from lianheng.engine.redflags.result_folders import file_hash

if TYPE_CHECKING:
    from python_calamine import CalamineWorkbook

Rows = Iterator[tuple[int, list[Any]]]
_SHORT_NUMBER = re.compile(r"(?=.{0,11}\Z)\s*[+-]?[\d,，]*[.．]?\d*\s*", re.DOTALL)
WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".ods")


@dataclass(slots=True)
class Source:
    """A source's name, its hash, and its rows with their line numbers; `odd` are lines that could not be read."""

    name: str
    sha256: str
    rows: Rows
    odd: Odd = field(default_factory=list)
    hint: str = ""  # said where its columns are wrong
    sheet: str = ""  # of a workbook
    place: int = 0  # of the sheet in its workbook
    filled: int = 0  # cells that got the text of the merged cell in which they lie

    def is_of(self, source_sha256: str, sheet: str) -> bool:
        """Whether another load read the same; one that names no sheet read a file without, or the first."""
        return self.sha256 == source_sha256 and (self.sheet == sheet or (not sheet and self.place == 0))


def open_source(path: Path, sheet: str = "") -> Source:
    """Open a file by its ending: .xlsx, .xlsm, .xls, .ods, .csv, .txt, .tsv, .parquet.

    Raises
    ------
    RunError: the file is absent, of another kind, damaged, or the sheet is not there.
    """
    if not path.is_file():
        raise RunError(f"{path}: there is no such file")
    name = f"{_told(path.name)}[{_told(sheet)}]" if sheet else _told(path.name)
    source = Source(name, file_hash(path), iter(()))
    kind = path.suffix.lower()
    if kind in WORKBOOKS:
        _read_sheet(source, path, sheet)
    elif kind in (".csv", ".txt", ".tsv"):
        source.rows = _csv(path, "\t" if kind == ".tsv" else "", source.odd)
    elif kind == ".parquet":
        source.rows = _parquet(path)
    else:
        raise RunError(
            f"{path.name}: {kind or 'no ending'} is not read; give .xlsx, .xls, .ods, .csv, .tsv or .parquet"
        )
    return source


def _told(name: str, more: str = "") -> str:
    """The name of a file or sheet as batches keep it; one that holds somebody's id is not kept."""
    return f"{MASK}{more}{Path(name).suffix}" if holds_clear_id(name) else name


def open_table(url: str, table: str) -> Source:
    """Open a table of a database through Ibis (`postgres://…`, `duckdb://…`, …); needs the extra `registers`."""
    try:
        import ibis  # type: ignore[import-untyped]
    except ImportError as error:
        raise RunError("a database table needs Ibis: pip install 'lianheng[registers]'") from error
    try:
        connection = ibis.connect(url)
        found = connection.table(table)
        found.limit(0).to_pyarrow()
    except Exception as error:  # every back end has its own errors
        raise RunError(f"table {table}: cannot be read: {str(error).splitlines()[0]}") from error

    def rows() -> Rows:
        yield 1, list(found.columns)
        line = 1
        # Ibis 12 streams from every back end but DuckDB 2.
        whole = connection.name == "duckdb"
        for batch in found.to_pyarrow().to_batches(10_000) if whole else found.to_pyarrow_batches(chunk_size=10_000):
            for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                line += 1
                yield line, list(row)

    digest = hashlib.sha256()
    # The hash of a table is that of its rows: loading the same rows twice is refused like the same file.
    for line, row in rows():
        digest.update(repr((line, row)).encode())
    return Source(f"table {table}", digest.hexdigest(), rows())


def sheet_names(path: Path) -> list[str]:
    """The sheets of a workbook in their order; none for a file of another kind.

    Raises
    ------
    RunError: the workbook is absent or damaged.
    """
    if path.suffix.lower() not in WORKBOOKS:
        return []
    return list(_open_workbook(path).sheet_names)


def _open_workbook(path: Path) -> CalamineWorkbook:
    from python_calamine import CalamineError, CalamineWorkbook

    if not path.is_file():
        raise RunError(f"{path}: there is no such file")
    if not path.stat().st_size:
        raise RunError(f"{path.name}: cannot be read as a workbook: the file is empty (0 bytes)")
    try:
        return CalamineWorkbook.from_path(str(path))
    except (CalamineError, OSError, ValueError) as error:
        raise RunError(
            f"{path.name}: cannot be read as a workbook: it is damaged, locked by a password or of another kind than "
            f"its ending says: open it in a spreadsheet program and save it as .xlsx"
        ) from error


def _read_sheet(source: Source, path: Path, sheet: str) -> None:
    """Let the source read a sheet of a workbook, the first where none is named."""
    book = _open_workbook(path)
    names = book.sheet_names
    if sheet and sheet not in names:
        raise RunError(f"{path.name}: there is no sheet {sheet!r}; there are {', '.join(names)}")
    if not names:
        raise RunError(f"{path.name}: has no sheet")
    source.place = names.index(sheet) if sheet else 0
    source.sheet = _told(names[source.place], str(source.place + 1))
    found = book.get_sheet_by_index(source.place)
    start = found.start[0] if found.start else 0
    source.rows = _filled(source, enumerate(found.iter_rows(), start + 1), found.merged_cell_ranges or [])
    if not sheet and len(names) > 1:
        source.hint = f"the first sheet ({names[0]}) was read; there are {', '.join(names)}: give --sheet NAME"


def _filled(source: Source, rows: Rows, merged: Sequence[tuple[tuple[int, int], tuple[int, int]]]) -> Rows:
    """The rows with cells that are merged downwards in each of their rows.

    Only texts and days: an amount that stands once for several rows must not be counted in each of them, and a range
    over several columns is a title or a note.
    """
    down = {(top, left): bottom for (top, left), (bottom, right) in merged if left == right and bottom > top}
    starts: dict[int, list[tuple[int, int]]] = {}
    for (top, left), bottom in down.items():
        starts.setdefault(top + 1, []).append((left, bottom + 1))
    open_: dict[int, tuple[int, Any]] = {}
    for line, row in rows:
        for place, (last, value) in list(open_.items()):
            if line > last:
                del open_[place]
            elif place < len(row) and row[place] in (None, ""):
                row[place] = value
                source.filled += 1
        for place, last in starts.get(line, ()):
            if place < len(row) and _is_said_of_each(row[place]):
                open_[place] = last, row[place]
        yield line, row


def _is_said_of_each(value: Any) -> bool:
    """Whether a merged cell's value holds for each of its rows; a short number may be a sum."""
    return isinstance(value, dt.date) or (isinstance(value, str) and not _SHORT_NUMBER.fullmatch(value))


def _parquet(path: Path) -> Rows:
    import duckdb

    from lianheng.engine.redflags.sandbox import open_sandbox

    def refusal(error: duckdb.Error) -> RunError:
        return RunError(f"{path.name}: cannot be read as Parquet: {str(error).splitlines()[0]}")

    try:
        connection, file = open_sandbox([path.parent]), [str(path.resolve())]
        columns = connection.execute("DESCRIBE SELECT * FROM read_parquet(?)", file).fetchall()
        shown = ", ".join(_without_zone(name, type_) for name, type_, *_ in columns)
        cursor = connection.execute(f"SELECT {shown} FROM read_parquet(?)", file)
    except duckdb.Error as error:
        raise refusal(error) from error

    def rows() -> Rows:
        yield 1, [name for name, *_ in columns]
        line = 1
        try:
            while chunk := cursor.fetchmany(10_000):
                for row in chunk:
                    line += 1
                    yield line, list(row)
        except duckdb.Error as error:
            raise refusal(error) from error

    return rows()


def _without_zone(name: str, type_: str) -> str:
    """A column; an instant as China's clock shows it, because DuckDB hands out zones only where pytz is installed."""
    quoted = '"' + name.replace('"', '""') + '"'
    if type_ != "TIMESTAMP WITH TIME ZONE":
        return quoted
    return f"make_timestamp(epoch_us({quoted}) + {8 * 3600 * 10**6}) AS {quoted}"


def _csv(path: Path, delimiter: str, odd: Odd) -> Rows:
    if path.open("rb").read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        encoding, text = "utf-16", _utf16(path)
    else:
        encoding, mixed = find_encoding(path)
        text = _decoded(path, encoding, mixed, odd)
    head = path.open("rb").read(64_000).decode(encoding, "replace").splitlines()[:5]
    if not delimiter:
        delimiter = max(",;\t", key=lambda mark: sum(line.count(mark) for line in head))

    return read_records(text, delimiter, odd, path.name)


def _utf16(path: Path) -> Iterator[tuple[int, str]]:
    """Lines of what Excel calls Unicode text."""
    try:
        with path.open(encoding="utf-16", newline="") as file:
            yield from enumerate(file, 1)
    except UnicodeError as error:
        raise RunError(f"{path.name}: begins as UTF-16 and is not: {error}") from error


def find_encoding(path: Path) -> tuple[str, bool]:
    """UTF-8 or GB18030 by the bytes, and whether lines of the other one are among them."""
    utf8 = other = 0
    whole = True
    with path.open("rb") as file:
        for line in file:
            if line.isascii():
                continue
            if _decodes(line, "utf-8-sig"):
                utf8 += 1
            else:
                whole = False
                other += 1
    if whole:
        return "utf-8-sig", False
    # A GB18030 line of two or three characters may happen to be UTF-8 as well: one in a hundred is chance.
    if utf8 * 100 <= other:
        return "gb18030", False
    return ("utf-8-sig" if utf8 >= other else "gb18030"), True


def _decoded(path: Path, encoding: str, mixed: bool, odd: Odd) -> Iterator[tuple[int, str]]:
    second = "gb18030" if encoding == "utf-8-sig" else "utf-8-sig"
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if b"\x00" in line:
                odd.append((number, "", Reason("zero_bytes")))
                continue
            foreign = mixed and not line.isascii() and _decodes(line, "utf-8-sig") != (encoding == "utf-8-sig")
            if foreign or not _decodes(line, encoding):
                said = Reason("encoding", encoding=encoding.removesuffix("-sig"))
                odd.append((number, line.decode(second, "replace").rstrip("\r\n"), said))
                continue
            yield number, line.decode(encoding)


def _decodes(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True
