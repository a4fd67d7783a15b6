"""Imports in two jobs: the dry run names every bad row and cell or says "ready"; then the asker lets it be taken in.

Both run in the worker, so that neither a large file nor a slow check holds a request. A check is handed over once:
two clicks, or two pages, never write a file twice.
"""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.http import Http404

from lianheng.web.shell import jobs
from lianheng.web.shell.errors import WrongState
from lianheng.web.shell.models import Job
from lianheng.web.shell.workbook_reading import CellProblem

SHOWN_PROBLEMS = 200


def findings_of(problems: Sequence[CellProblem], ready: dict[str, int]) -> dict[str, Any]:
    """Return what a dry run leaves behind: the counts of what is ready, or the problems, cut to what a page shows."""
    if not problems:
        return {"ready": ready}
    return {
        "problem_count": len(problems),
        "bad_rows": len({problem.row for problem in problems}),
        "problems": [[p.row, p.heading, p.message] for p in problems[:SHOWN_PROBLEMS]],
    }


def get_check_for(user: Any, job_id: int, kind: str) -> Job:
    """Return one's own dry run of this kind; to everybody else it does not exist."""
    job = jobs.get_job_for(user, job_id)
    if job.kind != kind:
        raise Http404
    return job


@transaction.atomic
def take_over(*, actor: Any, check_id: int, checked_as: str, kind: str, title: str) -> Job:
    """Start the job that writes what a dry run found ready, with the same arguments; once for each dry run."""
    check = Job.objects.select_for_update().filter(pk=check_id, asked_by=actor.pk, kind=checked_as).first()
    if check is None:
        raise Http404
    if check.state != Job.DONE or not check.findings.get("ready"):
        raise WrongState("这个文件还没有检查通过，不能导入。请改好后重新上传检查")
    earlier = Job.objects.filter(pk=check.findings.get("job")).first()
    if earlier is not None and (earlier.is_open or earlier.state == Job.DONE):
        raise WrongState("这个文件已经交给后台导入，不会重复导入。请到单位名册或数据页面查看结果")
    job = jobs.start_job(room=check.room, kind=kind, title=title, asked_by=actor.pk, arguments=check.arguments)
    check.findings = {**check.findings, "job": job.pk}
    check.save(update_fields=["findings"])
    return job
