"""Which batches a newer version of their rows takes out, and what would go with them."""

from __future__ import annotations

import duckdb

from lianheng.engine.redflags.problems import RunError
from lianheng.engine.redflags.register import Register
from lianheng.engine.redflags.store import STOCK, Batch, Store, view_sql, year_sql


def replaced_batches(
    connection: duckdb.DuckDBPyConnection, register: Register, store: Store, name: str, drop_missing: bool
) -> tuple[list[str], list[str]]:
    """The batches that this load replaces, and those of its years that stay, because it brings none of their rows.

    Registers come village by village: a batch goes only where every row of it comes again, unless others are dropped.
    """
    years = {row[0] for row in connection.execute(f"SELECT DISTINCT {year_sql(register)} FROM loaded").fetchall()}
    covered, stayed, lost = [], [], []
    for batch in store.batches(register.id):
        own = {piece.year for piece in batch.pieces}
        if not own & years:
            continue
        again = _brought_again(connection, register, store, batch)
        if not again:
            stayed.append(batch.id)
            continue
        covered.append(batch.id)
        if again < batch.rows:
            lost.append(
                f"  batch {batch.id} of {batch.loaded_on} ({batch.source}): {batch.rows - again} of its {batch.rows} "
                f"rows, of {_told_years(own)}"
            )
    if lost and not drop_missing:
        key = ", ".join(register.columns[column].label for column in register.key)
        raise RunError(
            f"{name}: --replace would take out rows that this file does not bring again (by {key}); nothing is loaded\n"
            + "\n".join(lost)
            + "\n  load a file with all rows of that batch; or, where these rows are to go for good, add --drop-missing"
        )
    return covered, stayed


def _brought_again(connection: duckdb.DuckDBPyConnection, register: Register, store: Store, batch: Batch) -> int:
    """How many rows of a batch have their key in this load."""
    rows = view_sql(register, list(register.key), [store.folder / piece.file for piece in batch.pieces])
    same = " AND ".join(f'e."{name}" IS NOT DISTINCT FROM l."{name}"' for name in register.key)
    found = connection.execute(
        f"SELECT count(*) FROM ({rows}) AS e WHERE EXISTS (SELECT 1 FROM loaded AS l WHERE {same})"
    ).fetchone()
    return int(found[0]) if found else 0


def _told_years(years: set[int]) -> str:
    return ", ".join(str(year) for year in sorted(years) if year != STOCK) or "no year"
