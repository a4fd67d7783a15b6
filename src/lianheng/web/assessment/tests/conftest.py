"""A city small enough to read: one catalogue, a few institutions, the people of a round."""

import datetime as dt
from dataclasses import dataclass, field

import pytest

from lianheng.library import catalogue as library
from lianheng.web.accounts.models import User
from lianheng.web.accounts.roles import Role
from lianheng.web.conftest import MakeUser
from lianheng.web.standards.services import load_catalogue, publish_catalogue
from lianheng.web.units.models import CityProfile, Division, Institution, UnitType

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


@pytest.fixture
def city(small_tree: dict[str, Division], make_user: MakeUser) -> City:
    """Two schools in two counties, an organ, an area; offices, unit people, three assessors from outside."""
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
    tree = small_tree
    units = {
        "X1": institution("X430421-001", "演示第一中学", "X", tree["430421"]),
        "X2": institution("X430424-001", "演示第二中学", "X", tree["430424"]),
        "J1": institution("J430400-001", "演示市直机关", "J", tree["4304"]),
        "A1": institution("A430421", "衡阳县", "", tree["430421"], is_area=True),
        "H1": institution("O430400-099", "演示第三方机构", "", tree["4304"]),
    }
    people = {
        "office": make_user("office", Role.SPECIAL_OFFICE, division="4304"),
        "office2": make_user("office2", Role.SPECIAL_OFFICE, division="4304"),
        "leader": make_user("leader", Role.LEADING_GROUP, division="4304"),
        "lead": make_user("lead", Role.LEAD_DEPARTMENT, division="4304", business_line="school"),
        "room": make_user("room", Role.SUPERVISION_ROOM, division="4304"),
        "third": make_user("third", Role.THIRD_PARTY, division="4304"),
        "x1": make_user("x1", Role.UNIT_ADMIN, institution=units["X1"]),
        "x2": make_user("x2", Role.UNIT_ADMIN, institution=units["X2"]),
        "j1": make_user("j1", Role.UNIT_ADMIN, institution=units["J1"]),
        "a1": make_user("a1", Role.UNIT_ADMIN, institution=units["A1"]),
        "county": make_user("county", Role.SPECIAL_OFFICE, division="430424"),
    }
    for name in ("p1", "p2", "p3"):
        people[name] = make_user(name, Role.ASSESSOR, division="4304")
    return City(people, units)


@pytest.fixture
def on_day(settings: object):  # type: ignore[no-untyped-def]
    """Return a function that sets today."""

    def set_day(day: str | dt.date) -> None:
        settings.FIXED_TODAY = str(day)  # type: ignore[attr-defined]

    return set_day
