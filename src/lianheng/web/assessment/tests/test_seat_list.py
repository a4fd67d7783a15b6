"""The assessor's list says in true words why it is empty, and what is due today."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.test import Client

from lianheng.web.accounts.models import User
from lianheng.web.assessment.models import Round, Seat, Sheet
from lianheng.web.assessment.services import seats
from lianheng.web.assessment.tests import year
from lianheng.web.assessment.tests.conftest import City
from lianheng.web.assessment.views.sheet_table import sheet_light
from lianheng.web.conftest import TODAY
from lianheng.web.desk.inbox import light_for

pytestmark = pytest.mark.django_db
LogIn = Callable[[User], Client]


def test_after_the_last_sheet_all_is_done(city: City, log_in: LogIn) -> None:
    year.assessing(city)
    person = Seat.objects.select_related("assessor").first().assessor  # type: ignore[union-attr]
    client = log_in(person)
    for seat in Seat.objects.filter(assessor=person).select_related("sheet", "assessor"):
        assert "都打完了" not in client.get("/seats/").content.decode()
        year.score_seat(seat)
    page = client.get("/seats/").content.decode()
    assert "都打完了" in page and "还没有考评表" not in page


def test_before_units_hand_in_nothing_can_be_scored(city: City, log_in: LogIn) -> None:
    round_ = year.launched(city)
    client = log_in(city.people["p1"])
    assert "还没有考评表" in client.get("/seats/").content.decode()
    seats.seat_assessors(actor=city.people["office"], round_id=round_.pk, revision=round_.revision)
    assert "现在没有能打分的考评表" in client.get("/seats/").content.decode()


@pytest.mark.parametrize(("days", "says"), [(0, "今天到期"), (1, "余 1 天"), (-1, "逾期 1 天")])
def test_what_is_due_today_says_so(days: int, says: str) -> None:
    due = TODAY + dt.timedelta(days=days)
    sheet = Sheet(round=Round(state=Round.LAUNCHED), due=due)
    assert sheet_light(sheet, TODAY)[1] == says == light_for(due, TODAY)[1]
    sheet.state = Sheet.RETURNED
    assert sheet_light(sheet, TODAY)[1].endswith(says)
