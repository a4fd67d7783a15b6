"""Hardship aid: people on a payroll (M02), with property (M03), two exclusive schemes (M04), wrong state (M08)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from lianheng.engine.redflags.synth.schemes import pay_months, put_schemes, register
from lianheng.engine.redflags.synth.world import World

_AID = Decimal("420.00")


def _member(world: World, household: str, person: str, relation: str = "户主", **more: Any) -> None:
    row = {"from_date": None, "to_date": None, "disabled": False, **more}
    world.put("household", household_id=household, person_id=person, relation=relation, **row)


def _paid(world: World, person: str, unit: str, start: dt.date, end: dt.date | None = None, **more: Any) -> None:
    row = {"status": "在职", "monthly_pay": Decimal("5200.00"), **more}
    world.put("payroll", person_id=person, unit=unit, from_date=start, to_date=end, **row)


def on_payroll(world: World) -> None:
    """Aid to people on a payroll and to their households; the retired, those who left, households that were split."""
    put_schemes(world)
    year, start = world.last_year, dt.date(world.last_year - 4, 9, 1)

    def aided(months: range = range(1, 13), scheme: str = "农村低保") -> tuple[str, str]:
        person, household = world.person(), world.code("H")
        _member(world, household, person)
        pay_months(world, person, months, scheme, _AID, household=household)
        return person, household

    for number in range(16):
        person, _ = aided(range(1, 13) if number % 2 else range(1, 4))
        _paid(world, person, "镇中心小学", start)
        world.plant("M02", "on the payroll and on aid", "flag", person_id=person, period=str(year))
    for _ in range(9):
        person, household = aided()
        spouse = world.person()
        _member(world, household, spouse, "配偶")
        _paid(world, spouse, "县某局", start)
        world.plant(
            "M02", "household member on the payroll", "flag", person_id=person, period=str(year), colour="yellow"
        )
    for number in range(12):
        kind = ("retired with a low pension", "post ended before the aid", "household split before", "own right")[
            number % 4
        ]
        person, household = aided(range(3, 13), "单人户低保" if kind == "own right" else "农村低保")
        other = world.person()
        if number % 4 == 0:
            _paid(world, person, "镇卫生院", dt.date(year - 30, 1, 1), status="离退休", monthly_pay=Decimal("900.00"))
        elif number % 4 == 1:
            _paid(world, person, "镇卫生院", start, dt.date(year, 3, 20))
        else:
            _member(world, household, other, "子", to_date=dt.date(year, 1, 31) if number % 4 == 2 else None)
            _paid(world, other, "县某局", start)
        world.plant("M02", kind, "quiet", person_id=person)
    person, _ = aided()
    _paid(world, person, "县某局", dt.date(year - 30, 1, 1), status="离退休", monthly_pay=None)
    world.plant("M02", "retired, pension not known", "cannot_tell", person_id=person, period=str(year))
    for _ in range(world.many(600)):
        aided(range(1, 7))
        _paid(world, world.person(), "县某局", start)


def _granted(world: World, person: str, household: str, scheme: str = "农村低保", **more: Any) -> None:
    register(world, person)
    row = {
        "from_date": dt.date(world.last_year - 1, 3, 1), "to_date": None, "amount": _AID,
        "declared_income": Decimal("11000.00"), "paid_grade": None, "listed_on": None,
        "village": world.chance.choice(world.villages), **more,
    }  # fmt: skip
    world.put("benefit", benefit_no=world.code("B"), person_id=person, household_id=household, scheme=scheme, **row)


def with_property(world: World) -> None:
    """Households on means-tested aid with cars, flats, shops or a wage; tricycles, heirs, nominal shareholders."""
    put_schemes(world)
    before = dt.date(world.last_year - 2, 6, 1)
    for number in range(24):
        owner, household = _on_aid(world)
        signs = 2 if number >= 16 else 1
        for sign in range(number, number + signs):
            _own(world, owner, sign % 4, before)
        world.plant("M03", "property or business on aid", "flag", household_id=household,
                    colour="red" if signs == 2 else "yellow")  # fmt: skip
    for number in range(20):
        owner, household = _on_aid(world)
        kind = _harmless(world, owner, number % 5, before)
        world.plant("M03", kind, "quiet", household_id=household)
    for _ in range(5):
        owner, household = _on_aid(world)
        _own(world, owner, 0, before)
        world.plant("M03", "vehicle lent or sold and not transferred", "check", household_id=household)
    for _ in range(3):
        owner, household = _on_aid(world, disabled=True)
        _own(world, owner, 0, before)
        world.plant("M03", "car needed for disability", "explainable", household_id=household, colour="blue")
    owner, household = _on_aid(world)
    world.put(
        "vehicle", owner_id=owner, plate=world.code("SYN"), kind="小型轿车", value=None, reg_date=before, to_date=None
    )
    world.plant("M03", "value of the car is not known", "cannot_tell", household_id=household)
    for _ in range(world.many(800)):
        owner, _ = _on_aid(world)
        world.put("house", house_no=world.code("F"), owner_id=owner, area=Decimal("86.00"), use="住宅",
                  acquired_by="自建", reg_date=before, to_date=None)  # fmt: skip


def _on_aid(world: World, disabled: bool = False) -> tuple[str, str]:
    head, owner, household = world.person(), world.person(), world.code("H")
    _member(world, household, head, disabled=disabled)
    _member(world, household, owner, "子")
    _granted(world, head, household)
    return owner, household


def _own(world: World, owner: str, sign: int, since: dt.date) -> None:
    if sign == 0:
        world.put("vehicle", owner_id=owner, plate=world.code("SYN"), kind="小型轿车", value=Decimal("86000.00"),
                  reg_date=since, to_date=None)  # fmt: skip
    elif sign == 1:
        for how in ("自建", "购买"):
            world.put("house", house_no=world.code("F"), owner_id=owner, area=Decimal("98.00"), use="住宅",
                      acquired_by=how, reg_date=since, to_date=None)  # fmt: skip
    elif sign == 2:
        world.put("business", owner_id=owner, firm=world.code("商行"), role="经营者", capital=Decimal("50000.00"),
                  state="存续", from_date=since, to_date=None)  # fmt: skip
    else:
        world.put("social_insurance", person_id=owner, employer="某建材公司", base=Decimal("7200.00"), from_date=since,
                  to_date=None)  # fmt: skip


def _harmless(world: World, owner: str, number: int, since: dt.date) -> str:
    if number == 0:
        world.put("vehicle", owner_id=owner, plate=world.code("SYN"), kind="正三轮摩托车", value=Decimal("36000.00"),
                  reg_date=since, to_date=None)  # fmt: skip
        return "motorised tricycle"
    if number == 1:
        world.put("business", owner_id=owner, firm=world.code("公司"), role="股东", capital=Decimal(0), state="存续",
                  from_date=since, to_date=None)  # fmt: skip
        return "name-only shareholder"
    if number == 2:
        for how in ("自建", "继承"):
            world.put("house", house_no=world.code("F"), owner_id=owner, area=Decimal("60.00"), use="住宅",
                      acquired_by=how, reg_date=since, to_date=None)  # fmt: skip
        return "inherited old house"
    if number == 3:
        world.put("vehicle", owner_id=owner, plate=world.code("SYN"), kind="残疾人专用汽车", value=Decimal("60000.00"),
                  reg_date=since, to_date=None)  # fmt: skip
        return "vehicle for disabled use"
    world.put("vehicle", owner_id=owner, plate=world.code("SYN"), kind="小型轿车", value=Decimal("86000.00"),
              reg_date=since, to_date=dt.date(world.last_year - 1, 4, 1))  # fmt: skip
    return "sold in the second month"


def exclusive(world: World) -> None:
    """Two schemes that exclude each other, held at once; changes of scheme, other households, back pay."""
    put_schemes(world)
    year = world.last_year
    for one, other, same in (("特困供养", "农村低保", True), ("农村低保", "城市低保", False)):
        world.put("exclusion", scheme_a=one, scheme_b=other, basis="市民政局文件", same_person=same)
    for number in range(20):
        person, household = world.person(), world.code("H")
        long = number % 2 == 0
        _granted(world, person, household, "特困供养", from_date=dt.date(year - 1, 1, 1))
        _granted(world, person, household, from_date=dt.date(year, 3, 1),
                 to_date=dt.date(year, 12, 31) if long else dt.date(year, 5, 31))  # fmt: skip
        world.plant("M04", "two exclusive schemes at once", "flag", person_id=person, period=str(year),
                    colour="red" if long else "yellow")  # fmt: skip
    for number in range(8):
        person, household = world.person(), world.code("H")
        if number % 4 == 0:
            _granted(world, person, household, to_date=dt.date(year, 6, 30))
            _granted(world, person, household, "特困供养", from_date=dt.date(year, 6, 10))
            world.plant("M04", "transition month", "explainable", person_id=person, colour="blue")
            continue
        if number % 4 == 1:
            _granted(world, person, household, "农村低保", from_date=dt.date(year, 1, 1))
            _granted(world, person, world.code("H"), "城市低保", from_date=dt.date(year, 2, 1))
        elif number % 4 == 2:
            # Paid back for last year: granted later, for a time before the other scheme began.
            _granted(world, person, household, "特困供养", from_date=dt.date(year, 4, 1))
            _granted(world, person, household, from_date=dt.date(year - 1, 4, 1), to_date=dt.date(year, 3, 31))
        else:
            _granted(world, person, household, from_date=dt.date(year, 1, 1))
            _granted(world, person, household, "残疾人护理补贴", from_date=dt.date(year, 1, 1))
        kind = ("", "households differ", "back pay", "schemes that go together")[number % 4]
        world.plant("M04", kind, "quiet", person_id=person)
    person, household = world.person(), world.code("H")
    _granted(world, person, household, "特困供养", from_date=dt.date(year, 6, 1), to_date=dt.date(year, 2, 1))
    _granted(world, person, household, from_date=dt.date(year, 1, 1))
    world.plant("M04", "ends before it begins", "cannot_tell", person_id=person)
    for _ in range(world.many(1000)):
        _granted(world, world.person(), world.code("H"))


def wrong_state(world: World) -> None:
    """Too young, in detention, graded lower than paid, moved away; typing errors, new grades, short detention."""
    put_schemes(world)
    year = world.last_year
    young, old = dt.date(year - 70, 5, 1), dt.date(year - 85, 5, 1)

    def holder(scheme: str, born: dt.date | None = old, *, paid_grade: int | None = None, **state: Any) -> str:
        person = world.person(born)
        register(world, person, birth_date=born, **state)
        _granted(world, person, world.code("H"), scheme, from_date=dt.date(year, 1, 1), paid_grade=paid_grade)
        return person

    march = dt.date(year, 3, 1)
    for _ in range(8):
        people = (
            holder("高龄津贴", young),
            holder("农村低保", detained_from=march),
            holder("残疾人护理补贴", disability_grade=3, grade_from=dt.date(year - 3, 1, 1), paid_grade=1),
            holder("农村低保", household="迁出", moved_out_on=march),
        )
        kinds = ("under age", "in detention", "graded lower than paid", "moved away")
        for one, kind in zip(people, kinds, strict=True):
            world.plant("M08", kind, "flag", person_id=one)
    for _ in range(6):
        world.plant("M08", "birth date typed wrong", "check", person_id=holder("高龄津贴", dt.date(year - 58, 5, 1)))
        short = holder("农村低保", detained_from=march, detained_to=march + dt.timedelta(days=15))
        world.plant("M08", "short detention", "quiet", person_id=short)
        again = holder("残疾人护理补贴", disability_grade=3, grade_from=dt.date(year, 11, 20), paid_grade=2)
        world.plant("M08", "grade re-assessed lately", "quiet", person_id=again)
        away = holder("农村低保", household="迁出", moved_out_on=dt.date(year, 11, 15))
        world.plant("M08", "moved away within the grace", "quiet", person_id=away)
        birthday = holder("高龄津贴", dt.date(year - 80, 1, 1))
        world.plant("M08", "eighty on the very day", "quiet", person_id=birthday)
    # Seventy-nine until the first of June: what was paid before is all that was too early.
    for _ in range(3):
        soon = holder("高龄津贴", dt.date(year - 80, 6, 1))
        world.plant("M08", "eighty within the year", "flag", person_id=soon, colour="yellow")
    world.plant("M08", "birth date is not known", "cannot_tell", person_id=holder("高龄津贴", None))
    ghost = world.person()
    world.put(
        "benefit", benefit_no=world.code("B"), person_id=ghost, household_id=world.code("H"), scheme="高龄津贴",
        village=world.villages[0], from_date=dt.date(year, 1, 1), to_date=None, amount=_AID, declared_income=None,
        paid_grade=None, listed_on=None,
    )  # fmt: skip
    world.plant("M08", "nobody in the population register", "cannot_tell", person_id=ghost)
    gone = holder("农村低保", household="迁出", moved_out_on=None)
    world.plant("M08", "moved away on an unknown day", "cannot_tell", person_id=gone)
    for _ in range(world.many(900)):
        holder(world.chance.choice(["高龄津贴", "农村低保", "养老服务补贴"]))


GENERATORS = {"M02": on_payroll, "M03": with_property, "M04": exclusive, "M08": wrong_state}
