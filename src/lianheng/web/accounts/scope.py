"""Who sees what: assignments turned into one SQL predicate over ancestor columns.

Every table that is scoped carries the ancestor columns, the business line and the institution itself (or through a
named relation), so that a page of 20 is one index range at any size. Nothing here reads a thread-local: the user is
always an argument.
"""

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Q

from lianheng.web.accounts.models import Delegation, User
from lianheng.web.accounts.rights_sql import rights_of, rights_on
from lianheng.web.accounts.roles import ADMINISTRATORS, Role
from lianheng.web.shell.clock import SHANGHAI, today
from lianheng.web.shell.errors import Forbidden

LEVEL_COLUMN = {2: "province", 4: "city", 6: "county", 9: "town", 12: "village"}

_EMPTY = Q(pk__in=())


@dataclass(frozen=True)
class Grant:
    """One assignment as it counts today, own or stood in for."""

    assignment_id: int
    role: str
    division: str
    business_line: str
    institution_id: int | None
    capture: bool
    on_behalf_of: int | None = None

    def predicate(self, prefix: str = "", institution: str = "institution") -> Q:
        """Return the rows of this grant; `prefix` leads to the table with the ancestor columns."""
        if self.role in ADMINISTRATORS:
            return _EMPTY
        q = Q()
        if self.division:
            q &= Q(**{f"{prefix}{LEVEL_COLUMN[len(self.division)]}": self.division})
        if self.business_line:
            q &= Q(**{f"{prefix}business_line": self.business_line})
        if self.institution_id:
            q &= Q(**{f"{prefix}{institution}": self.institution_id})
        return q or _EMPTY

    def covers(self, row: object) -> bool:
        """Say whether a row with ancestor columns lies in this grant (the predicate, in Python)."""
        if self.role in ADMINISTRATORS or not (self.division or self.business_line or self.institution_id):
            return False
        if self.division and getattr(row, LEVEL_COLUMN[len(self.division)]) != self.division:
            return False
        if self.business_line and getattr(row, "business_line", "") != self.business_line:
            return False
        own = getattr(row, "institution_id", getattr(row, "pk", None))
        return not self.institution_id or own == self.institution_id


def grants_of(user: User, on: dt.date | None = None) -> tuple[Grant, ...]:
    """Return what counts for this person on a day (today): own assignments and those stood in for. At most one query.

    What counts today is kept on the object of this request's user only, which the session's query has often brought
    with it: the next request reads anew.
    """
    kept: tuple[Grant, ...] | None = user.grants_today
    if on is None and kept is not None:
        return kept
    with connection.cursor() as cursor:
        parameters = {"person": user.pk, **rights_on(on or today(), past=on is not None)}
        cursor.execute(f"SELECT {rights_of('%(person)s')}", parameters)
        own, stood_in = cursor.fetchone()
    return keep_grants(user, own, stood_in) if on is None else _grants(own, stood_in)


def keep_grants(user: User, own: Any, stood_in: Any) -> tuple[Grant, ...]:
    """Keep what counts today on the object of this request's user; the lists are those of `rights_of`."""
    grants = _grants(own, stood_in)
    user.grants_today = grants
    return grants


def _grants(own: Any, stood_in: Any) -> tuple[Grant, ...]:
    grants = {row[0]: _grant(row, row[6]) for row in _rows(stood_in) if row[1] not in ADMINISTRATORS}
    # Standing in for oneself is one's own right.
    grants |= {row[0]: _grant(row, None) for row in _rows(own)}
    return tuple(grants[key] for key in sorted(grants))


def _grant(row: list[Any], on_behalf_of: int | None) -> Grant:
    number, role, division, business_line, institution_id, capture = row[:6]
    return Grant(number, role, division, business_line, institution_id, bool(capture), on_behalf_of)


