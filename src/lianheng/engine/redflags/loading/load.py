"""One load: read, check, hash, store; whole or not at all."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb

from lianheng.engine.redflags.loading.cleaning import write_clean
from lianheng.engine.redflags.loading.correcting import find_superseded, write_rest
from lianheng.engine.redflags.loading.quarantine import Quarantine, TooManyRefused, judge
from lianheng.engine.redflags.loading.reading import Source
from lianheng.engine.redflags.loading.reasons import Found, Reason
from lianheng.engine.redflags.loading.replacing import replaced_batches
from lianheng.engine.redflags.problems import RunError
from lianheng.engine.redflags.register import Register
from lianheng.engine.redflags.result_folders import file_hash
from lianheng.engine.redflags.sandbox import open_sandbox
from lianheng.engine.redflags.store import Batch, Piece, Store, view_sql, year_sql


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a load did: the batch, the refused rows' file, headings that are not declared, batches that it replaced."""

    batch: Batch
    quarantine: Path | None
    not_loaded: tuple[str, ...]
    replaced: tuple[str, ...]
    stayed: tuple[str, ...] = ()  # batches of the same years that it leaves as they are, with `replace`
    reasons: tuple[tuple[str, int], ...] = ()  # why rows were refused, the most frequent first
    closings: int = 0  # refused lines that were only totals or signatures
    filled: int = 0  # cells that got the text of the merged cell in which they lie
    # Of a correction: an earlier batch, how many of its rows were taken the place of, the batch of its other rows.
    superseded: tuple[tuple[str, int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Desk:
    """Where a load works: the store, a folder for refused rows, a scratch folder, and the key of the hashes."""

    store: Store
    quarantine: Path
    scratch: Path
    key: bytes

    def clear_away(self) -> None:
        """Remove what loads that were killed have left; one load goes at a time."""
        shutil.rmtree(self.scratch, ignore_errors=True)
        self.scratch.parent.mkdir(parents=True, exist_ok=True)
        self.scratch.mkdir(mode=0o700, exist_ok=True)
        self.scratch.chmod(0o700)  # should it have been left: what DuckDB spills is open to all who reach it
        self.store.sweep()
        for left in self.quarantine.glob("*.part"):
            left.unlink(missing_ok=True)


def load_source(
    register: Register,
    source: Source,
    desk: Desk,
    *,
    today: dt.date,
    replace: bool = False,
    drop_missing: bool = False,
    correct: bool = False,
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
    replace : batches of this register, all of whose rows this load brings again (by key), are taken out.
    drop_missing : and those of which it brings only some; the others' rows are gone.
    correct : rows whose key is loaded already take the place of those; the other rows of their batches stay.
    most_refused : percent of rows that may be refused; above it nothing is loaded.
    only_check : do everything but store.
    progress : called with the number of rows read, every 50,000.

    Returns
    -------
    The batch; refused rows stand in a CSV file with line and reason, protected columns left out.

    Raises
    ------
    RunError, and nothing is stored: the same source again, wrong columns, no rows, too many refused, rows that
    `replace` would take out without bringing them again.
    """
    desk.clear_away()
    for batch in desk.store.batches(register.id):
        if source.is_of(batch.source_sha256, batch.sheet) and not only_check:
            raise RunError(f"{source.name} is loaded already: batch {batch.id} of {batch.loaded_on} ({batch.source})")
    batch_id = desk.store.next_id(register.id, today)
    # Refused rows get the number of a batch only when there is one; a clean load must not inherit another's.
    sheet = f"-{source.place + 1}" if source.place else ""
    name = f"{'checked' if only_check else 'refused'}-{register.id}-{source.sha256[:12]}{sheet}.csv"
    clean, refused = desk.scratch / f"{batch_id}.csv", Quarantine(register, desk.quarantine / name)
    connection = open_sandbox([desk.store.folder, desk.scratch], desk.scratch)
    try:
        read = write_clean(register, source, desk.key, clean, refused, progress)
        _into_table(connection, register, clean)
        covered, stayed = (
            replaced_batches(connection, register, desk.store, source.name, drop_missing) if replace else ([], [])
        )
        _refuse_repeats(connection, register, desk.store, covered, refused, among_themselves=correct)
        judge(register, source, read.rows, refused, most_refused, only_check)
        older = find_superseded(connection, register, desk.store) if correct else []
        covered += [one.batch.id for one in older if one.whole]
        in_part = [one for one in older if not one.whole]
        pieces = () if only_check else _write_pieces(connection, register, desk.store, batch_id)
        rest = [] if only_check else write_rest(connection, register, desk.store, in_part, batch_id)
        kept, latest = _measure(connection, register, today)
        batch = Batch(
            batch_id, register.id, source.name, source.sha256, today, kept, refused.count, latest, pieces,
            took_out=tuple(covered), sheet=source.sheet, rounded=read.rounded, absent=tuple(read.absent),
        )  # fmt: skip
        if not only_check:
            refused.settle(desk.quarantine / f"{batch_id}.csv")
            desk.store.commit(batch)
            for old in covered:
                desk.store.undo(old)
            for one, left in zip(in_part, rest, strict=True):
                desk.store.drop(one.batch, keep={piece.file for piece in left.pieces})
        else:
            refused.settle()
    except TooManyRefused:
        refused.settle()
        raise
    except (duckdb.IOException, duckdb.OutOfMemoryException) as error:
        raise RunError(f"{source.name}: nothing is loaded: {str(error).splitlines()[0]}") from error
    finally:
        refused.close()
        connection.close()
        clean.unlink(missing_ok=True)
    quarantine = refused.path if refused.count else None
    moved = dict(zip((one.batch.id for one in in_part), (left.id for left in rest), strict=False))
    return Loaded(
        batch, quarantine, tuple(read.not_loaded), tuple(covered), tuple(stayed), refused.worst(), refused.closings,
        source.filled, tuple((one.batch.id, one.rows, moved.get(one.batch.id, "")) for one in older),
    )  # fmt: skip


def _into_table(connection: duckdb.DuckDBPyConnection, register: Register, clean: Path) -> None:
    """Read the canonical CSV into a typed table."""
    types = {"_line": "BIGINT"} | {name: type_.sql for name, type_ in register.types.items()}
    columns = ", ".join(f"'{name}': '{sql}'" for name, sql in types.items())
    path = str(clean.resolve()).replace("'", "''")
    connection.execute(
        f"CREATE TEMP TABLE loaded AS SELECT * FROM read_csv('{path}', header = false, delim = ',', quote = '\"', "
        f"escape = '\"', new_line = '\\n', nullstr = '', auto_detect = false, columns = {{{columns}}})"
    )


def _refuse_repeats(
    connection: duckdb.DuckDBPyConnection,
    register: Register,
    store: Store,
    covered: list[str],
    refused: Quarantine,
    *,
    among_themselves: bool,
) -> None:
    """Take out rows whose key stands earlier in this load, or (but of a correction) in a batch that stays."""
    key = ", ".join(f'"{name}"' for name in register.key)
    connection.execute(
        f"CREATE TEMP TABLE repeats AS SELECT _line, 'key_twice' AS reason FROM ("
        f"SELECT _line, row_number() OVER (PARTITION BY {key} ORDER BY _line) AS n FROM loaded) WHERE n > 1"
    )
    files = [
        store.folder / piece.file
        for batch in store.batches(register.id)
        if batch.id not in covered and not among_themselves
        for piece in batch.pieces
    ]
    if files:
        earlier = view_sql(register, list(register.key), files)
        same = " AND ".join(f'e."{name}" IS NOT DISTINCT FROM l."{name}"' for name in register.key)
        connection.execute(
            f"INSERT INTO repeats SELECT l._line, 'key_loaded' "
            f"FROM loaded AS l WHERE EXISTS (SELECT 1 FROM ({earlier}) AS e WHERE {same}) "
            "AND l._line NOT IN (SELECT _line FROM repeats)"
        )
    cursor = connection.execute("SELECT r.reason, l.* FROM repeats AS r JOIN loaded AS l USING (_line) ORDER BY _line")
    names = [column[0] for column in cursor.description or ()]
    labels = "、".join(register.columns[name].label for name in register.key)
    while chunk := cursor.fetchmany(10_000):
        for row in chunk:
            cells = dict(zip(names, row, strict=True))
            refused.add(cells["_line"], [Found(labels, Reason(cells["reason"]))], cells)
    connection.execute("DELETE FROM loaded WHERE _line IN (SELECT _line FROM repeats)")


def _write_pieces(
    connection: duckdb.DuckDBPyConnection, register: Register, store: Store, batch_id: str
) -> tuple[Piece, ...]:
    year, names = year_sql(register), ", ".join(f'"{name}"' for name in register.columns)
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
