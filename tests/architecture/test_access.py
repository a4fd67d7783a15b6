"""Who may open what: every address is listed, and the list is true."""

from collections.abc import Callable
from typing import Any

import pytest
from access import addresses, table
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, reverse

from lianheng.web.accounts.models import User
from lianheng.web.accounts.roles import ADMINISTRATORS, SECOND_FACTOR, Role

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
SAMPLES = {"IntConverter": 987654, "UUIDConverter": "00000000-0000-4000-8000-000000000000"}

TABLE, ADDRESSES = table(), addresses()
BOTH = sorted(TABLE.keys() & ADDRESSES.keys())
PLAIN = [name for name in BOTH if not ADDRESSES[name].pattern.converters]

pytestmark = pytest.mark.django_db


def _path(name: str) -> str:
    """An address whose parts name nothing that exists."""
    pattern: URLPattern = ADDRESSES[name]
    parts: dict[str, Any] = {
        key: SAMPLES.get(type(converter).__name__, "987654") for key, converter in pattern.pattern.converters.items()
    }
    return reverse(name, kwargs=parts)


def _ask(client: Client, method: str, name: str) -> HttpResponse:
    return client.generic(method, _path(name))  # type: ignore[return-value]


def _leads_to_log_in(response: HttpResponse) -> bool:
    return response.status_code == 302 and response.headers["Location"].startswith("/login/")


def test_every_address_is_listed() -> None:
    unlisted = sorted(ADDRESSES.keys() - TABLE.keys())
    assert not unlisted, f"add rows to the access.py of their rooms: {unlisted}"


def test_every_row_has_an_address() -> None:
    assert not sorted(TABLE.keys() - ADDRESSES.keys())


@pytest.mark.parametrize("name", sorted(TABLE))
def test_every_row_is_well_formed(name: str) -> None:
    row = TABLE[name]
    assert row.keys() >= {"methods", "roles", "scope"}
    assert row["methods"] and set(row["methods"]) <= set(METHODS)
    assert row["roles"] in ("any", "public") or (row["roles"] and set(row["roles"]) <= {str(role) for role in Role})
    assert row["scope"].strip()


@pytest.mark.parametrize("name", BOTH)
def test_visitors_are_sent_to_log_in(name: str, client: Client) -> None:
    for method in TABLE[name]["methods"]:
        response = _ask(client, method, name)
        if TABLE[name]["roles"] == "public":
            assert response.status_code in (200, 302, 404, 422), method
        else:
            assert _leads_to_log_in(response), f"{method} answered {response.status_code}"


@pytest.mark.parametrize("name", BOTH)
def test_other_methods_are_refused(name: str, make_user: Callable[..., User], log_in: Callable[[User], Client]) -> None:
    client = log_in(make_user("jia")) if TABLE[name]["roles"] != "public" else Client()
    for method in set(METHODS) - set(TABLE[name]["methods"]):
        assert _ask(client, method, name).status_code == 405, method


@pytest.mark.parametrize("name", BOTH)
def test_nothing_is_shown_or_done_where_nothing_is(
    name: str, make_user: Callable[..., User], log_in: Callable[[User], Client]
) -> None:
    if name in PLAIN or TABLE[name]["roles"] == "public":
        pytest.skip("names no single thing, or is open to all")
    client = log_in(make_user("jia"))
    for method in TABLE[name]["methods"]:
        # 409 and 422: the act was refused before the thing was looked for.
        assert _ask(client, method, name).status_code in (403, 404, 409, 422), method


@pytest.mark.parametrize("name", [name for name in PLAIN if isinstance(TABLE[name]["roles"], tuple)])
@pytest.mark.parametrize("role", list(Role))
def test_pages_open_to_their_roles_alone(
    name: str, role: Role, make_user: Callable[..., User], log_in: Callable[[User], Client]
) -> None:
    if "GET" not in TABLE[name]["methods"]:
        pytest.skip("not a page")
    client = log_in(make_user("jia", role, **({} if role in ADMINISTRATORS else {"division": "4304"})))
    response = _ask(client, "GET", name)
    if role in SECOND_FACTOR and response.status_code == 302:
        pytest.skip("asked for the second factor first; accounts' own tests go on from there")
    if role in TABLE[name]["roles"]:
        # 409: open to this role, but nothing has been loaded that it could work on.
        assert response.status_code in (200, 409)
    else:
        assert response.status_code in (403, 404)
