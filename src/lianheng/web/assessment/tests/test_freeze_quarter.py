"""Quarterly snapshots: frozen once the quarter is over, of the evaluation alone."""

from collections.abc import Callable

import pytest
from django.test import Client

from lianheng.web.accounts.models import User
from lianheng.web.assessment.models import Round, Snapshot
from lianheng.web.assessment.tests import year
from lianheng.web.assessment.tests.conftest import City

pytestmark = pytest.mark.django_db
LogIn = Callable[[User], Client]


def test_a_quarter_that_is_over_is_frozen_with_what_is_missing(city: City, log_in: LogIn) -> None:
    round_ = year.launched(city)
    client = log_in(city.people["office"])
    assert client.post(f"/assessment/{round_.pk}/quarter/", {"quarter": 3}).status_code == 302
    snapshot = Snapshot.objects.get()
    # The area and the organ are asked for quarters; the schools' list is not.
    assert (snapshot.period, snapshot.units) == ("2026Q3", 2) and snapshot.missing > 0


def test_a_running_quarter_is_refused(city: City, log_in: LogIn) -> None:
    round_ = year.launched(city)
    answer = log_in(city.people["office"]).post(f"/assessment/{round_.pk}/quarter/", {"quarter": 4})
    assert answer.status_code == 409 and "2027-01-01" in answer.content.decode()
    assert not Snapshot.objects.exists()


def test_it_is_offered_with_a_confirmation_and_the_last_quarter_that_is_over(city: City, log_in: LogIn) -> None:
    round_ = year.launched(city)
    answer = log_in(city.people["office"]).get(f"/assessment/{round_.pk}/")
    page = answer.content.decode()
    assert "确认冻结" in page and '<option value="3" selected>' in page
    assert "确认冻结" not in log_in(city.people["leader"]).get(f"/assessment/{round_.pk}/").content.decode()


def test_after_the_first_computation_it_is_neither_offered_nor_done(city: City, log_in: LogIn) -> None:
    round_ = year.computed(city)
    client = log_in(city.people["office"])
    count = Snapshot.objects.count()
    # Computed, shown, published, and reopened: the year's quarters are in its results.
    for state in (Round.COMPUTED, Round.NOTICE, Round.PUBLISHED, Round.LOCKED, Round.MODERATING):
        Round.objects.filter(pk=round_.pk).update(state=state)
        assert "确认冻结" not in client.get(f"/assessment/{round_.pk}/").content.decode()
        answer = client.post(f"/assessment/{round_.pk}/quarter/", {"quarter": 1})
        assert answer.status_code == 409 and "已经计算过" in answer.content.decode()
    assert Snapshot.objects.count() == count
