"""Addresses of many things of one kind: the pattern is looked up once, not again for each row of a page."""

from functools import cache

from django.urls import get_script_prefix, reverse

_STAND_IN = 987_654_321


@cache
def _plain(name: str, prefix: str) -> str:
    return reverse(name)


@cache
def _pattern(name: str, prefix: str) -> str:
    return reverse(name, args=[_STAND_IN]).replace(str(_STAND_IN), "{}")


def address(name: str, number: int | None = None) -> str:
    """Return the address of a page, or of the thing with a number where the page shows one."""
    prefix = get_script_prefix()
    return _plain(name, prefix) if number is None else _pattern(name, prefix).format(number)
