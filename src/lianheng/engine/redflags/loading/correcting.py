"""Rows that a correction brings again: they leave the earlier batches, whose other rows stay as they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import duckdb

from lianheng.engine.redflags.register import Register
from lianheng.engine.redflags.result_folders import file_hash
from lianheng.engine.redflags.store import Batch, Piece, Store, view_sql


@dataclass(frozen=True, slots=True)
class Superseded:
    """Rows of one earlier batch whose keys come again, by its pieces."""

    batch: Batch
    by_piece: dict[str, int]

    @property
    def rows(self) -> int:
        """How many rows go."""
        return sum(self.by_piece.values())

    @property
    def whole(self) -> bool:
        """Whether no row of the batch is left."""
        return self.rows == self.batch.rows


def find_superseded(connection: duckdb.DuckDBPyConnection, register: Register, store: Store) -> list[Superseded]:
    """The earlier batches that have a key of the table `loaded`."""
    found = []
    for batch in store.batches(register.id):
        counts = {piece.file: _count(connection, register, store, piece) for piece in batch.pieces}
        hit = {file: rows for file, rows in counts.items() if rows}
        if hit:
            found.append(Superseded(batch, hit))
    return found


def write_rest(
    connection: duckdb.DuckDBPyConnection,
    register: Register,
    store: Store,
    superseded: Sequence[Superseded],
    correction: str,
) -> list[Batch]:
    """Write what is left of each batch as a new one that counts from the moment in which the correction does.

    Parameters
    ----------
    connection : has the table `loaded`.
    register : the declaration.
    store : gets files, and batches that do not count yet.
    superseded : those of which some rows are left.
    correction : the id of the batch that corrects; the new ones take the numbers behind it.

    Returns
    -------
    The new batches, with the source and the day of those whose place they take.
    """
    start, _, number = correction.rpartition("_")
    rest = []
    for place, one in enumerate(superseded, int(number) + 1):
        id_ = f"{start}_{place:03d}"
        pieces = [
            _without(connection, register, store, piece, id_) if piece.file in one.by_piece else piece
            for piece in one.batch.pieces
            if one.by_piece.get(piece.file, 0) < piece.rows
        ]
        left = replace(
            one.batch, id=id_, rows=one.batch.rows - one.rows, pieces=tuple(pieces), replaces=one.batch.id,
            needs=correction,
        )  # fmt: skip
        store.commit(left)
        rest.append(left)
    return rest


def _comes_again(register: Register) -> str:
    same = " AND ".join(f'e."{name}" IS NOT DISTINCT FROM l."{name}"' for name in register.key)
    return f"EXISTS (SELECT 1 FROM loaded AS l WHERE {same})"


def _count(connection: duckdb.DuckDBPyConnection, register: Register, store: Store, piece: Piece) -> int:
    keys = view_sql(register, list(register.key), [store.folder / piece.file])
    found = connection.execute(f"SELECT count(*) FROM ({keys}) AS e WHERE {_comes_again(register)}").fetchone()
    return int(found[0]) if found else 0


def _without(
    connection: duckdb.DuckDBPyConnection, register: Register, store: Store, piece: Piece, batch_id: str
) -> Piece:
    """The rows of a piece that do not come again, as a piece of another batch."""
    file = f"{register.id}/_year={piece.year}/{batch_id}.parquet"
    rows = view_sql(register, list(register.columns), [store.folder / piece.file])
    order = ", ".join(f'"{name}"' for name in register.key)
    path = str((store.folder / file).resolve()).replace("'", "''")
    connection.execute(
        f"COPY (SELECT * FROM ({rows}) AS e WHERE NOT {_comes_again(register)} ORDER BY {order}) "
        f"TO '{path}' (FORMAT parquet, COMPRESSION zstd)"
    )
    found = connection.execute(f"SELECT count(*) FROM read_parquet('{path}', hive_partitioning = false)").fetchone()
    return Piece(piece.year, file, int(found[0]) if found else 0, file_hash(store.folder / file))
