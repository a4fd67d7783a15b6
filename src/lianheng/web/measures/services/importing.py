"""Values from an Excel file: checked cell by cell, taken in whole, and taken back while nothing rests on them."""

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

from django.db import transaction
from django.db.models import ProtectedError

from lianheng.web.accounts.models import User
from lianheng.web.accounts.scope import grant_for
from lianheng.web.measures import year
from lianheng.web.measures.models import Measure, MeasureValue, ValueImport
from lianheng.web.measures.services.standing_values import (
    Read,
    Seen,
    cells_to_write,
    refuse_changed_since,
    stored_values,
)
from lianheng.web.measures.services.values import MAY_ENTER, RECHECKED, SELF_REPORTED, read_origin
from lianheng.web.measures.values import canonical, check_together
from lianheng.web.measures.workbook import SheetRow, headings_of
from lianheng.web.shell.batches import in_batches
from lianheng.web.shell.clock import now
from lianheng.web.shell.errors import Forbidden, InvalidInput, WrongState
from lianheng.web.shell.workbook_reading import CellProblem, nothing_imported
from lianheng.web.trail.services import record
from lianheng.web.units.models import Institution

Progress = Callable[[int, int], None]
STEP = 500


def _silent(done: int, total: int) -> None:
    """Report to nobody."""


def check_rows(
    actor: User, list_code: str, period: str, rows: Sequence[SheetRow], progress: Progress = _silent
) -> tuple[Read, list[CellProblem]]:
    """Return (institution id, canonical values) by row, and a problem for each bad cell."""
    codes, on_list = year.supplied_on(list_code, period)
    measures = Measure.objects.in_bulk(codes)
    headings = headings_of([measures[code] for code in codes])
    allowed = set(on_list)
    known = _institutions([row.code for row in rows])
    read: Read = []
    problems: list[CellProblem] = []
    seen: dict[str, int] = {}
    for count, row in enumerate(rows, 1):
        if count % STEP == 0:
            progress(count, len(rows))
        institution = known.get(row.code)
        reason = _why_not_this_row(actor, row, institution, allowed, seen)
        if reason or institution is None:
            problems.append(CellProblem(row.number, "单位编码", reason))
            continue
        values: dict[str, str] = {}
        for code, text in row.values.items():
            try:
                values[code] = canonical(measures[code], text)
            except InvalidInput as error:
                problems.append(CellProblem(row.number, headings[code], error.message))
        together = check_together(measures, values)
        problems += [CellProblem(row.number, headings[code], text) for code, text in together.items()]
        read.append((institution.pk, {code: text for code, text in values.items() if text}))
    return read, problems + _protected(known, rows, read, period, headings)


def _institutions(codes: Sequence[str]) -> dict[str, Institution]:
    known: dict[str, Institution] = {}
    for batch in in_batches(codes):
        known |= {row.code: row for row in Institution.objects.filter(code__in=batch)}
    return known


def _why_not_this_row(
    actor: User, row: SheetRow, institution: Institution | None, allowed: set[int], seen: dict[str, int]
) -> str:
    if not row.code:
        return "请填单位编码"
    if row.code in seen:
        return f"单位编码“{row.code}”与第 {seen[row.code]} 行重复"
    seen[row.code] = row.number
    # Outside the scope a thing does not exist: the same words for both.
    if institution is None or grant_for(actor, MAY_ENTER, institution) is None:
        return f"没有编码“{row.code}”的单位，或者它不在您能办理的范围内"
    if institution.pk not in allowed:
        return f"“{institution.name}”不在这张清单上"
    return ""


def _protected(
    known: dict[str, Institution], rows: Sequence[SheetRow], read: Read, period: str, headings: dict[str, str]
) -> list[CellProblem]:
    """Find cells that would change what the institution reported itself or what a re-check found."""
    number_of = {known[row.code].pk: row.number for row in rows if row.code in known}
    by_institution = dict(read)
    problems = []
    for institution_id, stored in stored_values(period, read).items():
        values = by_institution[institution_id]
        for code, row in stored.items():
            if row.source in (SELF_REPORTED, RECHECKED) and row.value and values.get(code, row.value) != row.value:
                word = "单位自己填报的" if row.source == SELF_REPORTED else "复核过的"
                message = f"现有的数 {row.value} 是{word}，不能用导入改"
                problems.append(CellProblem(number_of[institution_id], headings[code], message))
    return problems


