"""Conditions in an address that a list does not know: said, never passed over as if the list were narrowed."""

from collections.abc import Iterable, Sequence

from django.http import HttpRequest


def unknown_conditions(request: HttpRequest, known: Iterable[str]) -> list[str]:
    """Return what an address asks to narrow by and a page doesn't know: that must be said, not shown as if narrowed."""
    return [key for key, value in request.GET.items() if value and key not in known]


def printable(text: str) -> str:
    """Return what an address says as it may be repeated on a page: cut short, without control characters."""
    return "".join(c for c in text.strip()[:40] if c.isprintable())


def no_such_choice(label: str, value: str) -> str:
    return f"“{label}”没有“{value}”这个选项，这个条件没有用上"


def choose(request: HttpRequest, key: str, label: str, offered: Iterable[str]) -> tuple[str, str]:
    """Return the offered value that an address asks for, and what to say of one that is not offered.

    For pages that are no list: a list's filters do the same.
    """
    asked = printable(request.GET.get(key, ""))
    if not asked or asked in offered:
        return asked, ""
    return "", no_such_choice(label, asked)


def unknown_words(keys: Sequence[str]) -> str:
    """Say which conditions had no effect; an address may hold anything, so names are cut short."""
    names = "、".join(f"“{printable(key[:20])}”" for key in keys[:3])
    return f"此列表不能按{names}{'等' if len(keys) > 3 else ''}筛选，这个条件没有用上"
