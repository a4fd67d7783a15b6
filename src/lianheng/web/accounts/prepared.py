"""Queries within a person's scope that are written once for each form of rights (see `shell.prepared`).

The form of somebody's rights is everything but the codes and numbers in them: roles, levels, what is narrowed.
"""

from collections.abc import Callable, Hashable
from typing import Any

from django.db.models import QuerySet

from lianheng.web.accounts.models import User
from lianheng.web.accounts.scope import Grant, grants_of
from lianheng.web.shell.prepared import Row, Value, ask_made

_WHERE = ("division", "business_line", "institution_id")


def ask_for(
    user: User, build: Callable[..., QuerySet[Any, Row]], *values: Value, form: tuple[Hashable, ...] = ()
) -> list[Row]:
    """Return the rows of `build(user, *values, *form)`, which is written once for each form, too.

    Of the person it may look at nothing but the rights and the id.
    """
    grants = grants_of(user)
    # Equal codes are one value: Django writes an equal condition only once.
    own = list(dict.fromkeys((name, value) for grant in grants for name in _WHERE if (value := getattr(grant, name))))
    places = {given: place for place, given in enumerate(own)}
    rights = tuple(
        (grant.role, grant.capture, *(places.get((name, getattr(grant, name))) for name in _WHERE)) for grant in grants
    )

    def for_these_rights(pk: int, *given: Any) -> QuerySet[Any, Row]:
        asker = User(pk=pk)
        asker.grants_today = tuple(_grant(right, given) for right in rights)
        return build(asker, *given[len(own) :], *form)

    return ask_made(
        for_these_rights,
        user.pk,
        *(value for _, value in own),
        *values,
        form=(build, rights, form),
        fresh=lambda: build(user, *values, *form),
    )


def _grant(right: tuple[Any, ...], given: tuple[Any, ...]) -> Grant:
    role, capture, division, line, institution = right
    return Grant(
        assignment_id=0,
        role=role,
        division="" if division is None else given[division],
        business_line="" if line is None else given[line],
        institution_id=None if institution is None else given[institution],
        capture=capture,
    )
