"""People from an Excel file: checked cell by cell, taken in whole as a background job, codes fetched once."""

import base64
import hashlib
from collections.abc import Callable, Sequence

from cryptography.fernet import Fernet
from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.http import Http404

from lianheng.web.accounts.directory import institution_model, managed, manages_all, require_admin
from lianheng.web.accounts.models import CodeSheet, User
from lianheng.web.accounts.one_time_codes import end_of_code, hash_code, new_code
from lianheng.web.accounts.people_sheet import PersonRow, workbook
from lianheng.web.accounts.roles import Role
from lianheng.web.accounts.services.accounts import SYSTEM, username_problem
from lianheng.web.shell.batches import in_batches
from lianheng.web.shell.clock import now
from lianheng.web.shell.errors import InvalidInput, WrongState
from lianheng.web.shell.workbook_reading import CellProblem
from lianheng.web.trail.services import record

CODE_HEADINGS = ("用户名", "姓名", "单位编码", "一次性激活码")


def check_people(actor: User, rows: Sequence[PersonRow]) -> list[CellProblem]:
    """Return a problem for each bad cell; an empty list means that the whole file can be taken in."""
    require_admin(actor, SYSTEM, "导入人员")
    places, taken = _institutions(actor, rows), _taken(rows)
    may_be_nowhere = manages_all(actor, Role.SYSTEM_ADMIN)
    first: dict[str, int] = {}
    problems = []
    for row in rows:
        reason = username_problem(row.username) if row.username else None
        if reason is None and row.username in taken:
            reason = f"用户名“{row.username}”已经有人用了，请换一个"
        if reason is None and row.username in first:
            reason = f"用户名“{row.username}”与第 {first[row.username]} 行重复"
        if reason:
            problems.append(CellProblem(row.number, "用户名", reason))
        first.setdefault(row.username, row.number)
        if row.institution and row.institution not in places:
            text = f"没有编码为“{row.institution}”的单位，或者它不在您管的范围内"
            problems.append(CellProblem(row.number, "单位编码", text))
        elif not row.institution and not may_be_nowhere:
            problems.append(CellProblem(row.number, "单位编码", "请填单位编码：您只管一部分单位的人员"))
    return problems


def _institutions(actor: User, rows: Sequence[PersonRow]) -> dict[str, int]:
    """Return code → id of the institutions in the file that this administrator looks after."""
    codes = sorted({row.institution for row in rows if row.institution})
    scope = managed(actor, SYSTEM, prefix="", own="id")
    found: dict[str, int] = {}
    for batch in in_batches(codes):
        wanted = scope & Q(code__in=batch, valid_to=None)
        found.update(institution_model()._default_manager.filter(wanted).values_list("code", "pk"))
    return found


def _taken(rows: Sequence[PersonRow]) -> set[str]:
    names = sorted({row.username for row in rows})
    taken: set[str] = set()
    for batch in in_batches(names):
        found = User.objects.filter(username__in=batch)
        taken.update(found.values_list("username", flat=True))
    return taken


@transaction.atomic
def import_people(
    *,
    actor: User,
    rows: Sequence[PersonRow],
    sha256: str,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> CodeSheet:
    """Make all accounts or none; one trail entry each and one for the load. The codes wait, sealed."""
    problems = check_people(actor, rows)
    if problems:
        first = problems[0]
        raise InvalidInput(
            f"没有导入：第 {first.row} 行{first.heading}：{first.message}（共 {len(problems)} 处）", "file"
        )
    places, moment = _institutions(actor, rows), now()
    codes = [new_code() for _ in rows]
    users = User.objects.bulk_create(
        User(
            username=row.username,
            name=row.name,
            position=row.position,
            institution_id=places.get(row.institution),
            password=hash_code(code),
            must_change_password=True,
            code_expires=end_of_code(moment),
            code_from=actor,
            created=moment,
        )
        for row, code in zip(rows, codes, strict=True)
    )
    for number, user in enumerate(users, 1):
        details = {"username": user.username, "name": user.name, "institution": user.institution_id, "import": sha256}
        record(actor=actor, action="accounts.account_created", subject=user, details=details)
        if number % 100 == 0:
            progress(number, len(users))
    lines = [(r.username, r.name, r.institution, code) for r, code in zip(rows, codes, strict=True)]
    sealed = _box().encrypt(workbook(lines, CODE_HEADINGS))
    sheet = CodeSheet.objects.create(made_by=actor, made=moment, people=len(users), sealed=sealed)
    details = {"people": len(users), "sha256": sha256}
    record(actor=actor, action="accounts.people_imported", subject=sheet, details=details)
    return sheet


def _box() -> Fernet:
    """Seal with a key of the server: a copy of the database alone opens no account."""
    key = hashlib.sha256(b"lianheng code sheet\0" + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))


@transaction.atomic
def fetch_codes(*, actor: User, sheet_id: int) -> bytes:
    """Return the workbook of codes and empty it: it is there for who imported, once."""
    require_admin(actor, SYSTEM, "领取激活码")
    sheet = CodeSheet.objects.select_for_update().filter(pk=sheet_id, made_by=actor).first()
    if sheet is None:
        raise Http404
    if sheet.fetched is not None:
        raise WrongState("这份激活码清单已经领过一次，不再保存。没拿到激活码的人，请在人员页面逐个重置密码")
    content = _box().decrypt(bytes(sheet.sealed))
    CodeSheet.objects.filter(pk=sheet.pk).update(fetched=now(), sealed=b"")
    record(actor=actor, action="accounts.codes_fetched", subject=sheet, details={"people": sheet.people})
    return content
