"""Why a person sees a row, or does not: every right they hold or held, run in the database against that row.

The answer comes from the very predicate that the lists use (`scope.grants_of`, `Grant.predicate`, `scope.visible`);
only its words are made here.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import QuerySet

from lianheng.web.accounts.models import Assignment, Delegation, User
from lianheng.web.accounts.roles import ADMINISTRATORS, READERS, Role
from lianheng.web.accounts.scope import Grant, grants_of, visible
from lianheng.web.shell.clock import SHANGHAI

SEES = "在范围内"
# Roles that read by another way than by their place.
OWN_WORK = {
    Role.ASSESSOR: "考评人员不按范围看，只看安排给自己席位的考评表",
    Role.THIRD_PARTY: "第三方机构不看报送和查实的内容，只看名册、标准和本机构录入的数据",
}


@dataclass(frozen=True)
class Verdict:
    """One right of the person and what it says about the row."""

    grant: Grant
    sees: bool
    reason: str
    stands_in_until: dt.date | None = None


@dataclass(frozen=True)
class Answer:
    """Whether a person sees a row, with the verdict of each right."""

    sees: bool
    verdicts: tuple[Verdict, ...]


def explain(
    person: User,
    row: QuerySet[Any],
    today: dt.date,
    prefix: str = "",
    institution: str = "id",
    listed: QuerySet[Any] | None = None,
) -> Answer:
    """Answer for the one row of `row`; prefix and institution are those that the row's list gives to `visible`.

    `listed` is the list itself, as it shows to this person; with it only the roles that read by their place see rows.
    """
    counting = {grant.assignment_id: grant for grant in grants_of(person)}
    verdicts = []
    for grant, assignment, delegation in _rights(person):
        until = delegation.valid_to if delegation else None
        stopped = None if grant.assignment_id in counting else _why_not_counting(assignment, delegation, today)
        if stopped is not None:
            verdicts.append(Verdict(grant, False, stopped, until))
            continue
        if listed is not None and grant.role not in READERS and grant.role in OWN_WORK:
            verdicts.append(Verdict(grant, False, OWN_WORK[Role(grant.role)], until))
            continue
        sees = row.filter(grant.predicate(prefix, institution)).exists()
        reason = SEES if sees else _why_outside(grant, row, prefix, institution)
        verdicts.append(Verdict(grant, sees, reason, until))
    if listed is None:
        return Answer(row.filter(visible(person, prefix, institution)).exists(), tuple(verdicts))
    return Answer(listed.filter(pk__in=row.values("pk")).exists(), tuple(verdicts))


def _rights(person: User) -> Iterator[tuple[Grant, Assignment, Delegation | None]]:
    """Yield every right once, whether it counts or not: own ones, then those stood in for (the latest of each)."""
    for assignment in person.assignments.order_by("id"):
        yield grant_of(assignment, None), assignment, None
    seen: set[int] = set()
    rows = Delegation.objects.filter(to_user=person).select_related("assignment__user")
    # One that was not ended comes first; among those the latest.
    for delegation in sorted(rows, key=lambda d: (d.ended is not None, -d.valid_to.toordinal(), -d.pk)):
        if delegation.assignment_id not in seen:
            seen.add(delegation.assignment_id)
            assignment = delegation.assignment
            yield grant_of(assignment, assignment.user_id), assignment, delegation


def grant_of(row: Assignment, on_behalf_of: int | None) -> Grant:
    return Grant(
        row.pk, row.role, row.division, row.business_line, row.institution_id, row.capture, on_behalf_of=on_behalf_of
    )


def _why_not_counting(assignment: Assignment, delegation: Delegation | None, today: dt.date) -> str:
    """Say in words why a right does not count today."""
    if assignment.ended is not None:
        return f"这项角色已于 {assignment.ended.astimezone(SHANGHAI):%Y-%m-%d} 收回"
    if assignment.valid_from > today:
        return f"这项角色从 {assignment.valid_from} 起才有效"
    if assignment.valid_to is not None and assignment.valid_to < today:
        return f"这项角色到 {assignment.valid_to} 已期满"
    if delegation is None:
        return "这项角色现在不算数"
    if delegation.ended is not None:
        return f"代班已于 {delegation.ended.astimezone(SHANGHAI):%Y-%m-%d} 结束"
    if delegation.valid_from > today:
        return f"代班从 {delegation.valid_from} 起"
    if delegation.valid_to < today:
        return f"代班到 {delegation.valid_to} 已期满"
    return "本人的账号已停用，代班不算数"


def _why_outside(grant: Grant, row: QuerySet[Any], prefix: str, institution: str) -> str:
    """Say which of the narrowings leaves the row out, each tried alone in the database."""
    if grant.role in ADMINISTRATORS:
        return "三员看不到业务数据"
    bare = replace(grant, division="", business_line="", institution_id=None)
    parts = (
        ("不在这个区划内", {"division": grant.division}),
        ("不属于这个条线", {"business_line": grant.business_line}),
        ("不是这个单位", {"institution_id": grant.institution_id}),
    )
    reasons = [
        words
        for words, change in parts
        if any(change.values()) and not row.filter(replace(bare, **change).predicate(prefix, institution)).exists()
    ]
    return "，".join(reasons) or "这项角色没有写明范围"
