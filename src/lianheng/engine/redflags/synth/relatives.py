"""Villages in which officers and their kin take more of the aid than their share (M06)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from lianheng.engine.redflags.synth.schemes import put_schemes, register
from lianheng.engine.redflags.synth.world import World

_FAVOURED, _CLAN, _ELIGIBLE, _FEW, _NO_KIN = range(4), (4, 5), 6, 7, 8


def favoured_kin(world: World) -> None:
    """Four villages that favour; two of one clan, one with poor kin, one with four cases, one without kin records."""
    put_schemes(world)
    for place, village in enumerate(world.villages):
        clan = place in _CLAN
        officers = [world.person() for _ in range(5)]
        kin = [(officer, world.person()) for officer in officers for _ in range(20 if clan else 6)]
        for officer in officers:
            world.put("officer", person_id=officer, unit="村民委员会", village=village, post="村委委员",
                      from_date=dt.date(world.years[0] - 3, 1, 1), to_date=None)  # fmt: skip
        for officer, relative in kin if place != _NO_KIN else ():
            world.put("kin", person_a=relative, person_b=officer, relation="兄弟姐妹")
        for year in world.years:
            world.put("population", village=village, village_name=world.village_name(village), year=year,
                      households=60 if clan else 480, persons=210 if clan else 1500)  # fmt: skip
        linked = 8 if place in _FAVOURED or place == _ELIGIBLE else 12 if clan else 4 if place == _FEW else 0
        _aid(world, village, [relative for _, relative in kin[:linked]], 32 if not clan else 8)
        _note(world, place, village)


def _aid(world: World, village: str, linked: list[str], others: int) -> None:
    start = dt.date(world.last_year, 2, 1)
    for number, person in enumerate([*linked, *(world.person() for _ in range(others))]):
        register(world, person)
        world.put(
            "benefit", benefit_no=world.code("B"), person_id=person, household_id=world.code("H"), village=village,
            scheme="农村低保", from_date=start, to_date=None, amount=Decimal("420.00"), declared_income=None,
            paid_grade=None, listed_on=start - dt.timedelta(days=40 - number),
        )  # fmt: skip


def _note(world: World, place: int, village: str) -> None:
    year = str(world.last_year)
    if place in _FAVOURED:
        world.plant("M06", "officers' kin favoured", "flag", village=village, period=year, colour="yellow")
    elif place in _CLAN:
        world.plant("M06", "small village of one clan", "quiet", village=village)
    elif place == _ELIGIBLE:
        world.plant("M06", "poor kin really eligible", "check", village=village, period=year)
    elif place == _FEW:
        world.plant("M06", "four such beneficiaries", "quiet", village=village)
    elif place == _NO_KIN:
        world.plant("M06", "kin of the officers are not supplied", "cannot_tell", village=village, period=year)


GENERATORS = {"M06": favoured_kin}
