"""The city's profile: which unit types it runs, who leads them, how its office signs. Loaded whole or not at all."""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import transaction

from lianheng.library import catalogue as library
from lianheng.library import city_profile
from lianheng.library.problems import LibraryError
from lianheng.web.accounts.models import User
from lianheng.web.shell.errors import InvalidInput, WrongState
from lianheng.web.trail.services import record
from lianheng.web.units.models import CityProfile, Division, Institution, UnitType
from lianheng.web.units.services.types import require_city_office

NO_PROFILE = "还没有载入城市配置（单元类型、发文机关）。请服务器的管理人员运行 lianheng city load，再来办理"


@dataclass
class ProfileLoad:
    """What a load found and changed."""

    city: CityProfile
    sha256: str
    catalogue: str
    enabled: list[str]
    lead_departments: int
    changed: list[str] = field(default_factory=list)


class ProfileRefused(InvalidInput):
    """A profile that is not taken in; `english` says it for the command line."""

    def __init__(self, chinese: str, english: str) -> None:
        super().__init__(f"城市配置没有载入：{chinese}", "file")
        self.english = english


def lock_city() -> CityProfile:
    """Return the profile, locked, so that of two acts on the city's own things the second waits."""
    city = CityProfile.objects.select_for_update().first()
    if city is None:
        raise WrongState(NO_PROFILE)
    return city


@transaction.atomic
def load_city_profile(
    *, actor: User | None, path: Path, catalogue: Path | None = None, is_demo: bool = False
) -> ProfileLoad:
    """Take in a profile, or another version of it; `actor` None is the command line.

    Types that the file or its catalogue leave off are switched off: what was done under them stays readable. What was
    set on the page since the load before is replaced by what the file says.
    """
    require_city_office(actor, "载入城市配置")
    profile, standards, sha256 = _read(path, catalogue)
    city = CityProfile.objects.select_for_update().first() or CityProfile()
    division = _division_of(profile, city)
    changed = _set_types(profile, standards)
    content = _content(profile, sha256)
    names = {"code": profile.id, "name": profile.name, "division": division}
    names |= {"office_name": profile.office_name, "office_code": profile.office_code}
    if city.pk and city.content.get("sha256") == sha256 and not changed:
        raise WrongState("城市配置和这个文件一模一样，不用再载入")
    replaces = city.content.get("sha256", "")
    for name, value in names.items():
        setattr(city, name, value)
    city.content = content | {key: value for key, value in city.content.items() if key not in content}
    # Real configuration makes no real data of a demonstration.
    city.is_demo = is_demo or city.is_demo
    city.revision += 1
    city.save()
    enabled = [setting.code for setting in profile.unit_types if setting.enabled]
    loaded = ProfileLoad(
        city, sha256, f"{standards.id} {standards.version}", enabled, len(profile.lead_departments), changed
    )
    details = {"file": path.name, "sha256": sha256, "replaces": replaces, "profile": profile.id, "division": division}
    details |= {"catalogue": loaded.catalogue, "enabled": enabled, "changed": changed}
    details |= {"lead_departments": loaded.lead_departments, "office": [profile.office_name, profile.office_code]}
    record(actor=actor, action="units.profile_loaded", subject=city, details=details)
    return loaded


def _read(path: Path, folder: Path | None) -> tuple[city_profile.CityProfile, library.Catalogue, str]:
    """Return the profile, the catalogue that it names, and the file's hash; every mistake is named at once."""
    try:
        profile = city_profile.load_profile(path)
        folder = folder or library.shipped(profile.catalogue_id)
        if not profile.catalogue_id.isidentifier() or not (folder / "catalogue.yaml").is_file():
            raise ProfileRefused(
                f"程序里没有“{profile.catalogue_id}”这个标准目录",
                f"no catalogue '{profile.catalogue_id}' comes with the program: name its folder with --catalogue",
            )
        standards = library.load(folder)
        city_profile.check_profile(profile, standards)
    except LibraryError as error:
        raise ProfileRefused(str(error), str(error)) from error
    return profile, standards, hashlib.sha256(path.read_bytes()).hexdigest()


def _division_of(profile: city_profile.CityProfile, city: CityProfile) -> str:
    """Return the city's code in the tree; an office that has institutions stays in its city."""
    padded = profile.division
    code = padded[:2] if padded[2:] == "0000" else padded[:4] if padded[4:] == "00" else padded
    if not Division.objects.filter(pk=code, valid_to=None).exists():
        raise ProfileRefused(
            f"没有代码为“{code}”的区划，请先载入区划清单",
            f"no division {code} is on record: first load the divisions with 'lianheng units load'",
        )
    if city.pk and city.division != code and Institution.objects.exists():
        raise ProfileRefused(
            f"这里的单位属于 {city.division}，不能改成 {code}",
            f"the institutions here belong to {city.division}, so the office cannot become {code}: start another",
        )
    return code


def _set_types(profile: city_profile.CityProfile, standards: library.Catalogue) -> list[str]:
    """Make the unit types as the file says; return the codes of those that are new or differ."""
    known = {kind.pk: kind for kind in UnitType.objects.select_for_update()}
    settings = {setting.code: setting for setting in profile.unit_types}
    wanted: dict[str, dict[str, Any]] = {
        kind.code: {
            "name": kind.name,
            "lead_department": settings[kind.code].lead,
            "order": order,
            "enabled": settings[kind.code].enabled,
            "lists": ",".join(choice.list for choice in kind.lists),
        }
        for order, kind in enumerate(standards.unit_types)
    }
    wanted |= {code: {"enabled": False} for code in known if code not in wanted}
    changed = []
    for code, values in wanted.items():
        kind = known.get(code) or UnitType(code=code, revision=-1)
        if code in known and all(getattr(kind, name) == value for name, value in values.items()):
            continue
        for name, value in values.items():
            setattr(kind, name, value)
        kind.revision += 1
        kind.save()
        changed.append(code)
    return changed


def _content(profile: city_profile.CityProfile, sha256: str) -> dict[str, Any]:
    departments = [{"name": department.name, "mark": department.mark} for department in profile.lead_departments]
    return {
        "city": profile.city,
        "catalogue": {"id": profile.catalogue_id, "version": profile.catalogue_version},
        "documents": profile.documents,
        "source": profile.source,
        "lead_departments": departments,
        "sha256": sha256,
    }
