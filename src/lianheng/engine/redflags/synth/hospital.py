"""Registers of inpatients (M25): split stays, empty beds, impossible items, wards too full, and planned cycles."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from lianheng.engine.redflags.synth.world import World

_HOSPITAL, _WARD = "YY01", "内科"


def inpatients(world: World) -> None:
    """Five thousand stays at full size; forty readmissions within 14 days, of which 25 are planned cycles."""
    world.put("item_limit", item="一级护理", per_day=Decimal(1))
    world.put("planned_group", group_code="HL1", reason="化疗周期")
    for ward in (_WARD, "外科"):
        world.put("bed", hospital=_HOSPITAL, ward=ward, beds=400)
    for _ in range(world.many(4_900)):
        _stay(world, world.person(), dt.date(world.last_year, world.chance.randint(1, 11), world.chance.randint(1, 28)))
    for number in range(40):
        planned = number < 25
        patient, day = world.person(), dt.date(world.last_year, 1 + number % 11, 3)
        group = "HL1" if planned else f"G{number}"
        _stay(world, patient, day, group=group)
        stay = _stay(world, patient, day + dt.timedelta(days=10 + number % 8), group=group)
        kind, expect = ("planned cycle", "explainable") if planned else ("readmitted within 14 days", "flag")
        world.plant("M25", kind, expect, issue="再入院", subject=stay)
    for number in range(8):
        day = dt.date(world.last_year, 1 + number, 12)
        empty = _stay(world, world.person(), day, days=10, charged=5)
        world.plant("M25", "empty bed", "flag", issue="挂床", subject=empty)
        much = _stay(world, world.person(), day, qty=3)
        world.plant("M25", "item repeated beyond what is possible", "flag", issue="数量", subject=much)
        patient = world.person()
        _stay(world, patient, day, group=f"T{number}")
        moved = _stay(world, patient, day + dt.timedelta(days=5), group=f"T{number}", ward="外科")
        world.plant("M25", "transfer between departments", "quiet", subject=moved)
    _wards(world)


def _wards(world: World) -> None:
    world.put("bed", hospital="YY02", ward="骨科", beds=10)
    for _ in range(14):
        _stay(world, world.person(), dt.date(world.last_year, 5, 3), hospital="YY02", ward="骨科")
        _stay(world, world.person(), dt.date(world.last_year, 5, 3), hospital="YY03", ward="未核定")
    world.plant("M25", "ward over its beds", "flag", issue="床位", hospital="YY02")
    world.plant("M25", "beds not known", "cannot_tell", issue="床位", hospital="YY03")


def _stay(
    world: World, patient: str, day: dt.date, *, days: int = 6, charged: int = 0, qty: int = 1, group: str = "G",
    hospital: str = _HOSPITAL, ward: str = _WARD,
) -> str:  # fmt: skip
    """A stay that is charged for nursing on each of its days, or on some of them."""
    stay = world.code("ZY")
    world.put("stay", stay_no=stay, hospital=hospital, hospital_name=f"医院{hospital[-2:]}", patient=patient, ward=ward,
              in_date=day, out_date=day + dt.timedelta(days=days - 1), group_code=group,
              cost=Decimal(world.chance.randint(2_000, 9_000)))  # fmt: skip
    for number in range(charged or days):
        world.put("charge_day", stay_no=stay, charge_date=day + dt.timedelta(days=number), item="一级护理",
                  qty=Decimal(qty), amount=Decimal(30 * qty))  # fmt: skip
    return stay


GENERATORS = {"M25": inpatients}
