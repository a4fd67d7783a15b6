"""Whether the database holds the demonstration city, and why the server must then not start in production."""

from django.conf import settings
from django.db import Error

from lianheng.web.accounts.models import User
from lianheng.web.trail.modes import MAKE_TRIAL, SET_PRODUCTION
from lianheng.web.trail.standing import standing
from lianheng.web.units.models import CityProfile


def holds_demonstration() -> bool:
    return CityProfile.objects.filter(is_demo=True).exists()


def demo_data() -> str | None:
    """Refuse production on the demonstration city."""
    if settings.MODE == "production" and holds_demonstration():
        return "the database holds the demonstration city: start from an empty database"
    return None


def undeclared() -> str | None:
    """Refuse the default mode on an office's own data of which nobody has said that they are a trial."""
    if settings.MODE != "demo" or standing():
        return None
    try:
        if holds_demonstration() or not User.objects.exists():
            return None
    except Error:  # no tables yet
        return None
    return f"this database holds an office's own data, and LIANHENG_MODE is demo: {SET_PRODUCTION}; {MAKE_TRIAL}"
