"""An export of a list is a read that leaves the house: it goes on record."""

from typing import Any

from django.db import transaction

from lianheng.web.trail.models import TrailEntry
from lianheng.web.trail.services import record


@transaction.atomic
def record_export(actor: Any, details: dict[str, Any]) -> None:
    """Write which list was exported under which conditions, and how many rows."""
    record(actor=actor, action="shell.list_exported", details=details, result=TrailEntry.READ)
