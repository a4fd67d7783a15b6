"""Roles for many people from an Excel file: checked as a single grant is, then granted to all or to nobody.

A single grant asks the database some fifteen times; for 2,800 people that would hold the only write lock of SQLite for
half a minute. Here people are locked, checked and written by the hundred; each still has an entry of their own. One
transaction: a worker killed half-way has granted nothing, and its job is done again from the start.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import QuerySet

from lianheng.web.accounts.directory import (
    division_model,
    managed_institutions,
    managed_people,
    refuse_outranking,
    require_admin,
)
from lianheng.web.accounts.grants_sheet import PLACE, GrantRow
from lianheng.web.accounts.models import Assignment, User
from lianheng.web.accounts.roles import ADMINISTRATORS, OF_ONE_INSTITUTION, RELEASED, Role
from lianheng.web.accounts.scope import LEVEL_COLUMN
from lianheng.web.accounts.services.conflicts import Held, Right, held_by
from lianheng.web.accounts.services.granting import SECURITY, check_grant, end_sessions, note_grant
from lianheng.web.shell.batches import in_batches
from lianheng.web.shell.errors import InvalidInput, Refusal
from lianheng.web.shell.workbook_reading import CellProblem
from lianheng.web.trail.services import record

ACT = "授予角色"
ROLES = {role.label: role for role in Role if role not in ADMINISTRATORS}
HEADING = {"role": "角色", "division": PLACE, "institution": PLACE, "valid_to": "截止日期"}
Row = TypeVar("Row")


@dataclass(frozen=True)
class Granted:
    """What was done: how many people, and how many of them wait for a release (decision 0009)."""

    people: int
    waiting: int


@dataclass(frozen=True)
class _Known:
    """What the file's words stand for, within what this administrator looks after."""

    people: dict[str, User]
    institutions: dict[str, int]
    divisions: set[str]
    held: dict[int, list[Held]]

    def right(self, row: GrantRow) -> Right:
        """Return what a row grants; a code that is both counts as the unit for roles of one unit, else as the area."""
        role = ROLES.get(row.role)
        if role is None:
            raise InvalidInput(_no_such_role(row.role), "role")
        if row.place in self.divisions and role not in OF_ONE_INSTITUTION:
            return Right(role, division=row.place)
        if row.place in self.institutions:
            return Right(role, institution_id=self.institutions[row.place])
        if row.place in self.divisions:
            raise InvalidInput(f"{role.label}只管一个单位，请填单位编码，不填区划代码", "institution")
        raise InvalidInput(f"没有编码为“{row.place}”的单位或区划，或者它不在您管的范围内", "institution")


def _no_such_role(label: str) -> str:
    if label in {role.label for role in ADMINISTRATORS}:
        return f"{label}不能批量授予，请在人员页面逐个授予"
    return f"没有“{label}”这个角色，可以填：{'、'.join(ROLES)}"


def _known(actor: User, rows: Sequence[GrantRow]) -> _Known:
    people = {user.username: user for user in _among(managed_people(actor, SECURITY), "username", _usernames(rows))}
    units = managed_institutions(actor, SECURITY).filter(valid_to=None)
    codes = {row.place for row in rows if row.place}
    areas = {code for code in codes if code.isdecimal() and len(code) in LEVEL_COLUMN}
    return _Known(
        people,
        dict(_among(units.values_list("code", "pk"), "code", codes)),
        {division.pk for division in _among(division_model()._default_manager.all(), "pk", areas)},
        held_by(user.pk for user in people.values()),
    )


def _usernames(rows: Sequence[GrantRow]) -> set[str]:
    return {row.username for row in rows}


def _among(rows: QuerySet[Any, Row], column: str, values: set[Any]) -> Iterator[Row]:
    for batch in in_batches(sorted(values)):
        yield from rows.filter(**{f"{column}__in": batch})


