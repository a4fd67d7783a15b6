"""The background job of granting roles to many people."""

from typing import Any

from django.urls import reverse

from lianheng.web.accounts.askers import asker_of
from lianheng.web.accounts.grants_sheet import GrantRow
from lianheng.web.accounts.services.granting_many import grant_roles
from lianheng.web.shell.jobs import JobKind, Outcome, report_progress
from lianheng.web.shell.models import Job

KIND = "accounts.grant"


def write(job: Job, prepared: Any) -> Outcome:
    """Grant under the right of who asked, as that right stands now."""
    granted = grant_roles(
        actor=asker_of(job),
        rows=[GrantRow(*row) for row in job.arguments["rows"]],
        sha256=job.arguments["sha256"],
        progress=lambda done, total: report_progress(job, done, total),
    )
    done = f"已给 {granted.people:,} 人授予角色，他们重新登录后生效"
    if granted.waiting:
        return Outcome(f"{done}。其中 {granted.waiting:,} 人要放行以后才能登录", reverse("people:releases"))
    return Outcome(done, reverse("people:people"))


GRANT = JobKind(write=write)
