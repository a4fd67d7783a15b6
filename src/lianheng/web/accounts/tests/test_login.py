"""Logging in, out and changing one's password, through the pages."""

import datetime as dt
import re

import pytest
from django.test import Client

from lianheng.web.accounts.models import LoginFailure, User
from lianheng.web.accounts.throttle import sweep_failures
from lianheng.web.conftest import PASSWORD, MakeUser
from lianheng.web.shell.clock import now
from lianheng.web.trail.models import TrailEntry

pytestmark = pytest.mark.django_db


def _enter(client: Client, username: str, password: str):  # type: ignore[no-untyped-def]
    return client.post("/login/", {"username": username, "password": password})


def test_it_opens_the_inbox_and_records(client: Client, make_user: MakeUser) -> None:
    user = make_user("jia")
    response = _enter(client, "jia", PASSWORD)
    assert response.status_code == 302 and response.url == "/"
    assert "现在没有要您办的事" in client.get("/").content.decode()
    entry = TrailEntry.objects.get(action="accounts.logged_in")
    assert entry.actor == f"user:{user.pk}"


def test_it_refuses_a_wrong_password_and_records_without_it(client: Client, make_user: MakeUser) -> None:
    make_user("jia")
    response = _enter(client, "jia", "wrong-secret-text")
    assert response.status_code == 422
    assert "用户名或密码不对" in response.content.decode()
    entry = TrailEntry.objects.select_related("payload").get(action="accounts.log_in_failed")
    assert "wrong-secret-text" not in entry.payload.content


def test_failures_slow_one_name_down_and_leave_others_at_the_address_alone(client: Client, make_user: MakeUser) -> None:
    make_user("jia")
    make_user("yi")
    for _ in range(5):
        _enter(client, "jia", "wrong-secret-text")
    slowed = _enter(client, "jia", PASSWORD)
    assert slowed.status_code == 422 and "秒后再试" in slowed.content.decode()
    assert _enter(Client(), "yi", PASSWORD).status_code == 302
    assert LoginFailure.objects.get().username == "jia"


def test_the_first_log_in_asks_for_a_new_password(client: Client, make_user: MakeUser) -> None:
    user = make_user("jia")
    User.objects.filter(pk=user.pk).update(must_change_password=True)
    _enter(client, "jia", PASSWORD)
    assert client.get("/").url == "/me/password/"  # type: ignore[attr-defined]
    new = "another-good-one-7"
    client.post("/me/password/", {"old": PASSWORD, "new": new, "again": new})
    assert client.get("/").status_code == 200
    assert _enter(Client(), "jia", new).status_code == 302


@pytest.mark.parametrize(
    ("new", "says"),
    [
        ("123", ["密码太短，至少要 10 个字符", "这个密码很常见"]),
        ("administrator", ["这个密码很常见"]),
        ("wang.xiaoming1", ["密码和用户名或者姓名太像"]),
        ("欧阳清廉正直无私奉公守法", ["密码和用户名或者姓名太像"]),
    ],
)
def test_a_weak_password_is_refused_in_chinese(client: Client, make_user: MakeUser, new: str, says: list[str]) -> None:
    user = make_user("wang.xiaoming")
    User.objects.filter(pk=user.pk).update(name="欧阳清廉正直无私奉公守法")
    _enter(client, "wang.xiaoming", PASSWORD)
    answer = client.post("/me/password/", {"old": PASSWORD, "new": new, "again": new})
    assert answer.status_code == 422
    errors = answer.context["form"].errors["new"]
    assert len(errors) == 1 and all(words in errors[0] for words in says)
    assert not [word for word in re.findall("[A-Za-z]+", errors[0]) if word != "wang"], errors
    assert User.objects.get(username="wang.xiaoming").check_password(PASSWORD)


def test_it_sends_visitors_to_the_log_in_page(client: Client) -> None:
    assert client.get("/").url == "/login/?next=/"  # type: ignore[attr-defined]


def test_it_does_not_lead_to_another_host(client: Client, make_user: MakeUser) -> None:
    make_user("jia")
    data = {"username": "jia", "password": PASSWORD, "next": "https://elsewhere.example/"}
    assert client.post("/login/", data).url == "/"  # type: ignore[attr-defined]


def test_guessing_the_old_password_at_an_open_session_is_slowed(client: Client, make_user: MakeUser) -> None:
    make_user("jia")
    _enter(client, "jia", PASSWORD)
    new = "another-good-one-7"
    for _ in range(4):
        answer = client.post("/me/password/", {"old": "wrong-secret-text", "new": new, "again": new})
        assert "现在的密码不对" in answer.content.decode()
    answer = client.post("/me/password/", {"old": PASSWORD, "new": new, "again": new})
    assert answer.status_code == 422 and "秒后再试" in answer.content.decode()
    assert User.objects.get(username="jia").check_password(PASSWORD)


def test_names_of_nobody_are_told_by_batch(client: Client) -> None:
    for number in range(5):
        _enter(client, f"nobody{number}", "wrong-secret-text")
    assert not TrailEntry.objects.filter(action="accounts.log_in_failed").exists()
    sweep_failures(now())
    assert LoginFailure.objects.count() == 5
    sweep_failures(now() + dt.timedelta(days=2))
    assert not LoginFailure.objects.exists()
    entry = TrailEntry.objects.select_related("payload").get(action="accounts.failures_swept")
    assert '"names":5' in entry.payload.content.replace(" ", "")
