"""Writers at once, as processes on a SQLite file and as threads on PostgreSQL: nothing forks, nothing is lost."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from django.db import connection, connections, transaction

from lianheng.web.trail.models import TrailEntry
from lianheng.web.trail.services import record
from lianheng.web.trail.verification import verify

ROOT = Path(__file__).parents[5]
WRITERS, ENTRIES = 4, 40

_SCRIPT = """
import os, sys, pathlib
sys.path.insert(0, {root!r} + "/tests/torture")
import kill_trail
kill_trail.prepare(pathlib.Path(sys.argv[1]))
from django.db import transaction
from lianheng.web.trail.services import record
from lianheng.web.trail.verification import verify
children = []
for writer in range({writers}):
    child = os.fork()
    if child == 0:
        for number in range({entries}):
            with transaction.atomic():
                record(actor=None, action="test.done", details={{"writer": writer, "number": number}})
        os._exit(0)
    children.append(child)
codes = [os.waitpid(child, 0)[1] for child in children]
report = verify(None)
print(codes, report.size, report.problems)
"""


def test_processes_on_one_sqlite_file_fork_nothing(tmp_path: Path) -> None:
    script = _SCRIPT.format(root=str(ROOT), writers=WRITERS, entries=ENTRIES)
    run = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=False, timeout=60
    )
    assert run.stdout.strip() == f"{[0] * WRITERS} {WRITERS * ENTRIES} []", run.stderr


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite tests share one connection in memory")
def test_threads_on_postgresql_fork_nothing() -> None:
    def write() -> None:
        for _ in range(ENTRIES):
            with transaction.atomic():
                record(actor=None, action="test.done")
        connections.close_all()

    threads = [threading.Thread(target=write) for _ in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert TrailEntry.objects.count() == WRITERS * ENTRIES
    assert verify(None).problems == []


def test_killed_writers_lose_no_acknowledged_entry() -> None:
    """The short form of tests/torture/kill_trail.py."""
    command = [sys.executable, str(ROOT / "tests/torture/kill_trail.py"), "--kills", "20", "--writers", "3"]
    run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, env=dict(os.environ))
    assert run.returncode == 0, run.stdout + run.stderr
    counts = json.loads(run.stdout)
    assert counts["kills"] == 20
    assert counts["entries"] >= counts["acknowledged"] > 0
    assert counts["acknowledged_lost"] == counts["rows_and_entries_differ"] == counts["problems"] == 0
