"""A page of 20 institutions through the whole stack: session, scope, count, rows, badge, template.

CPU milliseconds (median of 7 after a warm-up) of `Client.get`, and the number of queries, at 1,000 and at 1,000,000
rows under one city, for a town, a county, a city and a business-line user, page 1, each offered sort. In the time:
everything from the request to the finished page; the database is SQLite in a file, synchronous=FULL.

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
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
SIZES = (1_000, 1_000_000)
CPU_LIMIT_MS, QUERY_LIMIT = 10, 8


def run() -> list[dict[str, Any]]:
    """Measure in a process of its own, with a database of its own."""
    results = []
    for size in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            environment = os.environ | {
                "LIANHENG_DATA": folder,
                "LIANHENG_MODE": "demo",
                "LIANHENG_SECRET_KEY": "only-for-this-benchmark",
                "DATABASE_URL": f"sqlite:///{folder}/bench.sqlite3",
                "DJANGO_SETTINGS_MODULE": "lianheng.web.settings",
                "PYTHONPATH": str(ROOT / "src"),
            }
            command = [sys.executable, __file__, "--inside", str(size)]
            done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
            results += json.loads(done.stdout)
    return results


def _prepare(size: int) -> dict[str, Any]:
    """Fill the database and return the people who will look."""
    from django.core.management import call_command
    from django.db import connection, transaction

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
    marks = ", ".join(["%s"] * len(columns))
    sql = f"INSERT INTO {Institution._meta.db_table} ({', '.join(columns)}) VALUES ({marks})"
    lines = ([row[column] for column in columns] for row in _institutions(size))
    # One transaction: outside of one SQLite commits each row by itself.
    with transaction.atomic(), connection.cursor() as cursor:
        while batch := list(itertools.islice(lines, 20_000)):
            cursor.executemany(sql, batch)
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
            times = [_cpu_of(browser, address) for _ in range(7)]
            label = f"list of {size:,} institutions, {name} user, sort {sort}"
            results += [
                {"name": label, "value": round(statistics.median(times), 1), "unit": "ms CPU", "limit": CPU_LIMIT_MS},
                {"name": f"{label}: queries", "value": asked, "unit": "queries", "limit": QUERY_LIMIT},
            ]
    return results


def _get(browser: Any, address: str) -> None:
    """Ask for the page and make sure that it is one."""
    answer = browser.get(address)
    found = re.search(r"第 1–(\d+) 行，共 ([\d,]+)", answer.content.decode())
    if answer.status_code != 200 or found is None or int(found[1]) != min(20, int(found[2].replace(",", ""))):
        raise RuntimeError(f"{address}: no full page, status {answer.status_code}")


def _cpu_of(browser: Any, address: str) -> float:
    start = time.process_time()
    browser.get(address)
    return (time.process_time() - start) * 1000


if __name__ == "__main__":
    if "--inside" in sys.argv:
        print(json.dumps(_measure(int(sys.argv[-1]))))
    else:
        for line in run():
            print(f"{line['name']}: {line['value']} {line['unit']} (limit {line['limit']})")
