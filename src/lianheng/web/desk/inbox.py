"""待办: rooms register what they ask of a person; the badge counts exactly the list that it opens."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from django.core.cache import cache
from django.urls import reverse

from lianheng.web.accounts.models import User
from lianheng.web.shell.clock import today

# The badge stands on every page; counting it anew each time would cost more than the page itself.
BADGE_SECONDS = 15
ORDER = {"red": 0, "yellow": 1, "blue": 2, "green": 3}


@dataclass(frozen=True)
class InboxItem:
    """One thing that this person has to do."""

    title: str
    why: str
    url: str
    act: str
    due: dt.date | None = None
    light: str = "green"
    reason: str = ""


@dataclass(frozen=True)
class SearchGroup:
    """Hits of one room."""

    label: str
    hits: Sequence[tuple[str, str, str]] = field(default_factory=tuple)  # title, second line, address


def light_for(due: dt.date | None, day: dt.date) -> tuple[str, str]:
    """Return colour and reason for a due date: red past it, blue within seven days, else green."""
    if due is None:
        return "green", "不限期"
    left = (due - day).days
    if left < 0:
        return "red", f"逾期 {-left} 天"
    return ("blue" if left <= 7 else "green"), f"余 {left} 天" if left else "今天到期"


Provider = Callable[[User, dt.date], Sequence[InboxItem]]
Searcher = Callable[[User, str], SearchGroup]
_PROVIDERS: list[Provider] = []
_SEARCHERS: list[Searcher] = []


def register(provider: Provider) -> None:
    _PROVIDERS.append(provider)


def register_search(searcher: Searcher) -> None:
    _SEARCHERS.append(searcher)


def items_for(user: User) -> list[InboxItem]:
    """Return everything this person has to do, most urgent first; worked out once a request."""
    cached = user.__dict__.get("_inbox")
    if cached is None:
        day = today()
        cached = [item for provider in _PROVIDERS for item in provider(user, day)]
        cached.sort(key=lambda item: (ORDER[item.light], item.due or dt.date.max, item.title))
        user.__dict__["_inbox"] = cached
        cache.set(_key(user), len(cached), BADGE_SECONDS)
    return list(cached)


def count_for(user: User) -> int:
    """Return the badge: counted anew on the inbox itself and after one's own acts, else at most some seconds old."""
    if "_inbox" in user.__dict__:
        return len(user.__dict__["_inbox"])
    count: int | None = cache.get(_key(user))
    if count is None:
        count = len(items_for(user))
    return count


def count_by_role(person: User) -> int:
    """Count what a role asks of this person; what lies with the person by name is handed over, not counted here."""
    return sum(item.url != reverse("assessment:seats") for item in items_for(person))


def forget_count(user: User) -> None:
    """Let the next page count again; called after every act of this person."""
    cache.delete(_key(user))


def _key(user: User) -> str:
    return f"inbox-count-{user.pk}"


def search_for(user: User, text: str) -> list[SearchGroup]:
    """Return the groups that hit something within this person's scope."""
    return [group for searcher in _SEARCHERS if (group := searcher(user, text)).hits]
