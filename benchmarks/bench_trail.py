"""The trail: verifying a million entries, writing audited rows, proving an entry.

Each measurement runs in a process of its own on a fresh SQLite file, so that memory and CPU are its own.

- verify 1 M: `verification.verify` on a file of 1,000,000 entries with contents, stored nodes and 100 checkpoints.
  CPU seconds are user + system of the process from after Django's start; memory is its peak RSS.
- writes: one business row by the ORM (an account) and its trail entry in one transaction, one process, one after
  another, at synchronous=FULL and NORMAL. Wall time, because waiting for the disk is what it costs.
- proof: the inclusion proof of a random entry of the million, read from stored rows.

Making the million (outside the times) calls the engine for every hash and bulk-inserts the rows.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ENTRIES, CHECKPOINTS, VERIFY_RUNS = 1_000_000, 100, 3
WRITE_SECONDS = 6.0
PROOFS = 200


def run() -> list[dict[str, Any]]:
    """Measure everything and return one row for each claim."""
    with tempfile.TemporaryDirectory(prefix="lianheng-bench-") as folder:
        _child("make", folder)
        verified = [_child("verify", folder) for _ in range(VERIFY_RUNS)]
        proved = _child("prove", folder)
    rows = [
        _row("verify 1 M, CPU", statistics.median(v["cpu_seconds"] for v in verified), "s", "<=", 8),
        _row("verify 1 M, peak memory", max(v["peak_mb"] for v in verified), "MB", "<=", 200),
        _row("inclusion proof at 1 M, CPU", proved["cpu_ms"], "ms", "<=", 20),
    ]
    for synchronous, limit in (("FULL", 120), ("NORMAL", 1000)):
        with tempfile.TemporaryDirectory(prefix="lianheng-bench-") as folder:
            written = _child("write", folder, synchronous)
        rows.append(_row(f"audited writes a second, {synchronous}", written["per_second"], "/s", ">=", limit))
    return rows


def _row(name: str, value: float, unit: str, sense: str, limit: float) -> dict[str, Any]:
    row = {"name": f"trail: {name}", "value": round(value, 2), "unit": unit, "limit": limit}
    return row | {"at_least": True} if sense == ">=" else row


def _child(act: str, folder: str, synchronous: str = "NORMAL") -> dict[str, float]:
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "lianheng.web.settings",
        "DATABASE_URL": f"sqlite:///{folder}/bench.sqlite3",
        "LIANHENG_DATA": folder,
        "LIANHENG_MODE": "test",
        "LIANHENG_SQLITE_SYNCHRONOUS": synchronous,
    }
    command = [sys.executable, __file__, act]
    output = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout
    return dict(json.loads(output))


def make() -> dict[str, float]:
    """Fill the log with a million entries, as `record` would have."""
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection, transaction

    from lianheng.engine.merkle_log.checkpoint import Checkpoint, SigningKey, sign
    from lianheng.engine.merkle_log.tree import Frontier, leaf_hash
    from lianheng.web.shell.clock import now
    from lianheng.web.trail import services
    from lianheng.web.trail.entry_bytes import encode_fields, utc_text

    call_command("migrate", "trail", verbosity=0)
    settings.KEYS.mkdir()
    key = SigningKey.generate("bench/trail")
    key.to_file(settings.KEYS / "trail.key")
    moment, frontier, chance = now(), Frontier(), random.Random(20261122)
    stored = connection.ops.adapt_datetimefield_value(moment)
    with transaction.atomic(), connection.cursor() as cursor:
        for start in range(0, ENTRIES, 10_000):
            entries, payloads, nodes = [], [], []
            for seq in range(start, start + 10_000):
                salt = chance.randbytes(16)
                content = (
                    f'{{"comment":"第{seq}次办理，核对无误","item":"A{seq % 13}.{seq % 7}","points":"{seq % 100}.00"}}'
                )
                commitment = hashlib.sha256(salt + content.encode()).digest()
                fields = (f"user:{seq % 500}", "", "assessment.item_scored", "done", "assessment.score", str(seq // 9))
                unit = f"4304{seq % 30:02d}"
                subject = f"{fields[4]}:{fields[5]}"
                leaf = leaf_hash(encode_fields(seq, utc_text(moment), *fields[:4], subject, unit, commitment))
                entries.append((seq, stored, *fields, unit, commitment, leaf))
                payloads.append((seq, salt, content))
                nodes += [row for row in frontier.append(leaf) if row[0] % services.NODE_STEP == 0]
            cursor.executemany(services._ADD_ENTRY, entries)
            cursor.executemany(services._ADD_PAYLOAD, payloads)
            cursor.executemany(services._ADD_NODE, nodes)
            if frontier.size % (ENTRIES // CHECKPOINTS) == 0:
                note = sign(Checkpoint(key.name, frontier.size, frontier.root()), key)
                cursor.execute(
                    "INSERT INTO trail_trailcheckpoint (size, root, note, created) VALUES (%s, %s, %s, %s)",
                    [frontier.size, frontier.root(), note, stored],
                )
        cursor.execute("DROP TRIGGER trail_trailhead_only_grows")
        cursor.execute(services._MOVE_HEAD, [frontier.size, frontier.to_bytes(), ""])
    call_command("migrate", "trail", verbosity=0)  # puts the trigger back
    return {}


def verify() -> dict[str, float]:
    from lianheng.web.trail.keys import signing_key
    from lianheng.web.trail.verification import verify as verify_log

    before = time.process_time()
    report = verify_log(signing_key().verifier)
    used = time.process_time() - before
    assert report.is_whole and report.size == ENTRIES and report.checkpoints == CHECKPOINTS, report.problems
    return {"cpu_seconds": used, "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def prove() -> dict[str, float]:
    from lianheng.engine.merkle_log.proof import verify_inclusion
    from lianheng.web.trail.models import TrailEntry
    from lianheng.web.trail.proofs import prove as prove_entry
    from lianheng.web.trail.stored_tree import read_head

    chance, root, times = random.Random(7), read_head().root(), []
    for _ in range(PROOFS):
        seq = chance.randrange(ENTRIES)
        before = time.process_time()
        proof = prove_entry(seq)
        times.append(time.process_time() - before)
        verify_inclusion(bytes(TrailEntry.objects.get(pk=seq).leaf), seq, ENTRIES, proof, root)
    return {"cpu_ms": 1000 * statistics.median(times)}


def write() -> dict[str, float]:
    from django.core.management import call_command
    from django.db import transaction

    from lianheng.web.accounts.models import User
    from lianheng.web.shell.clock import now
    from lianheng.web.trail.services import record

    call_command("migrate", verbosity=0)
    count, warm_up = 0, 50
    start = end = time.perf_counter()
    while end < start + WRITE_SECONDS:
        with transaction.atomic():
            user = User.objects.create(username=f"u{count}", name=f"用户{count}", created=now())
            record(actor=user, action="accounts.account_created", subject=user, details={"username": user.username})
        count += 1
        end = time.perf_counter()
        if count == warm_up:
            start = end
    return {"per_second": (count - warm_up) / (end - start)}


if __name__ == "__main__":
    if len(sys.argv) == 2:
        import django

        sys.path.insert(0, str(Path(__file__).parents[1] / "src"))
        django.setup()
        print(json.dumps({"make": make, "verify": verify, "prove": prove, "write": write}[sys.argv[1]]()))
    else:
        for row in run():
            print(f"{row['name']:45} {row['value']:>10} {row['unit']:3} (limit {row['limit']})")
