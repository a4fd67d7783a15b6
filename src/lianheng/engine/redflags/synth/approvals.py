"""Registers of approvals (M30): late cases, jumped queues, a window where both are usual, and honest delays."""

from __future__ import annotations

import datetime as dt
from typing import Any

from lianheng.engine.redflags.synth.world import World

_LIMIT = 10


def approvals(world: World) -> None:
    """Windows work off their queue in order; a few cases do not go as they should."""
    days = working_calendar(world)
    item = world.code("SX")
    world.put("approval_limit", item=item, valid_from=dt.date(world.years[0] - 3, 1, 1), limit_days=_LIMIT)
    for _ in range(max(2, world.many(10))):
        _window(world, days, item, late=0, jumps=0)
    for _ in range(4):
        window = _window(world, days, item, late=2, jumps=1)
        world.plant("M30", "window with few slips", "quiet", issue="窗口", subject=window)
    for _ in range(2):
        window = _window(world, days, item, late=36, jumps=2)
        world.plant("M30", "window with a late pattern", "flag", issue="窗口", subject=window)
    unlisted = world.code("SX")
    _case(world, unlisted, world.code("CK"), days[20], 0, days[22])
    world.plant("M30", "item without a limit", "cannot_tell", issue="事项", subject=unlisted)


def working_calendar(world: World) -> list[dt.date]:
    """Every day of the world's years in the register; its working days of the last year."""
    working = []
    for year in world.years:
        first = dt.date(year, 1, 1)
        for number in range((dt.date(year + 1, 1, 1) - first).days):
            day = first + dt.timedelta(days=number)
            holiday = day.weekday() >= 5 or (day.month, day.day) in ((1, 1), (5, 1)) or (
                day.month == 10 and day.day <= 7)  # fmt: skip
            world.put("calendar", day=day, holiday=holiday)
            if not holiday and year == world.last_year:
                working.append(day)
    return working


def _window(world: World, days: list[dt.date], item: str, late: int, jumps: int) -> str:
    """Half a year of a window: two cases a day, each done five working days later, in turn."""
    window = world.code("CK")
    slips = range(5, 5 + late)
    for place in range(60):
        for turn in range(2):
            number = place * 2 + turn
            if turn == 0 and place in slips:
                over = 1 + place % 7
                case = _case(world, item, window, days[place], turn, days[place + _LIMIT + over])
                colour = "red" if over >= 5 else "yellow"
                world.plant("M30", "over the limit", "flag", issue="超时", subject=case, colour=colour)
            elif number == 51:
                case = _case(world, item, window, days[place], turn, days[place + _LIMIT + 6], paused_days=7)
                world.plant("M30", "applicant delay or papers to come", "quiet", subject=case)
            else:
                _case(world, item, window, days[place], turn, days[place + 5])
    _crowd(world, days, item, window, jumps)
    return window


def _crowd(world: World, days: list[dt.date], item: str, window: str, jumps: int) -> None:
    """Forty cases on one day, done a week later; some that came after them are done the next day."""
    for number in range(40):
        _case(world, item, window, days[100], number, days[107])
    for number in range(jumps):
        case = _case(world, item, window, days[101], number, days[102])
        world.plant("M30", "queue jumped", "flag", issue="插队", subject=case)
    urgent = _case(world, item, window, days[101], 20, days[102], priority_reason="绿色通道")
    world.plant("M30", "priority with a reason", "quiet", subject=urgent)
    batch = _case(world, item, window, days[101], 21, days[102], batch_no=world.code("PC"))
    world.plant("M30", "batch approval day", "explainable", issue="插队", subject=batch, colour="blue")


def _case(world: World, item: str, window: str, accepted: dt.date, turn: int, done: dt.date, **more: Any) -> str:
    case = world.code("BJ")
    came = dt.datetime.combine(accepted, dt.time(9, turn))
    row = {"paused_days": 0, "priority_reason": None, "batch_no": None, **more}
    world.put("approval_case", case_no=case, item=item, item_name="某项许可", window_no=window, submitted=came,
              accepted=came, done=dt.datetime.combine(done, dt.time(15, turn)), officer=None, **row)  # fmt: skip
    return case


GENERATORS = {"M30": approvals}
