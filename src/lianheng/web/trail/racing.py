"""For tests: two calls of one act at the same moment, on PostgreSQL and on a SQLite file."""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db import connection, connections, transaction
from django.http import Http404

from lianheng.web.shell.errors import Refusal

# How long both may take until they wait for the trail's head (PostgreSQL).
LONGEST = 10.0


@contextmanager
def on_a_file(folder: Path) -> Iterator[None]:
    """Work on a copy of the tests' database in a file: threads share no connection then. PostgreSQL stays as it is."""
    if connection.vendor != "sqlite":
        yield
        return
    connection.ensure_connection()
    in_memory, name = connection.connection, connection.settings_dict["NAME"]
    file = folder / "racing.sqlite3"
    with sqlite3.connect(file) as copy:
        in_memory.backup(copy)
    copy.close()
    # Connections of other threads read the same dictionary.
    connection.connection, connection.settings_dict["NAME"] = None, str(file)
    try:
        yield
    finally:
        connection.close()
        connection.connection, connection.settings_dict["NAME"] = in_memory, name


def at_once(*acts: Callable[[], Any]) -> list[str]:
    """Run acts in threads; return "done" or the code of the refusal of each, sorted. Anything else is raised.

    On PostgreSQL all of them come as far as their trail entry before any may write it: an act that checks before it
    locks is found out every time. On SQLite each has the database for itself, whole.
    """
    outcomes: list[str] = []
    errors: list[BaseException] = []
    together = threading.Barrier(len(acts) + 1)

    def run(act: Callable[[], Any]) -> None:
        together.wait()
        try:
            act()
            outcomes.append("done")
        except Refusal as refusal:
            outcomes.append(refusal.code)
        except Http404:
            outcomes.append("not_found")
        except BaseException as error:
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    with _head_held(together, threads):
        pass
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return sorted(outcomes)


@contextmanager
def _head_held(together: threading.Barrier, threads: list[threading.Thread]) -> Iterator[None]:
    if connection.vendor != "postgresql":
        together.wait()
        yield
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT * FROM trail_trailhead FOR UPDATE")
        together.wait()
        end = time.monotonic() + LONGEST
        while time.monotonic() < end and sum(thread.is_alive() for thread in threads) > _waiting(cursor):
            time.sleep(0.02)
        yield


def _waiting(cursor: Any) -> int:
    cursor.execute("SELECT pg_stat_clear_snapshot()")
    cursor.execute(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    return int(cursor.fetchone()[0])
