"""A page of 20 institutions through the whole stack: session, scope, count, rows, badge, template.

At 1,000 and at 1,000,000 rows under one city, for a town, a county, a city and a business-line user, page 1, each
offered sort; medians of `Client.get` after a warm-up, and the number of queries. In the time: everything from the
request to the finished page. On SQLite (in a file, synchronous=FULL) CPU milliseconds, 7 times; on PostgreSQL (a
throw-away server of its own behind a unix socket, after VACUUM ANALYZE) wall milliseconds of the client, 15 times.

Run alone: `python benchmarks/bench_lists.py`. It works in a temporary folder and leaves nothing behind.
"""

import datetime as dt
import itertools
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
SIZES = (1_000, 1_000_000)
CPU_LIMIT_MS, WALL_LIMIT_MS, QUERY_LIMIT = 10, 25, 8


def run() -> list[dict[str, Any]]:
    """Measure on both databases, each time in a process of its own, with a database of its own."""
    results = []
    for size in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            results += _measured_in(folder, f"sqlite:///{folder}/bench.sqlite3", size)
    sys.path.insert(0, str(ROOT / "bin/lib"))
    from postgres import throw_away_server

    for size in SIZES:
        with tempfile.TemporaryDirectory() as folder, throw_away_server() as url:
            results += _measured_in(folder, url.replace("/lianheng?", "/postgres?"), size)
    return results


def _measured_in(folder: str, url: str, size: int) -> list[dict[str, Any]]:
    environment = os.environ | {
        "LIANHENG_DATA": folder,
        "LIANHENG_MODE": "demo",
        "LIANHENG_SECRET_KEY": "only-for-this-benchmark",
        "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "lianheng.web.settings",
        "PYTHONPATH": str(ROOT / "src"),
    }
    command = [sys.executable, __file__, "--inside", str(size)]
    done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def _prepare(size: int) -> dict[str, Any]:
    """Fill the database and return the people who will look."""
    from django.core.management import call_command

    from lianheng.library.city_profile import shipped_profile
    from lianheng.web.accounts.models import User
    from lianheng.web.accounts.services import create_account, grant_role
    from lianheng.web.units import services
    from lianheng.web.units.models import Institution

    call_command("migrate", verbosity=0)
    divisions = ROOT / "src/lianheng/library/divisions/hengyang-430400.csv.gz"
    services.load_divisions(actor=None, path=divisions, date=dt.date(2026, 1, 1))
    services.load_city_profile(actor=None, path=shipped_profile("hengyang"))
    columns = [field.column for field in Institution._meta.concrete_fields if field.column != "id"]
    lines = ([row[column] for column in columns] for row in _institutions(size))
    _fill(Institution._meta.db_table, columns, lines)
    people = {}
    scopes = {
        "town": {"division": "430421100"},
        "county": {"division": "430421"},
        "city": {"division": "4304"},
        "line": {"division": "4304", "business_line": "hospital"},
    }
    for name, where in scopes.items():
        user = create_account(
            actor=None, username=name, name=name, password="a-long-password-2026", must_change_password=False
        )
        grant_role(actor=None, user_id=user.pk, role="responsible_department", valid_from=dt.date(2020, 1, 1), **where)
        # Read again: a grant ends the sessions of the row as it was.
        people[name] = User.objects.get(pk=user.pk)
    return people


def _fill(table: str, columns: list[str], lines: Iterator[list[Any]]) -> None:
    """Write the rows in the way each database is quickest, and let it count them, as it does by itself in time."""
    from django.db import connection, transaction

    names = ", ".join(columns)
    if connection.vendor == "postgresql":
        # The generator asks for the places when its first line is drawn: not while the connection copies.
        lines = itertools.chain([next(lines)], lines)
        with connection.cursor() as cursor:
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for line in lines:
                    copy.write_row(line)
            cursor.execute("VACUUM ANALYZE")
        return
    sql = f"INSERT INTO {table} ({names}) VALUES ({', '.join(['%s'] * len(columns))})"
    # One transaction: outside of one SQLite commits each row by itself.
    with transaction.atomic(), connection.cursor() as cursor:
        while batch := list(itertools.islice(lines, 20_000)):
            cursor.executemany(sql, batch)


