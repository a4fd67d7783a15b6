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
    places = _places(user)
    if not places:
        return False
    city = next((code for (code,) in ask(_city)), "")
    return any(city.startswith(place) or not city for place in places)


def may_be_office(user: User) -> bool:
    """Whether asking the database for the city could make somebody its office: what most people's pages are spared."""
    return bool(_places(user))


def _places(user: User) -> list[str]:
    """Return where the person is special office of everything."""
    grants = [grant for grant in grants_of(user) if grant.role == Role.SPECIAL_OFFICE and grant.capture]
    return [grant.division for grant in grants if not (grant.business_line or grant.institution_id) and grant.division]


def _city() -> QuerySet[CityProfile, Any]:
    return CityProfile.objects.order_by("pk").values_list("division")[:1]


def require_office(user: User, act: str) -> None:
    """Refuse whoever is not the city's special office."""
    require_role(user, [Role.SPECIAL_OFFICE], act=act)
    if not is_office(user):
        raise Forbidden(f"{act}由全市的工作专班办理，您只管其中一部分")
