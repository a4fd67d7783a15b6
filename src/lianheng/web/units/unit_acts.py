"""What the rooms above did with an institution, for its timeline: each says which of its acts a person may see."""

from collections.abc import Callable, Sequence

from django.db.models import Q

from lianheng.web.accounts.models import User
from lianheng.web.trail.queries import TimelineRow, timeline, unit_timeline
from lianheng.web.units.models import Institution

# (person, institution) → condition on trail entries, or None where this person sees none of the room's acts.
MayRead = Callable[[User, Institution], Q | None]
_ROOMS: list[MayRead] = []


def register(may_read: MayRead) -> None:
    """Add a room's rule; called from its AppConfig.ready."""
    _ROOMS.append(may_read)


def acts_on(user: User, institution: Institution) -> Sequence[TimelineRow]:
    """Return the newest acts on an institution that is visible to this person, its sheets, values and events."""
    shown = Q(pk__in=[])
    for may_read in _ROOMS:
        allowed = may_read(user, institution)
        if allowed is not None:
            shown |= allowed
    return unit_timeline(institution, f"institution:{institution.pk}", shown) if shown else timeline(institution)
