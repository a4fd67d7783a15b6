"""Registers of small purchases (M13): split orders, orders that hug the limit, and honest ones that look alike."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from lianheng.engine.redflags.synth.world import World

_LIMITS = {"印刷服务": 200_000, "办公设备": 300_000, "物业服务": 400_000, "信息化服务": 500_000}


def purchasing(world: World) -> None:
    """Units buy all year; some split what should have been tendered."""
    for category, limit in _LIMITS.items():
        for year in world.years:
            world.put("purchase_threshold", category=category, year=year, limit_amount=Decimal(limit))
    for _ in range(world.many(400)):
        _quiet(world)
    for number in range(12):
        _split(world, parts=2 + number % 4)
    for _ in range(6):
        _near_limit(world)
    for _ in range(5):
        _monthly(world)
        _framework(world)
        _projects(world)
    for _ in range(3):
        _without_limit(world)


def _buy(world: World, unit: str, category: str, amount: int, day: dt.date, supplier: str, **more: object) -> None:
    row = {"method": "询价", "project_no": None, "consumable": False, **more}
    world.put("purchase", purchase_no=world.code("CG"), unit=unit, unit_name=f"单位{unit[-3:]}", category=category,
              amount=Decimal(amount), purchase_date=day, supplier=supplier, supplier_name=f"供应商{supplier[-3:]}",
              **row)  # fmt: skip


def _category(world: World) -> tuple[str, int]:
    return world.chance.choice(list(_LIMITS.items()))


def _quiet(world: World) -> None:
    """A unit's honest purchases: one in a category, small or tendered."""
    category, limit = _category(world)
    unit, day = world.code("UNIT"), world.day(world.chance.choice(world.years))
    if world.chance.random() < 0.3:
        _buy(world, unit, category, limit * 3, day, world.code("GYS"), method="公开招标")
    _buy(world, unit, category, int(limit * world.chance.uniform(0.05, 0.45)), day, world.code("GYS"))
    _buy(world, unit, category, int(limit * world.chance.uniform(0.05, 0.45)), world.day(day.year), world.code("GYS"))


def _split(world: World, parts: int) -> None:
    category, limit = _category(world)
    unit, supplier = world.code("UNIT"), world.code("GYS")
    total = limit * world.chance.uniform(1.05, min(2.6, parts * 0.95))
    start = dt.date(world.last_year, world.chance.randint(2, 9), world.chance.randint(1, 28))
    for part in range(parts):
        day = start + dt.timedelta(days=part * 80 // parts)
        _buy(world, unit, category, int(total / parts) + 1, day, supplier)
    world.plant("M13", "split among dates", "flag", unit=unit, supplier=supplier, period=str(world.last_year))


def _near_limit(world: World) -> None:
    category, limit = _category(world)
    unit = world.code("UNIT")
    for month in (3, 6, 10):
        amount = int(limit * world.chance.uniform(0.88, 0.995))
        _buy(world, unit, category, amount, dt.date(world.last_year, month, 12), world.code("GYS"))
    world.plant("M13", "hugs the limit", "flag", unit=unit, period=str(world.last_year))


def _monthly(world: World) -> None:
    category, limit = _category(world)
    unit, supplier = world.code("UNIT"), world.code("GYS")
    for month in range(1, 13):
        _buy(world, unit, category, int(limit * 0.45), dt.date(world.last_year, month, 6), supplier, consumable=True)
    world.plant("M13", "monthly consumables", "explainable", unit=unit, colour="blue")


def _framework(world: World) -> None:
    category, limit = _category(world)
    unit, supplier = world.code("UNIT"), world.code("GYS")
    for month in (4, 5, 6):
        _buy(world, unit, category, int(limit * 0.9), dt.date(world.last_year, month, 6), supplier, method="框架协议")
    world.plant("M13", "framework agreement", "quiet", unit=unit)


def _projects(world: World) -> None:
    category, limit = _category(world)
    unit, supplier = world.code("UNIT"), world.code("GYS")
    for month in (4, 5):
        day = dt.date(world.last_year, month, 16)
        _buy(world, unit, category, int(limit * 0.7), day, supplier, project_no=world.code("YS"))
    world.plant("M13", "projects with own budget", "explainable", unit=unit, colour="blue")


def _without_limit(world: World) -> None:
    unit, supplier = world.code("UNIT"), world.code("GYS")
    for month in (4, 5):
        _buy(world, unit, "未列品目", 90_000, dt.date(world.last_year, month, 16), supplier)
    world.plant("M13", "category without a limit", "cannot_tell", unit=unit)


GENERATORS = {"M13": purchasing}
