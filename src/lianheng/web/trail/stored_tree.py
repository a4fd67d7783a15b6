"""Subtree hashes from the stored rows: what proofs and roots of earlier sizes are made from."""

from django.db import connection

from lianheng.engine.merkle_log.tree import EMPTY_ROOT, Frontier, node_hash
from lianheng.web.trail.services import NODE_STEP


def read_head() -> Frontier:
    """Return the right edge of the log as it stands."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT size, frontier FROM trail_trailhead WHERE id = 1")
        row = cursor.fetchone()
    return Frontier.from_bytes(bytes(row[1])) if row else Frontier()


def stored_hash(height: int, index: int) -> bytes:
    """Return the hash of the complete subtree over the leaves [index << height, (index + 1) << height)."""
    base = height - height % NODE_STEP
    start = index << (height - base)
    hashes = _row_hashes(base, start, start + (1 << (height - base)))
    while len(hashes) > 1:
        hashes = [node_hash(*pair) for pair in zip(hashes[::2], hashes[1::2], strict=True)]
    return hashes[0]


def root_at(size: int) -> bytes:
    """Return the root that the log had at an earlier size."""
    if size == 0:
        return EMPTY_ROOT
    pieces, start = [], 0
    for height in range(size.bit_length() - 1, -1, -1):
        if size >> height & 1:
            pieces.append(stored_hash(height, start >> height))
            start += 1 << height
    return Frontier(size, pieces).root()


def _row_hashes(height: int, start: int, end: int) -> list[bytes]:
    query, parameters = "SELECT leaf FROM trail_trailentry WHERE seq >= %s AND seq < %s ORDER BY seq", [start, end]
    if height:
        query = 'SELECT hash FROM trail_trailnode WHERE height = %s AND "index" >= %s AND "index" < %s ORDER BY "index"'
        parameters.insert(0, height)
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        hashes = [bytes(row[0]) for row in cursor.fetchall()]
    if len(hashes) != end - start:
        raise LookupError(f"the trail lacks rows at height {height} between {start} and {end}")
    return hashes
