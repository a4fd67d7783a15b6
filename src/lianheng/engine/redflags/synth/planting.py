"""Registers of planting subsidies (M05): seed 001's six villages, four honest ones with new leases, quiet ones.

One more village claims leases among its own households: that moves land within the village and adds none.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from lianheng.engine.redflags.synth.world import World

INFLATED, LEASED, DRAINED, UNSURVEYED, INNER = range(6), range(6, 10), 10, 11, 12
_HOUSEHOLDS = 300
_RATE = Decimal("105")


def planting(world: World) -> None:
    """The subsidised area of villages 1-6 grows in the last year, and nothing that is planted does."""
    for place, village in enumerate(world.villages):
        total = {year: Decimal(0) for year in world.years}
        grown_by = Decimal(130 if place == DRAINED else world.chance.randint(128, 145)) / 100
        for number in range(max(10, world.many(_HOUSEHOLDS))):
            household = f"{village}-{number:04d}"
            right = Decimal(world.chance.randint(400, 1200)) / 100
            world.put("land_right", household_id=household, village=village, area=right)
            for year in world.years:
                grows = year == world.last_year and place <= INNER and number % 10
                area = (right * grown_by).quantize(Decimal("0.01")) if grows else right
                total[year] += area
                _subsidy(world, household, village, year, area)
                if grows and (place in LEASED or place == INNER):
                    _lease(world, household, village, area - right, place == INNER)
                if place not in INFLATED or not grows:
                    world.put("insurance", household_id=household, village=village, year=year, insured_area=area)
        _survey(world, place, village, total)
        _plant(world, place, village)


def _subsidy(world: World, household: str, village: str, year: int, area: Decimal) -> None:
    world.put("subsidy", household_id=household, village=village, village_name=world.village_name(village), year=year,
              scheme="种粮补贴", area=area, amount=(area * _RATE).quantize(Decimal("0.01")))  # fmt: skip


def _lease(world: World, household: str, village: str, area: Decimal, inner: bool) -> None:
    start = dt.date(world.last_year, 3, 1)
    lessor = village if inner else world.villages[-1]
    end, told = start.replace(year=start.year + 10), start + dt.timedelta(days=7)
    world.put("lease", lease_no=world.code("L"), village=village, household_id=household, lessor_village=lessor,
              area=area, from_date=start, to_date=end, registered_on=told)  # fmt: skip


def _survey(world: World, place: int, village: str, total: dict[int, Decimal]) -> None:
    first = total[world.years[0]]
    rice, greens = first * Decimal("1.10"), first * Decimal("0.60")
    for year in world.years:
        if place == UNSURVEYED and year == world.last_year:
            continue
        drained = place == DRAINED and year == world.last_year
        # Drained land: what is planted grows with what is subsidised, and greens give way.
        factor = (Decimal("1.45"), Decimal("0.50")) if drained else (Decimal(1), Decimal(1))
        for crop, subsidised, area in (("水稻", True, rice * factor[0]), ("蔬菜", False, greens * factor[1])):
            world.put("crop_survey", village=village, year=year, crop=crop, subsidised=subsidised,
                      planted_area=area.quantize(Decimal("0.01")))  # fmt: skip


def _plant(world: World, place: int, village: str) -> None:
    year = str(world.last_year)
    if len(world.years) < 2:
        return
    if place in INFLATED:
        world.plant("M05", "inflated area", "flag", village=village, period=year)
    elif place in LEASED:
        world.plant("M05", "new leases to large growers", "explainable", village=village, period=year, colour="blue")
    elif place == DRAINED:
        world.plant("M05", "new drained land", "quiet", village=village, period=year)
    elif place == INNER:
        world.plant("M05", "leases within the village", "flag", village=village, period=year, colour="yellow")
    elif place == UNSURVEYED:
        world.plant("M05", "survey of the year is missing", "cannot_tell", village=village, period=year)


GENERATORS = {"M05": planting}
