"""Between the two factors: the password was right, the session has not begun."""

import time

from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from lianheng.web.accounts.models import User

KEY = "pending_log_in"
SECONDS = 300


def keep(request: HttpRequest, user: User, target: str) -> None:
    """Remember for five minutes who gave the right password, and where they wanted to go."""
    request.session.cycle_key()
    request.session[KEY] = [user.pk, user.get_session_auth_hash(), int(time.time()), target]


def read(request: HttpRequest) -> tuple[User, str] | None:
    """Return person and target; None when too late, or when password, roles or account changed meanwhile."""
    if KEY not in request.session:
        return None
    pk, fingerprint, began, target = request.session[KEY]
    user = User.objects.filter(pk=pk, is_active=True).first()
    if user is None or time.time() - began > SECONDS:
        return None
    return (user, target) if constant_time_compare(user.get_session_auth_hash(), fingerprint) else None


def forget(request: HttpRequest) -> None:
    request.session.pop(KEY, None)
