"""Roles given and taken away. The security administrator's acts; nobody does two of the three administrators' work."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict

from django.db import transaction
from django.db.models import F
from django.http import Http404

from lianheng.web.accounts import roles
from lianheng.web.accounts.directory import division_model, institution_model, lock_person, may_grant_at
from lianheng.web.accounts.models import Assignment, Delegation, User
from lianheng.web.accounts.roles import Role
from lianheng.web.accounts.scope import LEVEL_COLUMN
from lianheng.web.accounts.services.conflicts import Held, Right, conflict, held_by
from lianheng.web.shell.clock import now
from lianheng.web.shell.clock import today as clock_today
from lianheng.web.shell.errors import Forbidden, InvalidInput, WrongState
from lianheng.web.trail.services import record

SECURITY = (Role.SECURITY_ADMIN,)


@transaction.atomic
def grant_role(
    *,
    actor: User | None,
    user_id: int,
    role: str,
    valid_from: dt.date,
    valid_to: dt.date | None = None,
    division: str = "",
    business_line: str = "",
    institution_id: int | None = None,
    capture: bool = True,
) -> Assignment:
    """Give a person a role somewhere from a day on; ends the person's sessions so that it counts at once.

    `actor` None is the command line or the demonstration.
    """
    user = lock_person(actor, user_id, SECURITY, "授予角色")
    right = Right(role, division, business_line, institution_id, capture)
    check_grant(actor, user, right, valid_from, valid_to)
    assignment = Assignment.objects.create(user=user, valid_from=valid_from, valid_to=valid_to, **asdict(right))
    end_sessions(user)
    note_grant(actor, user, assignment)
    return assignment


def note_grant(actor: User | None, user: User, row: Assignment) -> None:
    """Record one role given to one person."""
    details = {"assignment": row.pk, "role": row.role, "division": row.division, "line": row.business_line}
    details |= {"institution": row.institution_id, "capture": row.capture, "from": row.valid_from.isoformat()}
    details |= {"to": row.valid_to.isoformat() if row.valid_to else None}
    record(actor=actor, action="accounts.role_granted", subject=user, details=details)


def check_grant(
    actor: User | None,
    user: User,
    right: Right,
    valid_from: dt.date,
    valid_to: dt.date | None = None,
    *,
    holds: Sequence[Held] | None = None,
) -> None:
    """Refuse what cannot be granted to this person, with the reason. A dry run asks the same as the act.

    `holds` is what `held_by` read for many at once; None asks for this person.
    """
    if right.role not in Role.values:
        raise InvalidInput(f"没有“{right.role}”这个角色", "role")
    if holds is None:
        holds = held_by([user.pk])[user.pk]
    if reason := conflict(holds, right, valid_from):
        raise InvalidInput(reason, "role")
    _check_place(right)
    if valid_to and valid_to < valid_from:
        raise InvalidInput("截止日期早于开始日期", "valid_to")
    _refuse_twice(user, holds, right, valid_from, valid_to)
    if actor is not None:
        _check_granter(actor, user, right)


def _refuse_twice(
    user: User, holds: Sequence[Held], right: Right, valid_from: dt.date, valid_to: dt.date | None
) -> None:
    """The same right for the same days is there already: a second click, or a second administrator."""
    same = [other for other in holds if other.own and other.right == right and other.lasts_to(valid_from)]
    if any(valid_to is None or other.begins <= valid_to for other in same):
        raise InvalidInput(f"{user.name}在这段时间已经有同样范围的这个角色，不用重复授予", "role")


def _check_place(right: Right) -> None:
    narrowed = right.division or right.business_line or right.institution_id
    if right.role not in roles.ADMINISTRATORS and not narrowed:
        raise InvalidInput("请写明角色的范围：区划、条线或单位，至少一项", "division")
    if right.role == Role.AUDIT_ADMIN and narrowed:
        raise InvalidInput("审计管理员读全部痕迹，不能限定范围，请把区划、条线和单位都留空", "division")
    if right.division and (len(right.division) not in LEVEL_COLUMN or not right.division.isdecimal()):
        raise InvalidInput("区划代码应是 2、4、6、9 或 12 位数字，例如衡阳市是 4304", "division")


def _check_granter(actor: User, user: User, right: Right) -> None:
    if user.pk == actor.pk:
        raise Forbidden("不能给自己授予角色，请由另一位安全管理员办理")
    if right.division and not division_model()._default_manager.filter(pk=right.division).exists():
        raise InvalidInput(f"没有代码为“{right.division}”的区划，请核对", "division")
    if right.institution_id and not institution_model()._default_manager.filter(pk=right.institution_id).exists():
        raise InvalidInput("没有这个单位，请核对单位编码", "institution")
    if not may_grant_at(actor, right.division, right.business_line, right.institution_id):
        raise InvalidInput("这个范围超出您管的地方，请由上级安全管理员授予", "division")


def end_sessions(*users: User, **changes: object) -> None:
    """End every session of these people, together with the changes of the account that ask for it."""
    User.objects.filter(pk__in=[user.pk for user in users]).update(
        session_epoch=F("session_epoch") + 1, revision=F("revision") + 1, **changes
    )


@transaction.atomic
def end_role(*, actor: User, assignment_id: int, reason: str) -> None:
    """Take a role away at once; who stood in for it stops too, and the person's sessions end."""
    found = Assignment.objects.filter(pk=assignment_id).first()
    if found is None:
        raise Http404
    user = lock_person(actor, found.user_id, SECURITY, "收回角色")
    assignment = Assignment.objects.select_for_update().get(pk=assignment_id)
    if assignment.ended is not None or (assignment.valid_to and assignment.valid_to < clock_today()):
        raise WrongState("这项角色已经结束，不用再收回")
    if user.pk == actor.pk:
        raise Forbidden("不能收回自己的角色，请由另一位安全管理员办理")
    if not reason.strip():
        raise InvalidInput("请写收回的事由", "reason")
    others = Assignment.objects.filter(role=assignment.role, ended=None, user__is_active=True).exclude(pk=assignment.pk)
    if assignment.role in roles.ADMINISTRATORS and not others.exists():
        raise WrongState(f"这是最后一位{Role(assignment.role).label}。请先另授一位，再收回这一项")
    end_assignment(actor, user, assignment, reason.strip()[:100])
    end_sessions(user)


def end_assignment(actor: User, user: User, assignment: Assignment, reason: str) -> None:
    """End one locked assignment and what was delegated of it, with an entry for each."""
    moment = now()
    Assignment.objects.filter(pk=assignment.pk).update(ended=moment)
    details = {"assignment": assignment.pk, "role": assignment.role, "reason": reason}
    record(actor=actor, action="accounts.role_ended", subject=user, details=details)
    for delegation in assignment.delegations.select_for_update().filter(ended=None, valid_to__gte=clock_today()):
        Delegation.objects.filter(pk=delegation.pk).update(ended=moment)
        record(
            actor=actor,
            action="accounts.delegation_ended",
            subject=delegation,
            details={"to": delegation.to_user_id, "reason": reason},
        )
