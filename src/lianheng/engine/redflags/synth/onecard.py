"""Payments through one card: after death (M01) and into accounts of others (M07)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from lianheng.engine.redflags.synth.schemes import month_name, pay_day, pay_months, put_schemes
from lianheng.engine.redflags.synth.world import World

_PAYMENTS = 12_000
_DEAD, _IN_GRACE, _TYPED_WRONG, _LATE, _FUNERAL = 35, 20, 15, 10, 10
_OLD, _POOR = Decimal("100.00"), Decimal("1652.70")


def _died(world: World, person: str, day: dt.date | None, source: str = "殡葬火化") -> None:
    world.put("death", person_id=person, death_date=day, source=source)


def after_death(world: World) -> None:
    """12,000 payments; 35 paid after death, 20 within the grace, 15 whose death was typed wrong; late pay, funerals."""
    put_schemes(world)
    year = world.last_year
    for number in range(_DEAD):
        month = world.chance.randint(1, 5)
        months = 1 + number % 6
        poor = number % 4 == 0
        person = world.person()
        _died(world, person, dt.date(year, month, 10))
        if number % 3 == 0:
            _died(world, person, dt.date(year, month, 10), "卫健死亡证明")
        # A month on, the fifteenth is more than 31 days after the tenth.
        pay_months(
            world, person, range(1, month + 1 + months), "特困供养" if poor else "高龄津贴", _POOR if poor else _OLD
        )
        red = months >= 3 or (poor and months * _POOR >= 3000)
        world.plant(
            "M01", "paid after death", "flag", person_id=person, period=str(year), colour="red" if red else "yellow"
        )
    for _ in range(_IN_GRACE):
        month, person = world.chance.randint(2, 10), world.person()
        _died(world, person, dt.date(year, month, 20))
        pay_months(world, person, range(1, month + 2), "高龄津贴", _OLD)
        world.plant("M01", "paid within the grace", "quiet", person_id=person)
    for _ in range(_TYPED_WRONG):
        person = world.person()
        # Died in December, typed as of two years before; or the id is that of a namesake who lives.
        _died(world, person, dt.date(year - 2, 12, world.chance.randint(1, 28)), "公安注销")
        pay_months(world, person, range(1, 13), "高龄津贴", _OLD)
        world.plant("M01", "date typed wrong or id of a namesake", "check", person_id=person, period=str(year))
    _quiet_deaths(world, year)
    for _ in range(world.many(_PAYMENTS // 12)):
        pay_months(world, world.person(), range(1, 13), "高龄津贴", _OLD)


def _quiet_deaths(world: World, year: int) -> None:
    for _ in range(_LATE):
        month, person = world.chance.randint(2, 6), world.person()
        _died(world, person, dt.date(year, month, 10))
        for owed in range(1, month + 1):
            world.put(
                "payment", payment_no=world.code("Z"), person_id=person, household_id=None,
                village=world.chance.choice(world.villages), scheme="高龄津贴", period=month_name(year, owed),
                amount=_OLD, pay_date=pay_day(year, month + 4), account=world.account(), agent_id=None,
            )  # fmt: skip
        world.plant("M01", "months before death paid late", "quiet", person_id=person)
    for _ in range(_FUNERAL):
        month, person = world.chance.randint(1, 6), world.person()
        _died(world, person, dt.date(year, month, 10))
        pay_months(world, person, [month + 3], "丧葬补助", Decimal("4000.00"))
        world.plant("M01", "one-off funeral subsidy", "quiet", person_id=person)
    for day, kind in ((None, "date of death is blank"), (dt.date(year, 2, 10), "sources disagree on the date")):
        person = world.person()
        _died(world, person, day, "公安注销")
        if day:
            _died(world, person, dt.date(year, 12, 10), "社保")
        pay_months(world, person, range(1, 9), "高龄津贴", _OLD)
        world.plant("M01", kind, "cannot_tell", person_id=person, period=str(year))


def shared_accounts(world: World) -> None:
    """Accounts that take the aid of many, agents nobody approved, officers as agents; families, homes for the aged."""
    put_schemes(world)
    year, villages = world.last_year, world.villages
    for number in range(8):
        account = world.account()
        for _ in range(3 + number % 4):
            pay_months(world, world.person(), range(1, 9), "农村低保", Decimal("420.00"), account=account,
                       household=world.code("H"))  # fmt: skip
        world.plant("M07", "one account for many", "flag", account=account, period=str(year))
    for number in range(12):
        agent, person, village = world.person(), world.person(), world.chance.choice(villages)
        officer = number < 5
        if officer:
            world.put("officer", person_id=agent, unit="村民委员会", village=village, post="村会计",
                      from_date=dt.date(year - 5, 1, 1), to_date=None)  # fmt: skip
        pay_months(world, person, range(1, 13), "农村低保", Decimal("420.00"), village=village, agent=agent,
                   household=world.code("H"))  # fmt: skip
        world.plant("M07", "officer is the agent" if officer else "agent nobody approved", "flag", agent_id=agent,
                    period=str(year), colour="red" if officer else "yellow")  # fmt: skip
    _honest_agents(world, year)
    for _ in range(world.many(800)):
        pay_months(world, world.person(), range(1, 7), "农村低保", Decimal("420.00"), household=world.code("H"))


def _honest_agents(world: World, year: int) -> None:
    for _ in range(10):
        account, household, agent = world.account(), world.code("H"), world.person()
        for _ in range(3):
            child = world.person(world.day(year - 10))
            world.put("proxy", person_id=child, agent_id=agent, relation="父母", approved=True,
                      from_date=dt.date(year - 3, 1, 1), to_date=None)  # fmt: skip
            pay_months(world, child, range(1, 13), "农村低保", Decimal("420.00"), account=account,
                       household=household, agent=agent)  # fmt: skip
        world.plant("M07", "parents with several children", "quiet", account=account)
        world.plant("M07", "approved agent", "quiet", agent_id=agent)
    for _ in range(3):
        account = world.account()
        world.put(
            "institution_account", account=account, holder="镇敬老院", from_date=dt.date(year - 5, 1, 1), to_date=None
        )
        for _ in range(15):
            pay_months(world, world.person(), range(1, 13), "特困供养", Decimal("900.00"), account=account,
                       household=world.code("H"))  # fmt: skip
        world.plant("M07", "nursing home as agent", "quiet", account=account)
    failed = world.account()
    for _ in range(6):
        person, household = world.person(), world.code("H")
        pay_months(world, person, [5], "农村低保", Decimal("420.00"), account=failed, household=household)
        pay_months(world, person, [6, 7, 8], "农村低保", Decimal("420.00"), household=household)
    world.plant("M07", "bank failure month", "explainable", account=failed, period=str(year), colour="blue")
    unknown = world.account()
    for _ in range(3):
        pay_months(world, world.person(), range(1, 9), "农村低保", Decimal("420.00"), account=unknown)
    world.plant("M07", "household of the payees is not known", "cannot_tell", account=unknown, period=str(year))


GENERATORS = {"M01": after_death, "M07": shared_accounts}
