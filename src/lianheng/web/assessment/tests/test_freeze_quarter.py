"""Quarterly snapshots: frozen once the quarter is over, of the evaluation alone."""

from collections.abc import Callable

import pytest
from django.test import Client

from lianheng.web.accounts.models import User
from lianheng.web.assessment.models import Snapshot
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
