"""Registers of collective assets (M22): idle, used without contract, larger than booked, and innocent ones."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from lianheng.engine.redflags.synth.world import World


def assets(world: World) -> None:
    """Most assets are let or in use."""
    long_ago, image = dt.date(world.years[0], 3, 1), dt.date(world.last_year, 6, 1)
    for _ in range(world.many(300)):
        number, area = _asset(world)
        _let(world, number)
        _image(world, number, image, area * Decimal("1.04"))
    for _ in range(6):
        idle, _ = _asset(world, vacant_since=long_ago)
        world.plant("M22", "idle without contract", "flag", asset_no=idle, issue="闲置")
        taken, area = _asset(world, vacant_since=long_ago)
        _image(world, taken, image, area)
        world.plant("M22", "used without contract", "flag", asset_no=taken, issue="闲置")
        shop, _ = _asset(world, vacant_since=long_ago, booked_area=Decimal("0.15"), kind="门面")
        world.plant("M22", "idle shopfront", "flag", asset_no=shop, issue="闲置")
        lapsed, _ = _asset(world)
        _let(world, lapsed, dt.date(world.years[0], 6, 30))
        _image(world, lapsed, image, Decimal(0))
        world.plant("M22", "idle since its contract ended", "flag", asset_no=lapsed, issue="闲置")
        large, area = _asset(world)
        _let(world, large)
        _image(world, large, image, area * Decimal("1.40"))
        world.plant("M22", "larger than booked", "flag", asset_no=large, issue="账实")
    for _ in range(4):
        reserved, _ = _asset(world, vacant_since=long_ago, reserve_no="YL")
        world.plant("M22", "reserve land", "explainable", asset_no=reserved, issue="闲置", colour="blue")
        seasonal, _ = _asset(world, vacant_since=long_ago, seasonal=True)
        world.plant("M22", "seasonal use", "quiet", asset_no=seasonal)
        old, area = _asset(world)
        _image(world, old, dt.date(world.last_year - 4, 6, 1), area * 2)
        world.plant("M22", "image too old", "quiet", asset_no=old)
        recent, _ = _asset(world, vacant_since=dt.date(world.last_year, 7, 1))
        world.plant("M22", "vacant for a short time", "quiet", asset_no=recent)
    unbooked, _ = _asset(world, booked_area=None)
    _image(world, unbooked, image, Decimal(9))
    world.plant("M22", "area not booked", "cannot_tell", asset_no=unbooked, issue="账实")


def _asset(world: World, **more: Any) -> tuple[str, Decimal]:
    number, village = world.code("JT"), world.chance.choice(world.villages)
    area = Decimal(world.chance.randint(15, 200))
    row = {"booked_area": area, "vacant_since": None, "reserve_no": None, "seasonal": False, "kind": "水面", **more}
    world.put("village_asset", asset_no=number, village=village, village_name=world.village_name(village),
              asset_name=f"资产{number[-4:]}", **row)  # fmt: skip
    return number, area


def _let(world: World, asset: str, until: dt.date | None = None) -> None:
    village = world.chance.choice(world.villages)
    world.put("village_contract", contract_no=world.code("ZL"), village=village,
              village_name=world.village_name(village), town=village[:9], asset_no=asset, asset_name="资产",
              asset_type="水面", quantity=Decimal(10), tenant="CZ", from_date=dt.date(world.years[0] - 1, 1, 1),
              to_date=until or dt.date(world.last_year + 5, 1, 1), revised_to=None, year_price=Decimal(9_000),
              meeting_no="HY", appraisal_no=None)  # fmt: skip


def _image(world: World, asset: str, day: dt.date, area: Decimal) -> None:
    world.put("asset_imagery", asset_no=asset, image_date=day, area_used=area.quantize(Decimal("0.01")))


GENERATORS = {"M22": assets}
