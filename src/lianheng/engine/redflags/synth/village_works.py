"""Registers of village works (M23): one crew everywhere, split works, dear works, relatives, and honest ones."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from lianheng.engine.redflags.synth.world import World


def village_works(world: World) -> None:
    """Twenty villages give out small works; a few go where they should not."""
    for year in world.years:
        world.put("price_list", process="路面硬化", year=year, unit_price=Decimal(120))
    for village in world.villages[:16]:
        for group in ("道路", "水渠"):
            _work(world, village, _crew(world), group, world.chance.randint(40_000, 140_000))
    # Each planted village is of its own: which crew works where decides.
    for number in range(6):
        village = world.villages[number]
        crew = _crew(world)
        for group in ("亮化", "绿化", "凉亭"):
            _work(world, village, crew, group, 30_000 + number)
        _plant(world, "same contractor three times", "flag", "次数", village, crew)
        crew = _crew(world)
        for _ in range(2):
            _work(world, village, crew, "广场", 180_000)
        _plant(world, "related works over the limit", "flag", "拆分：广场", village, crew)
        crew = _crew(world)
        _work(world, village, crew, "道路", 60_000, process="路面硬化", unit_price=Decimal(150))
        _plant(world, "price over the list", "flag", "单价", village, crew)
        crew = _crew(world, owner := world.person())
        _work(world, village, crew, "道路", 60_000)
        _officer(world, village, owner)
        _plant(world, "contractor kin of an officer", "flag", "关联", village, crew)
    _look_alikes(world)


def _look_alikes(world: World) -> None:
    lonely = "430499888201"
    crew = _crew(world)
    for group in ("亮化", "绿化", "凉亭"):
        _work(world, lonely, crew, group, 30_000, single_no="DY")
    _plant(world, "only one crew in town", "explainable", "次数", lonely, crew)
    for number in range(4):
        village, crew = world.villages[number], _crew(world)
        for _ in range(3):
            _work(world, village, crew, "抢修", 150_000, emergency_no="YJ")
        world.plant("M23", "emergency repair", "quiet", village=village, contractor=crew)
        crew = _crew(world)
        _work(world, village, crew, "道路", 60_000, process="未列工序", unit_price=Decimal(150))
        _plant(world, "process not on the list", "cannot_tell", "价目", village, crew)
        crew = _crew(world, former := world.person())
        _work(world, village, crew, "道路", 60_000)
        _officer(world, village, former, until=dt.date(world.years[0] - 1, 6, 30))
        world.plant("M23", "was kin of an officer once", "quiet", village=village, contractor=crew)


def _crew(world: World, owner: str | None = None) -> str:
    crew = f"施工队{world.number('crew')}"
    world.put("business", owner_id=owner or world.person(), firm=crew, role="经营者", capital=Decimal(100_000),
              state="存续", from_date=dt.date(world.years[0] - 3, 1, 1), to_date=None)  # fmt: skip
    return crew


def _officer(world: World, village: str, relative: str, until: dt.date | None = None) -> None:
    officer = world.person()
    world.put("officer", person_id=officer, unit="村民委员会", village=village, post="委员",
              from_date=dt.date(world.years[0] - 2, 1, 1), to_date=None)  # fmt: skip
    world.put("kin", person_a=relative, person_b=officer, relation="配偶" if until else "兄弟姐妹",
              from_date=None, to_date=until)  # fmt: skip


def _work(world: World, village: str, crew: str, group: str, amount: int, **more: Any) -> None:
    row = {"process": "路面硬化", "unit_price": Decimal(118), "single_no": None, "emergency_no": None, **more}
    world.put("village_work", work_no=world.code("CG"), village=village, village_name=f"村{village[-6:]}",
              work_name=f"{group}工程", project_group=group, amount=Decimal(amount), contractor=crew,
              work_date=world.day(), **row)  # fmt: skip


def _plant(world: World, kind: str, expect: str, issue: str, village: str, crew: str) -> None:
    world.plant("M23", kind, expect, village=village, contractor=crew, issue=issue)


GENERATORS = {"M23": village_works}
