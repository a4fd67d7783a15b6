"""One tree, cut by role: rooms register their places; order and names never change between roles."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

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


def _current(path: str, places: list[Place]) -> str:
    """Return the name of the place a page belongs to: the longest address that the page's own begins with."""
    urls = {place.url_name: address(place.url_name) for place in places}
    within = [name for name, url in urls.items() if path == url or (url != "/" and path.startswith(url))]
    return max(within, key=lambda name: len(urls[name]), default="")


def _entry(place: Place, current: str) -> dict[str, Any]:
    return {
        "label": place.label,
        "url": address(place.url_name),
        "current": place.url_name == current,
        "is_inbox": place.url_name == "home",
    }


@lru_cache(maxsize=500)
def _written(groups: tuple[tuple[str, tuple[tuple[str, str, bool, bool], ...]], ...], badge: int) -> SafeString:
    """Write the groups; the same few stand on every page of a person, so that they are written once."""
    mark = format_html('<span class="badge">{}</span>', badge) if badge else ""
    return format_html_join(
        "\n",
        "<h2>{}</h2>\n  <ul>{}</ul>",
        (
            (
                label,
                format_html_join(
                    "",
                    '<li><a href="{}"{}>{}{}</a></li>',
                    (
                        (url, mark_safe(' aria-current="page"') if current else "", name, mark if is_inbox else "")
                        for name, url, current, is_inbox in places
                    ),
                ),
            )
            for label, places in groups
        ),
    )


def html_of(tree: list[dict[str, Any]], badge: int) -> SafeString:
    """Return the navigation of `tree_for` as HTML."""
    groups = tuple((group["label"], tuple(tuple(place.values()) for place in group["places"])) for group in tree)
    return _written(groups, badge)


def tree_for(user: Any, path: str) -> list[dict[str, Any]]:
    """Return the groups that hold at least one place this person may open."""
    places = [place for place in _PLACES if place.may_open(user)]
    current = _current(path, places)
    groups: dict[str, list[dict[str, Any]]] = {}
    for place in places:
        groups.setdefault(place.group, []).append(_entry(place, current))
    return [{"label": label, "places": entries} for label, entries in groups.items()]


def tabs_for(user: Any, path: str) -> list[dict[str, Any]]:
    """Return at most five places for the bottom bar of a phone."""
    places = [place for place in _PLACES if place.tab and place.may_open(user)][:5]
    current = _current(path, places)
    return [_entry(place, current) for place in places]
