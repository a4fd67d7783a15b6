"""Institutions from an Excel file: checked row by row, taken in whole, and taken back while nothing rests on them."""

import dataclasses
import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence

from django.db import connection, transaction
from django.db.models import ProtectedError

from lianheng.web.accounts.models import User
from lianheng.web.shell.batches import in_batches
from lianheng.web.shell.clock import now
from lianheng.web.shell.errors import Forbidden, InvalidInput, WrongState
from lianheng.web.shell.workbook_reading import CellProblem, nothing_imported
from lianheng.web.trail.services import record
from lianheng.web.units.institution_sheet import HEADINGS, SheetRow
from lianheng.web.units.models import Institution, InstitutionChange, InstitutionGram, InstitutionImport
from lianheng.web.units.naming import index_names
from lianheng.web.units.services.institutions import References, build, problems_of, references_for, require_office

Progress = Callable[[int, int], None]
STEP = 500


def _silent(done: int, total: int) -> None:
    """Report to nobody."""


def check_rows(actor: User | None, rows: Sequence[SheetRow], progress: Progress = _silent) -> list[CellProblem]:
    """Return a problem for each bad cell; an empty list means that the whole file can be taken in."""
    on_record = references_for([row.data for row in rows])
    may = _places_of(actor, on_record)
    first_row: dict[str, int] = {}
    problems: list[CellProblem] = []
    # A superior may stand in the same file.
    in_file = {row.data.code for row in rows}
    for count, row in enumerate(rows, 1):
        found = problems_of(row.data, _with_file(on_record, row, in_file))
        if row.data.code and row.data.code in first_row:
            found["code"] = f"单位编码“{row.data.code}”与第 {first_row[row.data.code]} 行重复"
        first_row.setdefault(row.data.code, row.number)
        if "division" not in found and row.data.division not in may:
            found["division"] = f"区划“{row.data.division}”不在您能办理的范围内"
        problems += [CellProblem(row.number, HEADINGS.get(field, field), text) for field, text in found.items()]
        if count % STEP == 0:
            progress(count, len(rows))
    refused = {problem.row for problem in problems if problem.heading == HEADINGS["parent"]}
    return sorted(
        [*problems, *(circle for circle in _circles(rows) if circle.row not in refused)],
        key=lambda problem: problem.row,
    )


def _places_of(actor: User | None, on_record: References) -> set[str]:
    """Return the divisions of the file in which this person may set up institutions."""
    may = set()
    for code, division in on_record.divisions.items():
        try:
            require_office(actor, division, "新设单位")
        except Forbidden:
            continue
        may.add(code)
    return may


def _with_file(on_record: References, row: SheetRow, in_file: set[str]) -> References:
    above = row.data.parent
    if above and above != row.data.code and above in in_file and above not in on_record.institutions:
        known = {above: 0}
        if row.data.code in on_record.institutions:
            known[row.data.code] = on_record.institutions[row.data.code]
        return dataclasses.replace(on_record, institutions=known)
    return on_record


def _circles(rows: Sequence[SheetRow]) -> list[CellProblem]:
    """Find rows whose superiors within the file lead back to themselves; each row is walked over once."""
    above = {row.data.code: row.data.parent for row in rows if row.data.code}
    settled: dict[str, bool] = {}  # code → whether it stands on a circle
    for start in above:
        trail: dict[str, None] = {}
        code = start
        while code in above and code not in settled and code not in trail:
            trail[code] = None
            code = above[code]
        # Whoever leads into a circle without standing on it is not at fault.
        circle = False
        for step in trail:
            circle = circle or step == code
            settled[step] = circle
    return [
        CellProblem(row.number, HEADINGS["parent"], "上级单位绕成了一圈") for row in rows if settled.get(row.data.code)
    ]


@transaction.atomic
def import_institutions(
    *,
    actor: User | None,
    rows: Sequence[SheetRow],
    file_name: str,
    sha256: str,
    valid_from: dt.date,
    progress: Progress = _silent,
    keys: Mapping[str, str] | None = None,
) -> InstitutionImport:
    """Take in every row or none; superiors in the file are linked after all rows exist.

    `keys` (name → sort key) may be made before the transaction, which then holds the database for less time.
    """
    keys = keys or {}
    # Three rounds over the rows: check, write, index the names.
    total = 3 * len(rows)
    problems = check_rows(actor, rows, lambda done, _: progress(done, total))
    if problems:
        raise InvalidInput(nothing_imported(problems, "一行"), "file")
    on_record = references_for([row.data for row in rows])
    made: list[Institution] = []
    for part in in_batches(rows, STEP):
        built = (
            build(row.data, on_record, Institution(valid_from=valid_from), keys.get(row.data.name, "")) for row in part
        )
        made += Institution.objects.bulk_create(built, batch_size=STEP)
        progress(len(rows) + len(made), total)
    ids = {institution.code: institution.pk for institution in made}
    _link((ids[row.data.parent], ids[row.data.code]) for row in rows if row.data.parent in ids)
    for done, named in enumerate(in_batches(made, STEP)):
        index_names(named, new=True)
        progress(2 * len(rows) + done * STEP, total)
    batch = InstitutionImport.objects.create(
        file_name=file_name[:120], sha256=sha256, created_by=actor, created=now(), institutions=list(ids.values())
    )
    details = {"file": file_name[:120], "sha256": sha256, "rows": len(made)}
    record(actor=actor, action="units.institutions_imported", subject=batch, details=details)
    return batch


def _link(superiors: Iterable[tuple[int, int]]) -> None:
    """Write the superiors, as (superior, institution).

    Plain SQL, because a CASE of thousands of branches takes both databases seconds.
    """
    table = connection.ops.quote_name(Institution._meta.db_table)
    with connection.cursor() as cursor:
        cursor.executemany(f"UPDATE {table} SET parent_id = %s WHERE id = %s", list(superiors))


@transaction.atomic
def undo_import(*, actor: User, import_id: int) -> int:
    """Take back a whole import while nothing refers to its institutions and none was changed since."""
    batch = InstitutionImport.objects.select_for_update().get(pk=import_id)
    if batch.created_by_id != actor.pk:
        raise Forbidden("只有导入的人可以撤回这次导入")
    if batch.undone is not None:
        raise WrongState("这次导入已经撤回过")
    rows = Institution.objects.filter(pk__in=())
    ids = [int(pk) for pk in batch.institutions]
    chunks = list(in_batches(ids))
    for chunk in chunks:
        rows = Institution.objects.filter(pk__in=chunk)
        if rows.exclude(revision=0).exists() or InstitutionChange.objects.filter(institution__in=chunk).exists():
            raise WrongState("没有撤回：其中有单位在导入后改过。请在单位页面上逐个办理；现在没有改动")
    try:
        for chunk in chunks:
            Institution.objects.filter(pk__in=chunk).update(parent=None)
        for chunk in chunks:
            InstitutionGram.objects.filter(institution_id__in=chunk).delete()
            Institution.objects.filter(pk__in=chunk).delete()
    except ProtectedError as error:
        raise WrongState("没有撤回：已经有账号、得分或材料用到其中的单位；现在没有改动") from error
    batch.undone = now()
    batch.save(update_fields=["undone"])
    record(actor=actor, action="units.import_undone", subject=batch, details={"rows": len(ids)})
    return len(ids)
