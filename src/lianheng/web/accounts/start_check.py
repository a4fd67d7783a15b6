"""Why the server must not start, as far as accounts know."""

from django.conf import settings

from lianheng.web.accounts.models import User


def demo_accounts() -> str | None:
    """Refuse production with accounts whose password is printed in the manual."""
    if settings.MODE != "production":
        return None
    count = User.objects.filter(is_demo=True, is_active=True).count()
    return f"{count} demonstration accounts are active: disable them or start from an empty database" if count else None
