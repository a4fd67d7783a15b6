"""Detail pages through the whole stack, on a small demonstration city: CPU milliseconds and queries.

Median of 7 `Client.get` after a warm-up, everything from the request to the finished page; SQLite in a file,
synchronous=FULL. Loading the city itself is timed apart, in wall seconds, at full size.

Run alone: `python benchmarks/bench_details.py`. It works in a temporary folder and leaves nothing behind.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
CPU_LIMIT_MS, QUERY_LIMIT = 10, 6
SCALE = "0.05"
DEMO_LIMIT_S = 90


def run() -> list[dict[str, Any]]:
    """Measure in processes of their own, each with a database of its own."""
    with tempfile.TemporaryDirectory() as folder:
        environment = _environment(folder)
        _lianheng(environment, "migrate", "--verbosity", "0")
        _lianheng(environment, "demo", "load", "--scale", SCALE)
        command = [sys.executable, __file__, "--inside"]
        done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    return [*json.loads(done.stdout), *_demo_at_full_size()]


def _environment(folder: str) -> dict[str, str]:
    return os.environ | {
        "LIANHENG_DATA": folder,
        "LIANHENG_MODE": "demo",
        "LIANHENG_TODAY": "2026-12-08",
        "LIANHENG_SECRET_KEY": "only-for-this-benchmark",
        "DJANGO_SETTINGS_MODULE": "lianheng.web.settings",
        "PYTHONPATH": str(ROOT / "src"),
    }


def _lianheng(environment: dict[str, str], *words: str) -> None:
    command = [sys.executable, "-m", "lianheng.cli.main", *words]
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)


def _demo_at_full_size() -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as folder:
        environment = _environment(folder)
        started = time.monotonic()
        _lianheng(environment, "migrate", "--verbosity", "0")
        migrated = time.monotonic()
        _lianheng(environment, "demo", "load")
        loaded = time.monotonic()
    return [
        {"name": "migrate a new database", "value": round(migrated - started, 1), "unit": "s wall", "limit": 10},
        {
            "name": "load the demonstration city",
            "value": round(loaded - migrated),
            "unit": "s wall",
            "limit": DEMO_LIMIT_S,
        },
    ]


def _measure() -> list[dict[str, Any]]:
    import django

    django.setup()
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from lianheng.web.accounts.models import User

    results = []
    for name, (person, address) in _addresses().items():
        browser = Client()
        browser.force_login(User.objects.get(username=person))
        _get(browser, address)
        with CaptureQueriesContext(connection) as queries:
            _get(browser, address)
            # Where opening is itself an entry of the trail, its transaction begins and ends around the queries.
            asked = sum(query["sql"] not in {"BEGIN IMMEDIATE", "COMMIT"} for query in queries.captured_queries)
        times = [_cpu_of(browser, address) for _ in range(7)]
        cpu = round(statistics.median(times), 1)
        results += [
            {"name": f"page of {name}", "value": cpu, "unit": "ms CPU", "limit": CPU_LIMIT_MS},
            {"name": f"page of {name}: queries", "value": asked, "unit": "queries", "limit": QUERY_LIMIT},
        ]
    return results


def _addresses() -> dict[str, tuple[str, str]]:
    """Return what is opened, by whom and where."""
    from lianheng.web.accounts.models import User
    from lianheng.web.assessment.models import ConfirmedEvent, Objection, Result, Round, Seat, Sheet
    from lianheng.web.measures.models import MeasureValue
    from lianheng.web.trail.models import TrailEntry
    from lianheng.web.units.models import Institution

    result = Result.objects.filter(current=True, list_code="X").order_by("pk")[0]
    evaluation = Result.objects.filter(current=True, list_code="E").order_by("pk")[0]
    seat = Seat.objects.select_related("assessor").latest("pk")
    person = User.objects.exclude(institution=None).earliest("pk")
    return {
        "a school's result": ("office", f"/results/{result.pk}/"),
        "an area's result": ("office", f"/results/{evaluation.pk}/"),
        "a round": ("office", f"/assessment/{Round.objects.earliest('pk').pk}/"),
        "a sheet": ("office", f"/sheets/{Sheet.objects.filter(list_code='X').latest('pk').pk}/"),
        "a seat": (seat.assessor.username, f"/seats/{seat.pk}/"),
        "an institution": ("office", f"/institutions/{Institution.objects.filter(list_code='X').earliest('pk').pk}/"),
        "an event": ("office", f"/events/{ConfirmedEvent.objects.earliest('pk').pk}/"),
        "an objection": ("office", f"/objections/{Objection.objects.earliest('pk').pk}/"),
        "a value": ("office", f"/measures/values/{MeasureValue.objects.earliest('pk').pk}/"),
        "a division": ("office", "/units/430421/"),
        "a standard item": ("office", "/standards/items/X4.1/"),
        "a person": ("sysadmin", f"/people/{person.pk}/"),
        "an entry of the trail": ("auditor", f"/trail/{TrailEntry.objects.latest('seq').seq}/"),
    }


def _get(browser: Any, address: str) -> None:
    """Ask for the page and make sure that it is one."""
    answer = browser.get(address)
    assert answer.status_code == 200, (address, answer.status_code)


def _cpu_of(browser: Any, address: str) -> float:
    started = time.process_time()
    _get(browser, address)
    return (time.process_time() - started) * 1000


if __name__ == "__main__":
    if sys.argv[1:] == ["--inside"]:
        print(json.dumps(_measure()))
    else:
        for line in run():
            print(f"{line['name']}: {line['value']} {line['unit']} (limit {line['limit']})")
