"""Registers of grants to firms (M28) and of compensation for demolished houses (M29)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from lianheng.engine.redflags.synth.world import World


def grants(world: World) -> None:
    """Firms with a site, staff and own photographs; some claim what is not there."""
    for _ in range(world.many(250)):
        _grant(world, _firm(world))
    for _ in range(6):
        firm = _firm(world)
        _grant(world, firm, project_key=(key := world.code("KEY")), pay_date=dt.date(world.last_year, 3, 1))
        again = _grant(world, firm, project_key=key, programme="另一专项", pay_date=dt.date(world.last_year, 9, 1))
        world.plant("M28", "same project in two programmes", "flag", grant_no=again, issue="重复", colour="red")
        hollow = _grant(world, _firm(world, land=0), needs_site=True)
        world.plant("M28", "no site where one is needed", "flag", grant_no=hollow, issue="条件")
        empty = _grant(world, _firm(world, staff=1))
        world.plant("M28", "hardly any staff", "flag", grant_no=empty, issue="条件")
        first = _grant(world, _firm(world), pay_date=dt.date(world.last_year, 3, 1))
        copied = _grant(world, _firm(world), pay_date=dt.date(world.last_year, 9, 1))
        photo = next(row["photo_hash"] for row in world.tables["grant_photo"] if row["grant_no"] == first)
        world.put("grant_photo", grant_no=copied, photo_hash=photo)
        world.plant("M28", "photo used again", "flag", grant_no=copied, issue="照片", colour="red")
        early = _grant(world, _firm(world), accepted_on=None)
        world.plant("M28", "paid before acceptance", "flag", grant_no=early, issue="早拨")
    for number in range(4):
        _alike(world, number)
        shared = _grant(world, _firm(world, staff=1, group_name=world.code("集团")))
        world.plant("M28", "group firm with shared staff", "explainable", grant_no=shared, issue="条件")
        advance = _grant(world, _firm(world), accepted_on=None, advance_no="YB")
        world.plant("M28", "early batch project", "quiet", grant_no=advance)
        unknown = _grant(world, _firm(world, land=None), needs_site=True)
        world.plant("M28", "site not known", "cannot_tell", grant_no=unknown, issue="条件")


def _alike(world: World, number: int) -> None:
    """Texts that were compared: nearly the same in two programmes, under nine tenths, and two lots of one programme."""
    compared = (
        ("text nearly the same in two programmes", "flag", "另一专项", Decimal("0.90") + Decimal(number) / 50),
        ("texts alike by their template", "quiet", "另一专项", Decimal("0.89") - Decimal(number) / 10),
        ("later batch of the same programme", "quiet", "某专项", Decimal("0.98")),
    )
    for kind, expect, programme, similarity in compared:
        firm = _firm(world)
        first = _grant(world, firm, pay_date=dt.date(world.last_year, 3, 1))
        later = _grant(world, firm, programme=programme, pay_date=dt.date(world.last_year, 9, 1))
        pair = (first, later) if number % 2 else (later, first)
        world.put("grant_similarity", grant_a=pair[0], grant_b=pair[1], similarity=similarity,
                  compared_on=dt.date(world.last_year, 9, 2))  # fmt: skip
        told = {"issue": "重复", "colour": "yellow"} if expect == "flag" else {}
        world.plant("M28", kind, expect, grant_no=later, **told)
        world.plant("M28", f"{kind}: the earlier one", "quiet", grant_no=first)
    blank = _grant(world, _firm(world), project_key=None)
    world.plant("M28", "text not compared", "cannot_tell", grant_no=blank, issue="重复")


def _firm(world: World, staff: int = 25, land: int | None = 900, group_name: str | None = None) -> str:
    firm = world.code("QY")
    world.put("firm", firm=firm, firm_name=f"企业{firm[-4:]}", founded=dt.date(world.years[0] - 8, 3, 4),
              capital=Decimal(6_000_000), staff=staff, tax=Decimal(90_000), city="甲市", address=None, phone=None,
              group_name=group_name, successor_of=None)  # fmt: skip
    if land is not None:
        world.put("firm_asset", firm=firm, land=Decimal(land), equipment=Decimal(land * 100))
    return firm


def _grant(world: World, firm: str, **more: Any) -> str:
    number, day = world.code("BZ"), more.get("pay_date") or world.day()
    row = {"programme": "某专项", "project_key": world.code("KEY"), "pay_date": day, "needs_site": False,
           "accepted_on": day - dt.timedelta(days=20), "advance_no": None, **more}  # fmt: skip
    world.put("firm_grant", grant_no=number, firm=firm, firm_name=f"企业{firm[-4:]}",
              project_title=f"项目{number[-4:]}", amount=Decimal(world.chance.randint(60_000, 900_000)),
              **row)  # fmt: skip
    world.put("grant_photo", grant_no=number, photo_hash=world.code("PHOTO"))
    return number


def demolitions(world: World) -> None:
    """Houses of one project, each surveyed and paid by the standard; some are not."""
    for structure, price in (("砖混", 3_000), ("框架", 3_600)):
        world.put("compensation_standard", project="ZS1", item="房屋补偿", structure=structure, price=Decimal(price))
    for _ in range(world.many(250)):
        _House(world).pay()
    for _ in range(6):
        _House(world).pay(price=3_400).plant("price over the standard", "flag", "单价")
        _House(world).pay(area=150).plant("area over the survey", "flag", "面积")
        twice = _House(world).pay()
        twice.pay(day=dt.date(world.last_year, 11, 1)).plant("paid twice", "flag", "重复", "red")
        _House(world).pay(payee_id=world.person()).plant("payee is not the owner", "flag", "收款人")
    for _ in range(4):
        _House(world, corrected=150).pay(area=150).plant("survey later corrected", "quiet")
        _House(world).pay(price=3_400, meeting_no="HY").plant("agreed extra by meeting", "explainable", "单价", "blue")
        _House(world).pay(payee_id=world.person(), proxy_no="WT").plant("payee by proxy", "quiet")
        _House(world, structure="土木").pay().plant("no standard", "cannot_tell", "标准")


class _House:
    """A house of 120 square metres, its owner, and the last payment for it."""

    def __init__(self, world: World, structure: str = "砖混", corrected: int | None = None) -> None:
        self.world, self.number, self.owner = world, world.code("FW"), world.person()
        self.paid = ""
        world.put("demolition_house", house_no=self.number, project="ZS1", household=world.code("HU"),
                  owner_id=self.owner, structure=structure, area=Decimal(120),
                  corrected_area=None if corrected is None else Decimal(corrected))  # fmt: skip

    def pay(self, price: int = 3_000, area: int = 120, day: dt.date | None = None, **more: Any) -> _House:
        self.paid = self.world.code("BC")
        row = {"payee_id": self.owner, "meeting_no": None, "proxy_no": None, **more}
        self.world.put("compensation", pay_no=self.paid, house_no=self.number, household="HU", item="房屋补偿",
                       area=Decimal(area), price=Decimal(price), amount=Decimal(price * area),
                       pay_date=day or dt.date(self.world.last_year, 4, 1), **row)  # fmt: skip
        return self

    def plant(self, kind: str, expect: str, issue: str = "", colour: str = "") -> None:
        named = {"issue": issue} if issue else {}
        self.world.plant("M29", kind, expect, colour=colour, pay_no=self.paid, **named)


GENERATORS = {"M28": grants, "M29": demolitions}
