"""Whose files and numbers a person sees: the own scope, and what upper rooms add (an assessor's sheets)."""

from collections.abc import Callable

from django.db.models import Q

from lianheng.web.accounts.models import User
from lianheng.web.accounts.roles import READERS, Role
from lianheng.web.accounts.scope import visible

_FURTHER: list[Callable[[User], Q]] = []


def register(further: Callable[[User], Q]) -> None:
    """Add a predicate on `institution` by which somebody sees more; called at start-up by the room that knows it."""
    _FURTHER.append(further)


def seen_by(user: User, hand: str) -> Q:
    """Return the predicate "this person may see what this row's institution handed in".

    A survey body sees of its scope what it brought itself; `hand` names the column with the person who did.
    """
    house = User.objects.filter(pk=user.pk).values("institution")
    own = Q(**{hand: user.pk}) | Q(**{f"{hand}__institution__in": house})
    q = visible(user, roles=READERS) | (visible(user, roles=[Role.THIRD_PARTY]) & own)
    for further in _FURTHER:
        q |= further(user)
    return q
