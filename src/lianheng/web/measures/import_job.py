"""The two background jobs of importing values: the dry run of a file, and taking it in."""

import datetime as dt
from typing import Any

from django.db import IntegrityError, transaction
from django.urls import reverse

from lianheng.web.accounts.askers import asker_of
from lianheng.web.measures import workbook, year
from lianheng.web.measures.models import Measure
from lianheng.web.measures.services.importing import check_rows, import_values, undo_import
from lianheng.web.shell import incoming
from lianheng.web.shell.checked_imports import findings_of
from lianheng.web.shell.errors import WrongState
from lianheng.web.shell.jobs import JobKind, Outcome, report_progress
from lianheng.web.shell.models import Job

CHECK_KIND, KIND, UNDO_KIND = "measures.check_import", "measures.import", "measures.undo_import"
# More than this is taken back in the background: it would hold the request for over a second.
MOST_AT_ONCE = 2_000


def _rows(job: Job) -> list[workbook.SheetRow]:
    given = job.arguments
    codes, _ = year.supplied_on(given["list"], given["period"])
    found = Measure.objects.in_bulk(codes)
    content = incoming.read(job.asked_by or 0, given["key"])
    return workbook.read(content, [found[code] for code in codes if code in found])


def _check(job: Job) -> dict[str, Any]:
    given, rows = job.arguments, _rows(job)
    read, problems = check_rows(
        asker_of(job), given["list"], given["period"], rows, lambda done, total: report_progress(job, done, total)
    )
    return findings_of(problems, {"rows": len(read), "values": sum(len(values) for _, values in read)})


def _note_check(job: Job, prepared: Any) -> Outcome:
    return Outcome("检查完毕", reverse("measures:checked_import", args=[job.pk]), prepared)


def _write(job: Job, rows: Any) -> Outcome:
    given = job.arguments
    try:
        batch = import_values(
            actor=asker_of(job),
            list_code=given["list"],
            period=given["period"],
            rows=rows,
            source=given["source"],
            as_of=dt.date.fromisoformat(given["as_of"]),
            file_name=given["file"],
            sha256=given["key"],
            progress=lambda done, total: report_progress(job, done, total),
        )
    except IntegrityError as error:
        raise WrongState("没有导入：导入期间有人录入了同样的数，一格都没有写入。请重新上传检查") from error
    user_id, key = job.asked_by or 0, given["key"]
    transaction.on_commit(lambda: incoming.forget(user_id, key))
    return Outcome(f"已导入 {len(batch.changes):,} 个数，可以在数据录入页撤回", reverse("measures:enter"))


def _undo(job: Job, prepared: Any) -> Outcome:
    count = undo_import(actor=asker_of(job), import_id=job.arguments["import"])
    return Outcome(f"已撤回导入，{count:,} 个数回到导入之前", reverse("measures:enter"))


# The dry run does all its work outside a transaction: it holds nobody up.
CHECK = JobKind(prepare=_check, write=_note_check)
IMPORT = JobKind(prepare=_rows, write=_write)
UNDO = JobKind(write=_undo)
