"""Handing a sheet in, late or in time; sending it back; more time."""

import pytest
from django.urls import reverse

from lianheng.web.assessment.inbox import office_items, own_items
from lianheng.web.assessment.models import Extension, Sheet
from lianheng.web.assessment.tests import year
from lianheng.web.assessment.tests.conftest import City
from lianheng.web.conftest import TODAY
from lianheng.web.trail.models import TrailEntry

pytestmark = pytest.mark.django_db


@pytest.fixture
def sheet(city: City) -> Sheet:
    return year.launched(city).sheets.get(institution=city.units["X1"])


def submit(client, sheet: Sheet):  # type: ignore[no-untyped-def]
    sheet.refresh_from_db()
    return client.post(reverse("assessment:submit_sheet", args=[sheet.pk]), {"revision": sheet.revision})


def test_it_asks_naming_the_sheet_and_submits(city: City, sheet: Sheet, log_in) -> None:  # type: ignore[no-untyped-def]
    client = log_in(city.people["x1"])
    page = client.get(reverse("assessment:submit_sheet", args=[sheet.pk])).content.decode()
    assert "提交演示第一中学的考评表" in page and "还缺" in page
    assert submit(client, sheet).status_code == 302
    sheet.refresh_from_db()
    assert (sheet.state, sheet.late) == (Sheet.SUBMITTED, False)
    assert TrailEntry.objects.filter(action="assessment.sheet_submitted").count() == 1


def test_after_the_due_date_it_is_late_and_then_refused(city: City, sheet: Sheet, log_in, on_day) -> None:  # type: ignore[no-untyped-def]
    client = log_in(city.people["x1"])
    on_day("2026-12-16")
    assert "补报期" in client.get(reverse("assessment:sheet", args=[sheet.pk])).content.decode()
    on_day("2026-12-19")
    assert submit(client, sheet).status_code == 409
    on_day("2026-12-16")
    assert submit(client, sheet).status_code == 302
    sheet.refresh_from_db()
    assert sheet.late


def test_it_is_returned_with_a_reason(city: City, sheet: Sheet, log_in) -> None:  # type: ignore[no-untyped-def]
    unit, office = log_in(city.people["x1"]), log_in(city.people["lead"])
    submit(unit, sheet)
    sheet.refresh_from_db()
    url = reverse("assessment:return_sheet", args=[sheet.pk])
    assert office.post(url, {"revision": sheet.revision, "reason": ""}).status_code == 422
    assert office.post(url, {"revision": sheet.revision, "reason": "X1.1 缺会议记录"}).status_code == 302
    assert "X1.1 缺会议记录" in unit.get(reverse("assessment:sheet", args=[sheet.pk])).content.decode()
    items = own_items(city.people["x1"], TODAY)
    assert [item.act for item in items] == ["改好再交"] and "X1.1 缺会议记录" in items[0].why


def test_the_unit_may_not_return_its_own(city: City, sheet: Sheet, log_in) -> None:  # type: ignore[no-untyped-def]
    client = log_in(city.people["x1"])
    submit(client, sheet)
    sheet.refresh_from_db()
    url = reverse("assessment:return_sheet", args=[sheet.pk])
    assert client.post(url, {"revision": sheet.revision, "reason": "再改"}).status_code == 403


def test_more_time_is_asked_and_decided_by_another(city: City, sheet: Sheet, log_in) -> None:  # type: ignore[no-untyped-def]
    unit, office = log_in(city.people["x1"]), log_in(city.people["office"])
    url = reverse("assessment:request_extension", args=[sheet.pk])
    early = unit.post(url, {"revision": sheet.revision, "new_due": "2026-12-01", "reason": "换届"})
    assert early.status_code == 422 and "要晚于现在的截止日期" in early.content.decode()
    assert unit.post(url, {"revision": sheet.revision, "new_due": "2026-12-25", "reason": "换届"}).status_code == 302
    extension = Extension.objects.get()
    assert "决定 1 份延期申请" in [item.title for item in office_items(city.people["office"], TODAY)]
    assert "演示第一中学" in office.get(reverse("assessment:extensions")).content.decode()
    decide = reverse("assessment:decide_extension", args=[extension.pk])
    assert unit.post(decide, {"granted": "yes"}).status_code == 403
    assert office.post(decide, {"granted": "yes"}).status_code == 302
    sheet.refresh_from_db()
    left = [item.title for item in office_items(city.people["office"], TODAY) if "延期" in item.title]
    assert sheet.due.isoformat() == "2026-12-25" and not left


def test_the_list_shows_lights_and_keeps_to_the_scope(city: City, sheet: Sheet, log_in, on_day) -> None:  # type: ignore[no-untyped-def]
    url = reverse("assessment:sheets")
    office, county = log_in(city.people["office"]), log_in(city.people["county"])
    on_day("2026-12-10")
    assert "余 5 天" in office.get(url, {"light": "blue"}).content.decode()
    assert "没有符合条件的考评表" in office.get(url, {"light": "red"}).content.decode()
    on_day("2026-12-20")
    assert "逾期 5 天" in office.get(url, {"light": "red"}).content.decode()
    page = county.get(url).content.decode()
    assert "演示第二中学" in page and "演示第一中学" not in page
    assert office.get(url, {"export": "xlsx"}).status_code == 200


def test_a_second_click_is_told_so(city: City, sheet: Sheet, log_in) -> None:  # type: ignore[no-untyped-def]
    client = log_in(city.people["x1"])
    url, given = reverse("assessment:submit_sheet", args=[sheet.pk]), {"revision": sheet.revision}
    assert client.post(url, given).status_code == 302
    again = client.post(url, given)
    assert again.status_code == 409 and "您刚才已经提交" in again.content.decode()
    assert "被别人改过" not in again.content.decode()
    assert TrailEntry.objects.filter(action="assessment.sheet_submitted").count() == 1
