"""Why the server must not start, as far as units know."""

from django.conf import settings

from lianheng.web.units.models import CityProfile


def demo_data() -> str | None:
    """Refuse production on the demonstration city."""
    if settings.MODE == "production" and CityProfile.objects.filter(is_demo=True).exists():
        return "the database holds the demonstration city: start from an empty database"
    return None