def check_grants(actor: User, rows: Sequence[GrantRow]) -> list[CellProblem]:
    """Return a problem for each bad cell; an empty list means that the whole file can be granted."""
    require_admin(actor, SECURITY, ACT)
    known = _known(actor, rows)
    first: dict[str, int] = {}
    problems = []
    for row in rows:
        if first.setdefault(row.username, row.number) != row.number:
            text = f"与第 {first[row.username]} 行是同一个人：一份表里每人一行，第二个角色请另传一份"
            problems.append(CellProblem(row.number, "用户名", text))
        problems += [CellProblem(row.number, *wrong) for wrong in _wrong(actor, row, known)]
    return problems


def _wrong(actor: User, row: GrantRow, known: _Known) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with a row's words, and then what a single grant would refuse."""
    user = known.people.get(row.username)
    person = _wrong_person(actor, row, user)
    if person:
        yield person
    try:
        right = known.right(row)
    except InvalidInput as refusal:
        # An empty place was told when the file was read.
        if row.place or refusal.field == "role":
            yield HEADING[refusal.field or ""], refusal.message
        return
    if person or user is None or not row.valid_from:
        return
    try:
        refuse_outranking(user, actor, SECURITY, ACT)
        check_grant(actor, user, right, *_days(row), holds=known.held.get(user.pk, ()))
    except Refusal as refusal:
        yield HEADING.get(getattr(refusal, "field", None) or "", "用户名"), refusal.message


def _wrong_person(actor: User, row: GrantRow, user: User | None) -> tuple[str, str] | None:
    if not row.username:
        return None  # told when the file was read
    if user is None:
        return "用户名", f"没有用户名“{row.username}”，或者他不在您管的范围内"
    if user.pk == actor.pk:
        return "用户名", "不能给自己授予角色，请由另一位安全管理员办理"
    if not user.is_active:
        return "用户名", f"{user.name}的账号已停用，请先由系统管理员启用"
    if row.name and row.name != user.name:
        return "姓名", f"用户名“{row.username}”是{user.name}的，不是{row.name}的，请核对"
    return None


def _days(row: GrantRow) -> tuple[dt.date, dt.date | None]:
    return dt.date.fromisoformat(row.valid_from), dt.date.fromisoformat(row.valid_to) if row.valid_to else None


@transaction.atomic
def grant_roles(
    *,
    actor: User,
    rows: Sequence[GrantRow],
    sha256: str,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Granted:
    """Grant every row or none: each with an entry of its own, and one entry for the file."""
    _lock(rows)
    problems = check_grants(actor, rows)
    if problems:
        bad = problems[0]
        raise InvalidInput(
            f"没有授予任何人：第 {bad.row} 行{bad.heading}：{bad.message}（共 {len(problems)} 处）", "file"
        )
    known = _known(actor, rows)
    given = [_assignment(row, known) for row in rows]
    for batch in in_batches(given):
        Assignment.objects.bulk_create(batch)
        end_sessions(*(row.user for row in batch))
    for number, row in enumerate(given, 1):
        note_grant(actor, row.user, row)
        if number % 100 == 0:
            progress(number, len(rows))
    record(actor=actor, action="accounts.roles_granted", subject=actor, details={"people": len(rows), "sha256": sha256})
    return Granted(len(rows), sum(row.user.code_from_id is not None and row.role in RELEASED for row in given))


def _lock(rows: Sequence[GrantRow]) -> None:
    """Lock the people before anything about them is read: a single grant, of whomever, does so too."""
    # Always in one order, so that two administrators never wait for each other.
    locked = User.objects.select_for_update(of=("self",)).order_by("pk")
    for ids in in_batches(sorted(_among(User.objects.values_list("pk", flat=True), "username", _usernames(rows)))):
        list(locked.filter(pk__in=ids).only("pk"))


def _assignment(row: GrantRow, known: _Known) -> Assignment:
    right, (valid_from, valid_to) = known.right(row), _days(row)
    return Assignment(user=known.people[row.username], valid_from=valid_from, valid_to=valid_to, **asdict(right))
