"""Working days of China: an office's own years, the published calendar, else weekdays with a visible warning."""

import datetime as dt
import os
import time
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import chinese_calendar
from django.conf import settings

from lianheng.web.shell.models import WorkdayYear

OFFICE, LIBRARY, PACKAGE, NOBODY = "office", "library", "package", ""
SHIPPED = Path(__file__).resolve().parents[2] / "library" / "workdays"
# However a load was cut off, a process that has an older calendar asks again after this many seconds.
TRUSTED_SECONDS = 60


class YearDays(NamedTuple):
    """Days off and make-up workdays of one year."""

    holidays: frozenset[dt.date]
    workdays: frozenset[dt.date]


class _Kept(NamedTuple):
    stamp: str
    until: float
    years: dict[int, YearDays]


_kept: _Kept | None = None


def _stamp_file() -> Path:
    return Path(settings.DATA) / "workdays.stamp"


def _stamp() -> str:
    """Return the mark of the last load: web and worker each hold the years in memory, and both look here first."""
    try:
        return _stamp_file().read_text()
    except OSError:
        return ""


def announce() -> None:
    """Tell every process that the years have changed; called once the load is committed."""
    path = _stamp_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}")
    draft.write_text(os.urandom(8).hex())
    draft.replace(path)
    forget()


def forget() -> None:
    """Read the years anew at the next question."""
    global _kept
    _kept = None


def _office_years() -> dict[int, YearDays]:
    global _kept
    stamp = _stamp()
    if _kept is None or _kept.stamp != stamp or time.monotonic() > _kept.until:
        years = {
            row.year: YearDays(_dates(row.holidays), _dates(row.workdays))
            for row in WorkdayYear.objects.all().iterator()
        }
        _kept = _Kept(stamp, time.monotonic() + TRUSTED_SECONDS, years)
    return _kept.years


def _dates(texts: list[str]) -> frozenset[dt.date]:
    return frozenset(map(dt.date.fromisoformat, texts))


@lru_cache(maxsize=16)
def _library_year(year: int) -> YearDays | None:
    """Return a year that came with this version of the program; it changes only with the program."""
    from lianheng.web.shell.workday_file import parse

    path = SHIPPED / f"{year}.yaml"
    if not path.exists():
        return None
    found = parse(path.read_bytes())
    return YearDays(frozenset(found.holidays), frozenset(found.workdays))


@lru_cache(maxsize=64)
def _package_knows(year: int) -> bool:
    try:
        chinese_calendar.is_workday(dt.date(year, 1, 1))
    except NotImplementedError:
        return False
    return True


def covered_by(year: int) -> str:
    """Return who says which days of a year are worked: OFFICE, LIBRARY, PACKAGE or NOBODY."""
    if year in _office_years():
        return OFFICE
    if _library_year(year) is not None:
        return LIBRARY
    return PACKAGE if _package_knows(year) else NOBODY


def package_version() -> str:
    return version("chinesecalendar")


def year_is_known(year: int) -> bool:
    """Say whether the official arrangement of a year is known; if not, pages warn."""
    return covered_by(year) != NOBODY


def is_working_day(day: dt.date) -> bool:
    """Say whether offices work on this day, moved holidays included."""
    return _is_worked(day, _office_years())


def _is_worked(day: dt.date, office: dict[int, YearDays]) -> bool:
    own = office.get(day.year) or _library_year(day.year)
    if own is not None:
        return day not in own.holidays and (day in own.workdays or day.weekday() < 5)
    if _package_knows(day.year):
        return bool(chinese_calendar.is_workday(day))
    return day.weekday() < 5


def add_working_days(day: dt.date, count: int) -> dt.date:
    """Return the last day of a limit of `count` working days that begins the day after `day`; 0 is the day itself."""
    office = _office_years()
    while count > 0:
        day += dt.timedelta(days=1)
        count -= _is_worked(day, office)
    return day


def working_days_between(start: dt.date, end: dt.date) -> int:
    """Count the working days after `start` up to and including `end`; negative when `end` lies before."""
    if end < start:
        return -working_days_between(end, start)
    office = _office_years()
    return sum(_is_worked(start + dt.timedelta(days=n), office) for n in range(1, (end - start).days + 1))
