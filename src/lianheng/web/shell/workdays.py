"""Working days of China: the published calendar, an office's own years, else weekdays with a visible warning."""

import datetime as dt
from functools import lru_cache
from pathlib import Path

import chinese_calendar
import yaml
from django.conf import settings


def _own_year(year: int) -> dict[str, list[str]] | None:
    """Read `workdays/<year>.yaml` from the office's data folder or the library: lists `holidays` and `workdays`."""
    shipped = Path(__file__).resolve().parents[2] / "library" / "workdays"
    for folder in (settings.DATA / "workdays", shipped):
        path = folder / f"{year}.yaml"
        if path.exists():
            content: dict[str, list[str]] = yaml.safe_load(path.read_text(encoding="utf-8"))
            return content
    return None


@lru_cache(maxsize=64)
def year_is_known(year: int) -> bool:
    """Say whether the official arrangement of a year is known; if not, pages warn."""
    if _own_year(year) is not None:
        return True
    try:
        chinese_calendar.is_workday(dt.date(year, 1, 1))
    except NotImplementedError:
        return False
    return True


@lru_cache(maxsize=4096)
def is_working_day(day: dt.date) -> bool:
    """Say whether offices work on this day, moved holidays included."""
    own = _own_year(day.year)
    if own is not None:
        if day.isoformat() in {str(value) for value in own.get("holidays", [])}:
            return False
        if day.isoformat() in {str(value) for value in own.get("workdays", [])}:
            return True
        return day.weekday() < 5
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return day.weekday() < 5


def add_working_days(day: dt.date, count: int) -> dt.date:
    """Return the last day of a limit of `count` working days that begins the day after `day`; 0 is the day itself."""
    while count > 0:
        day += dt.timedelta(days=1)
        count -= is_working_day(day)
    return day


def working_days_between(start: dt.date, end: dt.date) -> int:
    """Count the working days after `start` up to and including `end`; negative when `end` lies before."""
    if end < start:
        return -working_days_between(end, start)
    return sum(is_working_day(start + dt.timedelta(days=n)) for n in range(1, (end - start).days + 1))
