"""A sheet is assessed as soon as it is handed in; a dispute gets its third person as soon as it is there."""

from collections.abc import Callable

import pytest
from django.test import Client

from lianheng.web.accounts.models import User
from lianheng.web.assessment.models import Round, Seat, Sheet
from lianheng.web.assessment.open_seats import open_now, why_closed
from lianheng.web.assessment.services import seats, sheets, thirds
from lianheng.web.assessment.tests import year
from lianheng.web.assessment.tests.conftest import City
from lianheng.web.desk import inbox
from lianheng.web.shell.errors import WrongState

pytestmark = pytest.mark.django_db
LogIn = Callable[[User], Client]


@pytest.fixture
def begun(city: City) -> Round:
    """Self-scoring is on; one school has handed in, everybody is seated."""
    round_ = year.launched(city)
    year.fill(city, Sheet.objects.get(institution=city.units["X1"]))
    seats.seat_assessors(actor=city.people["office"], round_id=round_.pk, revision=round_.revision)
    return round_


def _seat(city: City, name: str, number: int) -> Seat:
    rows = Seat.objects.select_related("sheet__round", "sheet__scheme", "sheet__institution", "assessor")
    return rows.get(sheet__institution=city.units[name], number=number)


def test_only_what_is_handed_in_can_be_scored(city: City, begun: Round, log_in: LogIn) -> None:
    ready, early = _seat(city, "X1", 1), _seat(city, "X2", 1)
    year.score_seat(ready)
    with pytest.raises(WrongState, match="还没有提交自评"):
        year.score_seat(early)
    page = log_in(early.assessor).get(f"/seats/{early.pk}/").content.decode()
    assert "还没有提交自评" in page


def test_rule_and_sql_agree(city: City, begun: Round) -> None:
    open_ = set(Seat.objects.filter(open_now()).values_list("pk", flat=True))
    rows = Seat.objects.select_related("sheet__round")
    assert open_ == {seat.pk for seat in rows if not why_closed(seat)} and len(open_) == 2


def test_a_scored_sheet_is_not_sent_back(city: City, begun: Round) -> None:
    sheet = Sheet.objects.get(institution=city.units["X1"])
    year.score_seat(_seat(city, "X1", 1))
    with pytest.raises(WrongState, match="已经有考评人员打完分"):
        sheets.return_sheet(actor=city.people["office"], sheet_id=sheet.pk, revision=sheet.revision, reason="核对")


def test_a_dispute_gets_its_third_person_at_once(city: City, begun: Round, log_in: LogIn) -> None:
    office = log_in(city.people["office"])
    sheet = Sheet.objects.get(institution=city.units["X1"])
    year.score_seat(_seat(city, "X1", 1))
    first = _seat(city, "X1", 1)
    third = next(city.people[name] for name in ("p1", "p2", "p3") if not sheet.seats.filter(assessor=city.people[name]))
    with pytest.raises(WrongState, match="两名考评人员都打完分"):
        thirds.seat_third(actor=city.people["office"], sheet_id=sheet.pk, assessor_id=third.pk)
    year.score_seat(_seat(city, "X1", 2), X1_1="2")
    page = office.get(f"/assessment/{begun.pk}/moderation/").content.decode()
    assert "演示第一中学" in page and "X1.1" in page
    assert office.post(f"/sheets/{sheet.pk}/third/", {"assessor": third.pk}).status_code == 302
    assert any("打分" in item.title for item in inbox.items_for(User.objects.get(pk=third.pk)))
    assert first.done_at is not None
