"""What every page and every document says of the data they show: a demonstration, a trial, or nothing at all."""

from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.core.cache import cache

# A page may be some seconds behind a city that is being loaded; a document never is.
CACHED_SECONDS = 30


@dataclass(frozen=True)
class Mark:
    """The mark in its lengths: of a phone, of a wide page with the reason behind it, of a document."""

    short: str
    wide: str
    day: str  # what the fixed date is called
    reason: str
    document: str


DEMONSTRATION = Mark("演示", "演示数据", "演示日", "演示数据由程序生成，不是真实评价", "演示数据，不是真实评价")
TRIAL = Mark(
    "试用",
    "试用模式，不得用于正式考核",
    "日期固定在",
    "服务器没有按正式环境启动。正式使用前，请服务器的管理人员设 LIANHENG_MODE=production，"
    "见 docs/how-to/start-an-office.md",
    "试用，不得用于正式考核",
)

# units registers here whether the database holds the demonstration city; shell itself knows no city.
holds_demonstration: Callable[[], bool] = lambda: False  # noqa: E731  (replaced at start-up)


def mark_of_data() -> Mark | None:
    """Return the mark as it is now: production and the suite show none."""
    if settings.MODE != "demo":
        return None
    return DEMONSTRATION if holds_demonstration() else TRIAL


def mark_of_pages() -> Mark | None:
    """Return the same for a page, asked of the database every half minute."""
    if settings.MODE != "demo":
        return None
    demonstration = cache.get_or_set("holds-demonstration", lambda: holds_demonstration(), CACHED_SECONDS)
    return DEMONSTRATION if demonstration else TRIAL
