"""Every act leaves an entry of the trail under the actor's name; whoever may not do it leaves a refusal, and no row."""

import pytest
from access import table
from acts import ACTS, EXEMPT, Act
from asking import Watch, client_of, path, undone, without_pages, word
from city import City
from groups import GROUPS, LOGGED_IN

from lianheng.web.trail.models import TrailEntry

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
# Acts that may be sent twice with one revision, and why.
AGAIN = {"assessment:seat_assessors": "fills the seats that are still empty; the round stays as it is"}
POSTS = {name for name, row in table().items() if set(row["methods"]) - {"GET", "HEAD"}}


def test_every_address_that_writes_has_an_example_or_a_reason() -> None:
    assert not sorted(POSTS - ACTS.keys() - EXEMPT.keys()), "add an example to tests/architecture/acts/"
    assert not sorted((ACTS.keys() | EXEMPT.keys()) - POSTS)
    assert not ACTS.keys() & EXEMPT.keys()


def _do(city: City, name: str, act: Act, person: str) -> tuple[str, Watch]:
    act.before(city)
    data, client, watch = act.data(city), client_of(city, person), Watch()
    answer = watch.ask(client, "POST", path(city, name, **act.parts), data)
    return word(answer), watch


@pytest.mark.parametrize("name", sorted(ACTS))
def test_it_is_done_and_recorded(name: str, whole_city: City) -> None:
    act = ACTS[name]
    with undone():
        answer, watch = _do(whole_city, name, act, act.by)
    assert answer[0] in "23" or (answer == "login" and name == "accounts:logout"), answer
    actor = f"user:{whole_city.people[act.actor or act.by].pk}"
    assert {entry.result for entry in watch.entries} <= {TrailEntry.DONE, TrailEntry.READ}
    assert actor in {entry.actor for entry in watch.entries}, "no entry of the trail under the actor's name"


@pytest.mark.parametrize("name", sorted(name for name, act in ACTS.items() if act.may != "ALL"))
def test_everybody_else_is_refused_whatever_the_body(name: str, whole_city: City) -> None:
    act, wrong = ACTS[name], []
    allowed = frozenset().union(*(GROUPS[group] for group in act.may.split("+")))
    with without_pages():
        for person in sorted(LOGGED_IN - allowed):
            with undone():
                answer, watch = _do(whole_city, name, act, person)
            if answer not in ("403", "404", "409", "422") or watch.written:
                wrong.append(f"{person}: {answer}, wrote {sorted(watch.written)}")
            entries = [(entry.result, entry.actor) for entry in watch.entries]
            if entries != [(TrailEntry.REFUSED, f"user:{whole_city.people[person].pk}")] and answer != "422":
                wrong.append(f"{person}: {answer} left {entries}")
    assert not wrong, "\n".join(wrong)


# One of each kind of role: the right is asked for before a form is read, whoever sends it.
WITHOUT = ("x1", "leader", "lead", "county", "room", "third", "system", "security", "audit")


@pytest.mark.parametrize("name", sorted(name for name, act in ACTS.items() if act.may != "ALL"))
def test_who_has_no_right_is_told_so_before_the_form_is_read(name: str, whole_city: City) -> None:
    act, wrong = ACTS[name], []
    allowed = frozenset().union(*(GROUPS[group] for group in act.may.split("+")))
    with undone(), without_pages():
        act.before(whole_city)
        url = path(whole_city, name, **act.parts)
        for person in WITHOUT:
            if person not in allowed:
                with undone():
                    answer = word(client_of(whole_city, person).post(url, {"unread": "1"}))
                if answer not in ("403", "404"):
                    wrong.append(f"{person}: {answer}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("name", sorted(ACTS))
def test_a_second_time_is_done_again_or_refused_with_an_entry(name: str, whole_city: City) -> None:
    """The same body once more, as from a second window: what has changed since refuses it, and that is an entry too."""
    act = ACTS[name]
    with undone():
        act.before(whole_city)
        first = act.data(whole_city)
        client, url = client_of(whole_city, act.by), path(whole_city, name, **act.parts)
        client.post(url, first)
        for value in first.values():
            if hasattr(value, "seek"):
                value.seek(0)
        watch = Watch()
        answer = word(watch.ask(client, "POST", url, first))
    refused = [entry.actor for entry in watch.entries if entry.result == TrailEntry.REFUSED]
    if answer[0] in "23" or answer == "login":
        assert not refused
        assert not any(key.endswith("revision") for key in first) or name in AGAIN, "an old revision was taken"
        return
    assert not watch.written
    # A value that cannot be accepted is a question back (docs/decisions/0006); every other refusal is an entry.
    assert refused == ([] if answer == "422" else [f"user:{whole_city.people[act.actor or act.by].pk}"]), answer
