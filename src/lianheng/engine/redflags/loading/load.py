"""One load: read, check, hash, store; whole or not at all."""

from __future__ import annotations

import csv
import datetime as dt
import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import duckdb

from lianheng.engine.redflags.loading.cells import BadCell, Tally, cell_reader, is_blank
from lianheng.engine.redflags.loading.headings import LOOK_AHEAD, find_heading_row, place_columns
from lianheng.engine.redflags.loading.reading import Source, file_hash
from lianheng.engine.redflags.problems import RunError
from lianheng.engine.redflags.register import Register
from lianheng.engine.redflags.sandbox import open_sandbox
from lianheng.engine.redflags.store import STOCK, Batch, Piece, Store, view_sql

_EVERY = 50_000
_CLOSING = re.compile(
    r"\s*(合\s*计|总\s*计|小\s*计|制表人?|填表人?|审核人?|经办人|负责人|签字|签章|盖章)\s*(?:[：:（(].*)?", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a load did: the batch, the refused rows' file, headings that are not declared, batches that it replaced."""

    batch: Batch
    quarantine: Path | None
    not_loaded: tuple[str, ...]
    replaced: tuple[str, ...]
    reasons: tuple[tuple[str, int], ...] = ()  # why rows were refused, the most frequent first


class TooManyRefused(RunError):
    """So many rows are refused that the whole source is."""


@dataclass(frozen=True, slots=True)
class Desk:
    """Where a load works: the store, a folder for refused rows, a scratch folder, and the key of the hashes."""

    store: Store
    quarantine: Path
    scratch: Path
    key: bytes


def load_source(
    register: Register,
    source: Source,
    desk: Desk,
    *,
    today: dt.date,
    replace: bool = False,
    most_refused: int = 10,
    only_check: bool = False,
    progress: Callable[[int], None] = lambda rows: None,
) -> Loaded:
    """Load a source's rows into a register.

    Parameters
    ----------
    register : declares the columns and their checks.
    source : from `reading.open_source` or `reading.open_table`.
    desk : where to store.
    today : the day of the load.
    replace : batches of this register whose years this load covers are taken out (a stock: all of them).
    most_refused : percent of rows that may be refused; above it nothing is loaded.
    only_check : do everything but store.
    progress : called with the number of rows read, every 50,000.

    Returns
    -------
    The batch; refused rows stand in a CSV file with line and reason, protected columns left out.

    Raises
    ------
    RunError, and nothing is stored: the same source again, wrong columns, no rows, too many refused.
    """
    for batch in desk.store.batches(register.id):
        if batch.source_sha256 == source.sha256 and not only_check:
            raise RunError(f"{source.name} is loaded already: batch {batch.id} of {batch.loaded_on} ({batch.source})")
    desk.scratch.mkdir(parents=True, exist_ok=True)
    batch_id = desk.store.next_id(register.id, today)
    # Refused rows get the number of a batch only when there is one; a clean load must not inherit another's.
    name = f"{'checked' if only_check else 'refused'}-{register.id}-{source.sha256[:12]}.csv"
    clean, refused = desk.scratch / f"{batch_id}.csv", _Refused(register, desk.quarantine / name)
    connection = open_sandbox([desk.store.folder, desk.scratch], desk.scratch)
    try:
        refused.path.unlink(missing_ok=True)
        rows, not_loaded, rounded = _clean(register, source, desk.key, clean, refused, progress)
        _into_table(connection, register, clean)
        covered = _covered(connection, register, desk.store, batch_id) if replace else []
        _refuse_repeats(connection, register, desk.store, covered, refused)
        _judge(register, source, rows, refused, most_refused, only_check)
        pieces = () if only_check else _write_pieces(connection, register, desk.store, batch_id)
        kept, latest = _measure(connection, register, today)
        batch = Batch(
            batch_id, register.id, source.name, source.sha256, today, kept, refused.count, latest, pieces,
            took_out=tuple(covered), rounded=rounded,
        )  # fmt: skip
        if not only_check:
            refused.becomes(desk.quarantine / f"{batch_id}.csv")
            desk.store.commit(batch)
            for old in covered:
                desk.store.undo(old)
    finally:
        refused.close()
        connection.close()
        clean.unlink(missing_ok=True)
    quarantine = refused.path if refused.count else None
    return Loaded(batch, quarantine, tuple(not_loaded), tuple(covered), refused.worst())


class _Refused:
    """The quarantine file; it is made with the first refused row."""

    def __init__(self, register: Register, path: Path) -> None:
        self.path, self.count = path, 0
        self._register = register
        self._file: TextIO | None = None
        self._writer: Any = None
        self.reasons: dict[str, int] = {}

    def add(self, line: int, reason: str, cells: dict[str, Any]) -> None:
        """Write one row; a protected column's cell is left out."""
        if self._file is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self.path.open("w", encoding="utf-8-sig", newline="")
            self._writer = csv.writer(self._file)
            self._writer.writerow(["行号", "原因", *(c.label for c in self._register.columns.values())])
        shown = [
            "…" if column.protected and cells.get(name) not in (None, "") else _safe(cells.get(name, ""))
            for name, column in self._register.columns.items()
        ]
        self._writer.writerow([line, reason, *shown])
        self.count += 1
        kind = reason.split(";")[0][:160]
        if len(self.reasons) < 50 or kind in self.reasons:
            self.reasons[kind] = self.reasons.get(kind, 0) + 1

    def worst(self) -> tuple[tuple[str, int], ...]:
        """The five most frequent reasons with their rows."""
        return tuple(sorted(self.reasons.items(), key=lambda pair: -pair[1])[:5])

    def becomes(self, path: Path) -> None:
        """Take the name of the batch; a file of that name from a load that broke off goes."""
        self.close()
        path.unlink(missing_ok=True)
        if self.count:
            self.path.replace(path)
            self.path = path

    def close(self) -> None:
        """Close the file, if there is one."""
        if self._file is not None:
            self._file.close()
            self._file = None


def _safe(value: Any) -> str:
    text = "" if value is None else str(value)
    # A spreadsheet would run such a cell as a formula.
    return "'" + text if text[:1] in ("=", "+", "@") or (text[:1] == "-" and not text[1:2].isdigit()) else text


def _clean(
    register: Register, source: Source, key: bytes, clean: Path, refused: _Refused, progress: Callable[[int], None]
) -> tuple[int, list[str], int]:
    """Write the good rows to a canonical CSV (ids hashed); rows read, headings not loaded, areas rounded."""
    first = list(itertools.islice(source.rows, LOOK_AHEAD))
    if not first:
        raise RunError(f"{source.name}: is empty: no headings, no rows")
    top = find_heading_row(register, [row for _, row in first])
    try:
        places, not_loaded = place_columns(register, first[top][1], source.name)
    except RunError as error:
        if source.hint:
            raise RunError(f"{error}\n  {source.hint}") from error
        raise
    # A column that the source lacks reads beyond the end of every row, which is a blank cell.
    tally = Tally()
    readers = [
        (name, places.get(name, 1 << 30), cell_reader(column, key, tally)) for name, column in register.columns.items()
    ]
    # A reason names the heading that stands in the file, which may be one of the column's others.
    named = {name: str(first[top][1][place]).strip() for name, place in places.items()}
    count = 0
    with clean.open("w", encoding="utf-8", newline="") as file:
        write = csv.writer(file).writerow
        for line, row in _data_rows(first[top + 1 :], source.rows):
            count += 1
            if count % _EVERY == 0:
                progress(count)
            cells, problems = [], []
            for name, place, read in readers:
                try:
                    cells.append(read(row[place] if place < len(row) else None))
                except BadCell as error:
                    problems.append(f"{named.get(name, register.columns[name].label)} {error}")
            if problems:
                closing = _closing_line(row)
                if closing:
                    problems = [f"is a total or signature line ({closing}), not a record"]
                refused.add(line, "; ".join(problems), {name: _at(row, place) for name, place, _ in readers})
            else:
                write([line, *cells])
    for line, text, reason in source.odd:
        count += 1
        refused.add(
            line, reason, {} if any(c.protected for c in register.columns.values()) else {next(iter(places)): text}
        )
    progress(count)
    return count, not_loaded, tally.rounded


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


def _into_table(connection: duckdb.DuckDBPyConnection, register: Register, clean: Path) -> None:
    """Read the canonical CSV into a typed table."""
    types = {"_line": "BIGINT"} | {name: type_.sql for name, type_ in register.types.items()}
    columns = ", ".join(f"'{name}': '{sql}'" for name, sql in types.items())
    path = str(clean.resolve()).replace("'", "''")
    connection.execute(
        f"CREATE TEMP TABLE loaded AS SELECT * FROM read_csv('{path}', header = false, delim = ',', quote = '\"', "
        f"escape = '\"', nullstr = '', auto_detect = false, columns = {{{columns}}})"
    )


def _year_sql(register: Register) -> str:
    if not register.period:
        return str(STOCK)
    plain = register.types[register.period].name == "integer"
    return f'"{register.period}"' if plain else f'CAST(extract(year FROM "{register.period}") AS BIGINT)'


def _covered(connection: duckdb.DuckDBPyConnection, register: Register, store: Store, batch_id: str) -> list[str]:
    """The batches that this load replaces: those whose years it covers; a half-covered one is refused."""
    years = {row[0] for row in connection.execute(f"SELECT DISTINCT {_year_sql(register)} FROM loaded").fetchall()}
    covered = []
    for batch in store.batches(register.id):
        own = {piece.year for piece in batch.pieces}
        if own <= years:
            covered.append(batch.id)
        elif own & years:
            rest = ", ".join(str(year) for year in sorted(own - years))
            also = f"batch {batch.id}, which also holds {rest}"
            raise RunError(f"{batch_id} would replace only a part of {also}: undo it first")
    return covered


def _refuse_repeats(
    connection: duckdb.DuckDBPyConnection, register: Register, store: Store, covered: list[str], refused: _Refused
) -> None:
    """Take out rows whose key stands earlier in this load, or in a batch that stays."""
    key = ", ".join(f'"{name}"' for name in register.key)
    connection.execute(
        f"CREATE TEMP TABLE repeats AS SELECT _line, 'its key stands twice in this load' AS reason FROM ("
        f"SELECT _line, row_number() OVER (PARTITION BY {key} ORDER BY _line) AS n FROM loaded) WHERE n > 1"
    )
    files = [
        store.folder / piece.file
        for batch in store.batches(register.id)
        if batch.id not in covered
        for piece in batch.pieces
    ]
    if files:
        earlier = view_sql(register, list(register.key), files)
        same = " AND ".join(f'e."{name}" IS NOT DISTINCT FROM l."{name}"' for name in register.key)
        connection.execute(
            f"INSERT INTO repeats SELECT l._line, 'its key is loaded already (to load a newer version: --replace)' "
            f"FROM loaded AS l WHERE EXISTS (SELECT 1 FROM ({earlier}) AS e WHERE {same}) "
            "AND l._line NOT IN (SELECT _line FROM repeats)"
        )
    cursor = connection.execute("SELECT r.reason, l.* FROM repeats AS r JOIN loaded AS l USING (_line) ORDER BY _line")
    names = [column[0] for column in cursor.description or ()]
    while chunk := cursor.fetchmany(10_000):
        for row in chunk:
            cells = dict(zip(names, row, strict=True))
            refused.add(cells["_line"], cells["reason"], cells)
    connection.execute("DELETE FROM loaded WHERE _line IN (SELECT _line FROM repeats)")


def _judge(
    register: Register, source: Source, rows: int, refused: _Refused, most_refused: int, only_check: bool
) -> None:
    """Refuse the whole load where there is nothing in it, or too much is wrong with it."""
    if rows == 0:
        raise RunError(f"{source.name}: 0 rows below the headings: nothing is loaded into {register.id}")
    if refused.count == rows or refused.count * 100 > most_refused * rows:
        refused.close()
        lines = "\n".join(f"  {count} × {reason}" for reason, count in refused.worst())
        follows = "a load would be refused" if only_check else f"nothing is loaded into {register.id}"
        raise TooManyRefused(
            f"{source.name}: {refused.count} of {rows} rows are refused (at most {most_refused} % may be); "
            f"{follows}; see {refused.path}\n{lines}"
        )


def _write_pieces(
    connection: duckdb.DuckDBPyConnection, register: Register, store: Store, batch_id: str
) -> tuple[Piece, ...]:
    year, names = _year_sql(register), ", ".join(f'"{name}"' for name in register.columns)
    counts = connection.execute(f"SELECT {year}, count(*) FROM loaded GROUP BY 1 ORDER BY 1").fetchall()
    pieces = []
    for value, rows in counts:
        file = f"{register.id}/_year={value}/{batch_id}.parquet"
        path = store.folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        # Sorted by key: equal sources give equal files, and readers skip what they do not need.
        order = ", ".join(f'"{name}"' for name in register.key)
        connection.execute(
            f"COPY (SELECT {names} FROM loaded WHERE {year} = {int(value)} ORDER BY {order}) "
            f"TO '{str(path.resolve()).replace(chr(39), chr(39) * 2)}' (FORMAT parquet, COMPRESSION zstd)"
        )
        pieces.append(Piece(int(value), file, rows, file_hash(path)))
    return tuple(pieces)


def _measure(connection: duckdb.DuckDBPyConnection, register: Register, today: dt.date) -> tuple[int, dt.date | None]:
    """Rows kept, and the last day that they speak of."""
    found = connection.execute("SELECT count(*) FROM loaded").fetchone()
    rows = found[0] if found else 0
    if not register.period:
        return rows, None
    last = connection.execute(f'SELECT max("{register.period}") FROM loaded').fetchone()
    value = last[0] if last else None
    if isinstance(value, int):
        value = dt.date(value, 12, 31)
    elif isinstance(value, dt.datetime):
        value = value.date()
    return rows, min(value, today) if value else None
