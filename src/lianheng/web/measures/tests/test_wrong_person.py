"""Services refuse a person without the role, whatever page or job calls them; lists hold the reader's scope only."""

import io

import openpyxl
import pytest
from django.urls import reverse

from lianheng.web.accounts.models import User
from lianheng.web.accounts.roles import Role
from lianheng.web.assessment.tests import year
from lianheng.web.assessment.tests.conftest import City
from lianheng.web.conftest import MakeUser
from lianheng.web.measures.models import MeasureValue, Recheck
from lianheng.web.measures.services import enter_values, rechecks
from lianheng.web.shell.errors import Forbidden

pytestmark = pytest.mark.django_db
NO_ROLE = "您的账号在这里没有这个角色|您是“.+”，但这件事不在您管的范围内"


@pytest.fixture
def recheck(city: City) -> Recheck:
    """A value of the first school that was drawn."""
    year.filled_in(city, year.launched(city).sheets.get(institution=city.units["X1"]))
    rechecks.draw_recheck(actor=city.people["office"], period="2026", part="X", seed="one")
    return Recheck.objects.get()


@pytest.mark.parametrize("name", ["x2", "third", "county", "room"])
def test_a_recheck(city: City, recheck: Recheck, name: str) -> None:
    with pytest.raises(Forbidden, match=NO_ROLE):
        rechecks.enter_recheck(actor=city.people[name], recheck_id=recheck.pk, revision=0, found="8")
    with pytest.raises(Forbidden, match=NO_ROLE):
        rechecks.draw_recheck(actor=city.people[name], period="2026", part="E")
    recheck.refresh_from_db()
    assert recheck.checked_at is None


def test_the_form_of_a_recheck(city: City, recheck: Recheck, make_user: MakeUser, log_in) -> None:  # type: ignore[no-untyped-def]
    """Who is given the role to read only sees the value, and is not offered what would be refused."""
    reader = make_user("reader", Role.SPECIAL_OFFICE, division="4304", capture=False)
    page = reverse("measures:enter_recheck", args=[recheck.pk])
    assert log_in(city.people["office"]).get(page).status_code == 200
    assert log_in(reader).get(page).status_code == 403


@pytest.mark.parametrize("name", ["x1", "county", "lead"])
def test_values_of_others(city: City, name: str) -> None:
    year.launched(city)
    with pytest.raises(Forbidden, match=NO_ROLE):
        enter_values(
            actor=city.people[name], institution_id=city.units["A1"].pk, period="2026", source="民意调查", values={}
        )
    assert not MeasureValue.objects.exists()


def test_the_template_of_a_county_lists_its_own_units(city: City, make_user: MakeUser, log_in) -> None:  # type: ignore[no-untyped-def]
    year.launched(city)

    def listed(user: User) -> set[object]:
        answer = log_in(user).get(reverse("measures:template", args=["E"]), {"period": "2026"})
        return {row[1] for row in list(openpyxl.load_workbook(io.BytesIO(answer.content)).active.values)[1:]}

    assert listed(make_user("near", Role.THIRD_PARTY, division="430421")) == {"衡阳县"}
    assert listed(make_user("both", Role.THIRD_PARTY, division="4304")) == {"衡阳县", "演示市直机关"}
    assert listed(make_user("far", Role.THIRD_PARTY, division="430424")) == set()
