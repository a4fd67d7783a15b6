"""Kill processes that write the trail, again and again: no acknowledged entry is lost, and the log stays whole.

Writers on one SQLite file do what a service does: a business row and its entry in one transaction, then tell the
parent "done". The parent kills -9 at random moments. Afterwards everything that was acknowledged must be there, a row
without an entry or an entry without a row must not, and `verify` must find the log whole.

    python tests/torture/kill_trail.py --kills 200 --writers 3
"""

import argparse
import json
import os
import random
import signal
import sys
import tempfile
import time
from pathlib import Path

TOKEN_BYTES = 8


def prepare(folder: Path) -> None:
    """Set Django up on a fresh database with nothing but the trail and one business table."""
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "lianheng.web.settings",
        "DATABASE_URL": f"sqlite:///{folder / 'kill.sqlite3'}",
        "LIANHENG_DATA": str(folder),
        "LIANHENG_MODE": "test",
        "LIANHENG_SQLITE_SYNCHRONOUS": "FULL",
    }
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", "trail", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE acts (token TEXT PRIMARY KEY, seq INTEGER NOT NULL UNIQUE)")
    connection.close()


def write_until_killed(pipe: int) -> None:
    """Write acts for ever, and acknowledge each after its commit."""
    from django.db import connection, transaction

    from lianheng.web.trail.services import record

    while True:
        token = os.urandom(TOKEN_BYTES)
        with transaction.atomic():
            entry = record(actor=None, action="torture.act_done", details={"token": token.hex()})
            with connection.cursor() as cursor:
                cursor.execute("INSERT INTO acts VALUES (%s, %s)", [token.hex(), entry.seq])
        os.write(pipe, token)  # below PIPE_BUF: whole or not at all


def torture(kills: int, writers: int, seed: int = 1) -> dict[str, int]:
    """Kill one of the writers at a random moment, start another, and so on; return what was counted at the end."""
    chance = random.Random(seed)
    reader, pipe = os.pipe()
    os.set_blocking(reader, False)
    acknowledged = bytearray()
    running = [_start(pipe) for _ in range(writers)]
    try:
        for _ in range(kills):
            _collect(reader, acknowledged, until=time.monotonic() + chance.uniform(0.02, 0.12))
            victim = running.pop(chance.randrange(len(running)))
            os.kill(victim, signal.SIGKILL)
            os.waitpid(victim, 0)
            running.append(_start(pipe))
        _collect(reader, acknowledged, until=time.monotonic() + 0.2)
    finally:
        for process in running:
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)
    _collect(reader, acknowledged, until=time.monotonic() + 0.05)
    os.close(reader)
    os.close(pipe)
    tokens = {acknowledged[i : i + TOKEN_BYTES].hex() for i in range(0, len(acknowledged), TOKEN_BYTES)}
    return {"kills": kills} | _count(tokens)


def _start(pipe: int) -> int:
    process = os.fork()
    if process == 0:
        try:
            write_until_killed(pipe)
        finally:
            os._exit(1)
    return process


def _collect(reader: int, acknowledged: bytearray, until: float) -> None:
    while time.monotonic() < until:
        try:
            acknowledged += os.read(reader, 65_536)
        except BlockingIOError:
            time.sleep(0.002)


def _count(acknowledged: set[str]) -> dict[str, int]:
    from django.db import connection

    from lianheng.web.trail.models import TrailPayload
    from lianheng.web.trail.verification import verify

    with connection.cursor() as cursor:
        cursor.execute("SELECT token, seq FROM acts")
        rows: dict[str, int] = dict(cursor.fetchall())
    entries = {json.loads(p.content)["token"]: p.pk for p in TrailPayload.objects.iterator()}
    report = verify(None)
    return {
        "acknowledged": len(acknowledged),
        "acknowledged_lost": len(acknowledged - entries.keys()),
        "entries": report.size,
        "rows_and_entries_differ": len(set(rows.items()) ^ set(entries.items())),
        "problems": len(report.problems),
    }


def main() -> int:
    """Print the counts as JSON; exit 1 if anything was lost or is not whole."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--writers", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lianheng-kill-") as folder:
        prepare(Path(folder))
        counts = torture(arguments.kills, arguments.writers, arguments.seed)
    print(json.dumps(counts))
    bad = counts["acknowledged_lost"] + counts["rows_and_entries_differ"] + counts["problems"]
    return 1 if bad or not counts["acknowledged"] else 0


if __name__ == "__main__":
    sys.exit(main())
