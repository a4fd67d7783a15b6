"""Who changes standards: the special office of the whole city, not one of a county or of a single line."""

from typing import Any

from django.db.models import QuerySet

from lianheng.web.accounts.models import User
from lianheng.web.accounts.roles import Role
from lianheng.web.accounts.scope import grants_of, require_role
from lianheng.web.shell.errors import Forbidden
from lianheng.web.shell.prepared import ask
from lianheng.web.units.models import CityProfile


def is_office(user: User) -> bool:
    """Whether a grant of the special office covers the whole city."""
    grants = [grant for grant in grants_of(user) if grant.role == Role.SPECIAL_OFFICE and grant.capture]
    if not grants:
        return False
    city = next((code for (code,) in ask(_city)), "")
    whole = [grant for grant in grants if not (grant.business_line or grant.institution_id)]
    return any(grant.division and (city.startswith(grant.division) or not city) for grant in whole)


def _city() -> QuerySet[CityProfile, Any]:
    return CityProfile.objects.order_by("pk").values_list("division")[:1]


def require_office(user: User, act: str) -> None:
    """Refuse whoever is not the city's special office."""
    require_role(user, [Role.SPECIAL_OFFICE], act=act)
    if not is_office(user):
        raise Forbidden(f"{act}由全市的工作专班办理，您只管其中一部分")
