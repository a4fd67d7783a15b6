"""The page "why can X see this"."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.test import Client

from lianheng.web.accounts.models import User
from lianheng.web.accounts.services import delegate_role, grant_role
from lianheng.web.accounts.tests.conftest import *  # noqa: F403  (the cast of the people's side)
from lianheng.web.conftest import TODAY, MakeUser
from lianheng.web.trail.models import TrailEntry
from lianheng.web.units.models import Institution

pytestmark = pytest.mark.django_db
LogIn = Callable[[User], Client]


def _ask(browser: Client, person: str, thing: str = "S1", kind: str = "units.institution") -> str:
    return browser.get("/people/why/", {"person": person, "kind": kind, "thing": thing}).content.decode()


def test_it_names_each_right_with_its_reason_and_records(
    security_admin: User, make_user: MakeUser, jia: User, school: Institution, log_in: LogIn
) -> None:
    leader = make_user("leader", "unit_leader", institution=school)
    delegate_role(
        actor=leader,
        assignment_id=leader.assignments.get().pk,
        to_id=jia.pk,
        valid_from=TODAY,
        valid_to=TODAY,
        reason="出差",
        today=TODAY,
    )
    grant_role(actor=None, user_id=jia.pk, role="assessor", valid_from=TODAY, division="430424")
    grant_role(
        actor=None, user_id=jia.pk, role="lead_department", valid_from=TODAY, division="4304", business_line="hospital"
    )
    grant_role(actor=None, user_id=jia.pk, role="assessor", valid_from=TODAY + dt.timedelta(1), division="430421")
    page = _ask(log_in(security_admin), "jia")
    for words in (
        "能看到：",
        "在范围内",
        "代 用户leader（AB岗）",
        "不在这个区划内",
        "不属于这个条线",
        "从 2026-12-04 起才有效",
    ):
        assert words in page, words
    entry = TrailEntry.objects.get(action="accounts.sight_explained")
    assert entry.result == TrailEntry.READ and entry.actor == f"user:{security_admin.pk}"


def test_it_says_that_nobody_without_a_role_sees_anything(audit_admin: User, jia: User, log_in: LogIn) -> None:
    assert "没有任何角色" in _ask(log_in(audit_admin), "jia")


def test_an_administrator_sees_no_business_data(security_admin: User, school: Institution, log_in: LogIn) -> None:
    page = _ask(log_in(security_admin), "sec")
    assert "看不到：" in page and "三员看不到业务数据" in page


def test_a_county_administrator_asks_about_the_county_only(
    make_user: MakeUser, jia: User, school: Institution, far_school: Institution, log_in: LogIn
) -> None:
    browser = log_in(make_user("local", "security_admin", division="430424"))
    page = _ask(browser, "jia", "S2")
    assert "没有这个用户名" in page and "没有找到" not in page
    assert "没有找到" in _ask(browser, "local", "S1")
    assert not TrailEntry.objects.filter(action="accounts.sight_explained").exists()


@pytest.mark.parametrize("role", ["system_admin", "special_office"])
def test_others_do_not_ask(make_user: MakeUser, log_in: LogIn, role: str) -> None:
    other = make_user("other", role, **({"division": "4304"} if role == "special_office" else {}))
    assert log_in(other).get("/people/why/").status_code == 403
    assert TrailEntry.objects.filter(action="act.refused").count() == 1


def test_other_tables_are_asked_by_number(security_admin: User, jia: User, log_in: LogIn) -> None:
    page = _ask(log_in(security_admin), "jia", "12", "assessment.sheet")
    assert "没有找到" in page
    assert log_in(security_admin).get("/people/why/?person=jia&thing=1&kind=auth.user").status_code == 404


def test_rights_that_look_wrong_are_listed(security_admin: User, jia: User, log_in: LogIn) -> None:
    browser = log_in(security_admin)
    assert "没有发现问题" in browser.get("/people/check/").content.decode()
    grant_role(actor=None, user_id=jia.pk, role="unit_admin", valid_from=TODAY, division="4304", capture=False)
    grant_role(actor=None, user_id=jia.pk, role="assessor", valid_from=TODAY, division="4399")
    page = browser.get("/people/check/").content.decode()
    for words in ("却没有限定单位", "却只能看", "没有代码为 4399 的区划"):
        assert words in page, words
