"""A session ends under an open page: the person learns why, and comes back to the page and never to a bare act."""

import datetime as dt
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pyotp
import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from django.urls import reverse

from lianheng.web.accounts.models import Assignment, Session, User
from lianheng.web.accounts.services import grant_role, reset_password
from lianheng.web.accounts.services.second_factor import real_moment
from lianheng.web.conftest import PASSWORD, TODAY, MakeUser

pytestmark = pytest.mark.django_db
LogIn = Callable[[User], Client]
ACT = "/sheets/7/fill/"


@pytest.fixture
def jia(make_user: MakeUser) -> User:
    return make_user("jia")


def _led_to(response: object) -> dict[str, str]:
    assert response.status_code == 302  # type: ignore[attr-defined]
    return {key: value[0] for key, value in parse_qs(urlsplit(response.url).query).items()}  # type: ignore[attr-defined]


def test_a_new_role_says_so_and_leads_back_to_the_form(jia: User, log_in: LogIn) -> None:
    browser = log_in(jia)
    grant_role(actor=None, user_id=jia.pk, role="assessor", valid_from=TODAY, division="4304")
    response = browser.post(ACT, {"v.x": "1"})
    assert _led_to(response) == {"next": "/sheets/7/", "why": "changed", "sent": "1"}
    page = browser.get(response.url).content.decode()
    assert "您的角色、单位或密码刚有调整" in page and "没有写入" in page and 'value="/sheets/7/"' in page


def test_a_page_that_saves_quietly_is_told_too(jia: User, log_in: LogIn) -> None:
    browser = log_in(jia)
    grant_role(actor=None, user_id=jia.pk, role="assessor", valid_from=TODAY, division="4304")
    response = browser.post(ACT, {"v.x": "1"}, HTTP_ACCEPT="application/json")
    assert response.status_code == 401 and "刚有调整" in response.json()["message"]
    assert _led_to(browser.post(ACT, {"v.x": "1"}))["why"] == "changed"


def test_a_time_out_and_an_account_switched_off(jia: User, log_in: LogIn) -> None:
    browser = log_in(jia)
    Session.objects.update(expire_date=dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
    assert _led_to(browser.get("/sheets/?page=2")) == {"next": "/sheets/?page=2", "why": "ended"}
    browser = log_in(jia)
    User.objects.filter(pk=jia.pk).update(is_active=False)
    assert _led_to(browser.get("/"))["why"] == "off"
    assert _led_to(Client().get("/")) == {"next": "/"}


@pytest.mark.parametrize(
    ("sent_from", "act", "page"),
    [
        ("http://testserver/measures/enter/5/?period=2026", "/measures/enter/5/", "/measures/enter/5/?period=2026"),
        ("http://testserver/assessment/3/reopen/", "/assessment/3/reopen/", "/assessment/3/"),
        ("http://elsewhere.test/trap/", "/people/roles/4/end/", "/people/"),
        ("http://testserver/login/?next=/", "/standards/clauses/2/remove/", "/standards/"),
    ],
)
def test_the_page_of_a_form(sent_from: str, act: str, page: str) -> None:
    assert _led_to(Client().post(act, HTTP_REFERER=sent_from))["next"] == page


def test_an_act_opened_as_a_page_names_a_way_on(jia: User, log_in: LogIn) -> None:
    response = log_in(jia).get(ACT)
    page = response.content.decode()
    assert response.status_code == 405 and response.headers["Allow"] == "POST"
    assert "不能直接打开" in page and 'href="/sheets/7/"' in page


def test_a_refusal_leads_back_to_its_form(make_user: MakeUser, log_in: LogIn) -> None:
    admin = make_user("sys", "system_admin")
    response = log_in(admin).post(
        f"/people/{admin.pk}/disable/", {"reason": "x", "revision": admin.revision},
        HTTP_REFERER=f"http://testserver/people/{admin.pk}/",
    )  # fmt: skip
    assert response.status_code == 403 and f'href="/people/{admin.pk}/"' in response.content.decode()


def test_a_reset_password_and_a_second_factor_lead_back_to_the_form(
    jia: User, make_user: MakeUser, log_in: LogIn
) -> None:
    """The window keeps what was typed until the page is there again: each door on the way leads on to it."""
    browser, form = log_in(jia), "http://testserver/sheets/7/?page=2"
    User.objects.filter(pk=jia.pk).update(totp_secret="")
    Assignment.objects.create(user=jia, role="supervision_room", division="4304", valid_from=TODAY)
    code = reset_password(actor=make_user("sys", "system_admin"), person_id=jia.pk, revision=jia.revision)
    # Verified with the person and released.
    User.objects.filter(pk=jia.pk).update(code_from=None)
    sent = browser.post(ACT, {"v.x": "1"}, HTTP_REFERER=form)
    page = _led_to(sent)["next"]
    assert page == "/sheets/7/?page=2"
    log_in_form = {"username": "jia", "password": code, "next": page}
    assert browser.post(sent.url, log_in_form).url == page  # type: ignore[attr-defined]
    door = browser.get(page)
    assert urlsplit(door.url).path == "/me/password/" and _led_to(door) == {"next": page}  # type: ignore[attr-defined]
    new = {"old": code, "new": "another-good-one-7", "again": "another-good-one-7"}
    # Typed wrong once, it still knows.
    assert browser.post(door.url, {**new, "again": "x"}).status_code == 422  # type: ignore[attr-defined]
    assert browser.post(door.url, new).url == page  # type: ignore[attr-defined]
    door = browser.get(page)
    assert urlsplit(door.url).path == "/me/second-factor/" and _led_to(door) == {"next": page}  # type: ignore[attr-defined]
    secret = re.search(r'class="hash">([A-Z2-7]{32})<', browser.get(door.url).content.decode()).group(1)  # type: ignore[union-attr, attr-defined]
    done = browser.post(door.url, {"code": pyotp.TOTP(secret).at(real_moment())}).content.decode()  # type: ignore[attr-defined]
    assert f'href="{page}"' in done


@pytest.mark.parametrize("wanted", ["https://elsewhere.example/", "//elsewhere.example/", "javascript:alert(1)"])
def test_no_door_leads_elsewhere(jia: User, log_in: LogIn, wanted: str) -> None:
    browser = log_in(jia)
    new = {"old": PASSWORD, "new": "another-good-one-7", "again": "another-good-one-7"}
    assert browser.post(f"/me/password/?{urlencode({'next': wanted})}", new).url == "/"  # type: ignore[attr-defined]


def test_the_script_puts_a_draft_back_behind_every_door() -> None:
    script = Path(finders.find("shell/drafts.js")).read_text()
    doors = re.search(r"DOORS = \[(.*?)\]", script).group(1)  # type: ignore[union-attr]
    names = ("login", "password", "second_factor")
    assert re.findall(r'"(.*?)"', doors) == [reverse(f"accounts:{name}") for name in names]
    assert reverse("accounts:second_step").startswith(reverse("accounts:login"))
