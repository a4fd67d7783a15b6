"""The session brings its person and what counts for this person, and nothing of it outlives a request."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from lianheng.web.accounts.models import Assignment, Delegation, Session, User
from lianheng.web.accounts.scope import grants_of
from lianheng.web.accounts.sessions import SessionStore
from lianheng.web.shell.clock import today

pytestmark = pytest.mark.django_db
MakeUser, LogIn = Callable[..., User], Callable[[User], Client]


def loaded(client: Client) -> SessionStore:
    store = SessionStore(client.session.session_key)
    assert store.keys()
    return store


def test_one_query_brings_session_person_and_rights(make_user: MakeUser, log_in: LogIn) -> None:
    client = log_in(make_user("jia", "leading_group", division="4304"))
    with CaptureQueriesContext(connection) as asked:
        person = loaded(client).person
        assert person is not None and [grant.division for grant in grants_of(person)] == ["4304"]
    # The fixture's own look at the key is the other one.
    assert len([query for query in asked.captured_queries if "accounts_assignment" in query["sql"]]) == 1


def test_it_brings_the_same_as_asking_for_the_rights_alone(make_user: MakeUser, log_in: LogIn) -> None:
    jia, yi = make_user("jia", "leading_group", division="4304"), make_user("yi", "special_office", division="430421")
    row = Assignment.objects.get(user=yi)
    last = today() + dt.timedelta(days=3)
    Delegation.objects.create(assignment=row, to_user=jia, valid_from=today(), valid_to=last, reason="休假")
    person = loaded(log_in(User.objects.get(pk=jia.pk))).person
    assert person is not None
    grants = grants_of(person)
    assert grants == grants_of(User.objects.get(pk=jia.pk)) == grants_of(User.objects.get(pk=jia.pk), on=today())
    assert {(grant.role, grant.on_behalf_of) for grant in grants} == {
        ("leading_group", None),
        ("special_office", yi.pk),
    }


def test_a_right_that_ends_is_gone_at_the_next_request(make_user: MakeUser, log_in: LogIn) -> None:
    client = log_in(make_user("jia", "leading_group", division="4304"))
    assert client.get("/institutions/").status_code == 200
    Assignment.objects.update(valid_to=today() - dt.timedelta(days=1))
    person = loaded(client).person
    assert person is not None and grants_of(person) == ()


def test_an_account_switched_off_has_no_session(make_user: MakeUser, log_in: LogIn) -> None:
    user = make_user("jia", "leading_group", division="4304")
    client = log_in(user)
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert client.get("/institutions/").status_code == 302


def test_a_changed_epoch_ends_the_session_and_its_row(make_user: MakeUser, log_in: LogIn) -> None:
    user = make_user("jia", "leading_group", division="4304")
    client = log_in(user)
    User.objects.filter(pk=user.pk).update(session_epoch=user.session_epoch + 1)
    assert client.get("/institutions/").status_code == 302
    assert not Session.objects.filter(user=user).exists()


def test_a_session_of_nobody_holds_what_comes_before_logging_in(db: None) -> None:
    store = SessionStore()
    store["pending"] = 1
    store.save()
    again = SessionStore(store.session_key)
    assert again["pending"] == 1 and again.person is None and Session.objects.get().user_id is None


def test_a_row_that_names_another_person_than_its_content_is_not_believed(make_user: MakeUser, log_in: LogIn) -> None:
    client, other = log_in(make_user("jia")), make_user("yi", "leading_group", division="4304")
    Session.objects.update(user=other)
    assert "用户jia" in client.get("/me/").content.decode()


def test_an_expired_session_is_over(make_user: MakeUser, log_in: LogIn) -> None:
    client = log_in(make_user("jia", "leading_group", division="4304"))
    Session.objects.update(expire_date=dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
    assert client.get("/institutions/").status_code == 302
