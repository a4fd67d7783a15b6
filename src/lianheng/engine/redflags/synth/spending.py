"""Registers of receptions and invoices (M11) and of allowances (M12)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from lianheng.engine.redflags.synth.world import World


def receptions(world: World) -> None:
    """Units receive guests and hand in invoices; some should not have."""
    for _ in range(world.many(300)):
        unit = world.code("DW")
        _invoice(world, unit, world.code("XS"), world.number("gap") * 50, "办公用品", world.chance.randint(100, 3000))
        _receive(world, unit, heads=world.chance.randint(3, 9), companions=world.chance.randint(1, 3))
    for number in range(6):
        _planted_invoices(world, 3 + number)
        unit = world.code("DW")
        world.plant("M11", "meal without letter", "flag", issue="公函", unit=unit,
                    subject=_receive(world, unit, heads=5, companions=2, letter_no=None))  # fmt: skip
        heads, companions = (8, 5) if number % 2 else (21, 9)
        world.plant("M11", "too many companions", "flag", issue="陪餐", unit=unit,
                    subject=_receive(world, unit, heads=heads, companions=companions))  # fmt: skip
    for _ in range(3):
        unit = world.code("DW")
        case = _receive(world, unit, heads=None, companions=4)
        world.plant("M11", "heads not written down", "cannot_tell", issue="陪餐", unit=unit, subject=case)


def _planted_invoices(world: World, pieces: int) -> None:
    first = 1000 + world.number("run") * 100
    # Paper invoices have 8 digits, digital ones 20.
    for start in (first, 24_430_000_000_000_000_000 + first):
        unit, seller = world.code("DW"), world.code("XS")
        for number in range(pieces):
            _invoice(world, unit, seller, start + number, "印刷费", 700)
        world.plant("M11", "consecutive numbers", "flag", issue="连号", unit=unit)
    unit, seller = world.code("DW"), world.code("XS")
    # Earlier in the year the unit has registered a reception, so that the register knows it.
    _receive(world, unit, heads=4, companions=2, reception_date=dt.date(world.last_year, 1, 15))
    _invoice(world, unit, seller, first, "餐费", 1_700)
    world.plant("M11", "meals without a reception", "flag", issue="餐费", unit=unit)
    unit, seller = world.code("DW"), world.code("XS")
    for number in range(3):
        _invoice(world, unit, seller, first + number * 7, "公务用餐", 600)
    world.plant("M11", "no receptions registered at all", "cannot_tell", issue="餐费", unit=unit)
    for kind, more in (("canteen monthly settlement", {"settlement_no": "JS"}), ("group invoices by seller",
                       {"settlement_no": "JS"})):  # fmt: skip
        unit, seller = world.code("DW"), world.code("XS")
        for number in range(pieces):
            _invoice(world, unit, seller, first + number, "蔬菜", 4_700, **more)
        world.plant("M11", kind, "explainable", issue="连号", unit=unit, colour="blue")
    unit, seller = world.code("DW"), world.code("XS")
    for number in range(2):
        _invoice(world, unit, seller, first + number * 7, "会务费", 4_600 + number * 100)
    world.plant("M11", "just under the approval limit", "flag", issue="限额", unit=unit)
    unit = world.code("DW")
    _invoice(world, unit, world.code("XS"), first, "白酒", 2_400)
    world.plant("M11", "tobacco or alcohol", "flag", issue="烟酒", unit=unit, colour="red")
    unit = world.code("DW")
    _invoice(world, unit, world.code("XS"), first, "黄酒（节日）", 400, for_canteen=True)
    _invoice(world, unit, world.code("XS"), first, "料酒", 400)
    world.plant("M11", "festival goods for canteen", "explainable", issue="烟酒", unit=unit)


def _invoice(world: World, unit: str, seller: str, number: int, item: str, amount: int, **more: Any) -> None:
    row = {"settlement_no": None, "for_canteen": False, "cancels": None, **more}
    world.put("invoice", unit=unit, unit_name=f"单位{unit[-4:]}", seller=seller, seller_name=f"商户{seller[-4:]}",
              invoice_no=f"{number:08}", item=item, amount=Decimal(amount),
              invoice_date=dt.date(world.last_year, 6, 18), **row)  # fmt: skip


def _receive(world: World, unit: str, heads: int | None, companions: int, **more: Any) -> str:
    number = world.code("JD")
    row = {"letter_no": world.code("GH"), "reception_date": world.day(), **more}
    world.put("reception", reception_no=number, unit=unit, unit_name=f"单位{unit[-4:]}", guest_unit="来访单位",
              heads=heads, companions=companions, amount=Decimal(130 * ((heads or 6) + 2)), **row)  # fmt: skip
    return number


def allowances(world: World) -> None:
    """Units pay by the catalogue and within their total; some do not."""
    world.put("pay_catalogue", item="工作性津贴", allowed=True, renamed_from="岗位津贴", basis="(draft)")
    world.put("pay_catalogue", item="生活性补贴", allowed=True, renamed_from=None, basis="(draft)")
    for _ in range(world.many(60)):
        _Unit(world)
    for number in range(6):
        _Unit(world).pay("春节慰问" if number % 2 else "周末加班补助", 600).plant("forbidden name", "flag", "项目")
        _Unit(world).pay("考察补助", 600).plant("not in the catalogue", "flag", "项目")
        _Unit(world, total=3_000 + 100 * number).plant("over the total", "flag", "总额")
        _Unit(world).pay("工作性津贴", 800).plant("same item twice", "flag", "重复")
    for _ in range(4):
        _Unit(world).pay("工作性津贴", 800, for_month=dt.date(world.last_year - 1, 12, 1)).plant("back pay", "quiet")
        _Unit(world).pay("防汛加班补助", 900, basis_doc="某发9号").plant("back-dated approval", "explainable", "项目")
        _Unit(world).pay("岗位津贴", 900).plant("item renamed after reform", "quiet")
        _Unit(world, total=None).plant("no total set", "cannot_tell", "总额")


class _Unit:
    """A unit of five people that pays 800 a month and head to each in March and June."""

    def __init__(self, world: World, total: int | None = 30_000) -> None:
        self.world, self.code = world, world.code("DW")
        self.people = [world.person() for _ in range(5)]
        for month in (3, 6):
            self.pay("工作性津贴", 800, month=month)
        if total is not None:
            for year in (world.last_year - 1, world.last_year):  # back pay belongs to the year before
                world.put("pay_limit", unit=self.code, year=year, limit_amount=Decimal(total))

    def pay(self, item: str, amount: int, month: int = 6, **more: Any) -> _Unit:
        for person in self.people:
            day = dt.date(self.world.last_year, month, 10)
            row = {"for_month": day.replace(day=1), "basis_doc": None, **more}
            self.world.put("pay_item", record_no=self.world.code("FF"), person_id=person, unit=self.code,
                           unit_name=f"单位{self.code[-4:]}", item=item, amount=Decimal(amount), pay_date=day,
                           **row)  # fmt: skip
        return self

    def plant(self, kind: str, expect: str, issue: str = "") -> None:
        named = {"unit": self.code} | ({"issue": issue} if issue else {})
        self.world.plant("M12", kind, expect, **named)


GENERATORS = {"M11": receptions, "M12": allowances}
