"""A job from its start to its end: written whole or not at all, stopped by its asker alone."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client

from lianheng.web.accounts.models import User
from lianheng.web.conftest import MakeUser
from lianheng.web.shell import job_progress, jobs
from lianheng.web.shell.errors import InvalidInput, WrongState
from lianheng.web.shell.jobs import JobKind, Outcome, report_progress
from lianheng.web.shell.models import Job
from lianheng.web.trail.models import TrailEntry

pytestmark = pytest.mark.django_db
LogIn = Callable[[User], Client]


def _write_three(job: Job, prepared: Any) -> Outcome:
    """Write three rows and report after each; `stop_at` and `fail_at` name the step that goes wrong."""
    for step in range(1, 4):
        Job.objects.create(room="test", kind="written", title=str(step), created=job.created)
        if job.arguments.get("stop_at") == step:
            job_progress.ask_to_stop(job.pk)
        if job.arguments.get("fail_at") == step:
            raise InvalidInput("第 3 行缺少单位代码，请补上后重新导入")
        if step == job.arguments.get("closed_at"):
            raise WrongState("考评已经结束")
        if job.arguments.get("break_at") == step:
            raise ZeroDivisionError
        report_progress(job, step, 3)
    return Outcome("写入 3 行", "/me/")


@pytest.fixture(autouse=True)
def kind() -> Iterator[None]:
    jobs.register("test.write", JobKind(write=_write_three))
    yield
    jobs._KINDS.pop("test.write")


def _start(user: User | None = None, **arguments: int) -> Job:
    asked_by = user.pk if user else None
    job = jobs.start_job(room="test", kind="test.write", title="导入", asked_by=asked_by, arguments=arguments)
    job.refresh_from_db()
    return job


def _queued(user: User) -> Job:
    """A job that no worker has taken yet."""
    return Job.objects.create(room="test", kind="test.write", title="导入", asked_by=user.pk, created=user.created)


def _written() -> int:
    return Job.objects.filter(kind="written").count()


def test_it_writes_and_leads_to_the_result(make_user: MakeUser, log_in: LogIn) -> None:
    user = make_user("jia")
    job = _start(user)
    assert (job.state, job.done, job.total, _written()) == (Job.DONE, 3, 3, 3)
    page = log_in(user).get(f"/jobs/{job.pk}/").content.decode()
    assert "已完成" in page and "写入 3 行" in page and 'href="/me/"' in page
    assert "hx-trigger" not in page, "a finished job is asked for no more"


def test_stopping_writes_nothing() -> None:
    job = _start(stop_at=2)
    assert (job.state, _written()) == (Job.CANCELLED, 0)
    assert not job_progress.is_to_stop(job.pk), "its files are gone"


def test_a_refusal_shows_its_text_and_writes_nothing() -> None:
    job = _start(fail_at=3)
    assert (job.state, _written()) == (Job.FAILED, 0)
    assert "请补上后重新导入" in job.message


def test_a_refused_job_leaves_an_entry_of_its_asker_and_a_bad_value_none(make_user: MakeUser) -> None:
    user = make_user("jia")
    refused = TrailEntry.objects.filter(action="act.refused")
    _start(user, fail_at=3)
    assert not refused.exists(), "a bad value is a question back"
    job = _start(user, closed_at=2)
    assert (job.state, job.message, _written()) == (Job.FAILED, "考评已经结束", 0)
    (entry,) = refused
    assert (entry.actor, entry.result, entry.subject_id) == (f"user:{user.pk}", TrailEntry.REFUSED, str(job.pk))


def test_a_fault_writes_nothing() -> None:
    job = _start(break_at=3)
    assert (job.state, _written()) == (Job.FAILED, 0)
    assert "程序出错" in job.message


def test_a_running_job_shows_how_far_it_is(make_user: MakeUser, log_in: LogIn) -> None:
    user = make_user("jia")
    job = _queued(user)
    Job.objects.filter(pk=job.pk).update(state=Job.RUNNING)
    job_progress.write(job.pk, 40, 120)
    page = log_in(user).get(f"/jobs/{job.pk}/").content.decode()
    assert "40 / 120" in page and "停止" in page
    assert "后台程序没有运行" in page


def test_only_the_asker_sees_and_stops_it(make_user: MakeUser, log_in: LogIn) -> None:
    job = _queued(make_user("jia"))
    other = log_in(make_user("yi"))
    assert other.get(f"/jobs/{job.pk}/").status_code == 404
    assert other.post(f"/jobs/{job.pk}/cancel/").status_code == 404
    job.refresh_from_db()
    assert job.state == Job.QUEUED and not job_progress.is_to_stop(job.pk)


def test_stopping_a_waiting_job_leaves_a_trail(make_user: MakeUser, log_in: LogIn) -> None:
    user = make_user("jia")
    job = _queued(user)
    log_in(user).post(f"/jobs/{job.pk}/cancel/")
    job.refresh_from_db()
    assert job.state == Job.CANCELLED
    assert TrailEntry.objects.get(action="shell.job_cancelled").actor == f"user:{user.pk}"
    jobs.run_job(job.pk)
    assert _written() == 0, "the queue brings it up later; it is left alone"


def test_a_job_that_has_ended_cannot_be_stopped(make_user: MakeUser, log_in: LogIn) -> None:
    user = make_user("jia")
    job = _start(user)
    response = log_in(user).post(f"/jobs/{job.pk}/cancel/")
    assert response.status_code == 409 and "已经结束" in response.content.decode()
    assert not job_progress.is_to_stop(job.pk)


def test_a_lost_job_is_done_again_and_in_the_end_given_up() -> None:
    job = Job.objects.create(
        room="test", kind="test.write", title="导入", state=Job.RUNNING, attempts=1, created="2026-01-01T00:00:00Z"
    )
    assert jobs.requeue_lost_jobs() == 1
    job.refresh_from_db()
    assert (job.state, job.attempts, _written()) == (Job.DONE, 2, 3)
    Job.objects.filter(pk=job.pk).update(state=Job.RUNNING, attempts=jobs.MOST_ATTEMPTS)
    jobs.requeue_lost_jobs()
    job.refresh_from_db()
    assert job.state == Job.FAILED and _written() == 3


def test_it_requires_login(client: Client) -> None:
    assert client.get("/jobs/1/").status_code == 302
    assert client.post("/jobs/1/cancel/").status_code == 302
