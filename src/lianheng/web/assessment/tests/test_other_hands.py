"""Who submits never approves, not even through a stand-in; and the trail says by which right somebody acted."""

import datetime as dt

import pytest
from django.urls import reverse

from lianheng.web.accounts.models import User
from lianheng.web.accounts.services.delegating import delegate_role
from lianheng.web.assessment.models import Scheme, Seat
from lianheng.web.assessment.services import handing_over, rounds, schemes
from lianheng.web.assessment.tests import year
from lianheng.web.assessment.tests.conftest import City
from lianheng.web.conftest import MakeUser
from lianheng.web.shell.errors import Forbidden
from lianheng.web.standards.models import Catalogue
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


def test_a_scheme_is_published_by_another_than_who_drafted_it(city: City, log_in) -> None:  # type: ignore[no-untyped-def]
    catalogue, (office, office2) = Catalogue.objects.get(), (city.people["office"], city.people["office2"])
    first, second, *_ = schemes.draft_schemes(actor=office, catalogue_id=catalogue.pk, year=2026)
    with pytest.raises(Forbidden, match="发布考评方案不能由提交的人办理"):
        schemes.publish_scheme(actor=office, scheme_id=first.pk, revision=0)
    own = schemes.upload_scheme(actor=office2, year=2026, version="own.1", content=second.content)
    with pytest.raises(Forbidden):
        schemes.publish_scheme(actor=office2, scheme_id=own.pk, revision=0)
    assert not Scheme.objects.filter(state=Scheme.PUBLISHED).exists()
    page = reverse("assessment:scheme", args=[first.pk])
    assert "请工作专班的另一个人核对后发布" in log_in(office).get(page).content.decode()
    assert '<button class="btn btn-primary btn-block">发布方案' in log_in(office2).get(page).content.decode()
    schemes.publish_scheme(actor=office2, scheme_id=first.pk, revision=0)
    assert schemes.publish_scheme(actor=office, scheme_id=own.pk, revision=0).published_by == office


def test_the_trail_names_the_role(city: City) -> None:
    year.prepared(city)
    entry = TrailEntry.objects.get(action="assessment.round_created")
    assert entry.role == "special_office"


def test_open_seats_go_to_another_but_not_home(city: City, make_user: MakeUser) -> None:
    year.assessing(city)
    leaving = Seat.objects.filter(number=1).first().assessor  # type: ignore[union-attr]
    before = handing_over.count_open_seats(leaving)
    at_home = make_user("home", "assessor", division="4304")
    User.objects.filter(pk=at_home.pk).update(institution=city.units["X1"])
    moved = handing_over.hand_over_seats(city.people["office"], leaving, User.objects.get(pk=at_home.pk)).done
    assert 0 < moved == before - handing_over.count_open_seats(leaving)
    assert not Seat.objects.filter(assessor=at_home, sheet__county="430421").exists()
