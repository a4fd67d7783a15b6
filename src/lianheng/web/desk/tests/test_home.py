"""The inbox page: grouped by urgency, and beside it the year and the own unit's score, each within its scope."""

from collections.abc import Callable

from django.test import Client

from lianheng.web.accounts.models import User
from lianheng.web.assessment.models import Result
from lianheng.web.assessment.tests import year
from lianheng.web.assessment.tests.conftest import City, city, shared_city
from lianheng.web.conftest import MakeUser

__all__ = ["city", "shared_city"]
LogIn = Callable[[User], Client]


def test_it_groups_what_presses(city: City, log_in: LogIn) -> None:
    year.launched(city)
    page = log_in(city.people["x1"]).get("/").content.decode()
    assert "填考评表：演示第一中学" in page
    assert "其他 1 件" in page
    assert "已逾期" not in page
    assert "自评截止" in page


def test_a_unit_sees_its_score_from_the_notice_period_on(city: City, log_in: LogIn) -> None:
    year.computed(city)
    own = Result.objects.get(institution=city.units["X1"], current=True)
    assert f"/results/{own.pk}/" not in log_in(city.people["x1"]).get("/").content.decode()


def test_a_unit_sees_its_own_score_only(city: City, log_in: LogIn) -> None:
    year.in_notice(city)
    own = Result.objects.get(institution=city.units["X1"], current=True)
    other = Result.objects.get(institution=city.units["X2"], current=True)
    page = log_in(city.people["x1"]).get("/").content.decode()
    assert f"/results/{own.pk}/" in page
    assert f"{own.score:.2f}" in page
    assert f"/results/{other.pk}/" not in page


def test_administrators_see_no_assessment(city: City, make_user: MakeUser, log_in: LogIn) -> None:
    round_ = year.launched(city)
    page = log_in(make_user("auditor", "audit_admin")).get("/").content.decode()
    assert round_.name not in page


def test_the_page_costs_few_queries(city: City, log_in: LogIn, django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    year.in_notice(city)
    client = log_in(city.people["x1"])
    client.get("/")
    with django_assert_max_num_queries(10):
        client.get("/")
