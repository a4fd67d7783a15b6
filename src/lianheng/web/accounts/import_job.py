"""The background job of importing people."""

from typing import Any

from django.urls import reverse

from lianheng.web.accounts.askers import asker_of
from lianheng.web.accounts.people_sheet import PersonRow
from lianheng.web.accounts.services.importing import import_people
from lianheng.web.shell.jobs import JobKind, Outcome, report_progress
from lianheng.web.shell.models import Job

KIND = "accounts.import"


def write(job: Job, prepared: Any) -> Outcome:
    """Take the rows in under the right of who asked, as that right stands now."""
    rows = [PersonRow(*row) for row in job.arguments["rows"]]
    sheet = import_people(
        actor=asker_of(job),
        rows=rows,
        sha256=job.arguments["sha256"],
        progress=lambda done, total: report_progress(job, done, total),
    )
    return Outcome(
        f"已新建 {sheet.people:,} 个账号。激活码清单只能领一次，请妥善保管", reverse("people:codes", args=[sheet.pk])
    )


IMPORT = JobKind(write=write)
