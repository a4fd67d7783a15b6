"""Institutions from an Excel file: checked row by row, taken in whole, and taken back while nothing rests on them."""

import dataclasses
import datetime as dt
from collections.abc import Sequence

from django.db import transaction
from django.db.models import ProtectedError

from lianheng.web.accounts.models import User
from lianheng.web.accounts.roles import Role
from lianheng.web.accounts.scope import require_role
from lianheng.web.shell.clock import now
from lianheng.web.shell.errors import Forbidden, InvalidInput, WrongState
from lianheng.web.trail.services import record
from lianheng.web.units.institution_sheet import HEADINGS, CellProblem, SheetRow
from lianheng.web.units.models import Institution, InstitutionChange, InstitutionGram, InstitutionImport
from lianheng.web.units.naming import index_names
from lianheng.web.units.services.institutions import References, build, problems_of, references_for


def check_rows(actor: User | None, rows: Sequence[SheetRow]) -> list[CellProblem]:
    """Return a problem for each bad cell; an empty list means that the whole file can be taken in."""
    on_record = references_for([row.data for row in rows])
    first_row: dict[str, int] = {}
    problems: list[CellProblem] = []
    # A superior may stand in the same file.
    in_file = {row.data.code for row in rows}
    for row in rows:
        found = problems_of(row.data, _with_file(on_record, row, in_file))
        if row.data.code in first_row:
            found["code"] = f"单位编码“{row.data.code}”与第 {first_row[row.data.code]} 行重复"
        first_row.setdefault(row.data.code, row.number)
        if "division" not in found and actor is not None:
            try:
                require_role(actor, [Role.SPECIAL_OFFICE], on_record.divisions[row.data.division], act="新设单位")
            except Forbidden:
                found["division"] = f"区划“{row.data.division}”不在您能办理的范围内"
        problems += [CellProblem(row.number, HEADINGS.get(field, field), text) for field, text in found.items()]
    return problems or _circles(rows)


def _with_file(on_record: References, row: SheetRow, in_file: set[str]) -> References:
    if row.data.parent and row.data.parent in in_file and row.data.parent not in on_record.institutions:
        known = {row.data.parent: 0}
        if row.data.code in on_record.institutions:
            known[row.data.code] = on_record.institutions[row.data.code]
        return dataclasses.replace(on_record, institutions=known)
    return on_record


def _circles(rows: Sequence[SheetRow]) -> list[CellProblem]:
    """Find rows whose superiors within the file lead back to themselves."""
    above = {row.data.code: row.data.parent for row in rows}
    problems = []
    safe: set[str] = set()
    for row in rows:
        trail: list[str] = []
        code = row.data.code
        while code in above and code not in safe and code not in trail:
            trail.append(code)
            code = above[code]
        if code in trail:
            problems.append(CellProblem(row.number, HEADINGS["parent"], "上级单位绕成了一圈"))
        else:
            safe.update(trail)
    return problems


@transaction.atomic
def import_institutions(
    *, actor: User | None, rows: Sequence[SheetRow], file_name: str, sha256: str, valid_from: dt.date
) -> InstitutionImport:
    """Take in every row or none; superiors in the file are linked after all rows exist."""
    problems = check_rows(actor, rows)
    if problems:
        first = problems[0]
        raise InvalidInput(
            f"没有导入：{len(problems)} 处有错，一行都没有写入。第 {first.row} 行“{first.heading}”：{first.message}",
            "file",
        )
    on_record = references_for([row.data for row in rows])
    made = [build(row.data, on_record, Institution(valid_from=valid_from)) for row in rows]
    Institution.objects.bulk_create(made, batch_size=500)
    ids = {institution.code: institution.pk for institution in made}
    linked = []
    for row, institution in zip(rows, made, strict=True):
        if row.data.parent in ids:
            institution.parent_id = ids[row.data.parent]
            linked.append(institution)
    Institution.objects.bulk_update(linked, ["parent"], batch_size=400)
    index_names(made)
    batch = InstitutionImport.objects.create(
        file_name=file_name[:120], sha256=sha256, created_by=actor, created=now(), institutions=list(ids.values())
    )
    details = {"file": file_name[:120], "sha256": sha256, "rows": len(made)}
    record(actor=actor, action="units.institutions_imported", subject=batch, details=details)
    return batch


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
    in_chunks = [ids[start : start + 500] for start in range(0, len(ids), 500)]
    for chunk in in_chunks:
        rows = Institution.objects.filter(pk__in=chunk)
        if rows.exclude(revision=0).exists() or InstitutionChange.objects.filter(institution__in=chunk).exists():
            raise WrongState("没有撤回：其中有单位在导入后改过。请在单位页面上逐个办理；现在没有改动")
    try:
        for chunk in in_chunks:
            Institution.objects.filter(pk__in=chunk).update(parent=None)
        for chunk in in_chunks:
            InstitutionGram.objects.filter(institution_id__in=chunk).delete()
            Institution.objects.filter(pk__in=chunk).delete()
    except ProtectedError as error:
        raise WrongState("没有撤回：已经有账号、得分或材料用到其中的单位；现在没有改动") from error
    batch.undone = now()
    batch.save(update_fields=["undone"])
    record(actor=actor, action="units.import_undone", subject=batch, details={"rows": len(ids)})
    return len(ids)
