"""The two background jobs of importing institutions: the dry run of a file, and taking it in."""

from typing import Any

from django.db import IntegrityError, transaction
from django.urls import reverse

from lianheng.web.accounts.askers import asker_of
from lianheng.web.shell import incoming
from lianheng.web.shell.checked_imports import findings_of
from lianheng.web.shell.clock import today
from lianheng.web.shell.errors import WrongState
from lianheng.web.shell.jobs import JobKind, Outcome, report_progress
from lianheng.web.shell.models import Job
from lianheng.web.shell.workbook_reading import CellProblem
from lianheng.web.units.institution_sheet import SheetRow, read_rows
from lianheng.web.units.naming import sort_key
from lianheng.web.units.services.importing import STEP, check_rows, import_institutions, undo_import
from lianheng.web.units.services.same_names import same_names

CHECK_KIND, KIND, UNDO_KIND = "units.check_import", "units.import", "units.undo_import"
# More than this is taken back in the background: it would hold the request for over a second.
MOST_AT_ONCE = 2_000


def _rows(job: Job) -> list[SheetRow]:
    return read_rows(incoming.read(job.asked_by or 0, job.arguments["key"]))


def _check(job: Job) -> tuple[list[CellProblem], list[CellProblem], int]:
    rows = _rows(job)
    problems = check_rows(asker_of(job), rows, progress=lambda done, total: report_progress(job, done, total))
    return problems, same_names(rows), len(rows)


def _note_check(job: Job, prepared: Any) -> Outcome:
    problems, doubts, count = prepared
    findings = findings_of(problems, {"rows": count}, doubts)
    return Outcome("检查完毕", reverse("units:checked_import", args=[job.pk]), findings)


def _prepare(job: Job) -> tuple[list[SheetRow], dict[str, str]]:
    """Read the file and spell the names: a third of the work, done before the transaction."""
    rows = _rows(job)
    keys = {}
    for count, row in enumerate(rows, 1):
        keys[row.data.name] = sort_key(row.data.name)
        if count % STEP == 0:
            report_progress(job, 0, 3 * len(rows))
    return rows, keys


def _write(job: Job, prepared: Any) -> Outcome:
    rows, keys = prepared
    try:
        batch = import_institutions(
            actor=asker_of(job),
            rows=rows,
            file_name=job.arguments["file"],
            sha256=job.arguments["key"],
            valid_from=today(),
            progress=lambda done, total: report_progress(job, done, total),
            keys=keys,
        )
    except IntegrityError as error:
        raise WrongState("没有导入：导入期间有人新设了同样编码的单位，一行都没有写入。请重新上传检查") from error
    user_id, key = job.asked_by or 0, job.arguments["key"]
    transaction.on_commit(lambda: incoming.forget(user_id, key))
    return Outcome(f"已导入 {len(batch.institutions):,} 个单位，可以在导入页撤回", reverse("units:check_import"))


def _undo(job: Job, prepared: Any) -> Outcome:
    count = undo_import(actor=asker_of(job), import_id=job.arguments["import"])
    return Outcome(f"已撤回导入，{count:,} 个单位已删除", reverse("units:check_import"))


# The dry run does all its work outside a transaction: it holds nobody up.
CHECK = JobKind(prepare=_check, write=_note_check)
IMPORT = JobKind(prepare=_prepare, write=_write)
UNDO = JobKind(write=_undo)
