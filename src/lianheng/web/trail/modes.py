"""Which modes and days fit a database whose standing is known; an act in another never enters its log."""

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

PRODUCTION, TRIAL = "production", "trial"
SET_PRODUCTION = "set LIANHENG_MODE=production (the office's environment file does: set -a; . FILE; set +a)"
MAKE_TRIAL = "a copy for trying things out is made one by 'lianheng standing --make-trial'"


class AnotherModeError(ImproperlyConfigured):
    """The process runs in a mode, or on a day, that this database refuses. A fault of the set-up, not of a person."""


def why_another_mode(standing: str) -> str | None:
    """Return why a process with these settings must leave such a database alone, or None."""
    if standing == PRODUCTION and settings.MODE != "production":
        return f"this database is in production, and LIANHENG_MODE is {settings.MODE}: {SET_PRODUCTION}; {MAKE_TRIAL}"
    if standing == TRIAL and settings.MODE == "production":
        return (
            "this database was made a trial: production takes the office's own or an empty one "
            "(LIANHENG_DATA, DATABASE_URL)"
        )
    if standing and settings.FIXED_TODAY:
        return (
            f"this database is an office's and the day is fixed at {settings.FIXED_TODAY}: unset LIANHENG_TODAY "
            "and remove demo-today from the data folder"
        )
    return None


def refuse_another_mode(standing: str) -> None:
    """Raise AnotherModeError where a process with these settings must not write."""
    reason = why_another_mode(standing) if standing else None
    if reason:
        raise AnotherModeError(reason)
