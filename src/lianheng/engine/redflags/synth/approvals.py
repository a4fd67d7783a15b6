"""Registers of approvals (M30, M30-P): late cases, jumped queues, windows and officers where they are usual, and honest
delays.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from lianheng.engine.redflags.synth.world import World

_LIMIT = 10


def approvals(world: World) -> None:
    """Windows work off their queue in order; a few cases do not go as they should."""
    if "approval_case" in world.tables:  # both models are about the same cases
        return
    days = working_calendar(world)
    item = world.code("SX")
    world.put("approval_limit", item=item, valid_from=dt.date(world.years[0] - 3, 1, 1), limit_days=_LIMIT)
    for _ in range(max(2, world.many(10))):
        _Window(world, days, item)
    for _ in range(4):
        few = _Window(world, days, item, late=2, jumps=1)
        world.plant("M30", "window with few slips", "quiet", issue="窗口", subject=few.number)
        world.plant("M30-P", "officer with few slips", "quiet", officer=few.officers[0])
    for _ in range(2):
        slow = _Window(world, days, item, late=36, jumps=2)
        world.plant("M30", "window with a late pattern", "flag", issue="窗口", subject=slow.number)
        world.plant("M30-P", "officer is late, colleagues are not", "flag", officer=slow.officers[0], issue="超时")
        world.plant("M30-P", "colleague of a late officer", "quiet", officer=slow.officers[1])
        _officers(world, days, item)
    unlisted = world.code("SX")
    _case(world, unlisted, world.code("CK"), days[20], 0, days[22])
    world.plant("M30", "item without a limit", "cannot_tell", issue="事项", subject=unlisted)
    world.plant("M30-P", "item without a limit", "cannot_tell", issue="时限", officer="全部")
    _Window(world, days, item, late=2, named=False)
    world.plant("M30-P", "late cases name no officer", "cannot_tell", issue="经办人", officer="全部")


def _officers(world: World, days: list[dt.date], item: str) -> None:
    """Windows of which M30-P has more to say than M30."""
    for _ in range(2):
        favours = _Window(world, days, item, jumps=4)
        world.plant("M30-P", "officer lets cases pass", "flag", officer=favours.officers[0], issue="插队")
    both = _Window(world, days, item, late=44, jumps=8, shared=True)
    world.plant("M30", "window with a late pattern", "flag", issue="窗口", subject=both.number)
    for officer in both.officers:
        for issue in ("超时", "插队"):
            world.plant("M30-P", "the whole window does it", "explainable", officer=officer, issue=issue, colour="blue")
    waits = _Window(world, days, item, paused=30)
    world.plant("M30-P", "applicant delay or papers to come", "quiet", officer=waits.officers[0])
    excused = _Window(world, days, item, excused=8)
    world.plant("M30-P", "batch approval day or priority with a reason", "quiet", officer=excused.officers[0])


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


class _Window:
    """Half a year of a window with two officers: two cases a day, each done five working days later, in turn.

    All that goes wrong is the first officer's, unless it is `shared`: then each has every other day.
    """

    def __init__(
        self, world: World, days: list[dt.date], item: str, *, late: int = 0, jumps: int = 0, paused: int = 0,
        excused: int = 1, shared: bool = False, named: bool = True,
    ) -> None:  # fmt: skip
        self.world, self.days, self.item = world, days, item
        self.shared, self.named = shared, named
        self.number = world.code("CK")
        self.officers = [world.person(), world.person()]
        self._queue(late, paused)
        self._crowd(jumps, excused)

    def _queue(self, late: int, paused: int) -> None:
        for place in range(60):
            self._one(place, 1, 11 if place == 25 else 0, 0)
            over = 1 + place % 7 if 5 <= place < 5 + late else 0
            self._one(place, 0, 7 if 5 <= place < 5 + paused else 0, over)

    def _one(self, place: int, turn: int, paused: int, over: int) -> None:
        """Late by some days, or done long after the limit for want of papers, or as usual."""
        officer = self.officers[place % 2 if self.shared else turn]
        took = _LIMIT + over if over else _LIMIT - 1 + paused if paused else 5
        case = self._put(place, turn, took, officer, paused_days=paused)
        if over:
            colour = "red" if over >= 5 else "yellow"
            self.world.plant("M30", "over the limit", "flag", issue="超时", subject=case, colour=colour)
        elif paused:
            self.world.plant("M30", "applicant delay or papers to come", "quiet", subject=case)

    def _crowd(self, jumps: int, excused: int) -> None:
        """Forty cases on one day, done a week later; some that came after them are done the next day."""
        for number in range(40):
            self._put(100, number, 7, self.officers[number % 2])
        for number in range(jumps):
            case = self._put(101, number, 1, self.officers[number % 2 if self.shared else 0])
            self.world.plant("M30", "queue jumped", "flag", issue="插队", subject=case)
        for number in range(excused):
            urgent = self._put(101, 20 + 2 * number, 1, self.officers[0], priority_reason="绿色通道")
            self.world.plant("M30", "priority with a reason", "quiet", subject=urgent)
            batch = self._put(101, 21 + 2 * number, 1, self.officers[0], batch_no=self.world.code("PC"))
            self.world.plant("M30", "batch approval day", "explainable", issue="插队", subject=batch, colour="blue")

    def _put(self, place: int, turn: int, took: int, officer: str, **more: Any) -> str:
        came, done = self.days[place], self.days[place + took]
        more["officer"] = officer if self.named else None
        return _case(self.world, self.item, self.number, came, turn, done, **more)


def _case(world: World, item: str, window: str, accepted: dt.date, turn: int, done: dt.date, **more: Any) -> str:
    case = world.code("BJ")
    came = dt.datetime.combine(accepted, dt.time(9, turn))
    row = {"paused_days": 0, "priority_reason": None, "batch_no": None, "officer": None, **more}
    world.put("approval_case", case_no=case, item=item, item_name="某项许可", window_no=window, submitted=came,
              accepted=came, done=dt.datetime.combine(done, dt.time(15, turn)), **row)  # fmt: skip
    return case


GENERATORS = {"M30": approvals, "M30-P": approvals}
