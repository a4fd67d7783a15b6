"""Which acts of a year on an institution's sheets, values and events its timeline tells whom."""

from django.db.models import Q

from lianheng.web.accounts.models import User
from lianheng.web.accounts.roles import READERS
from lianheng.web.accounts.scope import grants_of
from lianheng.web.assessment.queries import EVENT_ROLES, OF_ASSESSORS, OFFICE
from lianheng.web.trail.models import TrailEntry
from lianheng.web.units.models import Institution

# An event that is not confirmed is no news: only those who register and confirm know of it.
UNCONFIRMED = ("assessment.event_entered", "assessment.event_rejected")
ROOMS = Q(action__startswith="assessment.") | Q(action__startswith="measures.") | Q(action__startswith="evidence.")


def may_read(user: User, institution: Institution) -> Q | None:
    """Return what may be told; to assessors and survey bodies nothing: their own work is shown elsewhere."""
    roles = {grant.role for grant in grants_of(user) if grant.covers(institution)} & set(READERS)
    if not roles:
        return None
    hidden: set[str] = set()
    if not roles & set(OFFICE):
        hidden |= OF_ASSESSORS
    if not roles & set(EVENT_ROLES):
        hidden |= set(UNCONFIRMED)
    # A refused attempt is told to the auditor, not to the unit's readers.
    return ROOMS & Q(result=TrailEntry.DONE) & ~Q(action__in=sorted(hidden))
