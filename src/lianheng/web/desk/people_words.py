"""Roles and stand-ins of a person in words, and rights that look wrong."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import F, OuterRef, Q, QuerySet, Subquery

from lianheng.web.accounts.models import Assignment, Delegation, User
from lianheng.web.accounts.roles import ADMINISTRATORS, OF_ONE_INSTITUTION, Role
from lianheng.web.accounts.scope import Grant
from lianheng.web.accounts.why import grant_of
from lianheng.web.desk.words import describe_grants
from lianheng.web.shell.prepared import ask
from lianheng.web.units.models import Division, Institution, UnitType

# These do nothing but act: without the right to act they are of no use.
ONLY_ACT = (Role.ASSESSOR, Role.UNIT_ADMIN)


@dataclass(frozen=True)
class RoleRow:
    """One role of a person, past ones included."""

    id: int
    role: str
    where: str
    capture: bool
    valid_from: dt.date
    valid_to: dt.date | None
    state: str
    is_open: bool


def role_rows(person: User, today: dt.date) -> list[RoleRow]:
    """Return the person's roles, those that count first."""
    rows = ask(_assignments, person.pk)
    names = {("division", row.division): row.division_name or row.division for row in rows}
    names |= {("line", row.business_line): row.line_name or row.business_line for row in rows}
    names |= {("institution", row.institution_id): row.institution_name for row in rows if row.institution_id}
    words = describe_grants([grant_of(row, None) for row in rows], names)
    described = [
        RoleRow(
            row.pk,
            text.role,
            _where(row, text.where),
            row.capture,
            row.valid_from,
            row.valid_to,
            state_of(row, today),
            row.ended is None and (row.valid_to is None or row.valid_to >= today),
        )
        for row, text in zip(rows, words, strict=True)
    ]
    return sorted(described, key=lambda row: not row.is_open)


def _assignments(person_id: int) -> QuerySet[Any]:
    """Read the names of the places with the roles: the page of a person asks one query for both."""
    return (
        Assignment.objects.filter(user=person_id)
        .order_by("-valid_from", "-id")
        .annotate(
            division_name=Subquery(Division.objects.filter(pk=OuterRef("division")).values("name")),
            line_name=Subquery(UnitType.objects.filter(pk=OuterRef("business_line")).values("name")[:1]),
            institution_name=F("institution__name"),
        )
    )


def _where(row: Assignment, where: str) -> str:
    if row.role not in ADMINISTRATORS:
        return where
    return f"管{where}的人员" if row.division or row.business_line or row.institution_id else "管全部人员"


def state_of(row: Assignment, today: dt.date) -> str:
    """Say in a word whether a role counts."""
    if row.ended is not None:
        return "已收回"
    if row.valid_from > today:
        return "未到期"
    return "已期满" if row.valid_to is not None and row.valid_to < today else "有效"


@dataclass(frozen=True)
class DelegationRow:
    """One standing in, seen from either side."""

    id: int
    role: str
    holder_id: int
    holder: str
    stand_in: str
    valid_from: dt.date
    valid_to: dt.date
    reason: str
    state: str
    is_open: bool


def delegation_rows(person: User, today: dt.date) -> list[DelegationRow]:
    """Return who stands in for this person and for whom they stand in, newest first."""
    return [
        DelegationRow(
            row.pk,
            Role(row.assignment.role).label,
            row.assignment.user_id,
            row.assignment.user.name,
            row.to_user.name,
            row.valid_from,
            row.valid_to,
            row.reason,
            _state(row, today),
            row.ended is None and row.valid_to >= today,
        )
        for row in ask(_delegations, person.pk)
    ]


def _delegations(person_id: int) -> QuerySet[Delegation]:
    rows = Delegation.objects.filter(Q(to_user=person_id) | Q(assignment__user=person_id))
    return rows.select_related("assignment__user", "to_user").order_by("-valid_from", "-id")[:50]


def _state(row: Delegation, today: dt.date) -> str:
    if row.ended is not None:
        return "已结束"
    if row.valid_from > today:
        return "未开始"
    return "已期满" if row.valid_to < today else "代班中"


@dataclass(frozen=True)
class ScopeWarning:
    """A right that is of no use or reaches too far, and how to mend it."""

    person_id: int
    person: str
    role: str
    text: str


def scope_warnings(people: QuerySet[User], today: dt.date) -> list[ScopeWarning]:
    """Check every open role of these people."""
    lasting = Q(valid_to=None) | Q(valid_to__gte=today)
    rows = list(
        Assignment.objects.filter(lasting, ended=None, user__in=people).select_related("user").order_by("user_id")
    )
    places = dict(Division.objects.filter(pk__in={r.division for r in rows}).values_list("pk", "valid_to"))
    ended = set(
        Institution.objects.filter(pk__in={r.institution_id for r in rows})
        .exclude(valid_to=None)
        .values_list("pk", flat=True)
    )
    found = []
    for row in rows:
        for text in _faults(row, grant_of(row, None), places, ended):
            found.append(ScopeWarning(row.user_id, row.user.name, Role(row.role).label, text))
    return found


def _faults(row: Assignment, grant: Grant, places: dict[str, dt.date | None], ended: set[int]) -> list[str]:
    faults = []
    if not row.user.is_active:
        faults.append("账号已停用，角色还开着。确定不回来就收回")
    if row.division and row.division not in places:
        faults.append(f"没有代码为 {row.division} 的区划，这项角色什么也看不到。请收回后重新授予")
    elif row.division and places[row.division] is not None:
        faults.append(f"区划 {row.division} 已撤销。请按现在的区划重新授予")
    if row.institution_id in ended:
        faults.append("所限的单位已撤销，这项角色没有用了。请收回")
    if row.role in OF_ONE_INSTITUTION and not row.institution_id:
        faults.append("这个角色只办一个单位的事，却没有限定单位，能看到范围内所有单位")
    if row.role in ONLY_ACT and not row.capture:
        faults.append("这个角色就是来办理的，却只能看。请重新授予并勾选“能办理”")
    if row.business_line and not row.division and not row.institution_id:
        faults.append("只限条线、没有限区划，能看到所有地方的这个条线")
    return faults
