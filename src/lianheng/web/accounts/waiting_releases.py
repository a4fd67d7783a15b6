"""Whose passwords wait for a release by this administrator (decision 0009): the list, the badge and the act agree."""

import datetime as dt

from django.db.models import Exists, OuterRef, Q, QuerySet

from lianheng.web.accounts.directory import MANAGERS, managed_people, manages_all
from lianheng.web.accounts.models import Assignment, User
from lianheng.web.accounts.roles import RELEASED, Role
from lianheng.web.shell.clock import local_day


def waiting_for(user: User, moment: dt.datetime) -> QuerySet[User]:
    """Return whom this security administrator may release now: not the own account, none whose code came from oneself.

    Whoever holds, or stands in for, a deciding role today or later waits; the rule of `releasing.waits_for_release`.
    """
    people = _waiting(user, local_day(moment)).exclude(pk=user.pk).exclude(code_from=user)
    return people.exclude(_expired(moment))


def expired_for(user: User, moment: dt.datetime) -> QuerySet[User]:
    """Return those who wait with a code that opens nothing any more: the system administrator resets it first."""
    return _waiting(user, local_day(moment)).filter(_expired(moment))


def _waiting(user: User, today: dt.date) -> QuerySet[User]:
    people = managed_people(user, [Role.SECURITY_ADMIN]).filter(is_active=True).exclude(code_from=None)
    lasting = Q(valid_to=None) | Q(valid_to__gte=today)
    held = Assignment.objects.filter(ended=None)
    own = held.filter(lasting, role__in=RELEASED, user=OuterRef("pk"))
    stood_in = held.filter(
        role__in=RELEASED,
        delegations__to_user=OuterRef("pk"),
        delegations__ended=None,
        delegations__valid_to__gte=today,
    )
    people = people.filter(Exists(own) | Exists(stood_in))
    if manages_all(user, Role.SECURITY_ADMIN):
        return people
    # A local administrator releases nobody who looks after everybody (`directory.outranks`).
    everywhere = held.filter(lasting, user=OuterRef("pk"), role__in=(*MANAGERS, Role.AUDIT_ADMIN))
    return people.exclude(Exists(everywhere.filter(division="", business_line="", institution=None)))


def _expired(moment: dt.datetime) -> Q:
    return Q(must_change_password=True, code_expires__lt=moment)
