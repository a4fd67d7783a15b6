"""An event confirmed after the last computation holds every step until the year is computed again."""

from collections.abc import Callable

import pytest
from django.test import Client

from lianheng.web.accounts.models import User
from lianheng.web.assessment.inbox import office_items
from lianheng.web.assessment.models import ConfirmedEvent, Round
from lianheng.web.assessment.services import computing
from lianheng.web.assessment.tests import year
from lianheng.web.assessment.tests.conftest import City
from lianheng.web.assessment.tests.test_results import result_of
from lianheng.web.shell.clock import today

pytestmark = pytest.mark.django_db
LogIn = Callable[[User], Client]
WHY = "有 1 个认定事件在上次计算以后认定，还没有计入"


def _confirm(city: City, log_in: LogIn, date: str = "2026-06-01") -> None:
    """Register and confirm a D1 of the school on the pages, as a stranger did."""
    data = {"kind": "D1|", "found": "outside", "date": date, "facts": "检查查实"}
    assert log_in(city.people["office"]).post(f"/events/new/{city.units['X1'].pk}/", data).status_code == 302
    event = ConfirmedEvent.objects.latest("pk")
    said = {"revision": 0, "document": "认定书〔2026〕1号"}
    assert log_in(city.people["room"]).post(f"/events/{event.pk}/confirm/", said).status_code == 302
    event.refresh_from_db()
    assert event.state == ConfirmedEvent.CONFIRMED


def _step(client: Client, round_: Round, step: str) -> tuple[int, str]:
    round_.refresh_from_db()
    data = {"step": step, "revision": round_.revision, "opinion": "同意"}
    answer = client.post(f"/assessment/{round_.pk}/step/", data)
    return answer.status_code, answer.content.decode()


def _asked(city: City, person: str) -> dict[str, str]:
    return {item.title: item.why for item in office_items(User.objects.get(pk=city.people[person].pk), today())}


def _recompute(city: City, round_: Round) -> None:
    round_.refresh_from_db()
    computing.compute_results(actor=city.people["office"], round_id=round_.pk, revision=round_.revision)


def test_an_event_confirmed_after_computing_holds_every_step_until_computed_again(
    city: City, log_in: LogIn, on_day: Callable[[str], None]
) -> None:
    round_ = year.computed(city)
    before = result_of(city, "X1").score
    office, office2, leader = (log_in(city.people[name]) for name in ("office", "office2", "leader"))
    title = f"重新计算{round_.name}结果"
    for step, client in (("review", office2), ("notice", office), ("publish", leader)):
        if step == "publish":
            on_day("2027-03-01")
        _confirm(city, log_in)
        status, text = _step(client, round_, step)
        assert status == 409 and f"{WHY}，先重新计算" in text
        shown = client.get(f"/assessment/{round_.pk}/").content.decode()
        assert f"{WHY}，先重新计算" in shown
        assert _asked(city, "office") == {title: WHY} and not _asked(city, "leader")
        _recompute(city, round_)
        assert title not in _asked(city, "office")
        if step != "review":
            assert _step(office2, round_, "review")[0] == 302
        if step == "publish":
            assert _step(office, round_, "notice")[0] == 302
            on_day("2027-05-01")
        assert _step(client, round_, step)[0] == 302
    round_.refresh_from_db()
    after = result_of(city, "X1").score
    assert round_.state == Round.PUBLISHED and before is not None and after is not None and after < before


def test_an_event_of_another_year_holds_nothing(city: City, log_in: LogIn) -> None:
    round_ = year.computed(city)
    _confirm(city, log_in)
    ConfirmedEvent.objects.update(date="2025-06-01")
    assert _step(log_in(city.people["office2"]), round_, "review")[0] == 302