def _institutions(size: int) -> Any:
    """Yield synthetic institutions on every place of the city in turn, of all types."""
    from lianheng.web.units.models import Division
    from lianheng.web.units.naming import sort_key

    places = list(Division.objects.filter(city="4304"))
    keys = {place.pk: sort_key(place.name) for place in places}
    types = [("school", "X", "学校"), ("hospital", "Y", "医院"), ("organ", "J", "机关"), ("village", "C", "村务")]
    endings = [sort_key(word) for _, _, word in types]
    for number in range(size):
        place = places[number * 7919 % len(places)]
        turn = number % len(types)
        kind, listed, word = types[turn]
        yield {
            "code": f"B{number:08}", "name": f"{place.name}第{number}{word}",
            "sort_key": f"{keys[place.pk]} di {number} {endings[turn]}", "list_code": listed, "ownership": "",
            "level": place.level, "division_id": place.pk, "parent_id": None, "is_area": False,
            "valid_from": "2024-01-01", "valid_to": None, "revision": 0, "province": place.province,
            "city": place.city, "county": place.county, "town": place.town, "village": place.village,
            "unit_type": kind, "business_line": kind,
        }  # fmt: skip


def _measure(size: int) -> list[dict[str, Any]]:
    import django

    django.setup()
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    people = _prepare(size)
    results = []
    for name, user in people.items():
        browser = Client()
        browser.force_login(user)
        for sort in ("name", "-name", "code", "-code"):
            address = f"/institutions/?sort={sort}"
            _get(browser, address)
            with CaptureQueriesContext(connection) as queries:
                _get(browser, address)
                asked = len(queries)
            label = f"{connection.vendor}: list of {size:,} institutions, {name} user, sort {sort}"
            results += [
                {"name": label} | _time_of(browser, address, connection.vendor),
                {"name": f"{label}: queries", "value": asked, "unit": "queries", "limit": QUERY_LIMIT},
            ]
    return results


def _get(browser: Any, address: str) -> None:
    """Ask for the page and make sure that it is one."""
    answer = browser.get(address)
    found = re.search(r"第 1–(\d+) 行，共 ([\d,]+)", answer.content.decode())
    if answer.status_code != 200 or found is None or int(found[1]) != min(20, int(found[2].replace(",", ""))):
        raise RuntimeError(f"{address}: no full page, status {answer.status_code}")


def _time_of(browser: Any, address: str, vendor: str) -> dict[str, Any]:
    """CPU where the database works in this process, the client's wall time where it works in others.

    Wall time grows with whatever else the machine does, so the CPU of both sides stands beside it.
    """
    on_server = vendor == "postgresql"
    runs, walls, cpus = (15 if on_server else 7), [], []
    before = _backend_cpu_ms() if on_server else 0.0
    for _ in range(runs):
        wall, cpu = time.perf_counter(), time.process_time()
        browser.get(address)
        walls.append((time.perf_counter() - wall) * 1000)
        cpus.append((time.process_time() - cpu) * 1000)
    if not on_server:
        return {"value": round(statistics.median(cpus), 1), "unit": "ms CPU", "limit": CPU_LIMIT_MS}
    remarks = {
        "best": round(min(walls), 1),
        "worst": round(max(walls), 1),
        "client CPU": round(statistics.median(cpus), 1),
        "server CPU": round((_backend_cpu_ms() - before) / runs, 1),
    }
    return {"value": round(statistics.median(walls), 1), "unit": "ms wall", "limit": WALL_LIMIT_MS} | remarks


def _backend_cpu_ms() -> float:
    """Return the CPU time so far of the server process behind our connection."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]
    user, system = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK") * 1000


if __name__ == "__main__":
    if "--inside" in sys.argv:
        print(json.dumps(_measure(int(sys.argv[-1]))))
    else:
        for line in run():
            print(f"{line['name']}: {line['value']} {line['unit']} (limit {line['limit']})")
