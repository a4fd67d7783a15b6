"""Why an installation is not fit for real work, as far as accounts know; `serve` asks before it starts."""

from django.conf import settings
from django.db.models import Count

from lianheng.web.accounts.models import User
from lianheng.web.accounts.roles import ADMINISTRATORS


def production_problems() -> list[str]:
    """Return a line for each reason that production must not start with these accounts; other modes have none."""
    if settings.MODE != "production":
        return []
    problems = []
    demo = User.objects.filter(is_demo=True, is_active=True).count()
    if demo:
        problems.append(f"{demo} demonstration accounts are active: disable them or start from an empty database")
    doubled = (
        User.objects.filter(is_active=True, assignments__role__in=ADMINISTRATORS, assignments__ended=None)
        .annotate(kinds=Count("assignments__role", distinct=True))
        .filter(kinds__gt=1)
    )
    names = ", ".join(sorted(user.username for user in doubled))
    if names:
        problems.append(f"these accounts hold two administrator roles: {names}: end one of them")
    return problems


def fit_for_production() -> str | None:
    """Hand the reasons to the start of the server, one line in all."""
    return "; ".join(production_problems()) or None
