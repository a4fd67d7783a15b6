"""Registers of collective contracts (M21): 30 overdue, 12 too long, 9 too cheap, 5 waived by a meeting."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from lianheng.engine.redflags.synth.world import World

_MARKET = {"水面": 900, "门面": 260, "厂房": 120, "耕地": 700, "林地": 150}


def contracts(world: World) -> None:
    """Rented-out assets of villages and what was paid for them."""
    for kind, price in _MARKET.items():
        for year in range(world.years[0] - 6, world.last_year + 1):
            for town in {village[:9] for village in world.villages}:
                world.put("asset_market", asset_type=kind, town=town, year=year, price=Decimal(price))
    for _ in range(world.many(740)):
        _rents(world, _contract(world))
    for _ in range(30):
        _overdue(world, None)
    for _ in range(5):
        _overdue(world, world.code("HY"))
    for _ in range(12):
        long = _contract(
            world, years=33 + world.chance.randrange(20), asset_type=world.chance.choice(list(_MARKET)[:4])
        )
        _plant(world, "over the longest term", "flag", long, "租期")
    for _ in range(9):
        _plant(world, "under 70 % of market", "flag", _contract(world, share=0.5), "租金")
    _look_alikes(world)
    for _ in range(6):
        _plant(world, "no meeting record", "flag", _contract(world, meeting_no=None), "会议")
        first = _contract(world)
        again = _contract(world, like=first)
        _plant(world, "asset rented twice", "flag", again, "重复")
    for _ in range(3):
        _plant(world, "no end date", "cannot_tell", _contract(world, to_date=None), "租期")
        unpriced = _contract(world, asset_type="设备")
        world.plant(
            "M21", "no market price", "cannot_tell", contract_no=f"全部：{unpriced['village']}", issue="租金",
            period=str(unpriced["from_date"].year),
        )  # fmt: skip


def _look_alikes(world: World) -> None:
    for _ in range(5):
        forest = _contract(world, years=30, asset_type="林地")
        _plant(world, "forest may be held for longer", "explainable", forest, "租期")
        late = _contract(world)
        _due(world, late, dt.date(world.last_year, 1, 5), None, None)
        _due(world, late, dt.date(world.last_year, 4, 5), dt.date(world.last_year, 4, 5), None, times=2)
        world.plant("M21", "arrears paid with the next instalment", "quiet", contract_no=late["contract_no"])
        revised = dt.date(world.last_year + 5, 1, 1)
        long = _contract(world, years=40, revised_to=revised)
        world.plant("M21", "long contract revised later", "quiet", contract_no=long["contract_no"])
        poor = _contract(world, share=0.5, appraisal_no=world.code("PG"))
        _plant(world, "poor location", "explainable", poor, "租金")


def _contract(
    world: World, years: int = 8, share: float = 0.0, like: dict[str, Any] | None = None, **more: Any
) -> dict[str, Any]:
    village = world.chance.choice(world.villages)
    kind = more.get("asset_type") or world.chance.choice(list(_MARKET))
    start = dt.date(world.years[0] - world.chance.randint(0, 5), world.chance.randint(1, 12), 1)
    quantity = Decimal(world.chance.randint(20, 300))
    fair = Decimal(_MARKET.get(kind, 100)) * quantity * Decimal(str(share or world.chance.uniform(0.8, 1.3)))
    row = {
        "contract_no": world.code("HT"), "village": village, "village_name": world.village_name(village),
        "town": village[:9], "asset_no": world.code("ZC"), "asset_name": f"{kind}一处", "asset_type": kind,
        "quantity": quantity, "tenant": world.code("CZ"), "from_date": start,
        "to_date": start.replace(year=start.year + years), "revised_to": None,
        "year_price": fair.quantize(Decimal("0.01")), "meeting_no": world.code("HY"), "appraisal_no": None, **more,
    }  # fmt: skip
    if like is not None:
        row["asset_no"] = like["asset_no"]
        row["from_date"] = like["from_date"] + dt.timedelta(days=100)
    world.put("village_contract", **row)
    return row


def _rents(world: World, row: dict[str, Any]) -> None:
    """Everything paid, now and then a little late."""
    for year in world.years:
        due = dt.date(year, row["from_date"].month, 1)
        paid = due + dt.timedelta(days=world.chance.randint(-20, 40))
        if paid.year <= world.last_year:
            _due(world, row, due, paid, None)


def _overdue(world: World, waiver: str | None) -> None:
    row = _contract(world)
    _due(world, row, dt.date(world.last_year, world.chance.randint(1, 9), 1), None, waiver)
    if waiver:
        world.plant("M21", "waived by meeting", "quiet", contract_no=row["contract_no"])
    else:
        _plant(world, "rent overdue", "flag", row, "欠租")


def _due(
    world: World, row: dict[str, Any], due: dt.date, paid: dt.date | None, waiver: str | None, times: int = 1
) -> None:
    amount = row["year_price"]
    world.put("rent", contract_no=row["contract_no"], due_date=due, due_amount=amount, paid_date=paid,
              paid_amount=amount * times if paid else None, waiver_no=waiver)  # fmt: skip


def _plant(world: World, kind: str, expect: str, row: dict[str, Any], issue: str) -> None:
    world.plant("M21", kind, expect, contract_no=row["contract_no"], issue=issue)


GENERATORS = {"M21": contracts}
