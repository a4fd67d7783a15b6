"""Registers of drug use by department (M26) and of who reads prescriptions (M26-P)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from lianheng.engine.redflags.synth.world import World


def pharmacy(world: World) -> None:
    """Four items in equal parts in every department; a few departments use one of them far more."""
    for _ in range(max(12, world.many(40))):
        _department(world)
    # Spread over the year: many that are high in one month hide each other in the spread of their peers.
    for number in range(6):
        first = 1 + number // 2 * 2
        heavy = _department(world, months=(first, first + 1), factor=2.6)
        world.plant("M26", "use per visit far over peers", "flag", dept=heavy, item="品种1", issue="用量")
        leap = _department(world, months=(8 + number // 2,), factor=6.0)
        world.plant("M26", "share jumped", "flag", dept=leap, item="品种1", issue="占比")
        busy = _department(world, months=(7,), factor=2.6)
        world.plant("M26", "high for one month", "quiet", dept=busy)
    for kind, first in (("new disease peak", 1), ("clinical trial", 3)):
        told = _department(world, months=(first, first + 1), factor=2.6, explained="BA")
        world.plant("M26", kind, "explainable", dept=told, item="品种1", issue="用量", colour="blue")
    special = _department(world, specialty="罕见病专科", months=(4, 5), factor=2.6)
    world.plant("M26", "specialist clinic without peers", "cannot_tell", dept=special, item="全部品种", issue="用量")
    lost = _department(world, visits=False)
    world.plant("M26", "visits are missing", "cannot_tell", dept=lost, item="品种1", issue="用量")


def _department(
    world: World, *, specialty: str = "骨科", months: tuple[int, ...] = (), factor: float = 1.0, explained: str = "",
    visits: bool = True,
) -> str:  # fmt: skip
    dept = world.code("KS")
    for month in range(1, 11):
        start = dt.date(world.last_year, month, 1)
        patients = world.chance.randint(400, 600)
        if visits:
            world.put("dept_visit", hospital="YY01", dept=dept, month_start=start, patients=patients)
        for number in range(1, 5):
            more = factor if number == 1 and month in months else 1.0
            qty = Decimal(round(patients * world.chance.uniform(0.95, 1.05) * more))
            told = explained if more > 1 and explained else None
            world.put("drug_use", hospital="YY01", dept=dept, specialty=specialty, item=f"品种{number}",
                      month_start=start, qty=qty, explained_no=told)  # fmt: skip
    return dept


def query_logs(world: World) -> None:
    """Who reads prescriptions: many a little, a few very much, some of them because it is their duty."""
    for _ in range(world.many(300)):
        _read(world, world.person(), world.chance.randint(5, 300), None)
    for number in range(8):
        user = world.person()
        _read(world, user, 1_500 + 2_000 * number, None)
        world.plant("M26-P", "mass read without a duty", "flag", user_id=user)
    for _ in range(4):
        clerk = world.person()
        _read(world, clerk, 60_000, "TJ")
        world.plant("M26-P", "statistics are the duty", "quiet", user_id=clerk)


def _read(world: World, user: str, rows: int, duty: str | None) -> None:
    world.put("query_log", user_id=user, query_day=world.day(), table_name="处方明细", rows_read=rows, duty_no=duty)


GENERATORS = {"M26": pharmacy, "M26-P": query_logs}
