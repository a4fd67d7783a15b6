"""Background work: rooms register kinds of jobs, services start them, the worker runs each exactly once.

A kind has two steps. `prepare` runs outside any transaction and may take long; `write` runs in one transaction
together with the mark "done". A worker killed at any moment has thus written everything or nothing, and the job can
be run again.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from django.db import transaction
from django.http import Http404

from lianheng.web.shell import job_progress
from lianheng.web.shell.clock import now
from lianheng.web.shell.errors import InvalidInput, Refusal, WrongState
from lianheng.web.shell.models import Job

logger = logging.getLogger(__name__)

MOST_ATTEMPTS = 3


class JobCancelled(Exception):
    """The asker wants the work to stop; whatever it wrote is rolled back."""


@dataclass(frozen=True)
class Outcome:
    """What the asker finds at the end."""

    message: str = ""
    url: str = ""
    findings: dict[str, Any] = field(default_factory=dict)  # what a dry run found, for its own page


@dataclass(frozen=True)
class JobKind:
    """`write(job, prepared)` does all the writing; `prepare(job)` whatever can be done before."""

    write: Callable[[Job, Any], Outcome]
    prepare: Callable[[Job], Any] | None = None


_KINDS: dict[str, JobKind] = {}

# trail lies above shell: it puts its `record` here at start-up, so that a cancelled job leaves an entry.
Recorder = Callable[..., Any]
recorder: Recorder | None = None


def register(kind: str, job_kind: JobKind) -> None:
    """Add a room's kind of work, e.g. "units.import"; called from its AppConfig.ready."""
    _KINDS[kind] = job_kind


@transaction.atomic
def start_job(
    *, room: str, kind: str, title: str, asked_by: int | None, arguments: dict[str, Any] | None = None
) -> Job:
    """Queue a job; it is queued only if the caller's transaction is kept."""
    from lianheng.web.shell.tasks import run_job_task

    if kind not in _KINDS:
        raise ValueError(f"no job of kind {kind!r} is registered")
    job = Job.objects.create(
        room=room, kind=kind, title=title, asked_by=asked_by, arguments=arguments or {}, created=now()
    )
    run_job_task.enqueue(job.pk)
    return job


def report_progress(job: Job, done: int, total: int) -> None:
    """Say how far the work is; raises JobCancelled when the asker wants it stopped."""
    if job_progress.is_to_stop(job.pk):
        raise JobCancelled
    job.done, job.total = done, total
    job_progress.write(job.pk, done, total)


def run_job(job_id: int) -> None:
    """Run one queued job to its end. The worker calls this; a job that has ended is left alone."""
    job = _take(job_id)
    if job is None:
        return
    try:
        _do(job)
    except JobCancelled:
        _end(job, Job.CANCELLED, "已按您的要求停止，没有写入任何内容")
    except Refusal as refusal:
        _refuse(job, refusal)
    except Exception:
        logger.exception("job %s (%s) failed", job.pk, job.kind)
        _end(job, Job.FAILED, "程序出错，没有写入任何内容；请联系系统管理员查看日志")
    job_progress.forget(job.pk)


@transaction.atomic
def _refuse(job: Job, refusal: Refusal) -> None:
    """End a job whose act was refused; as in a request, all but a bad value leaves an entry under who asked."""
    _end(job, Job.FAILED, refusal.message)
    if recorder and not isinstance(refusal, InvalidInput):
        actor = SimpleNamespace(pk=job.asked_by) if job.asked_by else None
        details = {"kind": job.kind, "code": refusal.code, "message": refusal.message[:200]}
        recorder(actor=actor, action="act.refused", subject=job, result="refused", details=details)


def _do(job: Job) -> None:
    kind = _KINDS[job.kind]
    prepared = kind.prepare(job) if kind.prepare else None
    with transaction.atomic():
        outcome = kind.write(job, prepared)
        report_progress(job, job.total, job.total)
        # In the same transaction as the work: after a kill both are there or neither.
        job.result_url, job.findings = outcome.url, outcome.findings
        _end(job, Job.DONE, outcome.message)


@transaction.atomic
def _take(job_id: int) -> Job | None:
    job = Job.objects.select_for_update().get(pk=job_id)
    if job.state != Job.QUEUED:
        return None
    job.state, job.started, job.attempts = Job.RUNNING, now(), job.attempts + 1
    job.save(update_fields=["state", "started", "attempts"])
    return job


@transaction.atomic
def _end(job: Job, state: str, message: str) -> None:
    job.state, job.finished, job.message = state, now(), message[:500]
    job.save(update_fields=["state", "finished", "message", "result_url", "findings", "done", "total"])


def get_job_for(user: Any, job_id: int) -> Job:
    """Return a job of this person; to everybody else it does not exist."""
    job = Job.objects.filter(pk=job_id, asked_by=user.pk).first()
    if job is None:
        raise Http404
    return job


def cancel_job(*, actor: Any, job_id: int) -> Job:
    """Stop one's own job: at once while it waits, at its next step while it runs."""
    job = get_job_for(actor, job_id)
    # First the file: a running job may hold the database until it sees this.
    if job.is_open:
        job_progress.ask_to_stop(job.pk)
    return _note_cancel(actor=actor, job_id=job.pk)


@transaction.atomic
def _note_cancel(*, actor: Any, job_id: int) -> Job:
    job = Job.objects.select_for_update().get(pk=job_id)
    if job.state not in {*Job.OPEN, Job.CANCELLED}:
        job_progress.forget(job.pk)
        raise WrongState("这项作业已经结束，不能再取消")
    job.cancel_requested = True
    if job.state == Job.QUEUED:
        job.state, job.finished, job.message = Job.CANCELLED, now(), "开始之前已取消"
        job_progress.forget(job.pk)
    job.save(update_fields=["cancel_requested", "state", "finished", "message"])
    if recorder:
        recorder(actor=actor, action="shell.job_cancelled", subject=job, details={"kind": job.kind, "title": job.title})
    return job


@transaction.atomic
def requeue_lost_jobs() -> int:
    """Queue again what a dead worker left half-done. Call it only while no other worker can be alive."""
    from lianheng.web.shell.tasks import run_job_task

    lost = list(Job.objects.select_for_update().filter(state=Job.RUNNING))
    for job in lost:
        if job.attempts >= MOST_ATTEMPTS or job.cancel_requested:
            state, message = (
                (Job.CANCELLED, "已取消") if job.cancel_requested else (Job.FAILED, "后台程序多次中断，没有写入")
            )
            _end(job, state, message)
            job_progress.forget(job.pk)
            continue
        job.state = Job.QUEUED
        job.save(update_fields=["state"])
        run_job_task.enqueue(job.pk)
    return len(lost)
