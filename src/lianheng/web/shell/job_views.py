"""The page of one background job: how far it is, and the button that stops it."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from lianheng.web.shell import job_progress, jobs, worker_lease
from lianheng.web.shell.models import Job


@login_required
@require_safe
def job(request: HttpRequest, job_id: int) -> HttpResponse:
    """Show one's own job; the page asks again by itself, and a plain refresh shows the same."""
    row = jobs.get_job_for(request.user, job_id)
    return render(request, "shell/job.html", progress_of(row))


@login_required
@require_POST
def cancel_job(request: HttpRequest, job_id: int) -> HttpResponse:
    """Stop one's own job."""
    jobs.cancel_job(actor=request.user, job_id=job_id)
    return redirect("job", job_id=job_id)


def progress_of(row: Job) -> dict[str, Any]:
    """Return what a page needs to show how far a job is; rooms with a page of their own for a job use it too."""
    done, total = job_progress.read(row.pk) or (row.done, row.total)
    stopping = row.is_open and (row.cancel_requested or job_progress.is_to_stop(row.pk))
    waiting = row.is_open and not worker_lease.is_held()
    return {"job": row, "done": done, "total": total, "stopping": stopping, "no_worker": waiting}
