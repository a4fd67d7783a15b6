"""An export leaves an entry."""

from django.db import transaction

from lianheng.web.accounts.models import User
from lianheng.web.standards.models import StandardList
from lianheng.web.trail.models import TrailEntry
from lianheng.web.trail.services import record


@transaction.atomic
def note_export(*, actor: User, standard_list: StandardList) -> None:
    """Record that somebody took a list out as a file."""
    details = {"list": standard_list.code, "version": standard_list.catalogue.version}
    record(
        actor=actor,
        action="standards.list_exported",
        subject=standard_list.catalogue,
        details=details,
        result=TrailEntry.READ,
    )
