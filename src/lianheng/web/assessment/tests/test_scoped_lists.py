"""Lists and counts of the room hold nothing from outside the reader's scope."""

import datetime as dt

import pytest

from lianheng.web.accounts.models import User
from lianheng.web.accounts.roles import Role
from lianheng.web.assessment import inbox
from lianheng.web.assessment.models import Sheet
from lianheng.web.assessment.services import events, objections, sheets
from lianheng.web.assessment.tests import year
from lianheng.web.assessment.tests.conftest import City
from lianheng.web.assessment.tests.test_results import result_of
from lianheng.web.assessment.views.events import to_confirm
from lianheng.web.conftest import TODAY, MakeUser

pytestmark = pytest.mark.django_db


@pytest.fixture
def near(city: City, make_user: MakeUser) -> User:
    """The office of the county in which the first school lies."""
    return make_user("near", Role.SPECIAL_OFFICE, division="430421")


def _titles(user: User, today: dt.date = TODAY) -> str:
    return " ".join(item.title for item in inbox.office_items(User.objects.get(pk=user.pk), today))


def test_an_office_is_asked_for_its_own_extensions_and_overdue_sheets(city: City, near: User) -> None:
    sheet = year.launched(city).sheets.get(institution=city.units["X1"])
    Sheet.objects.exclude(institution__in=[city.units["X1"], city.units["A1"]]).update(state=Sheet.SUBMITTED)
    sheets.request_extension(
        actor=city.people["x1"], sheet_id=sheet.pk, revision=0, new_due=dt.date(2026, 12, 30), reason="换届"
    )
    late = dt.date(2026, 12, 16)
    assert "决定 1 份延期申请" in _titles(near, late) and "2 份考评表逾期未交" in _titles(near, late)
    assert "延期申请" not in _titles(city.people["county"], late)
    assert "逾期" not in _titles(city.people["county"], late)


def test_an_office_is_asked_for_its_own_objections(city: City, near: User) -> None:
    year.in_notice(city)
    objections.raise_objection(
        actor=city.people["x1"], result_id=result_of(city, "X1").pk, item="X1.1", reason="年底已全部完成，附完成记录"
    )
    assert "答复 1 个异议" in _titles(near) and "异议" not in _titles(city.people["county"])


def test_a_unit_is_asked_for_its_own_sheets_and_results(city: City) -> None:
    year.launched(city)
    assert [item.title for item in inbox.own_items(city.people["x1"], TODAY)] == ["填考评表：演示第一中学"]


def test_a_unit_checks_its_own_result(city: City) -> None:
    year.in_notice(city)
    assert [item.title for item in inbox.unit_items(city.people["x1"], TODAY)] == ["核对2026年度结果：演示第一中学"]


def test_events_wait_for_whose_scope_they_lie_in(city: City, near: User) -> None:
    year.prepared(city)
    event = events.enter_event(
        actor=city.people["room"], institution_id=city.units["X1"].pk, kind="V1", found="outside",
        date=dt.date(2026, 9, 1), facts="领导班子一名成员被立案查处。",
    )  # fmt: skip
    assert list(to_confirm(near)) == [event] and not to_confirm(city.people["county"])
    # Whoever may confirm somewhere else only, or has a unit of its own here, is not asked either.
    assert not to_confirm(city.people["x1"]) and not to_confirm(city.people["lead"])
