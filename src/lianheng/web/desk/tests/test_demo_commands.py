"""`lianheng demo …` where there is no demonstration: an office's own data are named, and no accounts announced."""

import io

import pytest
from django.core.management import CommandError, call_command

from lianheng.web.accounts.models import User
from lianheng.web.conftest import MakeUser
from lianheng.web.units.models import CityProfile, Institution

pytestmark = pytest.mark.django_db


def test_an_office_of_real_people_is_left_alone(make_user: MakeUser) -> None:
    make_user("jia", "special_office", division="4304")
    out = io.StringIO()
    call_command("demo_load", "--if-empty", stdout=out)
    assert "an office's own data (1 accounts, 0 institutions" in out.getvalue()
    assert User.objects.count() == 1 and not Institution.objects.exists()
    with pytest.raises(CommandError, match=r"no demonstration accounts: .* own data"):
        call_command("demo_accounts")


def test_a_demonstration_in_which_somebody_made_an_account_stays_one(make_user: MakeUser) -> None:
    CityProfile.objects.create(code="hengyang", is_demo=True, content={"demo_complete": True})
    make_user("jia")
    told, word = io.StringIO(), io.StringIO()
    call_command("demo_accounts", stdout=told)
    call_command("standing", stdout=word)
    assert "password of all" in told.getvalue() and word.getvalue().strip() == "demonstration"


def test_a_city_of_ones_own_beside_it_announces_no_accounts() -> None:
    CityProfile.objects.create(code="hengyang", is_demo=True, content={"demo_complete": True})
    CityProfile.objects.create(code="own", is_demo=False)
    with pytest.raises(CommandError, match="no demonstration accounts"):
        call_command("demo_accounts")


def test_nothing_is_announced_of_an_empty_database() -> None:
    with pytest.raises(CommandError, match="no demonstration accounts"):
        call_command("demo_accounts")