def _rows(listed: Any) -> list[list[Any]]:
    """Return the rows of a JSON list; PostgreSQL's driver has read it already, and an empty one is nothing there."""
    return json.loads(listed) if isinstance(listed, str) else listed or []


def visible(
    user: User,
    prefix: str = "",
    institution: str = "institution",
    roles: Iterable[str] | None = None,
    *,
    acting: bool = False,
) -> Q:
    """Return the predicate "this person may see the row"; with `roles`, only through those roles.

    With `acting` a right only to look does not count: the rows of `grant_for`.
    """
    q = _EMPTY
    wanted = None if roles is None else set(roles)
    for grant in grants_of(user):
        if (wanted is None or grant.role in wanted) and (grant.capture or not acting):
            q |= grant.predicate(prefix, institution)
    return q


def roles_of(user: User) -> frozenset[str]:
    """Return the roles that count today."""
    return frozenset(grant.role for grant in grants_of(user))


def grant_for(user: User, roles: Iterable[str], row: object | None = None) -> Grant | None:
    """Return the grant by which this person may act with one of `roles` on `row`, or None."""
    wanted = set(roles)
    # One's own right comes before one stood in for: the trail then names nobody else.
    for grant in sorted(grants_of(user), key=lambda grant: grant.on_behalf_of is not None):
        if grant.role in wanted and grant.capture and (row is None or grant.covers(row)):
            return grant
    return None


def require_role(user: User, roles: Iterable[str], row: object | None = None, act: str = "办理这件事") -> Grant:
    """Return the grant that allows the act, or refuse with the roles that could do it."""
    wanted = tuple(roles)
    if not user.is_active:
        raise Forbidden("这个账号已停用，不能办理业务")
    grant = grant_for(user, wanted, row)
    if grant is None:
        names = "、".join(Role(role).label for role in wanted)
        raise Forbidden(f"{act}由{names}办理，{_why_not_here(user, wanted)}")
    # The trail keeps by which right the act that follows is done, own or stood in for.
    user.acting = grant
    return grant


def _why_not_here(user: User, roles: tuple[str, ...]) -> str:
    """Say what a person lacks: the role, the right to act by it, or this place."""
    held = [grant for grant in grants_of(user) if grant.role in roles]
    names = "、".join(dict.fromkeys(f"“{Role(grant.role).label}”" for grant in held))
    if not held:
        return "您的账号在这里没有这个角色"
    if not any(grant.capture for grant in held):
        return f"您的{names}只能看，不能办理"
    return f"您是{names}，但这件事不在您管的范围内"


def acting_as(user: User, roles: Iterable[str], row: object | None = None) -> dict[str, Any]:
    """Return what the trail keeps of the right by which somebody acts: `details=... | acting_as(user, roles, row)`."""
    grant = grant_for(user, roles, row)
    if grant is None:
        return {}
    stands_in = {"on_behalf_of": grant.on_behalf_of} if grant.on_behalf_of else {}
    return {"role": grant.role, **stands_in}


def is_one_hand(user_id: int, other_id: int, since: dt.date, until: dt.date) -> bool:
    """Say whether two acts come from one hand: one person, or one stood in for the other between the two days."""
    if user_id == other_id:
        return True
    either = Q(to_user=user_id, assignment__user=other_id) | Q(to_user=other_id, assignment__user=user_id)
    lasted = Q(ended=None) | Q(ended__gte=dt.datetime.combine(since, dt.time.min, SHANGHAI))
    return Delegation.objects.filter(either, lasted, valid_from__lte=until, valid_to__gte=since).exists()


def require_other_hand(user: User, earlier: Iterable[int | None], since: dt.date, act: str = "审核") -> None:
    """Refuse who did an earlier step, or stands in for who did (AB岗), to approve it. `since` is the earlier day."""
    for other in earlier:
        if other is not None and is_one_hand(user.pk, other, since, today()):
            raise Forbidden(f"{act}不能由提交的人办理，也不能由替他代班（AB岗）的人办理，请换一个人")
