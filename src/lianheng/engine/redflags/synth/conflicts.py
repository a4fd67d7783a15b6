"""Registers of relatives who trade with an official's unit (M19), a model about people."""

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


GENERATORS = {"M19": relatives}
