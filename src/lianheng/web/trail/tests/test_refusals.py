import json
from collections.abc import Callable

import pytest
from django.test import Client

from lianheng.web.accounts.models import User
from lianheng.web.shell import navigation
from lianheng.web.trail.models import TrailEntry

pytestmark = [pytest.mark.django_db, pytest.mark.urls("lianheng.web.trail.tests.acts")]
LogIn = Callable[[User], Client]


@pytest.fixture(autouse=True)
def bare_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which places the refusal pages link to is tested elsewhere."""
    monkeypatch.setattr(navigation, "_PLACES", [])


@pytest.fixture
def browser(make_user: Callable[..., User], log_in: LogIn) -> Client:
    return log_in(make_user("jia"))


def refusals() -> list[dict[str, object]]:
    entries = TrailEntry.objects.filter(action="act.refused").select_related("payload").order_by("seq")
    return [{"actor": entry.actor, "result": entry.result, **json.loads(entry.payload.content)} for entry in entries]


@pytest.mark.parametrize(("code", "status"), [("forbidden", 403), ("wrong_state", 409), ("stale", 409)])
def test_a_refused_act_is_rolled_back_and_is_one_entry(browser: Client, code: str, status: int) -> None:
    response = browser.post(f"/test/refuse/{code}/")
    assert response.status_code == status
    assert "现在不能提交" in response.content.decode()
    assert not TrailEntry.objects.filter(action="test.half_done").exists()
    (entry,) = refusals()
    assert entry == {
        "actor": f"user:{User.objects.get().pk}",
        "result": "refused",
        "url": "test_refuse",
        "args": {"code": code},
        "method": "POST",
        "code": code,
        "message": "现在不能提交：\n考评已经结束",
    }


def test_a_value_that_cannot_be_accepted_is_rolled_back_and_no_entry(browser: Client) -> None:
    response = browser.post("/test/refuse/invalid/")
    assert response.status_code == 422
    assert "现在不能提交" in response.content.decode()
    assert not TrailEntry.objects.filter(action="test.half_done").exists()
    assert refusals() == []


@pytest.mark.parametrize("status", [403, 409])
def test_a_refusal_that_a_view_shows_in_its_own_page_is_an_entry(browser: Client, status: int) -> None:
    assert browser.post(f"/test/caught/{status}/").status_code == status
    assert [(entry["url"], entry["method"]) for entry in refusals()] == [("test_caught", "POST")]


def test_a_write_to_what_is_not_visible_is_an_entry(browser: Client) -> None:
    assert browser.post("/test/hidden/a%0Ab/").status_code == 404
    (entry,) = refusals()
    assert (entry["url"], entry["code"], entry["args"]) == ("test_hidden", "not_visible", {"name": "a\nb"})


@pytest.mark.parametrize("path", ["/test/hidden/a/", "/no/such/page/"])
def test_a_read_of_what_is_not_visible_is_no_entry(browser: Client, path: str) -> None:
    assert browser.get(path).status_code == 404
    assert browser.head(path).status_code == 404
    assert refusals() == []


def test_a_write_to_no_page_at_all_is_an_entry(browser: Client) -> None:
    assert browser.post("/no/such/page/").status_code == 404
    assert [(entry["url"], entry["code"]) for entry in refusals()] == [("", "not_visible")]


def test_a_bare_403_on_a_write_is_an_entry(browser: Client) -> None:
    assert browser.post("/test/denied/").status_code == 403
    assert [entry["code"] for entry in refusals()] == ["forbidden"]


def test_a_form_without_its_token_is_an_entry(make_user: Callable[..., User]) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(make_user("jia"))
    assert browser.post("/test/refuse/forbidden/").status_code == 403
    assert [(entry["url"], entry["code"]) for entry in refusals()] == [("test_refuse", "forbidden")]


@pytest.mark.parametrize(("query", "link"), [("", "?#draft"), ("?page=2", "?page=2&amp;#draft")])
def test_a_form_without_its_token_leads_back_to_its_page_with_the_draft(
    make_user: Callable[..., User], query: str, link: str
) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(make_user("jia"))
    # Many a form is sent to the address of its own page: with only a fragment behind it, a link there opens nothing.
    sent_from = f"/me/password/{query}"
    refused = browser.post(sent_from, HTTP_REFERER=f"http://testserver{sent_from}")
    page = refused.content.decode()
    assert refused.status_code == 403 and "由浏览器放回表里" in page and "drafts.js" not in page
    assert f'href="/me/password/{link}">回到那一页' in page


def test_strangers_without_an_account_cannot_fill_the_trail() -> None:
    before = TrailEntry.objects.count()
    assert Client().post("/no/such/page/").status_code == 404
    assert TrailEntry.objects.count() == before


def test_what_is_kept_of_a_long_address_is_bounded(browser: Client) -> None:
    browser.post(f"/test/hidden/{'x' * 3000}/")
    (entry,) = refusals()
    assert entry["args"] == {"name": "x" * 200}
