"""Two calls of one act at once: one is done, the other is refused by name, nothing is there twice."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from lianheng.web.accounts.models import User
from lianheng.web.assessment.tests import year
from lianheng.web.assessment.tests.conftest import City
from lianheng.web.measures import import_job
from lianheng.web.measures.models import Recheck, RecheckDraw
from lianheng.web.measures.services import rechecks
from lianheng.web.shell import tasks
from lianheng.web.shell.checked_imports import take_over
from lianheng.web.shell.clock import now
from lianheng.web.shell.models import Job
from lianheng.web.trail.racing import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def handed_in(racing: None, city: City) -> City:
    year.filled_in(city, year.launched(city).sheets.get(institution=city.units["X1"]))
    return city


def _raced(actor: User, act: Callable[..., Any], **arguments: Any) -> list[str]:
    def call() -> None:
        act(actor=User.objects.get(pk=actor.pk), **arguments)

    return at_once(call, call)


def test_a_sample_and_its_checks(handed_in: City) -> None:
    office = handed_in.people["office"]
    assert _raced(office, rechecks.draw_recheck, period="2026", part="X") == ["done", "wrong_state"]
    assert RecheckDraw.objects.count() == Recheck.objects.count() == 1
    row = Recheck.objects.get()
    assert _raced(office, rechecks.enter_recheck, recheck_id=row.pk, revision=0, found="1") == ["done", "stale"]
    row.refresh_from_db()
    assert (row.found, row.revision) == ("1", 1)


def test_a_checked_file_is_taken_over_once(handed_in: City, monkeypatch: pytest.MonkeyPatch) -> None:
    # The worker has not come to it yet.
    monkeypatch.setattr(tasks, "run_job_task", SimpleNamespace(enqueue=lambda job_id: None))
    third = handed_in.people["third"]
    check = Job.objects.create(
        room="measures", kind=import_job.CHECK_KIND, title="检查", state=Job.DONE, asked_by=third.pk, created=now(),
        findings={"ready": {"values": 1}},
    )  # fmt: skip
    same = {"check_id": check.pk, "checked_as": import_job.CHECK_KIND, "kind": import_job.KIND, "title": "导入"}
    assert _raced(third, take_over, **same) == ["done", "wrong_state"]
    assert Job.objects.filter(kind=import_job.KIND).count() == 1
