"""Load the country's divisions; ask for a level under a subtree; find bodies and places by two characters.

The load is `lianheng units load` of 665,276 rows into an empty SQLite file (synchronous=FULL): CPU seconds of the
process, reading and checking included, and its largest resident memory. The queries run on that database: CPU
milliseconds, median of 7 after a warm-up, of the first 100 rows and the exact count; the search runs over 60,000
synthetic institutions for a city user.

Run alone: `python benchmarks/bench_units.py`. It works in a temporary folder and leaves nothing behind.
"""

import datetime as dt
import functools
import io
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
COUNTRY = ROOT / "src/lianheng/library/divisions/china-all-levels.csv.gz"
SEARCHED = 60_000


def run() -> list[dict[str, Any]]:
    """Measure in a process of its own, with a database of its own."""
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {
            "LIANHENG_DATA": folder,
            "LIANHENG_MODE": "demo",
            "LIANHENG_SECRET_KEY": "only-for-this-benchmark",
            "DATABASE_URL": f"sqlite:///{folder}/bench.sqlite3",
            "DJANGO_SETTINGS_MODULE": "lianheng.web.settings",
            "PYTHONPATH": str(ROOT / "src"),
        }
        command = [sys.executable, __file__, "--inside"]
        done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
        return list(json.loads(done.stdout))


def _measure() -> list[dict[str, Any]]:
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    start = time.process_time()
    call_command("units_load", str(COUNTRY), stdout=io.StringIO(), stderr=io.StringIO())
    seconds = time.process_time() - start
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    results = [
        {"name": "load 665,276 divisions", "value": round(seconds, 1), "unit": "s CPU", "limit": 60},
        {"name": "load 665,276 divisions: memory", "value": memory, "unit": "MB", "limit": 500},
    ]
    return results + _levels() + _search()


def _levels() -> list[dict[str, Any]]:
    from lianheng.web.units import queries
    from lianheng.web.units.models import Division

    results = []
    for code, level in (("", 5), ("", 3), ("43", 5), ("43", 4), ("4304", 5), ("430421", 5)):
        place = Division.objects.get(pk=code) if code else None
        rows = queries.divisions_below(place, level)
        label = f"level {level} under {place.name if place else 'the country'}"
        results.append(_line(f"{label}: first 100 of {rows.count():,}", lambda rows=rows: list(rows[:100])))
        if place is not None:
            results.append(_line(f"{label}: exact count", lambda rows=rows: rows.count()))
    city = Division.objects.get(pk="4304")
    results.append(_line("levels and counts under 衡阳市", lambda: queries.levels_below(city)))
    return results


def _search() -> list[dict[str, Any]]:
    from lianheng.web.accounts.models import User
    from lianheng.web.accounts.services import create_account, grant_role
    from lianheng.web.units import queries
    from lianheng.web.units.models import Division, Institution
    from lianheng.web.units.naming import index_names, sort_key
    from lianheng.web.units.services.placing import place_at

    places = list(Division.objects.filter(city="4304"))
    kinds = ["中心小学", "人民医院", "村民委员会", "机关事务中心"]
    made = []
    for number in range(SEARCHED):
        place = places[number % len(places)]
        name = f"{place.name}第{number}{kinds[number % 4]}"
        row = Institution(
            code=f"S{number}", name=name, sort_key=sort_key(name), level=place.level, unit_type="school",
            business_line="school",
        )  # fmt: skip
        place_at(row, place)
        made.append(row)
    Institution.objects.bulk_create(made, batch_size=1000)
    index_names(made)
    user = create_account(actor=None, username="city", name="city", password="a-long-password-2026")
    grant_role(actor=None, user_id=user.pk, role="special_office", valid_from=dt.date(2020, 1, 1), division="4304")
    user = User.objects.get(pk=user.pk)
    queries.grants_of(user)
    return [
        _line(
            f"search “{text}” in {SEARCHED:,} institutions", lambda text=text: queries.search_institutions(user, text)
        )
        for text in ("中心", "西渡", "人民医院", "没有")
    ] + _search_places()


def _search_places() -> list[dict[str, Any]]:
    """Ask for places in the whole country's index, for scopes from a county to the country."""
    from lianheng.web.accounts.models import User
    from lianheng.web.accounts.scope import Grant
    from lianheng.web.units.division_search import found_divisions

    scopes = [("衡阳县", "430421", ""), ("衡阳市", "4304", ""), ("湖南省", "43", ""), ("the country", "", "school")]
    results = []
    for name, division, line in scopes:
        user = User(pk=0)
        user.grants_today = (Grant(0, "special_office", division, line, None, True),)
        for text in ("和平", "村委会", "没有"):
            label = f"search “{text}” in 665,276 divisions, scope {name}"
            results.append(_line(label, functools.partial(found_divisions, user, text)))
    return results


def _line(name: str, act: Callable[[], Any]) -> dict[str, Any]:
    act()
    times = []
    for _ in range(7):
        start = time.process_time()
        act()
        times.append((time.process_time() - start) * 1000)
    return {"name": name, "value": round(statistics.median(times), 1), "unit": "ms CPU", "limit": 50}


if __name__ == "__main__":
    if "--inside" in sys.argv:
        print(json.dumps(_measure()))
    else:
        for line in run():
            print(f"{line['name']}: {line['value']} {line['unit']} (limit {line['limit']})")
