"""The log's rows as the database holds them, read in chunks by number; no model objects, no memory that grows."""

from collections.abc import Iterator
from typing import Any

from django.db import connection

from lianheng.engine.merkle_log.commitment import ENTRY_FORMAT

CHUNK = 5_000
# seq, attested text, stored as written (1 or 0), commitment, leaf, salt, content
Row = tuple[int, str | None, Any, bytes, bytes, bytes | None, str | None]

# The attested text is put together in SQL: it costs a third of what it costs in Python.
_DIALECTS = {
    "sqlite": {
        "newline": "char(10)",
        "time": "substr(e.time, 1, 10) || 'T' || substr(e.time, 12, 8) || '.' "
        "|| substr(e.time || '.000', 21, 3) || 'Z'",
        # Digits below the millisecond are not attested, so there must be none.
        "as_written": "(e.time LIKE '____-__-__ __:__:__' OR e.time LIKE '____-__-__ __:__:__.___000') "
        "AND instr(e.subject_type, ':') = 0",
        "hex": "lower(hex(e.commitment))",
    },
    "postgresql": {
        "newline": "chr(10)",
        "time": "to_char(e.time AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')",
        "as_written": "date_trunc('milliseconds', e.time) = e.time AND strpos(e.subject_type, ':') = 0",
        "hex": "encode(e.commitment, 'hex')",
    },
}


def _query(vendor: str) -> str:
    part = _DIALECTS[vendor]
    columns = ["e.seq", part["time"], "e.actor", "e.role", "e.action", "e.result"]
    columns += ["e.subject_type || ':' || e.subject_id", "e.unit", part["hex"]]
    text = f" || {part['newline']} || ".join([f"'{ENTRY_FORMAT}'", *columns])
    return (
        f"SELECT e.seq, {text}, {part['as_written']}, e.commitment, e.leaf, p.salt, p.content "
        "FROM trail_trailentry e LEFT JOIN trail_trailpayload p ON p.entry_id = e.seq "
        "WHERE e.seq >= %s AND e.seq < %s ORDER BY e.seq"
    )


def entries(size: int) -> Iterator[list[Row]]:
    """Yield the entries below a size, chunk by chunk, in order."""
    query = _query(connection.vendor)
    with connection.cursor() as cursor:
        for start in range(0, size, CHUNK):
            cursor.execute(query, [start, min(size, start + CHUNK)])
            yield cursor.fetchall()


def nodes() -> dict[tuple[int, int], bytes]:
    """Return the stored subtree hashes: one for 256 entries."""
    with connection.cursor() as cursor:
        cursor.execute('SELECT height, "index", hash FROM trail_trailnode')
        return {(height, index): bytes(value) for height, index, value in cursor.fetchall()}


def outer_numbers() -> tuple[int, int]:
    """Return the smallest and the largest entry number; (0, -1) for an empty log."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(min(seq), 0), coalesce(max(seq), -1) FROM trail_trailentry")
        low, high = cursor.fetchone()
        return low, high


def checkpoint_rows() -> list[tuple[int, bytes, str]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT size, root, note FROM trail_trailcheckpoint ORDER BY size")
        return [(size, bytes(root), note) for size, root, note in cursor.fetchall()]


def head_rows() -> list[tuple[int, bytes]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT size, frontier FROM trail_trailhead")
        return [(size, bytes(frontier)) for size, frontier in cursor.fetchall()]


def recorded_erasures(action: str) -> set[int]:
    """Return the numbers of the entries whose erasure is recorded."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT subject_id FROM trail_trailentry WHERE subject_type = %s AND action = %s",
            ["trail.trailentry", action],
        )
        return {int(row[0]) for row in cursor.fetchall() if row[0].isdecimal()}
