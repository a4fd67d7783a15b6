"""An event is registered in the words of the scheme, within scope, with nothing that cannot be."""

import re

import pytest
from django.urls import reverse

from lianheng.web.assessment.models import ConfirmedEvent, Round
from lianheng.web.assessment.tests import year
from lianheng.web.assessment.tests.conftest import City
from lianheng.web.trail.models import TrailEntry
from lianheng.web.units.models import Institution
from lianheng.web.units.naming import index_names

pytestmark = pytest.mark.django_db
PASSIVE = {"kind": "D1|", "found": "outside", "date": "2026-09-01", "facts": "市纪委检查发现食堂账目不清。"}


@pytest.fixture
def client(city: City, log_in):  # type: ignore[no-untyped-def]
    year.prepared(city)
    return log_in(city.people["room"])


def send(client, city: City, **changed: str):  # type: ignore[no-untyped-def]
    url = reverse("assessment:enter_event", args=[city.units["X1"].pk])
    return client.post(url, {**PASSIVE, **changed})


def test_it_registers_and_records(city: City, client) -> None:  # type: ignore[no-untyped-def]
    assert send(client, city).status_code == 302
    event = ConfirmedEvent.objects.get()
    assert (event.kind, event.found, event.state, event.county) == ("D1", "outside", "entered", "430421")
    assert TrailEntry.objects.filter(action="assessment.event_entered", subject_id=str(event.pk)).exists()


def test_a_form_sent_twice_is_one_event(city: City, client) -> None:  # type: ignore[no-untyped-def]
    page = client.get(reverse("assessment:enter_event", args=[city.units["X1"].pk])).content.decode()
    key = re.search(r'name="form_key" value="(\w{32})"', page)
    assert key and send(client, city, form_key=key[1]).status_code == 302
    again = send(client, city, form_key=key[1])
    assert again.status_code == 409 and "事件只登记一次" in again.content.decode()
    assert ConfirmedEvent.objects.count() == 1
    # The next form has a key of its own, and two like events may well be two.
    assert key[1] not in client.get(reverse("assessment:enter_event", args=[city.units["X1"].pk])).content.decode()
    assert send(client, city, form_key="").status_code == 302


def test_kinds_have_chinese_names(city: City, client) -> None:  # type: ignore[no-untyped-def]
    page = client.get(reverse("assessment:enter_event", args=[city.units["X1"].pk])).content.decode()
    assert "D1 被外部查处" in page and "N-X1 出现“无严重师德失范事件”的相反情形" in page
    assert "X4.2 食堂膳食与采购：经确认的膳食经费或采购违规事件数" in page and "N-J1" not in page


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"date": "2026-12-30"}, "事件日期在将来"),
        ({"kind": "N-J1|"}, "N-J1"),
        ({"kind": "D2|", "days_overdue": ""}, "整改逾期请填逾期天数"),
        ({"kind": "D2|", "days_overdue": "-5"}, "不能小于 0"),
        ({"kind": "D4|"}, "请选涉及的条目"),
        ({"kind": "D4|", "item": "J1.1"}, "J1.1"),
        ({"facts": "  "}, "这一项还没有填"),
        ({"date": "昨天"}, "没有这一天"),
    ],
)
def test_it_refuses_what_cannot_be(city: City, client, changed, message) -> None:  # type: ignore[no-untyped-def]
    response = send(client, city, **changed)
    page = response.content.decode()
    assert response.status_code == 422 and message in page and 'class="error"' in page
    assert not ConfirmedEvent.objects.exists()


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [("days_overdue", "90", "只有 D2 整改逾期计逾期天数"), ("item", "X1.1", "只有 D4 数据造假要选条目")],
)
def test_what_belongs_to_another_kind_is_said(city: City, client, field: str, value: str, message: str) -> None:  # type: ignore[no-untyped-def]
    answer = send(client, city, kind="X4.2|confirmed", **{field: value})
    assert answer.status_code == 422 and message in answer.content.decode()
    assert not ConfirmedEvent.objects.exists()


@pytest.mark.parametrize("state", [Round.PUBLISHED, Round.LOCKED])
def test_a_year_whose_results_are_final_takes_no_event(city: City, client, state: str) -> None:  # type: ignore[no-untyped-def]
    Round.objects.update(state=state)
    answer = send(client, city)
    page = answer.content.decode()
    assert answer.status_code == 422 and "2026 年度结果已经公布" in page and "先重开考评再登记" in page
    assert PASSIVE["facts"] in page and not ConfirmedEvent.objects.exists()
    Round.objects.update(state=Round.MODERATING)
    assert send(client, city).status_code == 302


def test_units_are_found_within_scope(city: City, client, log_in) -> None:  # type: ignore[no-untyped-def]
    index_names(Institution.objects.all())
    url = reverse("assessment:choose_unit")
    assert "演示第一中学" in client.get(url, {"q": "第一"}).content.decode()
    county = log_in(city.people["county"])
    assert "没有名称带“第一”的单位" in county.get(url, {"q": "第一"}).content.decode()
    assert send(county, city).status_code == 404
    assert send(log_in(city.people["x1"]), city).status_code == 403
    assert not ConfirmedEvent.objects.exists()


@pytest.mark.parametrize(
    ("date", "message"),
    [("1900-01-01", "1900 年没有已发布的考评方案"), ("9999-12-31", "事件日期在将来")],
)
def test_a_mistyped_year_keeps_what_was_typed(city: City, client, date: str, message: str) -> None:  # type: ignore[no-untyped-def]
    """The form stays, with the text and the kind, and says at the date what is wrong."""
    answer = send(client, city, date=date)
    page = answer.content.decode()
    assert answer.status_code == 422 and message in page and "没有可以登记的事件" not in page
    assert PASSIVE["facts"] in page and f'value="{date}"' in page and '<option value="D1|" selected>' in page
    assert list(answer.context["form"].errors) == ["date"] and not ConfirmedEvent.objects.exists()


def test_no_telephone_gets_into_the_facts(city: City, client) -> None:  # type: ignore[no-untyped-def]
    facts = "经办人电话" + "13" + "7" * 9
    answer = send(client, city, facts=facts)
    assert answer.status_code == 422 and "像是写了手机号" in answer.content.decode()
    assert "最多 300 个字，现在有 301 个" in send(client, city, facts="字" * 301).content.decode()
    assert not ConfirmedEvent.objects.exists()