@transaction.atomic
def import_values(
    *,
    actor: User,
    list_code: str,
    period: str,
    rows: Sequence[SheetRow],
    source: str,
    as_of: dt.date,
    file_name: str,
    sha256: str,
    seen: Seen | None,
    progress: Progress = _silent,
) -> ValueImport:
    """Take in every cell or none. Empty cells leave what is there; `seen` is what stood at its check.

    None is for a program that loads without a check before.
    """
    if grant_for(actor, MAY_ENTER) is None:
        raise Forbidden("导入数据由工作专班、第三方机构办理，您的账号没有这个角色")
    year.require_open(period)
    source, as_of = read_origin(source, as_of)
    # Two rounds over the rows: check and write.
    total = 2 * len(rows)
    read, problems = check_rows(actor, list_code, period, rows, lambda done, _: progress(done, total))
    if problems:
        raise InvalidInput(nothing_imported(problems, "一格"), "file")
    if seen is not None:
        refuse_changed_since(cells_to_write(period, read), seen)
    changes: list[list[Any]] = []
    for done, part in enumerate(in_batches(read, STEP)):
        changes += _write(actor, period, part, source, as_of)
        progress(len(rows) + done * STEP, total)
    batch = ValueImport.objects.create(
        file_name=file_name[:120],
        sha256=sha256,
        period=period,
        list_code=list_code,
        year_state=year.state(period).code,
        changes=changes,
        created_by=actor,
        created=now(),
    )
    details = {"period": period, "list": list_code, "file": batch.file_name, "sha256": sha256, "values": len(changes)}
    record(actor=actor, action="measures.values_imported", subject=batch, details=details)
    return batch


def _write(actor: User, period: str, read: Read, source: str, as_of: dt.date) -> list[list[Any]]:
    stored = stored_values(period, read)
    institutions = Institution.objects.in_bulk([pk for pk, _ in read])
    moment = now()
    new, changed, before = [], [], {}
    for pk, values in read:
        for code, text in values.items():
            row = stored.get(pk, {}).get(code)
            if row is None:
                row = MeasureValue(measure_id=code, institution_id=pk, period=period)
                row.place_like(institutions[pk])
                new.append(row)
            elif row.value == text:
                continue
            else:
                before[row.pk] = [row.value, row.source, row.as_of.isoformat(), row.entered_by_id]
                changed.append(row)
                row.revision += 1
            row.value, row.source, row.as_of, row.entered_by, row.entered_at = text, source, as_of, actor, moment
    MeasureValue.objects.bulk_create(new, batch_size=500)
    fields = ["value", "source", "as_of", "entered_by", "entered_at", "revision"]
    MeasureValue.objects.bulk_update(changed, fields, batch_size=200)
    return [[row.pk, row.revision, before.get(row.pk), row.value] for row in (*new, *changed)]


def require_same_state(batch: ValueImport) -> None:
    """Refuse to take back an import once the year has moved on; the page asks before it offers."""
    current = year.state(batch.period)
    if current.code != batch.year_state:
        raise WrongState(f"导入之后年度考评已经到“{current.label}”，不能整批撤回，要改请逐个更正")


@transaction.atomic
def undo_import(*, actor: User, import_id: int) -> int:
    """Take back a whole import while the year stands where it stood and none of its values was changed since."""
    batch = ValueImport.objects.select_for_update().get(pk=import_id)
    if batch.created_by_id != actor.pk:
        raise Forbidden("只有导入的人可以撤回这次导入")
    if batch.undone is not None:
        raise WrongState("这次导入已经撤回过")
    require_same_state(batch)
    rows: dict[int, MeasureValue] = {}
    for chunk in in_batches(change[0] for change in batch.changes):
        rows |= {row.pk: row for row in MeasureValue.objects.select_for_update(of=("self",)).filter(pk__in=chunk)}
    if any(pk not in rows or rows[pk].revision != revision for pk, revision, _, _ in batch.changes):
        raise WrongState("没有撤回：其中有数据在导入后又改过，要改请逐个更正；现在没有改动")
    made = [pk for pk, _, before, _ in batch.changes if before is None]
    restored = [_restore(rows[pk], before) for pk, _, before, _ in batch.changes if before is not None]
    fields = ["value", "source", "as_of", "entered_by_id", "entered_at", "revision"]
    MeasureValue.objects.bulk_update(restored, [name.removesuffix("_id") for name in fields], batch_size=200)
    try:
        for chunk in in_batches(made):
            MeasureValue.objects.filter(pk__in=chunk).delete()
    except ProtectedError as error:
        raise WrongState("没有撤回：其中有数据已经抽去复核；现在没有改动") from error
    batch.undone = now()
    batch.save(update_fields=["undone"])
    record(actor=actor, action="measures.import_undone", subject=batch, details={"values": len(batch.changes)})
    return len(batch.changes)


def _restore(row: MeasureValue, before: list[Any]) -> MeasureValue:
    row.value, row.source, row.entered_by_id = before[0], before[1], before[3]
    row.as_of, row.entered_at = dt.date.fromisoformat(before[2]), now()
    row.revision += 1
    return row
