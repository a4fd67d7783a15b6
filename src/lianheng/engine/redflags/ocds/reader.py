"""Read a releases file into DuckDB: one row a line, only the fields that indicators read, leaves as JSON text."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import duckdb

from lianheng.engine.redflags.ocds.lines import Lines, is_ordinary, write_clean

_ID = "STRUCT(id JSON)"
_BID = f"STRUCT(status JSON, date JSON, value STRUCT(amount JSON, currency JSON), tenderers {_ID}[])"
_COLUMNS = {
    "ocid": "JSON",
    "buyer": _ID,
    "tender": "STRUCT(status JSON, procurementMethod JSON, procurementMethodDetails JSON, numberOfTenderers JSON,"
    f" procuringEntity {_ID}, tenderPeriod STRUCT(startDate JSON, endDate JSON))",
    "bids": f"STRUCT(details {_BID}[])",
    "awards": f"STRUCT(status JSON, suppliers {_ID}[], items STRUCT(classification {_ID})[])[]",
}
# DuckDB's own default; a longer line needs a longer buffer.
_BUFFER = 16 << 20


def load_releases(
    connection: duckdb.DuckDBPyConnection, path: Path, folder: Path, make_lines: Callable[[], None]
) -> Lines:
    """Offer the releases of a file as the view `release`, and make from it the table that all others stand on.

    Parameters
    ----------
    connection : where the view is made.
    path : the file.
    folder : for a clean copy, where one is needed; the caller deletes it.
    make_lines : reads the view whole. It is called again on a clean copy where DuckDB cannot read the file.

    Returns
    -------
    What was seen of the lines.
    """
    lines = Lines()
    # A path can hold * and ?, which DuckDB would expand, or end in .gz, which it would unpack.
    link = Path(tempfile.mkdtemp(dir=folder)) / "releases.jsonl"
    os.symlink(path.resolve(), link)
    if is_ordinary(path, lines):
        _offer(connection, link, lines)
        try:
            make_lines()
        except duckdb.OutOfMemoryException:
            raise
        except (duckdb.Error, UnicodeDecodeError):
            pass  # a key twice in one object, a field of another type, text that is not UTF-8 (as its message then is)
        else:
            return lines
    copy = link.with_name("clean.jsonl")
    try:
        lines = _from_copy(connection, path, copy, make_lines, keep=True)
    except duckdb.OutOfMemoryException:
        raise
    except (duckdb.Error, UnicodeDecodeError):
        lines = _from_copy(connection, path, copy, make_lines, keep=False)  # a key twice in one object
    return lines


def _from_copy(
    connection: duckdb.DuckDBPyConnection, path: Path, copy: Path, make_lines: Callable[[], None], *, keep: bool
) -> Lines:
    lines = write_clean(path, copy, keep=keep)
    _offer(connection, copy, lines)
    make_lines()
    copy.unlink()
    return lines


def _offer(connection: duckdb.DuckDBPyConnection, path: Path, lines: Lines) -> None:
    columns = "{" + ", ".join(f"{name}: '{type_}'" for name, type_ in _COLUMNS.items()) + "}"
    quoted = str(path).replace("'", "''")
    connection.execute(
        f"CREATE OR REPLACE VIEW release AS SELECT * FROM read_json('{quoted}', format = 'newline_delimited',"
        f" records = true, compression = 'uncompressed', columns = {columns},"
        f" maximum_object_size = {max(_BUFFER, lines.longest + 16)})"
    )
