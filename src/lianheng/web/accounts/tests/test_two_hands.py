"""Who runs a city's assessment year holds no assessor's role there, nor the other way round."""

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import pytest
from django.test import Client

from lianheng.web.accounts.models import Assignment, User
from lianheng.web.accounts.services import delegate_role, grant_role
from lianheng.web.conftest import TODAY, MakeUser
from lianheng.web.shell.errors import InvalidInput

pytestmark = pytest.mark.django_db
LogIn = Callable[[User], Client]
FORM = {"role": "unit_admin", "division": "430421", "valid_from": "2026-12-03", "capture": "on"}
OFFICE, ASSESSOR = {"role": "special_office"}, {"role": "assessor"}


@pytest.mark.parametrize(("first", "second"), [(OFFICE, ASSESSOR), (ASSESSOR, OFFICE)])
def test_who_runs_a_city_round_does_not_assess_in_it(
    jia: User, security_admin: User, log_in: LogIn, first: dict[str, str], second: dict[str, str]
) -> None:
    grant_role(actor=None, user_id=jia.pk, valid_from=TODAY, division="4304", **first)
    data = FORM | {"role": second["role"], "division": "4304"}
    response = log_in(security_admin).post(f"/people/{jia.pk}/grant/", data)
    assert response.status_code == 422 and "同一个市里不能是同一个人" in response.content.decode()
    assert Assignment.objects.filter(user=jia).count() == 1


@pytest.mark.parametrize(
    ("office", "assessor", "meet"),
    [
        ({"division": "43"}, {"division": "430424"}, True),
        ({"division": "4304"}, {"division": "43"}, True),
        ({"division": "4304"}, {"business_line": "school"}, True),
        ({"division": "430421"}, {"division": "4304"}, False),
        ({"division": "4304", "business_line": "school"}, {"division": "4304"}, False),
        ({"division": "4304", "capture": False}, {"division": "4304"}, False),
        ({"division": "4303"}, {"division": "4304"}, False),
    ],
)
def test_only_the_office_of_the_same_city_runs_its_round(
    jia: User, office: dict[str, Any], assessor: dict[str, Any], meet: bool
) -> None:
    rights = [OFFICE | office, ASSESSOR | assessor]
    for first, second in (rights, rights[::-1]):
        Assignment.objects.filter(user=jia).delete()
        grant_role(actor=None, user_id=jia.pk, valid_from=TODAY, **first)
        with pytest.raises(InvalidInput, match="同一个市里") if meet else nullcontext():
            grant_role(actor=None, user_id=jia.pk, valid_from=TODAY, **second)


def test_standing_in_for_the_office_is_running_the_round(make_user: MakeUser, jia: User) -> None:
    holder = make_user("holder", "special_office", division="4304")
    stand_in = {"actor": holder, "assignment_id": holder.assignments.get().pk, "to_id": jia.pk, "reason": "出差"}
    days = {"valid_from": TODAY, "valid_to": TODAY, "today": TODAY}
    right = grant_role(actor=None, user_id=jia.pk, role="assessor", valid_from=TODAY, division="4304")
    with pytest.raises(InvalidInput, match="同一个市里"):
        delegate_role(**stand_in, **days)
    Assignment.objects.filter(pk=right.pk).delete()
    delegate_role(**stand_in, **days)
    with pytest.raises(InvalidInput, match="同一个市里"):
        grant_role(actor=None, user_id=jia.pk, role="assessor", valid_from=TODAY, division="4304")
