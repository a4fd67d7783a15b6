"""The days of the demonstration, and how a step is done on one of them."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings

# The day at which a visitor finds the city: four days after self-scoring of 2026 ended, late window still open.
DEMO_TODAY = dt.date(2026, 12, 8)
FIRST_DAY = dt.date(2025, 1, 2)


@contextmanager
def on_day(day: dt.date | str) -> Iterator[None]:
    """Let the program's clock stand at a day for a step, as the demonstration's fixed date does for a visitor."""
    before = settings.FIXED_TODAY
    settings.FIXED_TODAY = str(day)
    try:
        yield
    finally:
        settings.FIXED_TODAY = before
