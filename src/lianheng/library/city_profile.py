"""城市配置: which unit types a city runs, who leads them, on which catalogue version, and how its office signs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lianheng.library.catalogue import Catalogue, UnitType
from lianheng.library.problems import LibraryError, Notebook, Problem, Shape
from lianheng.library.strict_yaml import YamlError, read_yaml

_PROFILE = Shape(
    {
        "id": "text",
        "name": "text",
        "division": "text",
        "city": "text",
        "office": "map",
        "catalogue": "map",
        "source": "text",
        "unit_types": "list",
        "lead_departments": "list",
    },
    {"documents": "text?"},
)
_CATALOGUE = Shape({"id": "text", "version": "text"})
_OFFICE = Shape({"name": "text", "code": "text"})
_UNIT_TYPE = Shape({"code": "text", "enabled": "flag", "lead": "text", "mark": "text"}, {"note": "text"})
_DEPARTMENT = Shape({"name": "text", "mark": "text"}, {"note": "text"})
# What the server's columns and the head of an official document hold.
_LONGEST = {"id": 40, "name": 40, "city": 40, "office.name": 60, "office.code": 12, "lead": 60}
_DIVISION = re.compile("[0-9]{6}")


class ProfileError(LibraryError):
    """A city profile that cannot be used."""


@dataclass(frozen=True, slots=True)
class UnitTypeSetting:
    """Whether a city runs a unit type, and which department leads it there."""

    code: str
    enabled: bool
    lead: str
    mark: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class LeadDepartment:
    """牵头部门 of a city."""

    name: str
    mark: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class CityProfile:
    """城市配置 as read from its file."""

    id: str
    name: str
    division: str
    city: str
    office_name: str
    office_code: str
    catalogue_id: str
    catalogue_version: str
    documents: str | None
    source: str
    unit_types: tuple[UnitTypeSetting, ...]
    lead_departments: tuple[LeadDepartment, ...]


def shipped_profile(name: str) -> Path:
    """The file of a profile that comes with the program, e.g. `hengyang`."""
    return Path(__file__).resolve().parent / "profiles" / f"{name}.yaml"


def load_profile(path: Path) -> CityProfile:
    """Read and check a city profile.

    Parameters
    ----------
    path : a YAML file.

    Returns
    -------
    The profile. Whether it fits a catalogue is asked with `check_profile`.

    Raises
    ------
    ProfileError naming every problem.

    Example
    -------
    >>> len(load_profile(shipped_profile("xianyang")).lead_departments)
    25
    """
    book = Notebook(path.name)
    try:
        row = book.row("profile", read_yaml(path), _PROFILE)
    except YamlError as error:
        raise ProfileError([Problem(path.name, "file", str(error))]) from error
    catalogue = book.row("catalogue", row.get("catalogue", {}), _CATALOGUE)
    office = book.row("office", row.get("office", {}), _OFFICE)
    settings = book.rows("unit_types", row.get("unit_types"), _UNIT_TYPE)
    departments = book.rows("lead_departments", row.get("lead_departments"), _DEPARTMENT)
    book.unique((str(setting.get("code")) for setting in settings), "unit type")
    book.unique((str(department.get("name")) for department in departments), "lead department")
    names = {department.get("name") for department in departments}
    for setting in settings:
        if setting.get("enabled") and setting.get("lead") not in names:
            book.note(str(setting.get("code")), f"lead {setting.get('lead')} is not in lead_departments")
    _check_texts(book, row, office, [str(setting.get("lead", "")) for setting in settings])
    if book.problems:
        raise ProfileError(book.problems)
    return CityProfile(
        **{key: str(row[key]) for key in ("id", "name", "division", "city", "source")},
        office_name=office["name"],
        office_code=office["code"],
        catalogue_id=catalogue["id"],
        catalogue_version=catalogue["version"],
        documents=row.get("documents"),
        unit_types=tuple(UnitTypeSetting(**setting) for setting in settings),
        lead_departments=tuple(LeadDepartment(**department) for department in departments),
    )


def _check_texts(book: Notebook, row: dict[str, Any], office: dict[str, Any], leads: list[str]) -> None:
    texts = [(key, str(row.get(key, ""))) for key in ("id", "name", "city")]
    texts += [(f"office.{key}", str(office.get(key, ""))) for key in ("name", "code")]
    texts += [("lead", lead) for lead in leads]
    for key, text in texts:
        if len(text) > _LONGEST[key] or not text.isprintable():
            book.note(key, f"should be one line of at most {_LONGEST[key]} characters")
    if "division" in row and not _DIVISION.fullmatch(row["division"]):
        book.note("division", f"should be the six digits of the city, e.g. '430400', got {row['division']!r}")


def check_profile(profile: CityProfile, catalogue: Catalogue) -> None:
    """Refuse a profile that names another catalogue, or not exactly the catalogue's unit types.

    Raises
    ------
    ProfileError naming every problem.
    """
    book = Notebook(f"{profile.id}.yaml")
    wanted = (profile.catalogue_id, profile.catalogue_version)
    if wanted != (catalogue.id, catalogue.version):
        book.note("catalogue", f"wants {' '.join(wanted)}, got {catalogue.id} {catalogue.version}")
    settings = {setting.code for setting in profile.unit_types}
    known = {unit_type.code for unit_type in catalogue.unit_types}
    for code in sorted(settings - known):
        book.note(code, "is no unit type of the catalogue")
    for code in sorted(known - settings):
        book.note(code, "is not set: say enabled: true or false")
    if book.problems:
        raise ProfileError(book.problems)


def enabled_unit_types(profile: CityProfile, catalogue: Catalogue) -> tuple[UnitType, ...]:
    """The first menu level of a city: the unit types that it runs, in catalogue order.

    Example
    -------
    >>> from lianheng.library.catalogue import load, shipped
    >>> types = enabled_unit_types(load_profile(shipped_profile("xianyang")), load(shipped("hengyang")))
    >>> [unit_type.name for unit_type in types]
    ['机关', '学校', '医院', '村居', '企业', '家庭']
    """
    enabled = {setting.code for setting in profile.unit_types if setting.enabled}
    return tuple(unit_type for unit_type in catalogue.unit_types if unit_type.code in enabled)
