"""Confirmed events, and those that wait to be."""

from django.db.models import Q, QuerySet

from lianheng.web.accounts.models import User
from lianheng.web.accounts.prepared import ask_for
from lianheng.web.accounts.roles import READERS, Role
from lianheng.web.accounts.scope import visible
from lianheng.web.assessment.models import ConfirmedEvent
from lianheng.web.shell.prepared import one_or_404

EVENT_ROLES = (Role.SPECIAL_OFFICE, Role.SUPERVISION_ROOM, Role.RESIDENT_INSPECTION_GROUP)


def events_for(user: User) -> QuerySet[ConfirmedEvent]:
    """Return the events in scope; units see their own only once confirmed."""
    entering = visible(user, roles=EVENT_ROLES)
    others = set(READERS) - set(EVENT_ROLES)
    return ConfirmedEvent.objects.filter(
        entering | (visible(user, roles=others) & Q(state=ConfirmedEvent.CONFIRMED))
    ).select_related("institution")


def get_event_for(user: User, event_id: int) -> ConfirmedEvent:
    return one_or_404(ask_for(user, _event, event_id))


def _event(user: User, event_id: int) -> QuerySet[ConfirmedEvent]:
    return events_for(user).filter(pk=event_id).select_related("entered_by", "confirmed_by")
