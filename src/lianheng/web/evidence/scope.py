"""Whose files and numbers a person sees: the own scope, and what upper rooms add (an assessor's sheets)."""

from collections.abc import Callable

from django.db.models import Q

from lianheng.web.accounts.models import User
from lianheng.web.accounts.roles import Role
from lianheng.web.accounts.scope import visible

# An assessor's grant covers a city, but shows only what belongs to the sheets that are scored.
_SEEING = tuple(role for role in Role.values if role != Role.ASSESSOR)
_FURTHER: list[Callable[[User], Q]] = []


def register(further: Callable[[User], Q]) -> None:
    """Add a predicate on `institution` by which somebody sees more; called at start-up by the room that knows it."""
    _FURTHER.append(further)


def seen_by(user: User) -> Q:
    """Return the predicate "this person may see what this row's institution handed in"."""
    q = visible(user, roles=_SEEING)
    for further in _FURTHER:
        q |= further(user)
    return q
