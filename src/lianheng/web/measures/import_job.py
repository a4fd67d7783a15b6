"""The two background jobs of importing values: the dry run of a file, and taking it in."""

import datetime as dt
from typing import Any

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.timezone import localtime

from lianheng.web.accounts.askers import asker_of
from lianheng.web.measures import workbook, year
from lianheng.web.measures.models import Measure, MeasureValue, ValueImport
from lianheng.web.measures.services.importing import check_rows, import_values, undo_import
from lianheng.web.measures.services.standing_values import Cell, Read, cells_to_write, refuse_changed_since, seen_of
from lianheng.web.shell import incoming
from lianheng.web.shell.checked_imports import SHOWN_PROBLEMS, findings_of
from lianheng.web.shell.errors import WrongState
from lianheng.web.shell.jobs import JobKind, Outcome, report_progress
from lianheng.web.shell.models import Job
from lianheng.web.shell.workbook_reading import CellProblem
from lianheng.web.units.queries import city_of_profile

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
    values = sum(len(values) for _, values in read)
    cells = [] if problems else cells_to_write(given["period"], read)
    if not problems and not cells:
        raise WrongState("没有要写入的数：文件里的数都和现有的相同，或者都空着")
    changing = [cell for cell in cells if cell.row is not None]
    ready = {"rows": len(read), "values": values, "changed": len(changing), "new": len(cells) - len(changing)}
    return findings_of(problems, ready, _changes(rows, changing)) | {"seen": seen_of(cells)}


def _changes(rows: list[workbook.SheetRow], cells: list[Cell]) -> list[CellProblem]:
    """Name every value that the file would change, with what stands and since when."""
    values = MeasureValue.objects.select_related("measure", "institution", "entered_by")
    found = values.in_bulk([cell.row.pk for cell in cells[:SHOWN_PROBLEMS] if cell.row])
    number_of = {row.code: row.number for row in rows}
    listed = []
    for cell in cells:
        # The page shows the first ones; of the others only the number counts.
        row = found.get(cell.row.pk) if cell.row else None
        if row is None:
            listed.append(CellProblem(0, cell.code, ""))
            continue
        who = f"（{row.entered_by.name if row.entered_by else row.source}，{localtime(row.entered_at):%Y-%m-%d}）"
        text = f"{row.institution.name}：现在是 {row.value or '空'}{who}，写入后是 {cell.text}"
        listed.append(CellProblem(number_of.get(row.institution.code, 0), row.measure.name, text))
    return listed


def refuse_what_changed(check: Job) -> None:
    """Say at once, before the worker does, that values were changed since the check.

    A large file is read again for that only where somebody changed a number of its period meanwhile.
    """
    ready, given = check.findings.get("ready") or {}, check.arguments
    if ready.get("values", 0) > MOST_AT_ONCE and not _touched_since(check.started, given["period"]):
        return
    read: Read = check_rows(asker_of(check), given["list"], given["period"], _rows(check))[0]
    refuse_changed_since(cells_to_write(given["period"], read), check.findings.get("seen", {}))


def _touched_since(moment: dt.datetime | None, period: str) -> bool:
    """Say whether any number of a period was entered, changed or taken back since."""
    city = city_of_profile()
    if moment is None or city is None:
        return True
    # The index of what was entered when is by city.
    changed = MeasureValue.objects.filter(city=city.pk, period=period, entered_at__gte=moment)
    return changed.exists() or ValueImport.objects.filter(period=period, undone__gte=moment).exists()


def _seen_by_check(job: Job) -> dict[str, list[int]]:
    """Return what stood when the dry run looked; without one, nothing that stands may be changed."""
    check = Job.objects.filter(pk=job.arguments.get("check"), kind=CHECK_KIND, asked_by=job.asked_by).first()
    return check.findings.get("seen", {}) if check else {}


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
            seen=_seen_by_check(job),
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
