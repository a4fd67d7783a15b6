"""An event counts only when another person has confirmed it on the strength of a document."""

import datetime as dt

import pytest
from django.urls import reverse

from lianheng.web.assessment.inbox import own_items
from lianheng.web.assessment.models import ConfirmedEvent
from lianheng.web.assessment.services.events import enter_event
from lianheng.web.assessment.tests import year
from lianheng.web.assessment.tests.conftest import City
from lianheng.web.conftest import TODAY
from lianheng.web.trail.models import TrailEntry

pytestmark = pytest.mark.django_db


@pytest.fixture
def event(city: City) -> ConfirmedEvent:
    year.prepared(city)
    return enter_event(
        actor=city.people["room"], institution_id=city.units["X1"].pk, kind="V1", found="outside",
        date=dt.date(2026, 9, 1), facts="领导班子一名成员被立案查处。",
    )  # fmt: skip


def decide(client, event: ConfirmedEvent, act: str = "confirm_event", revision: int | None = None, **data: str):  # type: ignore[no-untyped-def]
    url = reverse(f"assessment:{act}", args=[event.pk])
    return client.post(url, {"revision": event.revision if revision is None else revision, **data})


def test_it_is_confirmed_by_another_person(city: City, event: ConfirmedEvent, log_in) -> None:  # type: ignore[no-untyped-def]
    office = log_in(city.people["office"])
    assert [i.title for i in own_items(city.people["office"], TODAY)] == ["认定 1 个事件"]
    assert "共 1 行" in office.get(reverse("assessment:events"), {"who": "mine"}).content.decode()
    assert decide(office, event, document="").status_code == 422
    assert decide(office, event, document="关于某某问题的处分决定 衡纪〔2026〕1号").status_code == 302
    event.refresh_from_db()
    assert (event.state, event.confirmed_by) == ("confirmed", city.people["office"])
    assert TrailEntry.objects.filter(action="assessment.event_confirmed").count() == 1
    assert not own_items(city.people["office"], TODAY)


def test_who_entered_it_may_not_confirm_it(city: City, event: ConfirmedEvent, log_in) -> None:  # type: ignore[no-untyped-def]
    client = log_in(city.people["room"])
    page = client.get(reverse("assessment:event", args=[event.pk])).content.decode()
    assert "要由另一个人认定" in page and "认定这个事件" not in page
    assert decide(client, event, document="文").status_code == 403
    event.refresh_from_db()
    assert event.state == "entered" and not own_items(city.people["room"], TODAY)


def test_it_is_turned_down_with_a_reason(city: City, event: ConfirmedEvent, log_in) -> None:  # type: ignore[no-untyped-def]
    client = log_in(city.people["office"])
    assert decide(client, event, "reject_event", reason="").status_code == 422
    assert decide(client, event, "reject_event", reason="不属于本单位").status_code == 302
    assert "不属于本单位" in client.get(reverse("assessment:event", args=[event.pk])).content.decode()


def test_the_second_decision_is_refused(city: City, event: ConfirmedEvent, log_in) -> None:  # type: ignore[no-untyped-def]
    decide(log_in(city.people["office"]), event, document="文一")
    assert decide(log_in(city.people["office2"]), event, document="文二").status_code == 409
    event.refresh_from_db()
    assert event.document == "文一"


def test_the_unit_sees_it_only_once_confirmed(city: City, event: ConfirmedEvent, log_in) -> None:  # type: ignore[no-untyped-def]
    unit = log_in(city.people["x1"])
    url = reverse("assessment:event", args=[event.pk])
    assert unit.get(url).status_code == 404
    assert event.facts not in unit.get(reverse("assessment:events")).content.decode()
    decide(log_in(city.people["office"]), event, document="文")
    assert unit.get(url).status_code == 200
    assert log_in(city.people["x2"]).get(url).status_code == 404
