"""A DuckDB that reads the register folder and nothing else: no network, no extension, no other file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import duckdb

from lianheng.engine.redflags.types import ColumnType

_TOGETHER = 50  # rows of one INSERT: one at a time takes three times as long


# What one runaway query may put on the disk before it fails; a night of a large city needs less than a tenth.
SPILL = "20GB"


def open_sandbox(
    folders: Iterable[Path] = (), temp: Path | None = None, memory: str = "2GB", threads: int = 2
) -> duckdb.DuckDBPyConnection:
    """An in-memory DuckDB that is locked after these settings.

    Parameters
    ----------
    folders : what it may read and write.
    temp : where it may spill; none: it may not, and a query beyond the memory limit fails.
    memory : limit of one query.
    threads : at most so many.

    Returns
    -------
    The connection. File functions on any other path, ATTACH, INSTALL and changes of settings fail in it.
    """
    connection = duckdb.connect(":memory:")
    connection.execute(f"SET memory_limit = {_quoted(memory)}")
    connection.execute(f"SET threads = {int(threads)}")
    connection.execute("SET preserve_insertion_order = false")
    connection.execute("SET autoinstall_known_extensions = false")
    connection.execute("SET autoload_known_extensions = false")
    connection.execute("SET TimeZone = 'UTC'")
    if temp is not None:
        connection.execute(f"SET temp_directory = {_quoted(str(temp))}")
        connection.execute(f"SET max_temp_directory_size = '{SPILL}'")
    else:
        connection.execute("SET temp_directory = ''")
    allowed = ", ".join(_quoted(f"{folder.resolve()}/") for folder in folders)
    connection.execute(f"SET allowed_directories = [{allowed}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def create_table(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    columns: Mapping[str, ColumnType],
    rows: Iterable[tuple[Any, ...]] = (),
) -> None:
    """Make a table of these columns and put rows into it."""
    defined = ", ".join(f'"{column}" {type_.sql}' for column, type_ in columns.items())
    connection.execute(f'CREATE OR REPLACE TEMP TABLE "{name}" ({defined})')
    filled = list(rows)
    marks = f"({', '.join('?' for _ in columns)})"
    for start in range(0, len(filled), _TOGETHER):
        some = filled[start : start + _TOGETHER]
        values = [value for row in some for value in row]
        connection.execute(f'INSERT INTO "{name}" VALUES {", ".join([marks] * len(some))}', values)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
