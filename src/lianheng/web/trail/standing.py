"""What a database is for good: an office in production, or a trial on a copy of one. Kept in the head of its log."""

from django.conf import settings
from django.db import Error, transaction

from lianheng.web.trail.models import TrailHead
from lianheng.web.trail.modes import PRODUCTION, TRIAL, why_another_mode
from lianheng.web.trail.services import record


def standing() -> str:
    """Return PRODUCTION, TRIAL, or nothing where nobody has said it yet, also before the first migration."""
    try:
        return TrailHead.objects.values_list("standing", flat=True).first() or ""
    except Error:
        return ""


def why_not_to_start() -> str | None:
    """Refuse a start in another mode, or on a fixed day, on a database that is an office's."""
    return why_another_mode(standing())


def begin_production() -> None:
    """Mark the database as in production at its first start there; the mark is an entry and stays."""
    if settings.MODE != "production" or standing():
        return
    with transaction.atomic():
        # Web and worker start at once: the second finds the mark.
        if not TrailHead.objects.select_for_update().get().standing:
            record(actor=None, action="trail.production_begun", standing=PRODUCTION)


def begin_trial() -> None:
    """Make a copy of an office's database a trial, for good; refused in production mode and on a fixed day."""
    with transaction.atomic():
        if TrailHead.objects.select_for_update().get().standing != TRIAL:
            record(actor=None, action="trail.trial_begun", standing=TRIAL)
