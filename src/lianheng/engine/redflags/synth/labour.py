"""Registers of village labour (M24, M24-P): people in two places, away, for too long or too dear, and honest days."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from lianheng.engine.redflags.synth.world import World


def labour(world: World) -> None:
    """Each village pays ten people for some days of May; in some villages the list is not true."""
    if "labour" in world.tables:  # both models are about the same lists
        return
    for year in world.years:
        world.put("labour_scale", kind="普工", year=year, price=Decimal(20))
    # A district of its own: nobody else's people work in these villages.
    villages = [f"430499777{number:03d}" for number in range(201, 241)]
    for village in villages:
        for _ in range(max(2, world.many(10))):
            _days(world, village, world.person(), 5)
    traveller = world.person()
    _trip(world, traveller, 20)
    _bad_villages(world, villages)
    _look_alikes(world, villages[30:])


def _bad_villages(world: World, villages: list[str]) -> None:
    month = f"{world.last_year}-05"
    for number in range(5):
        away, here, there, long, dear, strange = villages[number * 6 : number * 6 + 6]
        unknown = villages[number + 30]
        gone = world.person()
        _days(world, away, gone, 8, trips=True)
        world.plant("M24", "paid while away", "flag", village=away, issue="外出", period=month, colour="red")
        world.plant("M24-P", "paid while away", "flag", person_id=gone, issue="外出")
        twice = world.person()
        for village in (here, there):
            _days(world, village, twice, 13, hours=Decimal(4), amount=Decimal(80))
            world.plant("M24", "in two places", "flag", village=village, issue="两地", period=month, colour="red")
        world.plant("M24-P", "in two places", "flag", person_id=twice, issue="两地")
        _days(world, long, world.person(), 3, hours=Decimal(14), amount=Decimal(280))
        world.plant("M24", "over ten hours", "flag", village=long, issue="工时", period=month)
        _days(world, dear, world.person(), 3, amount=Decimal(230))
        world.plant("M24", "over the scale", "flag", village=dear, issue="单价", period=month)
        _days(world, strange, world.person(), 3, resident=False)
        world.plant("M24", "not resident", "flag", village=strange, issue="常住", period=month)
        _days(world, unknown, world.person(), 3, kind="未列工种")
        world.plant("M24", "kind without a scale", "cannot_tell", village=unknown, issue="标准", period=month)


def _look_alikes(world: World, villages: list[str]) -> None:
    for village in villages[5:8]:
        remote = world.person()
        _days(world, village, remote, 4, trips=True, remote_no="YC")
        world.plant("M24", "work elsewhere by phone link", "quiet", village=village)
        world.plant("M24-P", "work elsewhere by phone link", "quiet", person_id=remote)
    for village in villages[8:10]:
        typist = world.person()
        _days(world, village, typist, 1, trips=True)
        world.plant("M24", "typo of date", "quiet", village=village)
        world.plant("M24-P", "typo of date", "quiet", person_id=typist)


def _days(world: World, village: str, person: str, days: int, trips: bool = False, **more: Any) -> None:
    row = {"kind": "普工", "hours": Decimal(8), "amount": Decimal(160), "resident": True, "remote_no": None, **more}
    for number in range(days):
        world.put("labour", labour_no=world.code("YG"), person_id=person, village=village,
                  village_name=f"村{village[-3:]}", work_day=dt.date(world.last_year, 5, 6 + number),
                  **row)  # fmt: skip
        if trips:
            _trip(world, person, 6 + number)


def _trip(world: World, person: str, day: int) -> None:
    world.put("trip", person_id=person, trip_day=dt.date(world.last_year, 5, day), city="外地市")


GENERATORS = {"M24": labour, "M24-P": labour}
