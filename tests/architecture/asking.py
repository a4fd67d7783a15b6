"""Asking the whole server as anybody of the city: addresses of the city's own things, answers in one word."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from access import addresses
from city import City
from django.conf import settings
from django.db import connection, transaction
from django.http import HttpResponse
from django.template.backends.django import Template
from django.test import Client
from django.test.client import ClientHandler
from django.urls import reverse

from lianheng.web.trail.models import TrailEntry, TrailHead

SAVEPOINT = re.compile(r'SAVEPOINT "?(\w+)"?')
ROLLBACK = re.compile(r'ROLLBACK TO SAVEPOINT "?(\w+)"?')
WRITE = re.compile(r'(?:INSERT(?: OR \w+)? INTO|UPDATE|DELETE FROM) "?(\w+)"?')

# The parts of addresses → the subject's own thing (a thing of the city, or a plain value).
PARTS: dict[str, Any] = {
    "institution_id": "school", "evidence_id": "evidence", "result_id": "result", "sheet_id": "sheet",
    "seat_id": "seat", "round_id": "round 2026", "notice_id": "notice", "run_id": "run 2025", "linkage_id": "linkage",
    "scheme_id": "scheme", "objection_id": "objection", "value_id": "value", "recheck_id": "recheck",
    "draw_id": "draw", "person_id": "person", "assignment_id": "assignment", "delegation_id": "delegation",
    "job_id": "job", "version_id": "catalogue", "link_id": "clause", "extension_id": "extension",
    "event_id": "event", "slot": "document.slot", "form": "=pdf", "year": "=2026", "level": "=4", "seq": "=0",
    "list_code": "=E",
}  # fmt: skip
# Where the same part means another thing.
OF_ADDRESS: dict[str, dict[str, Any]] = {
    "units:undo_import": {"import_id": "institution import"},
    "measures:undo_import": {"import_id": "value import"},
    "units:checked_import": {"job_id": "institution check"},
    "measures:checked_import": {"job_id": "value check"},
    "people:codes": {"sheet_id": "codes"},
    "units:level": {"code": "=430421"},
    "units:set_unit_type": {"code": "=school"},
    "standards:unit_type": {"code": "=school"},
    "standards:list": {"code": "=X"},
    "standards:print": {"code": "=X"},
    "standards:export": {"code": "=X"},
    "standards:category": {"code": "=X1"},
    "standards:item": {"code": "=X1.1"},
    "standards:add_clause": {"code": "=X1.1"},
}
ADDRESSES = addresses()
HANDLER = ClientHandler(enforce_csrf_checks=False)


def path(city: City, name: str, **other: Any) -> str:
    """Return an address with the subject's things in it, or with `other` ones."""
    parts = {"code": "=430421100"} | PARTS | OF_ADDRESS.get(name, {}) | other
    return reverse(name, kwargs={key: _value(city, parts[key]) for key in ADDRESSES[name].pattern.converters})


def _value(city: City, part: Any) -> Any:
    if not isinstance(part, str):
        return part
    if part.startswith("="):
        return part[1:]
    thing, _, attribute = part.partition(".")
    return getattr(city[thing], attribute or "pk")


def client_of(city: City, person: str) -> Client:
    """Return a browser in which a person has logged in; each has the cookies of one log-in, made once a city."""
    client = Client()
    # One handler for all: each would otherwise look for every static file anew.
    client.handler = HANDLER
    if person != "anonymous":
        client.cookies[settings.SESSION_COOKIE_NAME] = city.sessions[person]
    return client


def log_everybody_in(city: City) -> None:
    for person, user in city.people.items():
        client = Client()
        client.force_login(user)
        city.sessions[person] = client.cookies[settings.SESSION_COOKIE_NAME].value


def word(response: HttpResponse) -> str:
    """Return an answer's status, or "login" where the log-in page is asked for first."""
    if response.status_code == 302 and response.headers["Location"].startswith("/login/"):
        return "login"
    return str(response.status_code)


@contextmanager
def undone() -> Iterator[None]:
    """Take back whatever is written inside."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@contextmanager
def without_pages() -> Iterator[None]:
    """Leave the drawing of pages out: where only the status counts, it is most of the time."""
    with mock.patch.object(Template, "render", lambda *_, **__: ""):
        yield


class Watch:
    """One request with what it wrote: tables (the trail, sessions and guesses apart) and entries of the trail."""

    APART = ("trail_", "accounts_session", "accounts_loginfailure")

    def __init__(self) -> None:
        self.written: set[str] = set()
        self.entries: list[TrailEntry] = []

    def ask(self, client: Client, method: str, url: str, data: Any = None) -> HttpResponse:
        before = TrailHead.objects.get().size
        statements: list[str] = []
        with connection.execute_wrapper(lambda run, sql, *rest: statements.append(sql) or run(sql, *rest)):
            response = client.post(url, data or {}) if method == "POST" else client.generic(method, url)
        self.written = set(_written(statements))
        self.entries = list(TrailEntry.objects.filter(seq__gte=before).order_by("seq"))
        return response  # type: ignore[return-value]


def _written(statements: list[str]) -> Iterator[str]:
    """Yield the tables that statements wrote and that no rollback to a savepoint took back."""
    kept: list[tuple[str, str]] = []
    for sql in statements:
        if match := SAVEPOINT.match(sql):
            kept.append(("savepoint", match[1]))
        elif match := ROLLBACK.match(sql):
            mark = kept.index(("savepoint", match[1]))
            del kept[mark + 1 :]
        elif (match := WRITE.match(sql)) and not match[1].startswith(Watch.APART):
            kept.append(("write", match[1]))
    yield from (name for kind, name in kept if kind == "write")
