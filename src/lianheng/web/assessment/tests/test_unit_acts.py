"""An institution's timeline tells what was done with its sheets and events, to each what may be known."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.test import Client

from lianheng.web.accounts.models import User
from lianheng.web.assessment.models import Sheet
from lianheng.web.assessment.services import events, seats, sheets
from lianheng.web.assessment.tests import year
from lianheng.web.assessment.tests.conftest import City
from lianheng.web.units.unit_acts import acts_on

pytestmark = pytest.mark.django_db
LogIn = Callable[[User], Client]


@pytest.fixture
def busy(city: City) -> City:
    """A school that was filled in, scored by two, sent an event that nobody confirmed, and one that is."""
    round_ = year.launched(city)
    sheet = Sheet.objects.get(institution=city.units["X1"])
    year.fill(city, sheet)
    sheet.refresh_from_db()
    sheets.return_sheet(actor=city.people["lead"], sheet_id=sheet.pk, revision=sheet.revision, reason="请补会议记录")
    sheet.refresh_from_db()
    sheets.submit_sheet(actor=city.people["x1"], sheet_id=sheet.pk, revision=sheet.revision)
    seats.seat_assessors(actor=city.people["office"], round_id=round_.pk, revision=round_.revision)
    for seat in sheet.seats.select_related("sheet__round", "sheet__scheme", "sheet__institution", "assessor"):
        year.score_seat(seat)
    for confirm in (False, True):
        event = events.enter_event(
            actor=city.people["office"], institution_id=city.units["X1"].pk, kind="D1", found="outside",
            date=dt.date(2026, 6, 1), facts="检查中发现的问题，已查实",
        )  # fmt: skip
        if confirm:
            events.confirm_event(actor=city.people["room"], event_id=event.pk, revision=0, document="认定书〔2026〕1号")
    return city


def _codes(city: City, name: str) -> list[str]:
    user = User.objects.get(pk=city.people[name].pk)
    rows = acts_on(user, city.units["X1"])
    return [row.code.partition(".")[2] for row in rows for _ in range(row.times)]


def test_the_page_tells_what_was_done(busy: City, log_in: LogIn) -> None:
    page = log_in(busy.people["x1"]).get(f"/institutions/{busy.units['X1'].pk}/").content.decode()
    for words in ("提交考评表", "退回考评表", "请补会议记录", "认定事件"):
        assert words in page, words


def test_each_reads_what_that_person_may_know(busy: City) -> None:
    office, unit, room = _codes(busy, "office"), _codes(busy, "x1"), _codes(busy, "room")
    assert office.count("scores_finished") == 2 and office.count("event_entered") == 2
    assert "scores_finished" not in unit and "event_entered" not in unit and unit.count("event_confirmed") == 1
    assert "scores_finished" not in room and room.count("event_entered") == 2
    # Who scores somewhere in the city learns nothing of a unit beyond its own changes.
    assert not set(_codes(busy, "p1")) & set(office)


def test_newest_first_and_no_double(busy: City) -> None:
    rows = acts_on(User.objects.get(pk=busy.people["office"].pk), busy.units["X1"])
    seqs = [row.seq for row in rows]
    assert seqs == sorted(set(seqs), reverse=True) and len(seqs) <= 20
