"""What the base page needs on every page: navigation cut by role, marks, badge. Rooms above add their parts."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from lianheng.web.shell import navigation
from lianheng.web.shell.clock import now, today
from lianheng.web.shell.marking import mark_of_pages

# desk registers the count of my inbox here; shell itself knows no business.
badge: Callable[[Any], int] | None = None


def page(request: HttpRequest) -> dict[str, Any]:
    """Return the base page's variables; nothing is queried for visitors."""
    user = getattr(request, "user", None)
    context: dict[str, Any] = {
        "mark": mark_of_pages(),
        "fixed_today": settings.FIXED_TODAY,
        "today": today(),
        "printed_at": now(),
    }
    if user is not None and user.is_authenticated:
        count = badge(user) if badge else 0
        context |= {"badge": count, "menu": navigation.menu_for(user, request.path, count)}
    return context
