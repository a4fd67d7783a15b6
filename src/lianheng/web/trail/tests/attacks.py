"""What an attacker with the database, and without the key, would do: change rows and make all the rest fit."""

from django.db import connection

from lianheng.engine.merkle_log.tree import Frontier, leaf_hash
from lianheng.web.trail.entry_bytes import encode
from lianheng.web.trail.models import TrailEntry
from lianheng.web.trail.services import NODE_STEP
from lianheng.web.trail.testing import guards_lifted


def sql(statement: str, *parameters: object) -> None:
    """Run one statement with the triggers taken away and put back afterwards."""
    with guards_lifted(), connection.cursor() as cursor:
        cursor.execute(statement, parameters)


def rebuild_consistently() -> None:
    """Make leaves, nodes and head again from the rows as they are now."""
    frontier = Frontier()
    with guards_lifted(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM trail_trailnode")
        for entry in TrailEntry.objects.order_by("seq"):
            leaf = leaf_hash(encode(entry))
            cursor.execute("UPDATE trail_trailentry SET leaf = %s WHERE seq = %s", [leaf, entry.seq])
            for height, index, value in frontier.append(leaf):
                if height % NODE_STEP == 0:
                    cursor.execute(
                        'INSERT INTO trail_trailnode (height, "index", hash) VALUES (%s, %s, %s)',
                        [height, index, value],
                    )
        cursor.execute(
            "UPDATE trail_trailhead SET size = %s, frontier = %s WHERE id = 1", [frontier.size, frontier.to_bytes()]
        )


def cut_tail(size: int) -> None:
    """Forget every entry and checkpoint from a size on, and make the head fit."""
    sql("DELETE FROM trail_trailpayload WHERE entry_id >= %s", size)
    sql("DELETE FROM trail_trailentry WHERE seq >= %s", size)
    sql("DELETE FROM trail_trailcheckpoint WHERE size > %s", size)
    rebuild_consistently()
