"""One tree, cut by role: rooms register their places; order and names never change between roles."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

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
