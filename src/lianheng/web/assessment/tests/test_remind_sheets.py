"""Reminders: by the office once a day, by the clock three working days before the due date."""

from collections.abc import Callable

import pytest
from django.test import Client

from lianheng.web.accounts.models import User
from lianheng.web.assessment.models import Sheet
from lianheng.web.assessment.services.reminding import remind_before_due
from lianheng.web.assessment.tests import year
from lianheng.web.assessment.tests.conftest import City
from lianheng.web.trail.models import TrailEntry

pytestmark = pytest.mark.django_db
LogIn = Callable[[User], Client]


def test_the_office_reminds_once_a_day_and_only_who_is_missing(city: City, log_in: LogIn) -> None:
    round_ = year.launched(city)
    handed_in = round_.sheets.get(institution=city.units["X1"])
    year.filled_in(city, handed_in)
    client = log_in(city.people["office"])
    data = {"step": "remind", "revision": round_.revision}
    assert client.post(f"/assessment/{round_.pk}/step/", data).status_code == 302
    assert Sheet.objects.filter(reminders=1).count() == round_.sheets.count() - 1
    assert TrailEntry.objects.filter(action="assessment.sheet_reminded").count() == round_.sheets.count() - 1
    again = client.post(f"/assessment/{round_.pk}/step/", data)
    assert again.status_code == 409 and "今天已经催过" in again.content.decode()


def test_a_unit_may_not_remind(city: City, log_in: LogIn) -> None:
    round_ = year.launched(city)
    data = {"step": "remind", "revision": round_.revision}
    assert log_in(city.people["x1"]).post(f"/assessment/{round_.pk}/step/", data).status_code == 403


def test_the_clock_reminds_three_working_days_ahead_and_once(city: City, on_day) -> None:  # type: ignore[no-untyped-def]
    round_ = year.launched(city)  # due Tuesday 15 December 2026
    on_day("2026-12-09")
    assert remind_before_due() == 0
    on_day("2026-12-10")
    assert remind_before_due() == round_.sheets.count()
    assert remind_before_due() == 0


def test_after_the_late_days_nobody_is_asked_or_reminded(city: City, log_in: LogIn, on_day) -> None:  # type: ignore[no-untyped-def]
    round_ = year.launched(city)  # due Tuesday 15 December 2026, late days to Friday 18
    unit, office = log_in(city.people["x1"]), log_in(city.people["office"])
    sheet = round_.sheets.get(institution=city.units["X1"])
    row = f"填考评表：{sheet.name}"
    data = {"step": "remind", "revision": round_.revision}
    on_day("2026-12-18")
    assert row in unit.get("/").content.decode() and "催到位" in office.get("/").content.decode()
    on_day("2026-12-19")
    assert row not in unit.get("/").content.decode()
    page = office.get("/").content.decode()
    assert "补报期已过，不能再交" in page and "催到位" not in page
    answer = office.post(f"/assessment/{round_.pk}/step/", data)
    assert answer.status_code == 409 and "补报期已过" in answer.content.decode()
    # A unit with more time is still reminded, and only that one.
    Sheet.objects.filter(pk=sheet.pk).update(due="2026-12-21")
    assert row in unit.get("/").content.decode()
    assert office.post(f"/assessment/{round_.pk}/step/", data).status_code == 302
    assert list(Sheet.objects.filter(reminders=1)) == [sheet]
