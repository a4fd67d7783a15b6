"""Roles given and taken away: by the security administrator alone, and no two that exclude each other."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.test import Client

from lianheng.library.city_profile import load_profile, shipped_profile
from lianheng.web.accounts.models import Assignment, User
from lianheng.web.accounts.roles import ADMINISTRATORS, Role
from lianheng.web.accounts.scope import grants_of, require_role, roles_of
from lianheng.web.accounts.services import delegate_role, end_role, grant_role
from lianheng.web.conftest import TODAY, MakeUser
from lianheng.web.shell.errors import Forbidden, InvalidInput
from lianheng.web.trail.models import TrailEntry
from lianheng.web.units.models import Institution

pytestmark = pytest.mark.django_db
LogIn = Callable[[User], Client]
FORM = {"role": "unit_admin", "division": "430421", "valid_from": "2026-12-03", "capture": "on"}


def test_it_grants_records_and_ends_the_sessions(security_admin: User, jia: User, log_in: LogIn) -> None:
    theirs = log_in(jia)
    response = log_in(security_admin).post(f"/people/{jia.pk}/grant/", FORM)
    assert response.status_code == 302
    assert roles_of(User.objects.get(pk=jia.pk)) == {"unit_admin"}
    assert theirs.get("/").url.startswith("/login/")  # type: ignore[attr-defined]
    assert TrailEntry.objects.filter(action="accounts.role_granted", actor=f"user:{security_admin.pk}").count() == 1


@pytest.mark.parametrize("role", ["system_admin", "audit_admin", "special_office", "leading_group"])
def test_nobody_else_grants(make_user: MakeUser, jia: User, log_in: LogIn, role: str) -> None:
    other = make_user("other", role, **({} if role in ADMINISTRATORS else {"division": "4304"}))
    assert log_in(other).post(f"/people/{jia.pk}/grant/", FORM).status_code == 403
    assert not Assignment.objects.filter(user=jia).exists()
    assert TrailEntry.objects.filter(action="act.refused").count() == 1


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({"division": ""}, "至少一项"),
        ({"division": "43042"}, "区划代码应是"),
        ({"division": "4399"}, "没有代码为“4399”的区划"),
        ({"valid_to": "2026-12-01"}, "截止日期早于开始日期"),
        ({"role": "king"}, "king"),
        ({"role": ""}, "这一项还没有选"),
        ({"role": "audit_admin"}, "不能限定范围"),
        ({"institution": "nowhere"}, "没有“nowhere”这个单位"),
    ],
)
def test_it_says_what_is_wrong(security_admin: User, jia: User, log_in: LogIn, data: dict[str, str], says: str) -> None:
    response = log_in(security_admin).post(f"/people/{jia.pk}/grant/", FORM | data)
    assert response.status_code == 422 and says in response.content.decode()
    assert not Assignment.objects.filter(user=jia).exists()


@pytest.mark.parametrize("first", sorted(ADMINISTRATORS))
@pytest.mark.parametrize("second", sorted(ADMINISTRATORS | {Role.SPECIAL_OFFICE}))
def test_nobody_holds_two_of_the_three_nor_one_and_business(jia: User, first: str, second: str) -> None:
    if first == second:
        return
    grant_role(actor=None, user_id=jia.pk, role=first, valid_from=TODAY)
    with pytest.raises(InvalidInput):
        grant_role(actor=None, user_id=jia.pk, role=second, valid_from=TODAY, division="4304")
    assert roles_of(User.objects.get(pk=jia.pk)) == {first}


def test_a_role_stood_in_for_excludes_administration_too(make_user: MakeUser, jia: User, school: Institution) -> None:
    holder = make_user("holder", "unit_leader", institution=school)
    delegate_role(
        actor=holder,
        assignment_id=holder.assignments.get().pk,
        to_id=jia.pk,
        valid_from=TODAY,
        valid_to=TODAY,
        reason="出差",
        today=TODAY,
    )
    with pytest.raises(InvalidInput):
        grant_role(actor=None, user_id=jia.pk, role="security_admin", valid_from=TODAY)


@pytest.mark.parametrize(("first", "second"), [("unit_admin", "assessor"), ("assessor", "unit_admin")])
def test_an_assessor_does_not_fill_in_for_the_same_unit(
    jia: User, school: Institution, far_school: Institution, first: str, second: str
) -> None:
    grant_role(actor=None, user_id=jia.pk, role=first, valid_from=TODAY, institution_id=school.pk)
    with pytest.raises(InvalidInput, match="同一个单位"):
        grant_role(actor=None, user_id=jia.pk, role=second, valid_from=TODAY, institution_id=school.pk)
    grant_role(actor=None, user_id=jia.pk, role=second, valid_from=TODAY, institution_id=far_school.pk)


def test_nobody_grants_to_themselves(security_admin: User, log_in: LogIn) -> None:
    response = log_in(security_admin).post(f"/people/{security_admin.pk}/grant/", FORM | {"role": "security_admin"})
    assert response.status_code == 403 and Assignment.objects.filter(user=security_admin).count() == 1


def test_a_county_security_administrator_grants_inside_the_county_only(
    make_user: MakeUser, jia: User, school: Institution, log_in: LogIn
) -> None:
    browser = log_in(make_user("local", "security_admin", division="430421"))
    for outside in ({"division": "4304"}, {"division": "430424"}, {"division": "", "role": "security_admin"}):
        response = browser.post(f"/people/{jia.pk}/grant/", FORM | outside)
        assert response.status_code == 422, outside
    assert browser.post(f"/people/{jia.pk}/grant/", FORM | {"division": "430421100"}).status_code == 302
    far = log_in(make_user("far", "security_admin", division="430424"))
    assert far.get(f"/people/{jia.pk}/grant/").status_code == 404


def test_taking_a_role_away_counts_at_once(security_admin: User, make_user: MakeUser, log_in: LogIn) -> None:
    office = make_user("office", "special_office", division="4304")
    theirs = log_in(office)
    assignment = office.assignments.get()
    log_in(security_admin).post(f"/people/roles/{assignment.pk}/end/", {"reason": "调离"})
    assert roles_of(User.objects.get(pk=office.pk)) == frozenset()
    assert theirs.get("/").url.startswith("/login/")  # type: ignore[attr-defined]
    # What counted on the days before still did.
    assert grants_of(User.objects.get(pk=office.pk), on=TODAY - dt.timedelta(days=1))[0].role == "special_office"
    again = log_in(security_admin).post(f"/people/roles/{assignment.pk}/end/", {"reason": "调离"})
    assert again.status_code == 409
    assert TrailEntry.objects.filter(action="accounts.role_ended").count() == 1


def test_the_last_administrator_of_a_kind_stays(security_admin: User, system_admin: User) -> None:
    from lianheng.web.shell.errors import WrongState

    with pytest.raises(WrongState, match="最后一位"):
        end_role(actor=security_admin, assignment_id=system_admin.assignments.get().pk, reason="x")


def test_administrators_see_no_business_data(
    school: Institution, system_admin: User, security_admin: User, audit_admin: User, make_user: MakeUser
) -> None:
    local = make_user("local", "system_admin", division="4304")
    for user in (system_admin, security_admin, audit_admin, local):
        assert not Institution.objects.visible_to(user).exists()
        with pytest.raises(Forbidden):
            require_role(user, [Role.SPECIAL_OFFICE], school)


def test_the_lead_departments_of_a_city_each_get_their_layer(make_user: MakeUser, school: Institution) -> None:
    """S03's role layers: 25 lead departments; office and department hold different roles over one place."""
    departments = load_profile(shipped_profile("xianyang")).lead_departments
    assert len(departments) == 25
    people = [make_user(f"lead{n}", "lead_department", division="4304", business_line="school") for n in range(25)]
    office = make_user("office", "special_office", division="4304")
    assert require_role(office, [Role.SPECIAL_OFFICE], school).role == "special_office"
    for person in people:
        assert require_role(person, [Role.LEAD_DEPARTMENT], school).role == "lead_department"
        with pytest.raises(Forbidden):
            require_role(person, [Role.SPECIAL_OFFICE], school)
