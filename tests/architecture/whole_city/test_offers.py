"""No page offers what would be refused: each link to a form opens it, each form shown may be sent by who sees it.

What a page offers is read from its bytes: every link that leads to a form page is followed, every form is sent with
what stands in it, or with the whole body of `acts` where it is about the same thing. A refusal is a lie of the page; a
value still missing (422) is not.
"""

from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from access import table
from acts import ACTS
from asking import client_of, path, undone, without_pages, word
from city import City
from django.urls import Resolver404, resolve

from lianheng.web.assessment.models import Round, Seat, Sheet

pytestmark = pytest.mark.django_db
ACCESS = table()
PAGES = [name for name, row in ACCESS.items() if "GET" in row["methods"] and not name.endswith(("login", "logout"))]


class Offers(HTMLParser):
    """The links and forms of a page."""

    def __init__(self, page: str, url: str) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.forms: list[tuple[str, dict[str, str]]] = []
        self.url, self.open = url, False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        a = {key: value or "" for key, value in attrs}
        if tag == "a" and a.get("href", "").startswith("/"):
            self.links.add(a["href"])
        elif tag == "form" and a.get("method", "").lower() == "post":
            self.forms.append((a.get("action") or self.url, {}))
            self.open = True
        elif self.open and a.get("name") and tag in ("input", "textarea", "button", "select"):
            self.forms[-1][1].setdefault(a["name"], a.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.open = False


def _name(url: str) -> str:
    try:
        return resolve(url.partition("?")[0].partition("#")[0]).view_name
    except Resolver404:
        return ""


def _body(city: City, url: str, typed: dict[str, str]) -> dict[str, Any]:
    """Return the whole body of the act of `acts`, where it is about the same thing; else what stands in the form."""
    name = _name(url)
    act = ACTS.get(name)
    if act is None or act.parts or name in MADE_BEFORE or path(city, name) != url:
        return typed
    return act.data(city) | {key: value for key, value in typed.items() if key == "step"}


# Their bodies name what their act makes before it.
MADE_BEFORE = {"accounts:second_factor"}
# What they are refused depends on what is chosen in the form: a year, a list, an item.
CHOSEN = {"assessment:create_round", "measures:draw_recheck", "assessment:raise_objection"}
# Ends every session of the person.
NOT_SENT = {"accounts:logout"}
# Those in whose relation a page has lied before, each in a state in which there is something to do.
SEEN = [
    ("town", "handed in"), ("x1", "open"), ("office", "assessing"), ("leader", "notice"),
    ("a1", "notice"), ("third", "notice"), ("no_role", "notice"),
    ("county", "open"), ("security", "open"), ("system", "open"),
]  # fmt: skip


def _be(city: City, state: str) -> None:
    Round.objects.filter(year=2026).update(
        state={"notice": Round.NOTICE, "assessing": Round.ASSESSING}.get(state, Round.LAUNCHED)
    )
    if state != "notice":
        Seat.objects.update(done_at=None)
    if state == "open":
        Sheet.objects.filter(pk=city["sheet"].pk).update(state=Sheet.OPEN, submitted_by=None)


def _refused_links(city: City, person: str, links: set[str]) -> Iterator[str]:
    for link in links:
        with undone(), without_pages():
            answer = word(client_of(city, person).get(link))
        if answer == "login" or answer[0] not in "23":
            yield f"link to {_name(link)} {link}: {answer}"


def _refused_forms(city: City, person: str, forms: list[tuple[str, dict[str, str]]]) -> Iterator[str]:
    for action, typed in forms:
        name = _name(action)
        if name in NOT_SENT:
            continue
        with undone(), without_pages():
            # A browser of its own each time: some of what is sent ends the session.
            answer = word(client_of(city, person).post(action, _body(city, action, typed)))
        if answer in ("403", "404", "405") or (answer == "409" and name not in CHOSEN):
            yield f"form {name} {action}: {answer} {typed.get('step', '')}"


@pytest.mark.parametrize(("person", "state"), SEEN)
def test_whatever_a_page_offers_may_be_done(person: str, state: str, whole_city: City) -> None:
    wrong: list[str] = []
    seen: set[str] = set()
    with undone():
        _be(whole_city, state)
        for name in PAGES:
            url = path(whole_city, name)
            with undone():
                response = client_of(whole_city, person).get(url)
                said = response.status_code == 200 and "html" in response.headers["Content-Type"]
                offers = Offers(response.content.decode() if said else "", url)
            wrong += [f"{name}: {line}" for line in _refused_links(whole_city, person, offers.links - seen)]
            wrong += [f"{name}: {line}" for line in _refused_forms(whole_city, person, offers.forms)]
            seen |= offers.links
    assert len(seen) > 5, "no page was read"
    assert not wrong, "\n".join(sorted(wrong))
