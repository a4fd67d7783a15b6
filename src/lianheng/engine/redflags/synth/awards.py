"""Registers of awards: repeated winners and places (M15), blacklisted and shell suppliers (M20)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from lianheng.engine.redflags.synth.world import World


def repeated_winners(world: World) -> None:
    """Most firms win now and then; some win where they should not always win."""
    for _ in range(world.many(300)):
        _award(world, _firm(world), world.code("ZB"))
    for _ in range(5):
        winner, owner = _firm(world), world.code("ZB")
        for _ in range(6):
            _award(world, winner, owner)
        world.plant("M15", "always wins with one owner", "flag", issue="招标人", firm=winner, subject=owner)
        winner = _firm(world)
        for _ in range(6):
            _award(world, winner, world.code("ZB"))
            _award(world, _firm(world), world.code("ZB"), city="乙市", also=[winner])
        world.plant("M15", "wins at home, loses away", "flag", issue="地域", firm=winner)
        small = _firm(world, staff=3, tax=Decimal(0))
        _award(world, small, world.code("ZB"), price=1_500_000)
        world.plant("M15", "staff under the size of the contract", "flag", issue="规模", firm=small)
        _honest_repeats(world)
    unknown = _firm(world, staff=None)
    _award(world, unknown, world.code("ZB"), price=1_500_000)
    world.plant("M15", "staff not known", "cannot_tell", issue="规模", firm=unknown)


def _honest_repeats(world: World) -> None:
    for kind, method in (("specialised supplier, single source", "单一来源"), ("framework", "框架协议")):
        winner, owner = _firm(world), world.code("ZB")
        for _ in range(6):
            _award(world, winner, owner, method=method)
        world.plant("M15", kind, "quiet", firm=winner)
    local = _firm(world)
    for _ in range(6):
        _award(world, local, world.code("ZB"), price=90_000)
        _award(world, _firm(world), world.code("ZB"), city="乙市", also=[local])
    world.plant("M15", "home advantage of small works", "quiet", firm=local)


def shells(world: World) -> None:
    """Winners with a record, too young, or nearly without people."""
    last = world.last_year
    for number in range(world.many(300)):
        firm = _firm(world)
        _award(world, firm, world.code("ZB"))
        if number % 20 == 0:
            _record(world, firm, dt.date(last - 5, 1, 1), dt.date(last - 4, 1, 1))
    for _ in range(6):
        listed = _firm(world)
        _record(world, listed, dt.date(world.years[0] - 1, 1, 1), None)
        _plant(world, "on a list at award", "flag", "失信", _award(world, listed, world.code("ZB")), "red")
        young = _firm(world, founded=dt.date(last, 2, 1))
        _plant(world, "founded months before", "flag", "新设",
               _award(world, young, world.code("ZB"), price=2_000_000, day=dt.date(last, 6, 1)))  # fmt: skip
        shell = _firm(world, staff=1, tax=Decimal(0))
        _plant(world, "hardly any staff", "flag", "空壳", _award(world, shell, world.code("ZB"), price=2_000_000))
        world.plant("M15", "staff under the size of the contract", "flag", issue="规模", firm=shell)
    for _ in range(4):
        old = _firm(world)
        new = _firm(world, founded=dt.date(last, 2, 1), successor_of=old)
        _plant(world, "spin-off of an old firm", "explainable", "新设",
               _award(world, new, world.code("ZB"), price=2_000_000, day=dt.date(last, 6, 1)))  # fmt: skip
        disputed = _firm(world)
        _record(world, disputed, dt.date(world.years[0] - 1, 1, 1), None, "FY1")
        _plant(world, "record under appeal", "explainable", "失信", _award(world, disputed, world.code("ZB")))
    _plant(world, "firm not in the register", "cannot_tell", "空壳",
           _award(world, world.code("WLR"), world.code("ZB"), price=2_000_000))  # fmt: skip


def _firm(world: World, **more: Any) -> str:
    firm = world.code("ENT")
    row = {"founded": dt.date(world.years[0] - 8, 3, 4), "staff": 35, "tax": Decimal(200_000), "successor_of": None,
           **more}  # fmt: skip
    world.put("firm", firm=firm, firm_name=f"公司{firm[-4:]}", capital=Decimal(6_000_000), city="甲市", address=None,
              phone=None, group_name=None, **row)  # fmt: skip
    return firm


def _award(
    world: World, winner: str, owner: str, *, price: int = 600_000, city: str = "甲市", method: str = "公开招标",
    day: dt.date | None = None, also: list[str] | None = None,
) -> str:  # fmt: skip
    tender, date = world.code("GC"), day or world.day()
    cost = Decimal(price + world.chance.randint(1, 9_999))
    world.put("award", tender_no=tender, tender_name=f"项目{tender[-4:]}", owner=owner,
              owner_name=f"招标人{owner[-4:]}", winner=winner, winner_name=f"公司{winner[-4:]}", price=cost,
              budget=cost * 2, award_date=date, city=city, method=method)  # fmt: skip
    for place, bidder in enumerate([winner, *(also or [])]):
        world.put("bid", tender_no=tender, tender_name=f"项目{tender[-4:]}", open_date=date, bidder=bidder,
                  bidder_name=f"公司{bidder[-4:]}", city=city, price=cost * (100 + 7 * place) / 100,
                  file_hash=world.code("HASH"), file_author=None, mac=world.code("MAC"), ip=world.code("IP"),
                  bond_account=world.account())  # fmt: skip
    return tender


def _record(world: World, firm: str, start: dt.date, end: dt.date | None, appeal: str | None = None) -> None:
    world.put("credit_record", record_no=world.code("SX"), firm=firm, record="失信被执行人", from_date=start,
              to_date=end, appeal_no=appeal)  # fmt: skip


def _plant(world: World, kind: str, expect: str, issue: str, tender: str, colour: str = "") -> None:
    world.plant("M20", kind, expect, issue=issue, tender_no=tender, colour=colour)


GENERATORS = {"M15": repeated_winners, "M20": shells}
