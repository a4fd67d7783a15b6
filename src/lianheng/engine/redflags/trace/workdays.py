"""Days between two events: calendar days, months, or working days; without a calendar a range instead of a number."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

# No year since 2008 has had more Mondays to Fridays free than this.
MOST_FREE_WEEKDAYS = 22


@dataclass(frozen=True, slots=True)
class Span:
    """How long it took, at least and at most; the same where it is known."""

    least: int
    most: int

    @property
    def known(self) -> bool:
        """Whether it is one number."""
        return self.least == self.most


def workdays_between(start: dt.date, end: dt.date, free: Mapping[dt.date, bool]) -> Span:
    """Working days after `start` up to and with `end` (the day of the event itself does not count).

    Parameters
    ----------
    start, end : the two days; an earlier end gives the negative count.
    free : whether a day is a day off, from a calendar register; days that it does not hold make a range:
        every one of them may be worked, or Mondays to Fridays less at most 22 holidays a year.

    Returns
    -------
    A span.

    References
    ----------
    政府采购法实施条例 and 民法典 第二百零一条: the day on which a period begins is not counted.

    Example
    -------
    >>> friday, tuesday = dt.date(2024, 3, 1), dt.date(2024, 3, 5)
    >>> week = {dt.date(2024, 3, 2): True, dt.date(2024, 3, 3): True, dt.date(2024, 3, 4): False, tuesday: False}
    >>> workdays_between(friday, tuesday, week)
    Span(least=2, most=2)
    >>> workdays_between(friday, tuesday, {})
    Span(least=0, most=4)
    """
    if end < start:
        back = workdays_between(end, start, free)
        return Span(-back.most, -back.least)
    known = unknown = weekdays = 0
    years = set()
    day = start
    while day < end:
        day += dt.timedelta(days=1)
        off = free.get(day)
        if off is None:
            unknown += 1
            weekdays += day.weekday() < 5
            years.add(day.year)
        else:
            known += not off
    return Span(known + max(0, weekdays - MOST_FREE_WEEKDAYS * len(years)), known + unknown)


def add_months(day: dt.date, months: int) -> dt.date:
    """The same day of a later month, or that month's last.

    Example
    -------
    >>> add_months(dt.date(2024, 1, 31), 1)
    datetime.date(2024, 2, 29)
    """
    number = day.year * 12 + day.month - 1 + months
    year, month = divmod(number, 12)
    following = dt.date(year + (month == 11), (month + 1) % 12 + 1, 1)
    return dt.date(year, month + 1, min(day.day, (following - dt.timedelta(days=1)).day))
