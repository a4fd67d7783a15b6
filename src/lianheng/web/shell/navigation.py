"""One tree, cut by role: rooms register their places; order and names never change between roles."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from django.urls import get_script_prefix
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from lianheng.web.shell.addresses import address

GROUPS = ("我的", "办理", "依据", "评价", "对外", "看全局", "管理")


@dataclass(frozen=True)
class Place:
    """One entry of the navigation tree."""

    group: str
    label: str
    url_name: str
    order: int
    may_open: Callable[[Any], bool]
    tab: bool = False  # stands in the five-tab bar of a phone


_PLACES: list[Place] = []


def register(*places: Place) -> None:
    """Add a room's places; called from its AppConfig.ready."""
    _PLACES.extend(places)
    _PLACES.sort(key=lambda place: (GROUPS.index(place.group), place.order))


@dataclass(frozen=True)
class Menu:
    """What one person may open, on one page: groups for the side, their HTML, and at most five tabs for a phone."""

    groups: tuple[tuple[str, tuple["Entry", ...]], ...]
    html: SafeString
    tabs: SafeString


@dataclass(frozen=True)
class Entry:
    """One line of a menu."""

    label: str
    url: str
    current: bool
    is_inbox: bool


def menu_for(user: Any, path: str, badge: int) -> Menu:
    """Return the groups that hold at least one place this person may open."""
    places = [place for place in _PLACES if place.may_open(user)]
    prefix = get_script_prefix()
    entries = _entries(path, prefix, places)
    tabs = _entries(path, prefix, [place for place in places if place.tab][:5])
    groups: dict[str, list[Entry]] = {}
    for place, entry in zip(places, entries, strict=True):
        groups.setdefault(place.group, []).append(entry)
    return _menu(tuple((label, tuple(found)) for label, found in groups.items()), tabs, badge)


def _entries(path: str, prefix: str, places: list[Place]) -> tuple[Entry, ...]:
    """Return places as entries; current is the one with the longest address that the page's own begins with."""
    urls = [_url(place.url_name, prefix) for place in places]
    within = [url for url in urls if path == url or (url != "/" and path.startswith(url))]
    current = max(within, key=len, default="")
    return tuple(
        _entry(place.label, url, url == current, place.url_name == "home")
        for place, url in zip(places, urls, strict=True)
    )


@cache
def _url(name: str, prefix: str) -> str:
    return address(name)


_entry = cache(Entry)


# The same few menus stand on every page of a person: each is written once, and told apart by everything in it.
@lru_cache(maxsize=500)
def _menu(groups: tuple[tuple[str, tuple[Entry, ...]], ...], tabs: tuple[Entry, ...], badge: int) -> Menu:
    mark = format_html('<span class="badge">{}</span>', badge) if badge else ""
    lists = [
        (
            label,
            format_html_join("", "<li>{}</li>", ((_link(each, mark if each.is_inbox else ""),) for each in entries)),
        )
        for label, entries in groups
    ]
    return Menu(
        groups,
        format_html_join("\n", "<h2>{}</h2>\n  <ul>{}</ul>", lists),
        format_html_join("", "{}", ((_link(entry, ""),) for entry in tabs)),
    )


def _link(entry: Entry, mark: str) -> SafeString:
    current = mark_safe(' aria-current="page"') if entry.current else ""
    return format_html('<a href="{}"{}>{}{}</a>', entry.url, current, entry.label, mark)
