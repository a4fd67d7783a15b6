"""The only place that reads the clock. Services and engines get the day as an argument."""

import datetime as dt
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone

SHANGHAI = ZoneInfo("Asia/Shanghai")


def now() -> dt.datetime:
    """Return the moment, in UTC to the millisecond; the demonstration's fixed date keeps the real time of day."""
    moment = timezone.now()
    if settings.FIXED_TODAY:
        local = moment.astimezone(SHANGHAI)
        fixed = dt.datetime.combine(dt.date.fromisoformat(settings.FIXED_TODAY), local.timetz())
        moment = fixed.astimezone(dt.UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def local_day(moment: dt.datetime | None) -> dt.date:
    """Return the date in Asia/Shanghai of a stored moment; of none, today."""
    return today() if moment is None else moment.astimezone(SHANGHAI).date()


def today() -> dt.date:
    """Return today's date in Asia/Shanghai, or the demonstration's fixed date."""
    if settings.FIXED_TODAY:
        return dt.date.fromisoformat(settings.FIXED_TODAY)
    return timezone.now().astimezone(SHANGHAI).date()
