"""The page of disputes stays small and quick, and one act names a third person for all that wait."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from lianheng.web.accounts.models import User
from lianheng.web.accounts.roles import Role
from lianheng.web.assessment.inbox import office_items
from lianheng.web.assessment.models import Round, Seat, Sheet
from lianheng.web.assessment.services import rounds, thirds
from lianheng.web.assessment.services.seats import why_not
from lianheng.web.assessment.tests import year
from lianheng.web.assessment.tests.conftest import City
from lianheng.web.conftest import TODAY, MakeUser
from lianheng.web.trail.models import TrailEntry

pytestmark = pytest.mark.django_db
LogIn = Callable[[User], Client]


def disputed(city: City, *names: str) -> Round:
    """Both schools' X5.2 is judged B by one and D by the other, in the units that are named."""
    round_ = year.assessing(city)
    units = {city.units[name].pk for name in names}
    for seat in Seat.objects.filter(sheet__round=round_).select_related("assessor", "sheet"):
        year.score_seat(seat, **({"X5_2": "D"} if seat.number == 1 and seat.sheet.institution_id in units else {}))
    return rounds.start_moderation(actor=city.people["office"], round_id=round_.pk, revision=round_.revision)


def asked(client: Client, url: str) -> int:
    assert client.get(url).status_code == 200
    with CaptureQueriesContext(connection) as queries:
        client.get(url)
    return len(queries)


def test_one_act_names_a_third_person_for_every_dispute(city: City, log_in: LogIn) -> None:
    round_ = disputed(city, "X1", "X2")
    office, url = log_in(city.people["office"]), f"/assessment/{round_.pk}/moderation/"
    page = office.get(url).content.decode()
    assert "自动安排第三人" in page and "还有 2 个条目等第三人打分" in page
    for name in ("x1", "county", "leader"):
        assert log_in(city.people[name]).post(f"{url}thirds/").status_code in (403, 404)
    assert not Seat.objects.filter(number=3).exists()
    assert office.post(f"{url}thirds/").status_code == 302
    thirds = list(Seat.objects.filter(number=3).select_related("sheet__institution", "assessor__institution"))
    assert {seat.sheet.institution for seat in thirds} == {city.units["X1"], city.units["X2"]}
    for seat in thirds:
        assert why_not(seat.assessor, seat.sheet) is None
        assert not seat.sheet.seats.filter(number__lte=2, assessor=seat.assessor).exists()
    entries = TrailEntry.objects.filter(action="assessment.third_seated", result="done")
    assert {entry.subject_id for entry in entries} == {str(seat.sheet_id) for seat in thirds} and len(entries) == 2
    assert "自动安排第三人" not in office.get(url).content.decode()
    again = office.post(f"{url}thirds/")
    assert again.status_code == 409 and "没有等着指定第三人" in again.content.decode()
    assert Seat.objects.filter(number=3).count() == 2


def test_the_office_is_asked_for_them_and_counts_what_the_list_shows(city: City, log_in: LogIn) -> None:
    round_ = disputed(city, "X1", "X2")
    office = city.people["office"]
    asked_for = [row for row in office_items(office, TODAY) if "指定第三人" in row.title]
    assert [row.title for row in asked_for] == ["给 2 份考评表指定第三人"] and asked_for[0].due == round_.assess_due
    home = log_in(office).get("/").content.decode()
    assert "给 2 份考评表指定第三人" in home
    assert len(log_in(office).get(asked_for[0].url).context["page"].objects) == 2
    # A county's office reads it nowhere: the city's names third persons.
    assert not [row for row in office_items(city.people["county"], TODAY) if "第三人" in row.title]
    for sheet in Sheet.objects.filter(disputed=True):
        free = [p for p in ("p1", "p2", "p3") if not sheet.seats.filter(assessor=city.people[p]).exists()]
        thirds.seat_third(actor=office, sheet_id=sheet.pk, assessor_id=city.people[free[0]].pk)
        left = [row.title for row in office_items(office, TODAY) if "指定第三人" in row.title]
    assert not left


def test_who_is_avoided_is_not_named_and_the_rest_are(city: City, log_in: LogIn) -> None:
    round_ = disputed(city, "X1", "X2")
    # Everybody without a seat at X1's sheet now works in its county: nobody is left there.
    sheet = Sheet.objects.get(round=round_, institution=city.units["X1"], list_code="X")
    free = User.objects.filter(username__in=("p1", "p2", "p3")).exclude(seats__sheet=sheet)
    free.update(institution=city.units["A1"])
    page = (
        log_in(city.people["office"]).post(f"/assessment/{round_.pk}/moderation/thirds/", follow=True).content.decode()
    )
    assert "1 份找不到可以回避的人" in page and sheet.name in page and "自动安排第三人" in page
    assert not sheet.seats.filter(number=3).exists()


@pytest.mark.parametrize("busy", [0, 1])
def test_who_has_fewer_seats_is_named(city: City, log_in: LogIn, make_user: MakeUser, busy: int) -> None:
    make_user("p4", Role.ASSESSOR, division="4304")
    round_ = disputed(city, "X1")
    sheet = Sheet.objects.get(round=round_, institution=city.units["X1"], list_code="X")
    free = list(User.objects.filter(username__regex="^p[1-4]$").exclude(seats__sheet=sheet).order_by("pk"))
    for number in range(8):
        Seat.objects.create(sheet=_sheet_like(sheet, f"2026-{number:02d}"), number=1, assessor=free[busy])
    log_in(city.people["office"]).post(f"/assessment/{round_.pk}/moderation/thirds/")
    assert len(free) == 2 and sheet.seats.get(number=3).assessor == free[1 - busy]


def test_more_disputes_ask_no_more_of_the_database_and_come_in_pages(city: City, log_in: LogIn) -> None:
    round_ = disputed(city, "X1")
    office, url = log_in(city.people["office"]), f"/assessment/{round_.pk}/moderation/"
    few = asked(office, url)
    sheet = Sheet.objects.get(round=round_, institution=city.units["X1"], list_code="X")
    for number in range(30):
        _copy(sheet, f"2026-{number:02d}")
    assert asked(office, url) <= few + 1
    page = office.get(url)
    assert len(page.context["page"].objects) == 20 and page.content.decode().count('name="assessor"') == 20
    assert "还有 31 个条目等第三人打分" in page.content.decode() and page.context["page"].total == 31
    assert len(office.get(f"{url}?third=open").context["page"].objects) == 0


def _copy(sheet: Sheet, period: str) -> None:
    """Copy a sheet with its two seats and their scores."""
    seats = list(Seat.objects.filter(sheet_id=sheet.pk))
    copied = _sheet_like(sheet, period)
    for seat in seats:
        scores = list(seat.scores.all())
        seat.pk, seat._state.adding, seat.sheet = None, True, copied
        seat.save()
        for score in scores:
            score.pk, score._state.adding, score.seat = None, True, seat
            score.save()


def _sheet_like(sheet: Sheet, period: str) -> Sheet:
    copied = Sheet.objects.get(pk=sheet.pk)
    copied.pk, copied._state.adding, copied.period = None, True, period
    copied.save()
    return copied
