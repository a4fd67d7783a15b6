"""The access table: every address with its methods and roles, collected from the rooms' own tables.

A room states its rows in `src/lianheng/web/<room>/access.py` (or `*_access.py`) as ACCESS: URL name → methods, roles,
scope in words.
`roles` is a tuple of role values, "any" (whoever is logged in) or "public".
"""

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.apps import apps
from django.urls import URLPattern, URLResolver, get_resolver

Row = dict[str, Any]

# Rows of rooms that bring no table of their own.
BASE: dict[str, Row] = {
    "home": {"methods": ("GET",), "roles": "any", "scope": "the person's own inbox"},
    "me": {"methods": ("GET",), "roles": "any", "scope": "the person's own account"},
    "search": {"methods": ("GET",), "roles": "any", "scope": "what the person may see"},
    "accounts:login": {"methods": ("GET", "POST"), "roles": "public", "scope": "visitors"},
    "accounts:logout": {"methods": ("POST",), "roles": "any", "scope": "the person's own session"},
    "accounts:password": {"methods": ("GET", "POST"), "roles": "any", "scope": "the person's own password"},
}


def table() -> dict[str, Row]:
    """Return URL name → row; a room's own row wins over the base."""
    rows = dict(BASE)
    for config in apps.get_app_configs():
        if config.name.startswith("lianheng.web."):
            for path in sorted(Path(config.path).glob("*access.py")):
                rows |= importlib.import_module(f"{config.name}.{path.stem}").ACCESS
    return rows


def addresses() -> dict[str, URLPattern]:
    """Return URL name (with its namespace) → pattern, for every address of the program."""
    return dict(_walk(get_resolver().url_patterns, ""))


def _walk(patterns: list[Any], namespace: str) -> Iterator[tuple[str, URLPattern]]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from _walk(pattern.url_patterns, inner)
        else:
            yield f"{namespace}{pattern.name or pattern.pattern}", pattern
