"""Conditions in an address that a list does not know: said, never passed over as if the list were narrowed."""

from collections.abc import Iterable, Sequence

from django.http import HttpRequest


def unknown_conditions(request: HttpRequest, known: Iterable[str]) -> list[str]:
    """Return what an address asks to narrow by and a page doesn't know: that must be said, not shown as if narrowed."""
    return [key for key, value in request.GET.items() if value and key not in known]


def unknown_words(keys: Sequence[str]) -> str:
    """Say which conditions had no effect; an address may hold anything, so names are cut short."""
    names = "、".join("“" + "".join(c for c in key[:20] if c.isprintable()) + "”" for key in keys[:3])
    return f"此列表不能按{names}{'等' if len(keys) > 3 else ''}筛选，这个条件没有用上"
