"""A worker killed with SIGKILL again and again: every job is written exactly once or not at all."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

JOBS, ROWS, ROUNDS = 6, 20, 12

SETUP = """
import django; django.setup()
from django.utils import timezone
from lianheng.web.shell import jobs
from lianheng.web.shell.jobs import JobKind, Outcome, report_progress
from lianheng.web.shell.models import Job

def slow_write(job, prepared):
    import time
    for row in range(ROWS):
        Job.objects.create(room="written", kind=str(job.pk), title=str(row), state=Job.DONE, created=timezone.now())
        time.sleep(0.02)
        report_progress(job, row + 1, ROWS)
    return Outcome("written")

jobs.register("torture.write", JobKind(write=slow_write))
jobs.MOST_ATTEMPTS = 1000
""".replace("ROWS", str(ROWS))

START = (
    SETUP
    + f"""
for number in range({JOBS}):
    jobs.start_job(room="torture", kind="torture.write", title=str(number), asked_by=None)
"""
)

WORK = (
    SETUP
    + """
import sys
from django.core.management import call_command
call_command("worker", *sys.argv[1:])
"""
)

COUNT = (
    SETUP
    + """
states = sorted(set(Job.objects.filter(room="torture").values_list("state", flat=True)))
counts = [Job.objects.filter(room="written", kind=str(pk)).count() for pk in
          Job.objects.filter(room="torture").values_list("pk", flat=True)]
print(states, counts)
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


def _run(code: str, environment: dict[str, str], *arguments: str) -> str:
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout


def test_it_writes_each_job_once(environment: dict[str, str]) -> None:
    command = [sys.executable, "-m", "lianheng.cli.main"]
    subprocess.run([*command, "migrate", "--verbosity", "0"], env=environment, check=True)
    _run(START, environment)
    chance = random.Random(20261122)
    killed_at_work = 0
    for _ in range(ROUNDS):
        worker = subprocess.Popen([sys.executable, "-c", WORK, "--batch"], env=environment, stdout=subprocess.DEVNULL)
        time.sleep(chance.uniform(0.5, 4.0))
        killed_at_work += worker.poll() is None
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        counts = eval(_run(COUNT, environment).split("] ", 1)[1])
        assert set(counts) <= {0, ROWS}, "half a job was written"
    assert killed_at_work > 0, "no kill hit a living worker: make the rounds shorter"
    _run(WORK, environment, "--batch")
    assert _run(COUNT, environment).strip() == f"['done'] {[ROWS] * JOBS}"
