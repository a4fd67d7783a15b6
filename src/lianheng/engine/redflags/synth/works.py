"""Registers of projects (M17) and of works contracts (M18)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from lianheng.engine.redflags.synth.world import World

_LIMIT = 4_000_000


def projects(world: World) -> None:
    """Approved projects; some were never tendered."""
    for year in range(world.years[0] - 1, world.last_year + 1):
        world.put("tender_limit", category="施工", year=year, limit_amount=Decimal(_LIMIT))
    for _ in range(world.many(250)):
        day = world.day(world.chance.choice(world.years))
        if world.chance.random() < 0.5:
            _project(world, _LIMIT * 2, day, tender_date=day + dt.timedelta(days=world.chance.randint(20, 170)))
        else:
            _project(world, world.chance.randint(300_000, 3_900_000), day)
    early, recent = dt.date(world.last_year, 2, 1), dt.date(world.last_year, 11, 1)
    for number in range(8):
        forgotten = _project(world, _LIMIT + number, early)
        world.plant("M17", "should have been tendered", "flag", project_no=forgotten, issue="未招标")
        parent = world.code("ZXM")
        for _ in range(3):
            _project(world, _LIMIT // 2, recent, parent_no=parent)
        world.plant("M17", "split into parts under the limit", "flag", project_no=parent, issue="拆分：施工")
    for why in ("等待用地批复", "等待资金下达", "设计变更"):
        waiting = _project(world, _LIMIT * 2, early, stall_reason=why)
        world.plant("M17", f"waiting: {why}", "explainable", project_no=waiting, issue="未招标", colour="blue")
        parent = world.code("ZXM")
        for _ in range(3):
            _project(world, _LIMIT // 2, recent, parent_no=parent, tender_date=recent + dt.timedelta(days=30))
        world.plant("M17", "legal split into real parts", "quiet", project_no=parent)
        whole = _project(world, _LIMIT * 2, early)
        for _ in range(2):
            _project(world, _LIMIT, early, parent_no=whole, tender_date=early + dt.timedelta(days=90))
        world.plant("M17", "whole tendered in its parts", "quiet", project_no=whole)
        slow = _project(world, _LIMIT * 2, early, tender_date=early + dt.timedelta(days=220))
        world.plant("M17", "tendered late", "flag", project_no=slow, issue="未招标", colour="yellow")
        fresh = _project(world, _LIMIT * 2, recent)
        world.plant("M17", "approved a short time ago", "quiet", project_no=fresh)
    other = _project(world, _LIMIT * 2, early, category="未列类别")
    world.plant("M17", "category without a limit", "cannot_tell", project_no=other)


def _project(world: World, invest: int, approved: dt.date, **more: Any) -> str:
    number = world.code("XM")
    row = {"category": "施工", "tender_date": None, "parent_no": None, "stall_reason": None, **more}
    world.put("project", project_no=number, project_name=f"项目{number[-4:]}", unit="JSDW", unit_name="建设单位",
              invest=Decimal(invest), approved_date=approved, **row)  # fmt: skip
    return number


def works(world: World) -> None:
    """Contracts with changes, payments and progress."""
    for _ in range(world.many(200)):
        _Contract(world).change(0.04, 40).pay(0.5, 55)
    for number in range(6):
        _Contract(world).change(0.14, 30).pay(0.5, 52).plant("changes over a tenth", "flag", "变更比例")
        _Contract(world).pay(0.75, 50 + number).plant("paid ahead of progress", "flag", "超付", "red")
        _Contract(world).change(0.09, 320).pay(0.9, 100).plant("change after completion", "flag", "竣工后变更", "red")
        busy = _Contract(world).pay(0.4, 45)
        for day in (30, 45, 70):
            busy.change(0.02, day)
        busy.plant("three changes in 60 days", "flag", "频繁变更")
    for why in ("地质条件", "政策调整", "设计缺陷"):
        _Contract(world).change(0.15, 30, why).pay(0.5, 52).plant(f"approved: {why}", "explainable", "变更比例", "blue")
        late = _Contract(world).change(0.05, 320, why).pay(0.9, 100)
        late.plant(f"approved after completion: {why}", "explainable", "竣工后变更", "blue")
        slow = _Contract(world).pay(0.4, 45)
        for day in (30, 95, 160):
            slow.change(0.02, day)
        slow.plant("three changes over months", "quiet")
    _Contract(world).pay(0.4, None)
    world.plant("M18", "progress not confirmed", "cannot_tell", contract_no="全部：JSDW", issue="超付")


class _Contract:
    """One contract of a million or more, begun in January and done in October of the last year."""

    def __init__(self, world: World) -> None:
        self.world, self.number = world, world.code("SG")
        self.amount = world.chance.randint(12, 90) * 100_000
        self.start = dt.date(world.last_year, 1, 10)
        world.put("works_contract", contract_no=self.number, contract_name=f"工程{self.number[-4:]}", unit="JSDW",
                  unit_name="建设单位", amount=Decimal(self.amount), from_date=self.start,
                  completed_on=dt.date(world.last_year, 10, 1))  # fmt: skip

    def change(self, share: float, day: int, approved_for: str = "") -> _Contract:
        self.world.put("works_change", change_no=self.world.code("BG"), contract_no=self.number,
                       amount=Decimal(round(self.amount * share)), change_date=self.start + dt.timedelta(days=day),
                       reason=approved_for or None, approval_no="PW" if approved_for else None)  # fmt: skip
        return self

    def pay(self, share: float, percent: int | None) -> _Contract:
        day = self.start + dt.timedelta(days=120)
        self.world.put("works_pay", pay_no=self.world.code("FK"), contract_no=self.number,
                       amount=Decimal(round(self.amount * share)), pay_date=day)  # fmt: skip
        if percent is not None:
            self.world.put("works_progress", contract_no=self.number, progress_date=day, percent=Decimal(percent))
        return self

    def plant(self, kind: str, expect: str, issue: str = "", colour: str = "") -> None:
        named = {"contract_no": self.number} | ({"issue": issue} if issue else {})
        self.world.plant("M18", kind, expect, colour=colour, **named)


GENERATORS = {"M17": projects, "M18": works}
