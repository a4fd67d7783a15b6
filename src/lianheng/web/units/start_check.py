"""Whether the database holds the demonstration city, and why the server must then not start in production."""

from django.conf import settings

from lianheng.web.units.models import CityProfile


def holds_demonstration() -> bool:
    return CityProfile.objects.filter(is_demo=True).exists()


def demo_data() -> str | None:
    """Refuse production on the demonstration city."""
    if settings.MODE == "production" and holds_demonstration():
        return "the database holds the demonstration city: start from an empty database"
    return None
