"""AB岗 through the page: who may stand in for whom, how long, and that two hands stay two hands."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.http import Http404
from django.test import Client

from lianheng.web.accounts.models import Delegation, User
from lianheng.web.accounts.scope import acting_as, grants_of, is_one_hand, require_other_hand, require_role
from lianheng.web.accounts.services import delegate_role, disable_account, end_role, grant_role
from lianheng.web.conftest import TODAY, MakeUser
from lianheng.web.shell.errors import Forbidden
from lianheng.web.trail.models import TrailEntry
from lianheng.web.units.models import Institution

pytestmark = pytest.mark.django_db
LogIn = Callable[[User], Client]


@pytest.fixture
def leader(make_user: MakeUser, school: Institution) -> User:
    return make_user("leader", "unit_leader", institution=school)


def _form(leader: User, **changes: object) -> dict[str, object]:
    whole = {"assignment": leader.assignments.get().pk, "to": "jia", "reason": "出差"}
    return whole | {"valid_from": "2026-12-03", "valid_to": "2026-12-10"} | changes


def _delegate(leader: User, to: User) -> Delegation:
    return delegate_role(
        actor=leader,
        assignment_id=leader.assignments.get().pk,
        to_id=to.pk,
        valid_from=TODAY,
        valid_to=TODAY + dt.timedelta(days=7),
        reason="出差",
        today=TODAY,
    )


def test_it_lets_a_colleague_act_and_names_whom_for(
    leader: User, jia: User, school: Institution, log_in: LogIn
) -> None:
    assert log_in(leader).post("/people/stand-ins/", _form(leader)).status_code == 302
    jia = User.objects.get(pk=jia.pk)
    grant = require_role(jia, ["unit_leader"], school)
    assert grant.on_behalf_of == leader.pk
    assert acting_as(jia, ["unit_leader"], school) == {"role": "unit_leader", "on_behalf_of": leader.pk}
    entry = TrailEntry.objects.get(action="accounts.role_delegated")
    assert entry.actor == f"user:{leader.pk}"
    assert "用户jia" in log_in(leader).get("/people/stand-ins/").content.decode()


def test_an_own_right_comes_before_one_stood_in_for(leader: User, jia: User, school: Institution) -> None:
    _delegate(leader, jia)
    grant_role(actor=None, user_id=jia.pk, role="unit_leader", valid_from=TODAY, institution_id=school.pk)
    assert acting_as(User.objects.get(pk=jia.pk), ["unit_leader"], school) == {"role": "unit_leader"}


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"to": "nobody"}, "没有这个用户名"),
        ({"to": "leader"}, "没有这个用户名"),
        ({"to": "stranger"}, "没有这个用户名"),
        ({"valid_from": "2026-12-02"}, "已经过去"),
        ({"valid_to": "2026-12-01"}, "截止日期早于开始日期"),
        ({"valid_to": "2028-12-01"}, "最长 180 天"),
        ({"reason": " "}, "这一项还没有填"),
        ({"assignment": 999_999}, "请从列表里选"),
    ],
)
def test_it_says_what_is_wrong(
    leader: User, jia: User, far_school: Institution, make_user: MakeUser, log_in: LogIn, changes: dict, says: str
) -> None:
    make_user("stranger", "unit_leader", institution=far_school)
    response = log_in(leader).post("/people/stand-ins/", _form(leader, **changes))
    page = response.content.decode()
    assert response.status_code == 422 and (says in page or "这一项还没有填" in page), page
    assert not Delegation.objects.exists()


def test_administrators_do_not_delegate(security_admin: User, make_user: MakeUser) -> None:
    with pytest.raises(Forbidden):
        _delegate(security_admin, make_user("yi"))
    assert not Delegation.objects.exists()


def test_what_is_stood_in_for_is_not_passed_on(
    leader: User, jia: User, make_user: MakeUser, school: Institution
) -> None:
    _delegate(leader, jia)
    bing = make_user("bing")
    User.objects.filter(pk=bing.pk).update(institution=school)
    with pytest.raises(Http404):
        delegate_role(
            actor=User.objects.get(pk=jia.pk),
            assignment_id=leader.assignments.get().pk,
            to_id=bing.pk,
            valid_from=TODAY,
            valid_to=TODAY,
            reason="x",
            today=TODAY,
        )


def test_two_stand_ins_at_once_are_refused(leader: User, jia: User, log_in: LogIn) -> None:
    browser = log_in(leader)
    assert browser.post("/people/stand-ins/", _form(leader)).status_code == 302
    assert browser.post("/people/stand-ins/", _form(leader)).status_code == 409
    assert Delegation.objects.count() == 1
    assert TrailEntry.objects.filter(action="act.refused").count() == 1


@pytest.mark.parametrize("how", ["expiry", "ended", "role", "disabled", "before"])
def test_it_stops(how: str, leader: User, jia: User, log_in: LogIn, make_user: MakeUser, settings: object) -> None:
    delegation = _delegate(leader, jia)
    assert grants_of(User.objects.get(pk=jia.pk))
    day = TODAY
    if how == "expiry":
        day = TODAY + dt.timedelta(days=8)
    elif how == "before":
        day = TODAY - dt.timedelta(days=1)
    elif how == "ended":
        assert log_in(leader).post(f"/people/stand-ins/{delegation.pk}/end/").status_code == 302
    elif how == "role":
        end_role(actor=make_user("sec", "security_admin"), assignment_id=delegation.assignment_id, reason="x")
        assert TrailEntry.objects.filter(action="accounts.delegation_ended").count() == 1
    else:
        leader.refresh_from_db()
        disable_account(
            actor=make_user("sys", "system_admin"), person_id=leader.pk, revision=leader.revision, reason="退休"
        )
    settings.FIXED_TODAY = day.isoformat()  # type: ignore[attr-defined]
    assert grants_of(User.objects.get(pk=jia.pk)) == ()


def test_a_stranger_does_not_end_it(leader: User, jia: User, make_user: MakeUser, log_in: LogIn) -> None:
    delegation = _delegate(leader, jia)
    assert log_in(make_user("yi")).post(f"/people/stand-ins/{delegation.pk}/end/").status_code == 404
    # Nor does the one who stands in: only the holder gives and takes.
    assert log_in(jia).post(f"/people/stand-ins/{delegation.pk}/end/").status_code == 404
    assert Delegation.objects.get().ended is None


def test_who_submits_does_not_approve_through_a_stand_in(leader: User, jia: User, make_user: MakeUser) -> None:
    yi = make_user("yi")
    assert not is_one_hand(jia.pk, leader.pk, TODAY, TODAY)
    _delegate(leader, jia)
    for approver, submitter in ((jia, leader), (leader, jia), (jia, jia)):
        with pytest.raises(Forbidden, match="换一个人"):
            require_other_hand(approver, [submitter.pk], TODAY)
    require_other_hand(yi, [leader.pk, jia.pk, None], TODAY)
