"""Unit types are configuration: switched on and off, led by a department."""

from django.db import transaction

from lianheng.web.accounts.models import User
from lianheng.web.accounts.roles import Role
from lianheng.web.accounts.scope import require_role
from lianheng.web.shell.errors import InvalidInput, StaleForm
from lianheng.web.trail.services import record
from lianheng.web.units.models import CityProfile, Division, UnitType


def require_city_office(actor: User | None, act: str) -> None:
    """Only an office whose scope holds the whole city of the profile changes its configuration."""
    if actor is None:
        return
    profile = CityProfile.objects.first()
    city = Division.objects.filter(pk=profile.division).first() if profile else None
    require_role(actor, [Role.SPECIAL_OFFICE], city, act=act)


@transaction.atomic
def set_unit_type(*, actor: User | None, code: str, revision: int, enabled: bool, lead_department: str) -> UnitType:
    """Switch a unit type on or off and name its lead department. What was done under it stays open to read."""
    require_city_office(actor, "调整单元类型")
    kind = UnitType.objects.select_for_update().get(pk=code)
    if kind.revision != revision:
        raise StaleForm
    lead_department = lead_department.strip()
    if not 2 <= len(lead_department) <= 60:
        raise InvalidInput("牵头部门要写 2 到 60 个字", "lead_department")
    if not enabled and kind.enabled and UnitType.objects.filter(enabled=True).count() == 1:
        raise InvalidInput("至少要有一个启用的单元类型", "enabled")
    details = {
        "enabled": [kind.enabled, enabled],
        "lead_department": [kind.lead_department, lead_department],
    }
    kind.enabled, kind.lead_department, kind.revision = enabled, lead_department, revision + 1
    kind.save()
    record(actor=actor, action="units.unit_type_set", subject=kind, details=details)
    return kind
