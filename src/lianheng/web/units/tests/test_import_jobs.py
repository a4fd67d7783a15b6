"""The import as a background job: stopped, lost with its worker, asked for twice — whole or not at all, once."""

from typing import Any

import pytest

from lianheng.web.accounts.models import User
from lianheng.web.shell import job_progress, jobs
from lianheng.web.shell.models import Job
from lianheng.web.trail.models import TrailEntry
from lianheng.web.units import import_job
from lianheng.web.units.models import Institution, InstitutionImport
from lianheng.web.units.tests.test_import_institutions import BUREAU, SCHOOL, check, office, sheet, take_in

pytestmark = pytest.mark.django_db
__all__ = ["office"]


def imported() -> int:
    return TrailEntry.objects.filter(action="units.institutions_imported").count()


def many(count: int) -> list[list[object]]:
    return [[f"X-{n}", f"第{n}小学", "430421100", "学校", "X"] for n in range(count)]


@pytest.fixture
def waiting(office: User, log_in: Any) -> Job:
    """An import that stands in the queue: checked, handed over, not yet taken by a worker."""
    checked = check(log_in(office), sheet(*many(1200))).context["job"]
    return Job.objects.create(
        room="units", kind=import_job.KIND, title="导入", asked_by=office.pk, created=checked.created,
        arguments=checked.arguments,
    )  # fmt: skip


def test_the_dry_run_shows_how_far_it_is_and_can_be_stopped(office, log_in):
    browser = log_in(office)
    job = check(browser, sheet(SCHOOL)).context["job"]
    Job.objects.filter(pk=job.pk).update(state=Job.RUNNING, findings={})
    job_progress.write(job.pk, 500, 1200)
    page = browser.get(f"/institutions/import/{job.pk}/").content.decode()
    assert "500 / 1200 行" in page and "停止检查" in page and "hx-trigger" in page
    assert browser.post(f"/jobs/{job.pk}/cancel/").status_code == 302
    assert "正在停止" in browser.get(f"/institutions/import/{job.pk}/").content.decode()
    assert TrailEntry.objects.filter(action="shell.job_cancelled", actor=f"user:{office.pk}").count() == 1


@pytest.mark.parametrize("step", [500, 1700, 3400])
def test_a_stopped_import_leaves_nothing(waiting, office, log_in, monkeypatch, step):
    """Stopped while it checks, writes or indexes."""
    write = job_progress.write

    def stop_late(job_id: int, done: int, total: int) -> None:
        write(job_id, done, total)
        if done >= step and not job_progress.is_to_stop(job_id):
            jobs.cancel_job(actor=office, job_id=job_id)

    monkeypatch.setattr(job_progress, "write", stop_late)
    jobs.run_job(waiting.pk)
    waiting.refresh_from_db()
    assert waiting.state == Job.CANCELLED and not Institution.objects.exists()
    assert not InstitutionImport.objects.exists() and imported() == 0


def test_an_import_lost_with_its_worker_is_done_once(waiting):
    Job.objects.filter(pk=waiting.pk).update(state=Job.RUNNING, attempts=1)
    jobs.requeue_lost_jobs()
    waiting.refresh_from_db()
    assert (waiting.state, Institution.objects.count(), imported()) == (Job.DONE, 1200, 1)
    jobs.run_job(waiting.pk)
    assert (Institution.objects.count(), imported()) == (1200, 1)


def test_one_dry_run_is_taken_in_once(office, log_in):
    browser = log_in(office)
    checked = check(browser, sheet(SCHOOL, BUREAU))
    assert take_in(browser, checked).status_code == 302
    again = take_in(browser, checked)
    assert again.status_code == 409 and "不会重复导入" in again.content.decode()
    assert (Institution.objects.count(), imported()) == (2, 1)
    page = browser.get(f"/institutions/import/{checked.context['job'].pk}/").content.decode()
    assert "已经交给后台导入" in page and "导入这" not in page


def test_two_uploads_of_one_file_double_nothing(office, log_in, make_user):
    mine, theirs = log_in(office), log_in(make_user("second", "special_office", division="4304"))
    first, second = check(mine, sheet(SCHOOL)), check(theirs, sheet(SCHOOL))
    assert "可以导入" in second.content.decode()
    take_in(mine, first)
    failed = theirs.get(take_in(theirs, second).url).content.decode()
    assert "没有导入" in failed and "已经有单位用了" in failed
    assert (Institution.objects.count(), imported()) == (1, 1)
    # After a failure the same dry run may be handed over again, and fails again.
    assert take_in(theirs, second).status_code == 302 and Institution.objects.count() == 1


def test_a_code_taken_while_it_writes_is_said(waiting, monkeypatch):
    monkeypatch.setattr("lianheng.web.units.services.importing.check_rows", lambda *a, **k: [])
    Institution.objects.create(
        code="X-700", name="先来的", sort_key="x", level=4, division_id="430421100", valid_from="2024-01-01"
    )
    jobs.run_job(waiting.pk)
    waiting.refresh_from_db()
    assert waiting.state == Job.FAILED and "同样编码" in waiting.message
    assert Institution.objects.count() == 1


def test_a_file_with_errors_cannot_be_taken_in(office, log_in):
    browser = log_in(office)
    checked = check(browser, sheet(["坏码", "某校", "430421100", "学校", "X"]))
    assert take_in(browser, checked).status_code == 409 and not Institution.objects.exists()


def test_a_dry_run_is_its_askers_alone(office, log_in, make_user):
    checked = check(log_in(office), sheet(SCHOOL))
    other = log_in(make_user("second", "special_office", division="4304"))
    assert other.get(f"/institutions/import/{checked.context['job'].pk}/").status_code == 404
    assert take_in(other, checked).status_code == 404
    assert other.post("/institutions/import/run/", {"check": "x"}).status_code == 404
    assert not Institution.objects.exists()


def test_a_right_lost_meanwhile_is_lost_for_the_job(waiting, office):
    office.assignments.update(valid_to="2026-01-01")
    jobs.run_job(waiting.pk)
    waiting.refresh_from_db()
    assert waiting.state == Job.FAILED and "不在您能办理的范围内" in waiting.message


def test_an_account_switched_off_meanwhile_is_said(waiting, office):
    type(office).objects.filter(pk=office.pk).update(is_active=False)
    jobs.run_job(waiting.pk)
    waiting.refresh_from_db()
    assert waiting.state == Job.FAILED and "账号已经停用" in waiting.message


def test_a_file_that_is_gone_is_said(waiting, settings):
    for file in (settings.DATA / "incoming").iterdir():
        file.unlink()
    jobs.run_job(waiting.pk)
    waiting.refresh_from_db()
    assert waiting.state == Job.FAILED and "重新上传" in waiting.message


def test_a_large_import_is_taken_back_in_the_background(office, log_in, monkeypatch):
    monkeypatch.setattr(import_job, "MOST_AT_ONCE", 1)
    browser = log_in(office)
    take_in(browser, check(browser, sheet(SCHOOL, BUREAU)))
    url = f"/institutions/import/{InstitutionImport.objects.get().pk}/undo/"
    assert "2 个单位已删除" in browser.post(url, follow=True).content.decode()
    assert not Institution.objects.exists()
    assert "已经撤回过" in browser.post(url, follow=True).content.decode()
    assert TrailEntry.objects.filter(action="units.import_undone").count() == 1
