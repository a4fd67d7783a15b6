"""Exports leave a trail entry too."""

from django.db import transaction

from lianheng.web.accounts.models import User
from lianheng.web.trail.services import record


@transaction.atomic
def note_export(*, actor: User, list_code: str, period: str, rows: int) -> None:
    """Record that a list's values left the system."""
    record(actor=actor, action="measures.values_exported", details={"list": list_code, "period": period, "rows": rows})
