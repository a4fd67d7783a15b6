"""A worker killed with SIGKILL while it takes in an Excel file: every row once, or none."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROWS, ROUNDS = 6_000, 8

SETUP = """
import datetime as dt, io
import django; django.setup()
from pathlib import Path
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from lianheng.library.city_profile import shipped_profile
from lianheng.web.accounts.services import create_account, grant_role
from lianheng.web.shell import incoming, jobs
from lianheng.web.shell.models import Job
from lianheng.web.shell.table_export import write_sheet
from lianheng.web.trail.models import TrailEntry
from lianheng.web.units import import_job, services
from lianheng.web.units.models import Division, Institution, InstitutionGram
jobs.MOST_ATTEMPTS = 1000
"""

START = (
    SETUP
    + f"""
Division.objects.create(code="4304", name="衡阳市", level=2, city="4304")
services.load_city_profile(actor=None, path=shipped_profile("hengyang"))
user = create_account(actor=None, username="office", name="专班", password="a-long-password-2026")
grant_role(actor=None, user_id=user.pk, role="special_office", valid_from=dt.date(2020, 1, 1), division="4304")
file = io.BytesIO()
lines = ([f"X-{{n:05}}", f"第{{n}}小学", "4304", "学校", "X"] for n in range({ROWS}))
write_sheet(file, ["单位编码", "单位名称", "区划代码", "单元类型", "清单"], lines, "单位")
key = incoming.keep(user.pk, SimpleUploadedFile("x.xlsx", file.getvalue()))
jobs.start_job(room="units", kind=import_job.KIND, title="导入", asked_by=user.pk,
               arguments={{"key": key, "file": "x.xlsx"}})
"""
)

WORK = SETUP + "from django.core.management import call_command\ncall_command('worker', '--batch')\n"

COUNT = (
    SETUP
    + """
entries = TrailEntry.objects.filter(action="units.institutions_imported").count()
print(Job.objects.get().state, Institution.objects.count(), entries)
"""
)


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LIANHENG_", "DATABASE_URL"))}
    own = {
        "LIANHENG_DATA": str(tmp_path),
        "LIANHENG_SECRET_KEY": "torture",
        "DJANGO_SETTINGS_MODULE": "lianheng.web.settings",
    }
    return kept | own


def _run(code: str, environment: dict[str, str]) -> str:
    command = [sys.executable, "-c", code]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout


def test_it_is_taken_in_once(environment: dict[str, str]) -> None:
    command = [sys.executable, "-m", "lianheng.cli.main"]
    subprocess.run([*command, "migrate", "--verbosity", "0"], env=environment, check=True)
    subprocess.run([*command, "keys", "make"], env=environment, check=True, stdout=subprocess.DEVNULL)
    _run(START, environment)
    chance = random.Random(20261122)
    killed_at_work = 0
    for _ in range(ROUNDS):
        worker = subprocess.Popen([sys.executable, "-c", WORK], env=environment, stdout=subprocess.DEVNULL)
        time.sleep(chance.uniform(1.0, 4.0))
        killed_at_work += worker.poll() is None
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        state, rows, entries = _run(COUNT, environment).split()
        assert (rows, entries) in {("0", "0"), (str(ROWS), "1")}, f"half an import was written: {state}"
    assert killed_at_work > 0, "no kill hit a living worker: make the rounds shorter"
    _run(WORK, environment)
    assert _run(COUNT, environment).split() == ["done", str(ROWS), "1"]
