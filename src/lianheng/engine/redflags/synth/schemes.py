"""The catalogue of benefit schemes that several generators share, and monthly payments."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from lianheng.engine.redflags.synth.world import World

# scheme: after death, hardship, means-tested, own right, ages, detention stops, residents only
_SCHEMES: dict[str, tuple[bool, bool, bool, bool, int | None, int | None, bool, bool]] = {
    "高龄津贴": (False, False, False, True, 80, None, False, True),
    "农村低保": (False, True, True, False, None, None, True, True),
    "城市低保": (False, True, True, False, None, None, True, True),
    "单人户低保": (False, True, True, True, None, None, True, True),
    "特困供养": (False, True, True, True, None, None, True, True),
    "临时救助": (False, True, True, False, None, None, False, False),
    "残疾人护理补贴": (False, False, False, True, None, None, True, True),
    "孤儿基本生活费": (False, False, False, True, None, 17, False, True),
    "养老服务补贴": (False, False, False, True, 60, None, True, True),
    "丧葬补助": (True, False, False, True, None, None, False, False),
}
_NAMES = (
    "after_death", "hardship", "means_tested", "own_right", "min_age", "max_age", "detention_stops", "resident_only",
)  # fmt: skip


def put_schemes(world: World) -> None:
    """The catalogue; once however often it is asked for."""
    for scheme, values in _SCHEMES.items():
        world.put("scheme", scheme=scheme, **dict(zip(_NAMES, values, strict=True)))


def register(world: World, person: str, **more: Any) -> None:
    """Put a person into the population register, a resident unless `more` says otherwise; once where asked in a row."""
    known = world.tables.get("person")
    if known and known[-1]["person_id"] == person:
        return
    row = {
        "birth_date": None, "household": "本地", "moved_out_on": None, "detained_from": None, "detained_to": None,
        "disability_grade": None, "grade_from": None, **more,
    }  # fmt: skip
    world.put("person", person_id=person, **row)


def month_name(year: int, month: int) -> str:
    """`2024-03`; months above 12 run on into the next year.

    Example
    -------
    >>> month_name(2023, 14)
    '2024-02'
    """
    return f"{year + (month - 1) // 12}-{(month - 1) % 12 + 1:02d}"


def pay_day(year: int, month: int) -> dt.date:
    """The fifteenth, on which everybody is paid."""
    return dt.date.fromisoformat(f"{month_name(year, month)}-15")


def pay_months(
    world: World, person: str, months: Iterable[int], scheme: str, amount: Decimal, *, year: int | None = None,
    village: str = "", account: str = "", household: str | None = None, agent: str | None = None,
) -> None:  # fmt: skip
    """Pay a person for these months of a year, each in its own month."""
    year = year or world.last_year
    village, account = village or world.chance.choice(world.villages), account or world.account()
    for month in months:
        world.put(
            "payment", payment_no=world.code("Z"), person_id=person, household_id=household, village=village,
            scheme=scheme, period=month_name(year, month), amount=amount, pay_date=pay_day(year, month),
            account=account, agent_id=agent,
        )  # fmt: skip
