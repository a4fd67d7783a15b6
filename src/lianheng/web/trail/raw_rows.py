"""The log's rows as the database holds them, read in chunks by number; no model objects, no memory that grows."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import DatabaseError, connection

CHUNK = 500
# seq, time, actor, role, action, result, subject_type, subject_id, unit, commitment, leaf
EntryRow = tuple[int, str, str, str, str, str, str, str, str, bytes, bytes]
PayloadRow = tuple[int, bytes, bytes]

# The moment as SQLite holds it: "2026-12-03 01:02:03.456000", without the fraction if that is zero.
# The empty text keeps Python's sqlite3 from parsing a declared datetime.
_TIME = {"sqlite": "time || ''", "postgresql": "to_char(time AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')"}
_ENTRIES = (
    "SELECT seq, {time}, actor, role, action, result, subject_type, subject_id, unit, commitment, leaf "
    "FROM trail_trailentry WHERE seq >= %s AND seq < %s ORDER BY seq"
)
_PAYLOADS = (
    "SELECT entry_id, salt, {content} FROM trail_trailpayload WHERE entry_id >= %s AND entry_id < %s ORDER BY entry_id"
)
# As bytes, because that is what the commitment covers.
_CONTENT = {"sqlite": "CAST(content AS BLOB)", "postgresql": "convert_to(content, 'UTF8')"}


def entries(size: int) -> Iterator[tuple[list[EntryRow], list[PayloadRow]]]:
    """Yield the entries below a size and their contents, chunk by chunk, in order."""
    vendor = connection.vendor
    queries = (_ENTRIES.format(time=_TIME[vendor]), _PAYLOADS.format(content=_CONTENT[vendor]))
    for start in range(0, size, CHUNK):
        bounds = (start, min(size, start + CHUNK))
        try:
            rows, payloads = (_fetch(query, bounds) for query in queries)
        except DatabaseError:
            if connection.vendor != "sqlite":
                raise
            # Bytes that are no text: only an attacker writes them, and they must be hashed, not stop the check.
            with _any_bytes_as_text():
                rows, payloads = (_fetch(query, bounds) for query in queries)
        yield rows, payloads


@contextmanager
def small_cache() -> Iterator[None]:
    """Read the whole log without filling SQLite's page cache: each page is wanted once."""
    if connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA cache_size")
        (before,) = cursor.fetchone()
        cursor.execute("PRAGMA cache_size = -4096")
        try:
            yield
        finally:
            cursor.execute(f"PRAGMA cache_size = {before}")


def _fetch(query: str, bounds: tuple[int, int]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(query, bounds)
        rows: list[Any] = cursor.fetchall()
        return rows


@contextmanager
def _any_bytes_as_text() -> Iterator[None]:
    raw: Any = connection.connection
    before, raw.text_factory = raw.text_factory, lambda data: data.decode("utf-8", "surrogateescape")
    try:
        yield
    finally:
        raw.text_factory = before


def nodes() -> dict[tuple[int, int], bytes]:
    """Return the stored subtree hashes: one for 256 entries."""
    with connection.cursor() as cursor:
        cursor.execute('SELECT height, "index", hash FROM trail_trailnode')
        return {(height, index): bytes(value) for height, index, value in cursor.fetchall()}


def outer_numbers() -> tuple[int, int]:
    """Return the smallest and the largest entry number; (0, -1) for an empty log."""
    with connection.cursor() as cursor:
        cursor.execute(
            # Two queries in one: SQLite answers each from the end of the index, and both together by a scan.
            "SELECT coalesce((SELECT min(seq) FROM trail_trailentry), 0), "
            "coalesce((SELECT max(seq) FROM trail_trailentry), -1)"
        )
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
