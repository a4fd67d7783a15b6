"""Registers of relatives who trade with an official's unit (M19) and of experts' scores (M16); both about people."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from lianheng.engine.redflags.synth.world import World


def relatives(world: World) -> None:
    """Contracts of units with firms; in some an officer's relative is an owner."""
    for number in range(world.many(150)):
        unit, officer = _officer(world)
        relative, firm = world.person(), _firm(world, None)
        world.put("kin", person_a=officer, person_b=relative, relation="子女")
        # The relative owns a firm too, which deals with others.
        _firm(world, relative)
        _contract(world, unit, firm, 20_000 + number)
    for number in range(8):
        unit, officer = _officer(world)
        firm = _related(world, officer)
        amount = 90_000 if number % 2 else 900_000
        buyer = unit
        if number % 4 == 0:
            buyer = f"{unit}下属所"
            world.put("unit_tree", unit=buyer, parent=unit)
        _contract(world, buyer, firm, amount)
        world.plant("M19", "relative's firm deals with the unit", "flag", person_id=officer, firm=firm,
                    colour="red" if amount > 500_000 else "yellow")  # fmt: skip
    for _ in range(5):
        unit, officer = _officer(world)
        firm = _related(world, officer, to_date=dt.date(world.years[0] - 4, 1, 1))
        _contract(world, unit, firm, 90_000)
        world.plant("M19", "role ended before tenure", "quiet", person_id=officer)
        unit, officer = _officer(world)
        firm = _related(world, officer)
        _contract(world, unit, firm, 90_000, open_tender=True, recusal_no="HB")
        world.plant("M19", "public tender with recusal", "explainable", person_id=officer, firm=firm, colour="blue")
        unit, officer = _officer(world)
        # Somebody of the same name, with another id, owns the firm.
        _contract(world, unit, _firm(world, world.person()), 90_000)
        world.plant("M19", "same name with another id", "quiet", person_id=officer)
    unlisted = f"外地公司{world.number('outside')}"
    _contract(world, _officer(world)[0], unlisted, 90_000)
    world.plant("M19", "firm without persons", "cannot_tell", firm=unlisted)


def _officer(world: World) -> tuple[str, str]:
    unit, person = f"机关{world.number('office')}", world.person()
    world.put("officer", person_id=person, unit=unit, village=None, post="负责人",
              from_date=dt.date(world.years[0] - 3, 1, 1), to_date=None)  # fmt: skip
    return unit, person


def _related(world: World, officer: str, to_date: dt.date | None = None) -> str:
    relative = world.person()
    world.put("kin", person_a=relative, person_b=officer, relation="配偶")
    return _firm(world, relative, to_date)


def _firm(world: World, owner: str | None, to_date: dt.date | None = None) -> str:
    firm = f"供应企业{world.number('supplier')}"
    world.put("business", owner_id=owner or world.person(), firm=firm, role="股东", capital=Decimal(100_000),
              state="存续", from_date=dt.date(world.years[0] - 8, 1, 1), to_date=to_date)  # fmt: skip
    return firm


def _contract(world: World, unit: str, firm: str, amount: int, **more: Any) -> None:
    row = {"open_tender": False, "recusal_no": None, **more}
    world.put("unit_contract", contract_no=world.code("DWHT"), unit=unit, firm=firm, amount=Decimal(amount),
              sign_date=world.day(), **row)  # fmt: skip


def scoring(world: World) -> None:
    """Panels of five; some experts love the winner."""
    for _ in range(max(6, world.many(60))):
        panel = [_expert(world) for _ in range(5)]
        for _ in range(6):
            _tender(world, panel, world.code("TBR"), 0)
    for number in range(6):
        panel = [_expert(world) for _ in range(5)]
        for _ in range(6):
            _tender(world, panel, world.code("TBR"), 16 + number)
        world.plant("M16", "gives winners more than others do", "flag", expert_id=panel[0], issue="偏高")
        panel, friend = [_expert(world) for _ in range(5)], world.code("TBR")
        for _ in range(4):
            _tender(world, panel, friend, 18)
        world.plant("M16", "same bidder again and again", "flag", expert_id=panel[0], bidder=friend)
    for more in ({"only_specialist": True}, {"pool": 3}):
        panel = [_expert(world, **more) for _ in range(5)]
        for _ in range(6):
            _tender(world, panel, world.code("TBR"), 18)
        kind = "specialist expert" if "only_specialist" in more else "few experts in the pool"
        world.plant("M16", kind, "explainable", expert_id=panel[0], issue="偏高", colour="blue")
        panel, good = [_expert(world) for _ in range(5)], world.code("TBR")
        for _ in range(6):
            _tender(world, panel, good, 0)
        world.plant("M16", "good bidder", "quiet", expert_id=panel[0])
        alone = [_expert(world)]
        for _ in range(6):
            _tender(world, alone, world.code("TBR"), 0)
        world.plant("M16", "panel of one", "cannot_tell", expert_id=alone[0])


def _expert(world: World, **more: Any) -> str:
    expert = world.person()
    row = {"pool": 60, "only_specialist": False, **more}
    world.put("expert", expert_id=expert, field="施工", **row)
    return expert


def _tender(world: World, panel: list[str], winner: str, extra: int) -> None:
    """The first of the panel adds something to the winner's score."""
    tender, day = world.code("PB"), world.day()
    world.put("award", tender_no=tender, tender_name=f"标段{tender[-4:]}", owner=world.code("ZBR"), owner_name="招标人",
              winner=winner, winner_name="中标人", price=Decimal(150_000), budget=Decimal(180_000), award_date=day,
              city="甲市", method="公开招标")  # fmt: skip
    for place, expert in enumerate(panel):
        for bidder, about in ((winner, 80), (world.code("TBR"), 70)):
            score = about + world.chance.randint(-2, 2) + (extra if bidder == winner and place == 0 else 0)
            world.put("bid_score", tender_no=tender, score_date=day, expert_id=expert, bidder=bidder,
                      score=Decimal(score))  # fmt: skip


GENERATORS = {"M16": scoring, "M19": relatives}
