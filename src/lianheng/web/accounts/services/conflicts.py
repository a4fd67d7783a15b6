"""Which rights one person may not hold together, own or stood in for (AB岗)."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from django.db.models import Q, QuerySet

from lianheng.web.accounts import roles
from lianheng.web.accounts.models import Assignment, Delegation, User
from lianheng.web.accounts.roles import Role
from lianheng.web.shell.batches import in_batches

CITY = 4  # digits of a city's code; a round is a city's
ONE_UNIT = "同一个单位的单位管理员和考评人员不能是同一个人（代班也不行）"
ONE_ROUND = "工作专班组织考评，考评人员打分，同一个市里不能是同一个人（代班也不行），请换一个人"
OF_ONE_UNIT = {Role.ASSESSOR: Role.UNIT_ADMIN, Role.UNIT_ADMIN: Role.ASSESSOR}
OF_ONE_ROUND = {Role.ASSESSOR: Role.SPECIAL_OFFICE, Role.SPECIAL_OFFICE: Role.ASSESSOR}


@dataclass(frozen=True)
class Right:
    """What is granted, or stood in for: a role somewhere."""

    role: str
    division: str = ""
    business_line: str = ""
    institution_id: int | None = None
    capture: bool = True

    @classmethod
    def of(cls, row: Assignment) -> Self:
        return cls(row.role, row.division, row.business_line, row.institution_id, row.capture)

    @property
    def runs_rounds(self) -> bool:
        """Only the office of a whole city acts on a round; one of a county, a line or for reading does not."""
        whole = self.division and len(self.division) <= CITY and not (self.business_line or self.institution_id)
        return self.role == Role.SPECIAL_OFFICE and self.capture and bool(whole)


def held_from(user: User, day: dt.date) -> QuerySet[Assignment]:
    """Return what the person holds or stands in for on a day or later."""
    own = Q(user=user) & (Q(valid_to=None) | Q(valid_to__gte=day))
    stood_in = Q(delegations__to_user=user, delegations__ended=None, delegations__valid_to__gte=day)
    return Assignment.objects.filter(own | stood_in, ended=None)


@dataclass(frozen=True)
class Held:
    """A right that a person holds, or stands in for, and that was not taken away."""

    right: Right
    begins: dt.date
    ends: dt.date | None
    own: bool

    def lasts_to(self, day: dt.date) -> bool:
        return self.ends is None or self.ends >= day


def held_by(user_ids: Iterable[int]) -> dict[int, list[Held]]:
    """Return what each of these people holds or stands in for, whenever: two queries for each 500 of them."""
    held: dict[int, list[Held]] = defaultdict(list)
    for batch in in_batches(sorted(user_ids)):
        for row in Assignment.objects.filter(user__in=batch, ended=None):
            held[row.user_id].append(Held(Right.of(row), row.valid_from, row.valid_to, own=True))
        stood_in = Delegation.objects.filter(to_user__in=batch, ended=None, assignment__ended=None)
        for other in stood_in.select_related("assignment"):
            right = Right.of(other.assignment)
            held[other.to_user_id].append(Held(right, other.valid_from, other.valid_to, own=False))
    return held


def conflict(holds: Iterable[Held], right: Right, day: dt.date) -> str | None:
    """Return why a right may not join what a person holds or stands in for on a day or later, or None."""
    held = [other.right for other in holds if other.lasts_to(day)]
    return (
        roles.conflicts({other.role for other in held}, right.role)
        or (ONE_UNIT if any(_of_one_unit(right, other) for other in held) else None)
        or (ONE_ROUND if any(_of_one_round(right, other) for other in held) else None)
    )


def _of_one_unit(one: Right, other: Right) -> bool:
    """Nobody both fills in and assesses for one institution."""
    same = one.institution_id is not None and one.institution_id == other.institution_id
    return same and OF_ONE_UNIT.get(Role(one.role)) == other.role


def _of_one_round(one: Right, other: Right) -> bool:
    """Who runs a city's assessment year scores nothing in it.

    An assessor named for an institution or a line may be anywhere: counted as in the city.
    """
    first, second = one.division[:CITY], other.division[:CITY]
    meet = first.startswith(second) or second.startswith(first)
    return meet and (one.runs_rounds or other.runs_rounds) and OF_ONE_ROUND.get(Role(one.role)) == other.role
