"""What the working pages ask of a person: cheap, and each count is the length of the list that it opens."""

import pytest
from django.test.utils import CaptureQueriesContext

from lianheng.web.accounts.scope import grants_of
from lianheng.web.assessment.inbox import own_items
from lianheng.web.assessment.models import Seat
from lianheng.web.assessment.tests import year
from lianheng.web.assessment.tests.conftest import City
from lianheng.web.conftest import TODAY

pytestmark = pytest.mark.django_db


def test_it_asks_each_role_for_its_part_in_few_queries(city: City, django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    year.assessing(city)
    expected = {
        "x1": [],
        "office": [],
        "p1": [f"给 {Seat.objects.filter(assessor=city.people['p1']).count()} 份考评表打分"],
    }
    for name, titles in expected.items():
        grants_of(city.people[name])
        with django_assert_max_num_queries(3):
            assert [item.title for item in own_items(city.people[name], TODAY)] == titles


def test_a_unit_is_asked_for_each_of_its_sheets(city: City) -> None:
    year.launched(city)
    items = own_items(city.people["j1"], TODAY)
    assert [(item.act, item.due.isoformat()) for item in items if item.due] == [("填报", "2026-12-15")] * 2


def test_a_page_does_not_ask_more_for_more_items(city: City, log_in) -> None:  # type: ignore[no-untyped-def]
    """The form's queries do not grow with its items: the evaluation has twice as many as a school's list."""
    from django.db import connection
    from django.urls import reverse

    round_ = year.launched(city)
    counts = {}
    for name, person in (("X1", "x1"), ("A1", "a1")):
        sheet = round_.sheets.get(institution=city.units[name])
        client = log_in(city.people[person])
        client.get(reverse("assessment:sheet", args=[sheet.pk]))
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get(reverse("assessment:sheet", args=[sheet.pk]))
        counts[name] = len(queries)
    assert counts["A1"] <= counts["X1"] <= 22
