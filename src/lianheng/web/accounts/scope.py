"""Who sees what: assignments turned into one SQL predicate over ancestor columns.

Every table that is scoped carries the columns of `SCOPE_COLUMNS` itself (or through a named relation), so that a
page of 20 is one index range at any size. Nothing here reads a thread-local: the user is always an argument.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q

from lianheng.web.accounts.models import Assignment, User
from lianheng.web.accounts.roles import ADMINISTRATORS, Role
from lianheng.web.shell.clock import today
from lianheng.web.shell.errors import Forbidden

LEVEL_COLUMN = {2: "province", 4: "city", 6: "county", 9: "town", 12: "village"}
SCOPE_COLUMNS = (*LEVEL_COLUMN.values(), "business_line", "institution")

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
    """Return what counts for this person on a day (today): own assignments and those stood in for. One query."""
    cached = user.__dict__.get("_grants")
    if on is None and cached is not None:
        return cached  # type: ignore[no-any-return]
    day = on or today()
    valid = Q(valid_from__lte=day) & (Q(valid_to=None) | Q(valid_to__gte=day))
    stand_in = Q(
        delegations__to_user=user,
        delegations__valid_from__lte=day,
        delegations__valid_to__gte=day,
        delegations__ended=None,
        user__is_active=True,
    )
    rows = Assignment.objects.filter(valid & (Q(user=user) | stand_in)).distinct().order_by("id")
    grants = tuple(
        Grant(
            row.pk,
            row.role,
            row.division,
            row.business_line,
            row.institution_id,
            row.capture,
            None if row.user_id == user.pk else row.user_id,
        )
        for row in rows
    )
    if on is None:
        # Kept on the object of this request's user only: the next request reads anew.
        user.__dict__["_grants"] = grants
    return grants


def visible(user: User, prefix: str = "", institution: str = "institution", roles: Iterable[str] | None = None) -> Q:
    """Return the predicate "this person may see the row"; with `roles`, only through those roles."""
    q = _EMPTY
    wanted = None if roles is None else set(roles)
    for grant in grants_of(user):
        if wanted is None or grant.role in wanted:
            q |= grant.predicate(prefix, institution)
    return q


def roles_of(user: User) -> frozenset[str]:
    """Return the roles that count today."""
    return frozenset(grant.role for grant in grants_of(user))


def grant_for(user: User, roles: Iterable[str], row: object | None = None) -> Grant | None:
    """Return the grant by which this person may act with one of `roles` on `row`, or None."""
    wanted = set(roles)
    for grant in grants_of(user):
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
        raise Forbidden(f"{act}由{names}办理，您的账号在这里没有这个角色")
    return grant
