"""保存期限: rows that a register may no longer keep are found, taken out for good, and their going is recorded.

A register declares `retention_months`. A row's months begin with its `period` (a year ends on 31 December); rows of a
register without a period begin with the day of their load. What runs have frozen as evidence belongs to their
candidates and is not touched.
"""

from __future__ import annotations

import calendar
import datetime as dt
import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from lianheng.engine.redflags.problems import RunError
from lianheng.engine.redflags.register import Register
from lianheng.engine.redflags.result_folders import file_hash
from lianheng.engine.redflags.sandbox import open_sandbox
from lianheng.engine.redflags.store import STOCK, Batch, Piece, Store

LOG = "_purged.jsonl"


@dataclass(frozen=True, slots=True)
class Expired:
    """Rows of one batch past their retention: pieces that go whole, and pieces of which some rows go."""

    register: str
    batch: Batch
    before: dt.date
    rows: int
    whole: tuple[Piece, ...]
    in_part: tuple[Piece, ...]


def last_kept_day(today: dt.date, months: int) -> dt.date:
    """The earliest day that may still be kept.

    Example
    -------
    >>> last_kept_day(dt.date(2026, 3, 31), 1), last_kept_day(dt.date(2026, 1, 15), 13)
    (datetime.date(2026, 2, 28), datetime.date(2024, 12, 15))
    """
    year, month = divmod(today.year * 12 + today.month - 1 - months, 12)
    return dt.date(year, month + 1, min(today.day, calendar.monthrange(year, month + 1)[1]))


def find_expired(registers: Iterable[Register], store: Store, today: dt.date) -> list[Expired]:
    """What is past its retention, by batch; a register of 0 months declares none and keeps its rows.

    Parameters
    ----------
    registers : their declarations.
    store : the loaded rows; nothing is changed.
    today : the day on which months are counted back.
    """
    found = []
    for register in registers:
        if not register.retention_months:
            continue
        before = last_kept_day(today, register.retention_months)
        for batch in store.batches(register.id):
            expired = _of_batch(register, batch, before, store)
            if expired.rows:
                found.append(expired)
    return found


def _of_batch(register: Register, batch: Batch, before: dt.date, store: Store) -> Expired:
    whole: list[Piece] = []
    in_part: list[Piece] = []
    rows = 0
    for piece in batch.pieces:
        if piece.year == STOCK:
            gone = piece.rows if batch.loaded_on < before else 0
        elif piece.year != before.year:
            gone = piece.rows if piece.year < before.year else 0
        else:
            gone = _count(register, piece, before, store)
        rows += gone
        if gone:
            (whole if gone == piece.rows else in_part).append(piece)
    return Expired(register.id, batch, before, rows, tuple(whole), tuple(in_part))


def _is_kept(register: Register, before: dt.date) -> str:
    """SQL that holds for the rows of the year of `before` that stay."""
    if register.types[register.period].name == "integer":
        return f"make_date(CAST(\"{register.period}\" AS INTEGER), 12, 31) >= DATE '{before}'"
    return f"CAST(\"{register.period}\" AS DATE) >= DATE '{before}'"


def _count(register: Register, piece: Piece, before: dt.date, store: Store) -> int:
    connection = open_sandbox([store.folder])
    row = connection.execute(
        f"SELECT count(*) FROM read_parquet(?, hive_partitioning = false) WHERE NOT ({_is_kept(register, before)})",
        [str(store.folder / piece.file)],
    ).fetchone()
    connection.close()
    return int(row[0]) if row else 0


def purge(register: Register, expired: Expired, store: Store, *, today: dt.date, now: dt.datetime, by: str) -> Batch:
    """Take the rows of one batch out for good.

    Parameters
    ----------
    register : the declaration.
    expired : from `find_expired`, of this register.
    store : changed: a new batch with what is left takes the old one's place in one step.
    today : the day of the act, in the new batch's id.
    now, by : for the record.

    Returns
    -------
    The new batch, with the old one's source and day of load, so that the same source is not loaded again by mistake.

    Raises
    ------
    RunError where nobody is named, or the batch is no longer there.
    """
    if not by.strip():
        raise RunError("who takes the rows out? give --by NAME")
    old = expired.batch
    if old not in store.batches(register.id):
        raise RunError(f"batch {old.id} has changed in the meantime: look again without --yes")
    id_ = store.next_id(register.id, today)
    kept = [_rewritten(register, piece, expired.before, store, id_) for piece in old.pieces if piece in expired.in_part]
    stays = [piece for piece in old.pieces if piece not in (*expired.whole, *expired.in_part)]
    pieces = tuple(sorted([*stays, *kept], key=lambda piece: piece.year))
    new = replace(old, id=id_, rows=old.rows - expired.rows, pieces=pieces, replaces=old.id)
    assert new.rows == sum(piece.rows for piece in pieces)
    _record(store.folder / LOG, register, expired, new, now, by)
    store.commit(new)
    store.drop(old, keep={piece.file for piece in pieces})
    return new


def _rewritten(register: Register, piece: Piece, before: dt.date, store: Store, batch_id: str) -> Piece:
    """The rows of a piece that stay, as a piece of the new batch."""
    file = str(Path(piece.file).with_name(f"{batch_id}.parquet").as_posix())
    path = store.folder / file
    order = ", ".join(f'"{name}"' for name in register.key)
    connection = open_sandbox([store.folder])
    connection.execute(
        f"COPY (SELECT * FROM read_parquet({_text(store.folder / piece.file)}, hive_partitioning = false) "
        f"WHERE {_is_kept(register, before)} ORDER BY {order}) TO {_text(path)} (FORMAT parquet, COMPRESSION zstd)"
    )
    row = connection.execute("SELECT count(*) FROM read_parquet(?)", [str(path)]).fetchone()
    connection.close()
    return Piece(piece.year, file, int(row[0]) if row else 0, file_hash(path))


def _text(path: Path) -> str:
    return "'" + str(path.resolve()).replace("'", "''") + "'"


def _record(log: Path, register: Register, expired: Expired, new: Batch, now: dt.datetime, by: str) -> None:
    """One line, on disk before anything goes: what went, by hash and number, never by content."""
    gone = {piece.file for piece in (*expired.whole, *expired.in_part)}
    row = {
        "at": now.isoformat(timespec="seconds"),
        "by": by,
        "register": register.id,
        "retention_months": register.retention_months,
        "before": str(expired.before),
        "batch": expired.batch.id,
        "source_sha256": expired.batch.source_sha256,
        "rows": expired.rows,
        "left": new.rows,
        "pieces_gone": [asdict(piece) for piece in expired.batch.pieces if piece.file in gone],
        "new_batch": new.id,
        "pieces_written": [asdict(piece) for piece in new.pieces if piece not in expired.batch.pieces],
    }
    with log.open("a", encoding="utf-8") as file:
        file.write(json.dumps(row, ensure_ascii=False) + "\n")
        file.flush()
        os.fsync(file.fileno())


def read_log(store: Store) -> list[dict[str, object]]:
    """The record of every purge, in order."""
    log = store.folder / LOG
    return [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()] if log.exists() else []
