"""Unit types are configuration: loaded from a city's profile, switched on and off, led by a department."""

from pathlib import Path

from django.db import transaction
from django.db.models import F

from lianheng.library.catalogue import load, shipped
from lianheng.library.city_profile import ProfileError, check_profile, load_profile
from lianheng.web.accounts.models import User
from lianheng.web.accounts.roles import Role
from lianheng.web.accounts.scope import require_role
from lianheng.web.shell.errors import InvalidInput, StaleForm
from lianheng.web.trail.services import record
from lianheng.web.units.models import CityProfile, Division, UnitType


def _require_city_office(actor: User | None, act: str) -> None:
    """Only an office whose scope holds the whole city of the profile changes its configuration."""
    if actor is None:
        return
    profile = CityProfile.objects.first()
    city = Division.objects.filter(pk=profile.division).first() if profile else None
    require_role(actor, [Role.SPECIAL_OFFICE], city, act=act)


@transaction.atomic
def load_city_profile(
    *, actor: User | None, path: Path, is_demo: bool = False, office_name: str = "", office_code: str = ""
) -> CityProfile:
    """Load which unit types a city runs and who leads them; types that the profile leaves off are switched off."""
    try:
        profile = load_profile(path)
        catalogue = load(shipped(profile.catalogue_id))
        check_profile(profile, catalogue)
    except ProfileError as error:
        raise InvalidInput(f"城市配置没有载入：{error}") from error
    _require_city_office(actor, "载入城市配置")
    settings = {setting.code: setting for setting in profile.unit_types}
    for order, kind in enumerate(catalogue.unit_types):
        setting = settings[kind.code]
        values = {
            "name": kind.name,
            "lead_department": setting.lead,
            "order": order,
            "enabled": setting.enabled,
            "lists": ",".join(choice.list for choice in kind.lists),
        }
        _, made = UnitType.objects.update_or_create(code=kind.code, defaults=values)
        if not made:
            UnitType.objects.filter(pk=kind.code).update(revision=F("revision") + 1)
    city = _save_profile(profile.id, profile.name, _code(profile.division), office_name, office_code, profile.city)
    city.is_demo = is_demo
    city.content = {
        "city": profile.city,
        "catalogue": {"id": profile.catalogue_id, "version": profile.catalogue_version},
        "documents": profile.documents,
        "source": profile.source,
        "lead_departments": [
            {"name": department.name, "mark": department.mark} for department in profile.lead_departments
        ],
    }
    city.save()
    enabled = [code for code, setting in settings.items() if setting.enabled]
    details = {"profile": profile.id, "enabled": enabled, "lead_departments": len(profile.lead_departments)}
    record(actor=actor, action="units.profile_loaded", subject=city, details=details)
    return city


def _code(padded: str) -> str:
    """Return a division code without the zeros that pad it on the right."""
    return padded[:2] if padded[2:] == "0000" else padded[:4] if padded[4:] == "00" else padded


def _save_profile(
    code: str, name: str, division: str, office_name: str, office_code: str, city_name: str
) -> CityProfile:
    """The office runs one profile: loading another replaces it."""
    city = CityProfile.objects.select_for_update().first() or CityProfile()
    city.code, city.name, city.division = code, name, division
    city.office_name = office_name or city.office_name or f"{city_name}清廉建设工作专班"
    city.office_code = office_code or city.office_code
    city.revision += 1
    return city


@transaction.atomic
def set_unit_type(*, actor: User | None, code: str, revision: int, enabled: bool, lead_department: str) -> UnitType:
    """Switch a unit type on or off and name its lead department. What was done under it stays open to read."""
    _require_city_office(actor, "调整单元类型")
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
