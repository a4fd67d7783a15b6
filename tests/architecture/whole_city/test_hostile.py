"""What somebody types who means harm: no address answers by a fault, gives a script back or splits a header.

Every address is asked with hostile values in the conditions that lists and searches read; every act is sent with each
of its fields replaced by them. A fault (5xx) shows that a value reached what was not made for it.
"""

from typing import Any

import pytest
from access import table
from acts import ACTS
from asking import ADDRESSES, client_of, path, undone
from city import City
from django.http import HttpResponse

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

SCRIPT = "<script>alert(1)</script>"
HOSTILE = (f"\"'>{SCRIPT}", "\x00", "9" * 40, "NaN", "٣", "//evil.example/\r\nSet-Cookie: x=1")
CONDITIONS = (
    "q", "page", "sort", "export", "period", "year", "round", "run", "group", "unit", "institution", "state", "list",
    "level", "after", "columns", "next", "from", "until", "actor", "action", "kind", "role", "person", "version",
)  # fmt: skip
ASKED_BY = {"people": "system", "auditor": "audit"}


def _harmless(response: HttpResponse) -> str:
    """Return what is wrong with an answer, or nothing."""
    if response.status_code >= 500:
        return str(response.status_code)
    if "Set-Cookie: x=1" in "".join(f"{key}: {value}\n" for key, value in response.headers.items()).split("\n"):
        return "a header of the asker's"
    if "evil.example" in response.headers.get("Location", "").split("?")[0]:
        return f"leads to {response.headers['Location']}"
    is_page = response.headers.get("Content-Type", "").startswith("text/html") and not response.streaming
    if is_page and SCRIPT.encode() in response.content:
        return "gives the script back"
    return ""


def _ask(client: Any, method: str, url: str, data: dict[str, Any]) -> str:
    client.raise_request_exception = False
    with undone():
        return _harmless(getattr(client, method)(url, data))


@pytest.mark.parametrize("name", sorted(name for name, row in table().items() if "GET" in row["methods"]))
def test_no_condition_breaks_a_page(name: str, whole_city: City) -> None:
    client = client_of(whole_city, ASKED_BY.get(name.split(":")[0], "office"))
    url, wrong = path(whole_city, name), []
    for value in HOSTILE:
        if problem := _ask(client, "get", url, dict.fromkeys(CONDITIONS, value)):
            wrong += [
                f"{key}={value[:30]!r}: {found}"
                for key in CONDITIONS
                if (found := _ask(client, "get", url, {key: value}))
            ] or [f"all={value[:30]!r}: {problem}"]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("name", sorted(ACTS))
def test_no_field_breaks_an_act(name: str, whole_city: City) -> None:
    act, wrong = ACTS[name], []
    with undone():
        act.before(whole_city)
        url, client = path(whole_city, name, **act.parts), client_of(whole_city, act.by)
        data = act.data(whole_city)
        typed = [key for key, value in data.items() if not hasattr(value, "seek")]
        for key in typed[:6]:
            for value in HOSTILE:
                if problem := _ask(client, "post", url, data | {key: value}):
                    wrong.append(f"{key}={value[:30]!r}: {problem}")
                for file in (each for each in data.values() if hasattr(each, "seek")):
                    file.seek(0)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("name", sorted(name for name, found in ADDRESSES.items() if "str" in str(found.pattern)))
@pytest.mark.parametrize("value", ["<script>", "٣", "9" * 60])
def test_no_part_of_an_address_breaks_it(name: str, value: str, whole_city: City) -> None:
    parts = [
        key for key, kind in ADDRESSES[name].pattern.converters.items() if type(kind).__name__ == "StringConverter"
    ]
    client = client_of(whole_city, ASKED_BY.get(name.split(":")[0], "office"))
    client.raise_request_exception = False
    with undone():
        response = client.get(path(whole_city, name, **dict.fromkeys(parts, f"={value}")))
    assert not _harmless(response)
