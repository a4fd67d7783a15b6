"""From an address that only takes forms to the page that holds the form: by the rooms' own access tables."""

import importlib
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from django.apps import apps
from django.http import HttpRequest
from django.urls import Resolver404, resolve, reverse
from django.utils.http import url_has_allowed_host_and_scheme


@cache
def _methods() -> dict[str, tuple[str, ...]]:
    """Return URL name → methods, as each room states them."""
    found: dict[str, tuple[str, ...]] = {}
    for config in apps.get_app_configs():
        if config.name.startswith("lianheng.web."):
            for path in sorted(Path(config.path).glob("*access.py")):
                rows = importlib.import_module(f"{config.name}.{path.stem}").ACCESS
                found |= {name: tuple(row["methods"]) for name, row in rows.items()}
    return found


def _is_page(path: str) -> bool:
    try:
        name = resolve(path).view_name
    except Resolver404:
        return False
    return "GET" in _methods().get(name, ("GET",)) and name != "accounts:logout"


def page_of(address: str) -> str:
    """Return the address where it can be opened, else the nearest page above it: /sheets/7/fill/ → /sheets/7/."""
    path = urlsplit(address).path
    if _is_page(path):
        return address
    while path.strip("/"):
        path = path.rstrip("/").rpartition("/")[0] + "/"
        if _is_page(path):
            return path
    return reverse("home")


def wanted_page(request: HttpRequest) -> str:
    """Return the page of ours that a log-in or a first step leads on to: named as `next`, else the first page."""
    wanted = request.POST.get("next") or request.GET.get("next", "")
    return wanted if url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) else reverse("home")


def way_back(request: HttpRequest) -> str:
    """Return the page from which a request came: the one that holds its form."""
    sent_from = urlsplit(request.META.get("HTTP_REFERER", ""))
    here = request.get_full_path()
    if request.method in ("GET", "HEAD") or sent_from.netloc != request.get_host():
        return page_of(here)
    if sent_from.path.startswith(reverse("accounts:login")):
        return page_of(here)
    # A form that came back with its errors stands at the address that took it.
    query = f"?{sent_from.query}" if sent_from.query else ""
    return page_of(f"{sent_from.path}{query}")
