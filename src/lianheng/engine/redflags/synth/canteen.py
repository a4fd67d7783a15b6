"""Registers of school meals (M27): heads that do not exist, dear food, one supplier, money left over."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from lianheng.engine.redflags.synth.world import World

_FOOD = {"大米": 600, "猪肉": 2600, "鸡蛋": 1000, "白菜": 300, "豆腐": 500, "食用油": 1500}
_TERM = (3, 4, 5, 6, 9, 10, 11, 12)


def canteen(world: World) -> None:
    """Most schools are honest; some of the others are only unusual."""
    for year in world.years:
        for month in range(1, 13):
            for item, cents in _FOOD.items():
                swing = world.chance.uniform(0.97, 1.03)
                world.put("food_price", item=item, price_date=dt.date(year, month, 1), price=_yuan(cents * swing))
    for _ in range(world.many(30)):
        _School(world)
    may = f"{world.last_year}-05"
    for number in range(6):
        world.plant("M27", "heads that do not exist", "flag", issue="人数", period=may,
                    school=_School(world, false_heads=12 + 5 * number).code)  # fmt: skip
        world.plant("M27", "dear food", "flag", issue="价格", school=_School(world, dear=1.4).code,
                    period=str(world.last_year))  # fmt: skip
        world.plant("M27", "one supplier", "flag", issue="供应商", school=_School(world, suppliers=1).code,
                    period=str(world.last_year))  # fmt: skip
        world.plant("M27", "money left over", "flag", issue="结余", school=_School(world, left=0.08).code,
                    period=str(world.last_year))  # fmt: skip
    for _ in range(4):
        _look_alikes(world, may)


def _look_alikes(world: World, may: str) -> None:
    world.plant("M27", "guests and staff", "quiet", school=_School(world, guests=30).code)
    world.plant("M27", "holidays", "quiet", school=_School(world, holiday_week=True).code)
    world.plant("M27", "price contract for a term", "explainable", issue="价格", colour="blue",
                school=_School(world, dear=1.3, contract="DJ").code)  # fmt: skip
    world.plant("M27", "one-supplier village", "explainable", issue="供应商", colour="blue",
                school=_School(world, suppliers=1, filed=True).code)  # fmt: skip
    world.plant("M27", "attendance is missing", "cannot_tell", issue="人数", period=may,
                school=_School(world, attendance=False).code)  # fmt: skip


class _School:
    """One school's year; the arguments say what is wrong or odd with it."""

    def __init__(
        self, world: World, *, false_heads: int = 0, guests: int = 0, holiday_week: bool = False, dear: float = 1.0,
        contract: str = "", suppliers: int = 3, filed: bool = False, left: float = 0.01, attendance: bool = True,
    ) -> None:  # fmt: skip
        self.world, self.code = world, world.code("SCH")
        world.put("school", school=self.code, school_name=f"学校{self.code[-4:]}",
                  village=world.chance.choice(world.villages), sole_supplier_no="BA1" if filed else None)  # fmt: skip
        self._meals(false_heads, guests, holiday_week, attendance)
        self._food(dear, contract, [world.code("GY") for _ in range(suppliers)])
        self._money(left)

    def _meals(self, false_heads: int, guests: int, holiday_week: bool, attendance: bool) -> None:
        pupils = self.world.chance.randint(200, 600)
        for month in (5, 10):
            for day in range(1, 29):
                date = dt.date(self.world.last_year, month, day)
                if date.weekday() >= 5:
                    continue
                closed = holiday_week and day <= 5
                there = 0 if closed else pupils - self.world.chance.randint(0, 12)
                served = there + guests * (not closed) + (false_heads if month == 5 else 0)
                self.world.put("school_meal", school=self.code, meal_date=date, planned=pupils, served=served)
                if attendance or month != 5:
                    self.world.put("school_attendance", school=self.code, day=date, students=there,
                                   others=guests * (not closed))  # fmt: skip

    def _food(self, dear: float, contract: str, suppliers: list[str]) -> None:
        for month in _TERM:
            for place, (item, cents) in enumerate(_FOOD.items()):
                price = cents * self.world.chance.uniform(0.95, 1.05) * (dear if place < 4 else 1.0)
                # The same worth of everything, so that three suppliers have a third each.
                qty = Decimal(100_000 // cents * 5)
                self.world.put("meal_purchase", purchase_no=self.world.code("SC"), school=self.code, item=item,
                               purchase_date=dt.date(self.world.last_year, month, 8 + place), price=_yuan(price),
                               qty=qty, supplier=suppliers[place % len(suppliers)],
                               contract_no=contract or None)  # fmt: skip

    def _money(self, left: float) -> None:
        for year in self.world.years:
            for month in (m for m in range(1, 13) if m not in (7, 8)):
                income = Decimal(self.world.chance.randint(60_000, 90_000))
                kept = left if year == self.world.last_year else 0.01
                cost = (income * Decimal(str(1 - kept))).quantize(Decimal("0.01"))
                self.world.put("meal_account", school=self.code, month_start=dt.date(year, month, 1), income=income,
                               cost=cost)  # fmt: skip


def _yuan(cents: float) -> Decimal:
    return Decimal(round(cents)) / 100


GENERATORS = {"M27": canteen}
