"""Imports in two jobs: the dry run names every bad row and cell or says "ready"; then the asker lets it be taken in.

Both run in the worker, so that neither a large file nor a slow check holds a request. A check is handed over once:
two clicks, or two pages, never write a file twice.
"""

from collections.abc import Sequence
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import Http404, HttpRequest

from lianheng.web.shell import incoming, jobs
from lianheng.web.shell.errors import InvalidInput, WrongState
from lianheng.web.shell.models import Job
from lianheng.web.shell.workbook_bounds import refuse_declared
from lianheng.web.shell.workbook_reading import CellProblem

SHOWN_PROBLEMS = 200


def findings_of(
    problems: Sequence[CellProblem], ready: dict[str, int], doubts: Sequence[CellProblem] = ()
) -> dict[str, Any]:
    """Return what a dry run leaves behind: the counts of what is ready, or the problems, cut to what a page shows.

    `doubts` hinder nothing: whoever lets the file be taken in has read them.
    """
    told: dict[str, Any] = {}
    if doubts:
        told = {"doubt_count": len(doubts), "doubts": [[d.row, d.heading, d.message] for d in doubts[:SHOWN_PROBLEMS]]}
    if not problems:
        return {"ready": ready, **told}
    return {
        **told,
        "problem_count": len(problems),
        "bad_rows": len({problem.row for problem in problems}),
        "problems": [[p.row, p.heading, p.message] for p in problems[:SHOWN_PROBLEMS]],
    }


def start_check(user: Any, upload: UploadedFile, *, room: str, kind: str, max_rows: int, **more: Any) -> Job:
    """Keep an upload for the worker and have it checked; `more` is what the file was sent with."""
    name = (upload.name or "")[:100]
    key = incoming.keep(user.pk, upload)
    try:
        refuse_declared(incoming.read(user.pk, key), max_rows)
    except InvalidInput:
        incoming.forget(user.pk, key)
        raise
    arguments = {"key": key, "file": name, **more}
    return jobs.start_job(room=room, kind=kind, title=f"检查 {name}", asked_by=user.pk, arguments=arguments)


def get_check_for(user: Any, job_id: int, kind: str) -> Job:
    """Return one's own dry run of this kind; to everybody else it does not exist."""
    job = jobs.get_job_for(user, job_id)
    if job.kind != kind:
        raise Http404
    return job


def taken_by(check: Job) -> Job | None:
    """Return the job that writes what a dry run found ready, unless it came to nothing."""
    job = Job.objects.filter(pk=check.findings.get("job")).first()
    return None if job is None or job.state in (Job.FAILED, Job.CANCELLED) else job


def is_free(check: Job) -> bool:
    """Say whether a dry run went well and nobody has taken it over."""
    return check.state == Job.DONE and bool(check.findings.get("ready")) and taken_by(check) is None


def posted_check(request: HttpRequest, checked_as: str) -> Job:
    """Return one's own dry run whose number a form sends as `check`."""
    number = request.POST.get("check", "")
    if not number.isdecimal() or len(number) > 18:
        raise Http404
    return get_check_for(request.user, int(number), checked_as)


def take_over_posted(request: HttpRequest, *, checked_as: str, kind: str, what: str) -> Job:
    """Take over the dry run whose number a form sends as `check`."""
    check = posted_check(request, checked_as)
    title = f"{what}：{check.arguments['file']}"
    return take_over(actor=request.user, check_id=check.pk, checked_as=checked_as, kind=kind, title=title)


@transaction.atomic
def take_over(*, actor: Any, check_id: int, checked_as: str, kind: str, title: str) -> Job:
    """Start the job that writes what a dry run found ready, with the same arguments; once for each dry run."""
    check = Job.objects.select_for_update().filter(pk=check_id, asked_by=actor.pk, kind=checked_as).first()
    if check is None:
        raise Http404
    if check.state != Job.DONE or not check.findings.get("ready"):
        raise WrongState("这个文件还没有检查通过，不能导入。请改好后重新上传检查")
    if taken_by(check) is not None:
        raise WrongState("这个文件已经交给后台导入，不会重复导入。请到单位名册或数据页面查看结果")
    job = jobs.start_job(
        room=check.room, kind=kind, title=title, asked_by=actor.pk, arguments=check.arguments | {"check": check.pk}
    )
    check.findings = {**check.findings, "job": job.pk}
    check.save(update_fields=["findings"])
    return job
