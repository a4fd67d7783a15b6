"""Names of people and the answer "why can X see this" keep to scope by themselves."""

import pytest

from lianheng.web.accounts.directory import people_for
from lianheng.web.accounts.models import User
from lianheng.web.accounts.roles import Role
from lianheng.web.accounts.why import explain
from lianheng.web.conftest import TODAY, MakeUser
from lianheng.web.units.models import Institution

pytestmark = pytest.mark.django_db


def test_names_of_people_in_scope_only(
    make_user: MakeUser, jia: User, school: Institution, far_school: Institution
) -> None:
    yi = make_user("yi", institution=far_school)
    assert list(people_for(make_user("near", Role.SPECIAL_OFFICE, division="430421"))) == [jia]
    assert list(people_for(make_user("far", Role.SPECIAL_OFFICE, division="430424"))) == [yi]
    assert not people_for(make_user("lead", Role.LEAD_DEPARTMENT, division="4304"))


def test_the_answer_is_no_when_no_right_says_yes(jia: User, make_user: MakeUser, school: Institution) -> None:
    row = Institution.objects.filter(pk=school.pk)
    far = explain(make_user("far", Role.SPECIAL_OFFICE, division="430424"), row, TODAY)
    assert [verdict.sees for verdict in far.verdicts] == [far.sees] == [False]
    near = explain(make_user("near", Role.SPECIAL_OFFICE, division="430421"), row, TODAY)
    assert [verdict.sees for verdict in near.verdicts] == [near.sees] == [True]
    assert not explain(jia, row, TODAY).sees
