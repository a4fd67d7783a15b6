"""Who submits never approves, not even through a stand-in; and the trail says by which right somebody acted."""

import datetime as dt

import pytest

from lianheng.web.accounts.models import User
from lianheng.web.accounts.services.delegating import delegate_role
from lianheng.web.assessment.models import Seat
from lianheng.web.assessment.services import rounds, seats
from lianheng.web.assessment.tests import year
from lianheng.web.assessment.tests.conftest import City
from lianheng.web.conftest import MakeUser
from lianheng.web.shell.errors import Forbidden
from lianheng.web.trail.models import TrailEntry

pytestmark = pytest.mark.django_db


def test_who_stands_in_for_the_computing_person_may_not_review(city: City, make_user: MakeUser) -> None:
    round_ = year.computed(city)
    office = city.people["office"]
    deputy = make_user("deputy", "special_office", division="4304")
    User.objects.filter(pk=deputy.pk).update(institution=city.units["H1"])
    delegate_role(
        actor=office,
        assignment_id=office.assignments.get().pk,
        to_id=deputy.pk,
        valid_from=dt.date(2026, 12, 3),
        valid_to=dt.date(2026, 12, 31),
        reason="出差",
        today=dt.date(2026, 12, 3),
    )
    with pytest.raises(Forbidden, match="AB岗"):
        rounds.review_round(
            actor=User.objects.get(pk=deputy.pk), round_id=round_.pk, revision=round_.revision, opinion="同意"
        )


def test_the_trail_names_the_role(city: City) -> None:
    year.prepared(city)
    entry = TrailEntry.objects.get(action="assessment.round_created")
    assert entry.role == "special_office"


def test_open_seats_go_to_another_but_not_home(city: City, make_user: MakeUser) -> None:
    year.assessing(city)
    leaving = Seat.objects.filter(number=1).first().assessor  # type: ignore[union-attr]
    before = seats.count_open_seats(leaving)
    at_home = make_user("home", "assessor", division="4304")
    User.objects.filter(pk=at_home.pk).update(institution=city.units["X1"])
    moved = seats.hand_over_seats(city.people["office"], leaving, User.objects.get(pk=at_home.pk))
    assert 0 < moved == before - seats.count_open_seats(leaving)
    assert not Seat.objects.filter(assessor=at_home, sheet__county="430421").exists()
