"""A city small enough to read: one catalogue, a few institutions, the people of a round."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from lianheng.library import catalogue as library
from lianheng.web.accounts.models import User
from lianheng.web.accounts.roles import Role
from lianheng.web.conftest import built_once, new_person, plant_small_tree
from lianheng.web.standards.services import load_catalogue, publish_catalogue
from lianheng.web.units.models import CityProfile, Division, Institution, UnitType

# The institutions by the names that tests call them, and their codes.
UNITS = {"X1": "X430421-001", "X2": "X430424-001", "J1": "J430400-001", "A1": "A430421", "H1": "O430400-099"}
TYPES = [("organ", "机关", "J"), ("school", "学校", "X"), ("village", "村居", "C")]


@dataclass
class City:
    """The cast: people by role, institutions by code."""

    people: dict[str, User] = field(default_factory=dict)
    units: dict[str, Institution] = field(default_factory=dict)


def institution(code: str, name: str, list_code: str, division: Division, **extra: object) -> Institution:
    kind = {letter: unit_type for unit_type, _, letter in TYPES}.get(list_code, "area")
    place = {c: getattr(division, c) for c in ("province", "city", "county", "town", "village")}
    return Institution.objects.create(
        code=code, name=name, sort_key=code, list_code=list_code, level=division.level, division=division,
        unit_type=kind, business_line=kind, **place, **extra,
    )  # fmt: skip


def build_city() -> None:
    """Two schools in two counties, an organ, an area; offices, unit people, three assessors from outside."""
    tree = plant_small_tree()
    CityProfile.objects.create(
        code="hengyang",
        name="清廉衡阳",
        division="4304",
        office_name="衡阳市清廉建设领导小组办公室",
        office_code="衡廉办",
    )
    for order, (code, name, lists) in enumerate(TYPES):
        UnitType.objects.create(code=code, name=name, lead_department="市有关部门", order=order, lists=lists)
    catalogue = load_catalogue(actor=None, folder=library.shipped("hengyang"))
    publish_catalogue(actor=None, catalogue_id=catalogue.pk, revision=0)
    institution(UNITS["X1"], "演示第一中学", "X", tree["430421"])
    institution(UNITS["X2"], "演示第二中学", "X", tree["430424"])
    institution(UNITS["J1"], "演示市直机关", "J", tree["4304"])
    institution(UNITS["A1"], "衡阳县", "", tree["430421"], is_area=True)
    institution(UNITS["H1"], "演示第三方机构", "", tree["4304"])
    units = _units()
    new_person("office", Role.SPECIAL_OFFICE, division="4304")
    new_person("office2", Role.SPECIAL_OFFICE, division="4304")
    new_person("leader", Role.LEADING_GROUP, division="4304")
    new_person("lead", Role.LEAD_DEPARTMENT, division="4304", business_line="school")
    new_person("room", Role.SUPERVISION_ROOM, division="4304")
    new_person("third", Role.THIRD_PARTY, division="4304")
    new_person("x1", Role.UNIT_ADMIN, institution=units["X1"])
    new_person("x2", Role.UNIT_ADMIN, institution=units["X2"])
    new_person("j1", Role.UNIT_ADMIN, institution=units["J1"])
    new_person("a1", Role.UNIT_ADMIN, institution=units["A1"])
    new_person("county", Role.SPECIAL_OFFICE, division="430424")
    for name in ("p1", "p2", "p3"):
        new_person(name, Role.ASSESSOR, division="4304")


def _units() -> dict[str, Institution]:
    rows = {row.code: row for row in Institution.objects.select_related("division")}
    return {name: rows[code] for name, code in UNITS.items()}


@pytest.fixture(scope="module")
def shared_city(request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: Any) -> Iterator[bool]:
    with built_once(request, django_db_blocker, build_city) as is_there:
        yield is_there


@pytest.fixture
def city(shared_city: bool, db: None) -> City:
    """The city of `build_city`, its people and institutions read anew for each test."""
    if not shared_city:
        build_city()
    return City({person.username: person for person in User.objects.select_related("institution")}, _units())


@pytest.fixture
def on_day(settings: object):  # type: ignore[no-untyped-def]
    """Return a function that sets today."""

    def set_day(day: str | dt.date) -> None:
        settings.FIXED_TODAY = str(day)  # type: ignore[attr-defined]

    return set_day
