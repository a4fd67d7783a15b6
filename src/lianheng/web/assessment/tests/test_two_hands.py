"""Who runs a round scores nothing in it, and who scores in it runs nothing: also where the roles came first."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from lianheng.web.accounts.models import Assignment, User
from lianheng.web.accounts.roles import Role
from lianheng.web.assessment import jobs
from lianheng.web.assessment.models import Round, Seat
from lianheng.web.assessment.services import computing, rounds, seats, thirds
from lianheng.web.assessment.tests import year
from lianheng.web.assessment.tests.conftest import City
from lianheng.web.shell.errors import Forbidden, WrongState

pytestmark = pytest.mark.django_db
LogIn = Callable[[User], Client]
BEGUN = dt.date(2025, 1, 1)


def _both(city: City, name: str, role: Role, division: str = "4304") -> User:
    """Give a person the other role as an earlier release would have: past the service that refuses it now."""
    person = city.people[name]
    Assignment.objects.create(user=person, role=role, division=division, valid_from=BEGUN)
    return User.objects.get(pk=person.pk)


def test_seating_leaves_out_who_runs_the_round(city: City, log_in: LogIn) -> None:
    round_ = year.launched(city)
    office = _both(city, "office2", Role.ASSESSOR)
    client = log_in(city.people["office"])
    client.post(f"/assessment/{round_.pk}/seats/fill/", {"revision": round_.revision})
    assert Seat.objects.count() == 2 * round_.sheets.count() and not Seat.objects.filter(assessor=office).exists()
    seat = Seat.objects.order_by("pk").first()
    assert seat is not None
    answer = client.post(f"/seats/{seat.pk}/replace/", {"revision": seat.revision, "assessor": office.pk})
    assert answer.status_code == 422 and Seat.objects.get(pk=seat.pk).assessor_id == seat.assessor_id


def test_who_ends_as_an_assessor_is_not_seated(city: City) -> None:
    round_ = year.launched(city)
    Assignment.objects.filter(user=city.people["p3"]).update(ended=timezone.now())
    seats.seat_assessors(actor=city.people["office"], round_id=round_.pk, revision=round_.revision)
    assert not Seat.objects.filter(assessor=city.people["p3"]).exists()
    Assignment.objects.filter(user=city.people["p2"]).update(ended=timezone.now())
    with pytest.raises(WrongState, match="考评人员不足两名"):
        seats.seat_assessors(actor=city.people["office"], round_id=round_.pk, revision=round_.revision)


def test_an_office_of_a_county_assesses_other_counties_only(city: City) -> None:
    round_ = year.launched(city)
    person = _both(city, "county", Role.ASSESSOR)
    own, other = (round_.sheets.get(institution=city.units[name]) for name in ("X2", "X1"))
    assert "工作专班" in str(seats.why_not(person, own)) and seats.why_not(person, other) is None


def test_who_became_the_office_afterwards_scores_no_more(city: City, log_in: LogIn) -> None:
    year.assessing(city)
    seat = Seat.objects.select_related("assessor").filter(sheet__institution=city.units["X1"]).first()
    assert seat is not None
    name = seat.assessor.username
    client = log_in(_both(city, name, Role.SPECIAL_OFFICE))
    answer = client.post(f"/seats/{seat.pk}/scores/", {"revision": seat.revision, "p.X1.1": "8"})
    assert answer.status_code == 403 and "组织考评的人不能打分" in answer.content.decode()
    assert "组织考评的人不能打分" in client.get(f"/seats/{seat.pk}/").content.decode()


@pytest.mark.parametrize(
    ("state", "act"),
    [
        (Round.LAUNCHED, seats.seat_assessors),
        (Round.LAUNCHED, rounds.close_self_scoring),
        (Round.ASSESSING, rounds.start_moderation),
        (Round.MODERATING, computing.compute_results),
        (Round.MODERATING, jobs.start_computing),
        (Round.COMPUTED, rounds.review_round),
        (Round.REVIEWED, rounds.open_notice_period),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_who_holds_a_seat_takes_no_step_of_the_round(city: City, state: str, act: Callable[..., object]) -> None:
    round_ = year.launched(city)
    sheet = round_.sheets.get(institution=city.units["X1"])
    person = _both(city, "p1", Role.SPECIAL_OFFICE)
    seat = Seat.objects.create(sheet=sheet, number=1, assessor=person)
    Round.objects.filter(pk=round_.pk).update(state=state, computed_by=city.people["office"])
    more = {"opinion": "同意"} if act is rounds.review_round else {}
    with pytest.raises(Forbidden, match="有考评席位"):
        act(actor=person, round_id=round_.pk, revision=round_.revision, **more)
    with pytest.raises(Forbidden, match="有考评席位"):
        seats.replace_assessor(actor=person, seat_id=seat.pk, revision=0, assessor_id=city.people["p2"].pk)
    Round.objects.filter(pk=round_.pk).update(state=Round.MODERATING)
    with pytest.raises(Forbidden, match="有考评席位"):
        thirds.seat_thirds(actor=person, round_id=round_.pk)
    with pytest.raises(Forbidden, match="有考评席位"):
        thirds.seat_third(actor=person, sheet_id=sheet.pk, assessor_id=city.people["p2"].pk)
