"""The worker process: one a data folder, and what a killed one left is done again. Short form of the kill runs."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lianheng.web.shell import worker_lease

# A job that kills its own worker at its first attempt, in the middle of writing.
CODE = """
import django; django.setup()
import os, signal, sys
from django.core.management import call_command
from django.utils import timezone
from lianheng.web.shell import jobs
from lianheng.web.shell.jobs import JobKind, Outcome
from lianheng.web.shell.models import Job

def write(job, prepared):
    Job.objects.create(room="written", kind="x", title="first half", state=Job.DONE, created=timezone.now())
    if job.attempts == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    Job.objects.create(room="written", kind="x", title="second half", state=Job.DONE, created=timezone.now())
    return Outcome("written")

jobs.register("test.suicide", JobKind(write=write))
if sys.argv[1] == "start":
    jobs.start_job(room="test", kind="test.suicide", title="t", asked_by=None)
elif sys.argv[1] == "work":
    call_command("worker", "--batch")
else:
    job = Job.objects.get(room="test")
    print(job.state, job.attempts, Job.objects.filter(room="written").count())
"""


@pytest.mark.skipif("DATABASE_URL" in os.environ, reason="makes a database file of its own")
def test_what_a_killed_worker_left_is_done_again_and_once(tmp_path: Path) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LIANHENG_")}
    own = {
        "LIANHENG_DATA": str(tmp_path),
        "LIANHENG_SECRET_KEY": "x",
        "DJANGO_SETTINGS_MODULE": "lianheng.web.settings",
    }
    environment = kept | own | {"PYTHONPATH": os.pathsep.join(sys.path)}

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, *words], env=environment, capture_output=True, text=True)

    assert run("-m", "lianheng.cli.main", "migrate", "--verbosity", "0").returncode == 0
    assert run("-c", CODE, "start").returncode == 0
    assert run("-c", CODE, "work").returncode == -9
    assert run("-c", CODE, "look").stdout.split() == ["running", "1", "0"]
    again = run("-c", CODE, "work")
    assert again.returncode == 0, again.stderr
    assert "1 jobs that a dead worker had left" in again.stdout
    assert run("-c", CODE, "look").stdout.split() == ["done", "2", "2"]


def test_a_second_worker_gets_no_lease(settings, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    settings.DATA = tmp_path
    assert not worker_lease.is_held()
    first = worker_lease.take()
    assert first and worker_lease.take() is None and worker_lease.is_held()
    first.close()
    assert not worker_lease.is_held()
