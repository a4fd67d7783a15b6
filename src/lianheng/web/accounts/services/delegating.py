"""AB岗: a person lets a colleague stand in for one of their own roles for some days."""

import datetime as dt

from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import Http404

from lianheng.web.accounts import roles
from lianheng.web.accounts.directory import has_role, managed_people
from lianheng.web.accounts.models import Assignment, Delegation, User
from lianheng.web.accounts.roles import Role
from lianheng.web.accounts.scope import Grant
from lianheng.web.accounts.services.conflicts import Right, conflict, held_by
from lianheng.web.shell.clock import now
from lianheng.web.shell.errors import Forbidden, InvalidInput, WrongState
from lianheng.web.trail.services import record

LONGEST_DAYS = 180


def own_assignments(user: User, today: dt.date) -> QuerySet[Assignment]:
    """Return the roles that this person could let somebody else stand in for."""
    lasting = Q(valid_to=None) | Q(valid_to__gte=today)
    return user.assignments.filter(lasting, valid_from__lte=today, ended=None).exclude(role__in=roles.ADMINISTRATORS)


def possible_stand_ins(user: User, assignment: Assignment) -> QuerySet[User]:
    """Return the active colleagues of the same institution or of the assignment's own scope."""
    grant = Grant(
        assignment.pk, assignment.role, assignment.division, assignment.business_line, assignment.institution_id, True
    )
    near = grant.predicate("institution__", "id")
    if user.institution_id:
        near |= Q(institution=user.institution_id)
    return User.objects.filter(near, is_active=True).exclude(pk=user.pk)


@transaction.atomic
def delegate_role(
    *,
    actor: User,
    assignment_id: int,
    to_id: int,
    valid_from: dt.date,
    valid_to: dt.date,
    reason: str,
    today: dt.date,
) -> Delegation:
    """Let a colleague stand in from one day to another; both may act meanwhile, each under their own name."""
    assignment = Assignment.objects.select_for_update().filter(pk=assignment_id, user=actor).first()
    if assignment is None:
        # Somebody else's, or one that the actor only stands in for: neither can be passed on.
        raise Http404
    if assignment.role in roles.ADMINISTRATORS:
        raise Forbidden("三员的角色不能请人代班")
    if not own_assignments(actor, today).filter(pk=assignment_id).exists():
        raise WrongState("这项角色现在不在有效期内，不能请人代班")
    _check_days(assignment, valid_from, valid_to, today)
    if not reason.strip():
        raise InvalidInput("请写事由，例如“出差”“休假”", "reason")
    to = possible_stand_ins(actor, assignment).select_for_update(of=("self",)).filter(pk=to_id).first()
    if to is None:
        raise InvalidInput("代班的人应是本单位或这项角色范围内单位的在用账号，请重新选", "to")
    _check_conflicts(assignment, to, valid_from)
    overlapping = assignment.delegations.filter(ended=None, valid_from__lte=valid_to, valid_to__gte=valid_from)
    if overlapping.exists():
        raise WrongState("这段时间已经有人代这项角色，请先结束那一次代班")
    delegation = Delegation.objects.create(
        assignment=assignment, to_user=to, valid_from=valid_from, valid_to=valid_to, reason=reason.strip()[:100]
    )
    details = {"assignment": assignment.pk, "role": assignment.role, "to": to.pk, "to_name": to.name}
    details |= {"from": valid_from.isoformat(), "until": valid_to.isoformat(), "reason": delegation.reason}
    record(actor=actor, action="accounts.role_delegated", subject=delegation, details=details)
    return delegation


def _check_days(assignment: Assignment, first: dt.date, last: dt.date, today: dt.date) -> None:
    if first < today:
        raise InvalidInput("开始日期已经过去，代班最早从今天算起", "valid_from")
    if last < first:
        raise InvalidInput("截止日期早于开始日期", "valid_to")
    if (last - first).days >= LONGEST_DAYS:
        raise InvalidInput(f"一次代班最长 {LONGEST_DAYS} 天，更久的请由安全管理员正式授予角色", "valid_to")
    if assignment.valid_to and last > assignment.valid_to:
        raise InvalidInput(f"这项角色到 {assignment.valid_to} 为止，代班不能更晚", "valid_to")


def _check_conflicts(assignment: Assignment, to: User, day: dt.date) -> None:
    if reason := conflict(held_by([to.pk])[to.pk], Right.of(assignment), day):
        raise InvalidInput(f"{to.name}不能代这项角色：{reason}", "to")


@transaction.atomic
def end_delegation(*, actor: User, delegation_id: int) -> None:
    """Stop a stand-in at once; the holder does it, or a security administrator."""
    delegation = Delegation.objects.select_for_update().filter(pk=delegation_id).first()
    if delegation is None:
        raise Http404
    holder = Assignment.objects.get(pk=delegation.assignment_id).user_id
    if holder != actor.pk and not _looks_after(actor, holder):
        raise Http404
    if delegation.ended is not None:
        raise WrongState("这次代班已经结束")
    Delegation.objects.filter(pk=delegation.pk).update(ended=now())
    record(actor=actor, action="accounts.delegation_ended", subject=delegation, details={"to": delegation.to_user_id})


def _looks_after(actor: User, person_id: int) -> bool:
    security = [Role.SECURITY_ADMIN]
    return has_role(actor, security) and managed_people(actor, security).filter(pk=person_id).exists()
