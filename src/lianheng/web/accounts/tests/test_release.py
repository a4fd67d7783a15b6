"""Nobody alone enters an account that decides results: a code opens it after another administrator's release."""

import datetime as dt
import re
from collections.abc import Callable

import pytest
from django.test import Client

from lianheng.web.accounts.models import User
from lianheng.web.accounts.services import accounts, delegate_role, grant_role, release_password
from lianheng.web.accounts.waiting_releases import waiting_for
from lianheng.web.conftest import PASSWORD, TODAY, MakeUser
from lianheng.web.shell.clock import now
from lianheng.web.shell.errors import Forbidden, WrongState
from lianheng.web.trail.models import TrailEntry
from lianheng.web.trail.racing import at_once
from lianheng.web.units.models import Division, Institution

pytestmark = pytest.mark.django_db
LogIn = Callable[[User], Client]
OWN = "an-own-good-word-9"
CHECKED = "电话核实，激活码在本人手里"


def _code_on(page: str) -> str:
    return page.split('class="strong">')[1].split("<")[0]


def _reset(browser: Client, person: User) -> str:
    person.refresh_from_db()
    return _code_on(browser.post(f"/people/{person.pk}/reset/", {"revision": person.revision}).content.decode())


def _release(browser: Client, person: User, **changes: str) -> int:
    person.refresh_from_db()
    data = {"revision": str(person.revision), "reason": CHECKED} | changes
    return browser.post(f"/people/{person.pk}/release/", data).status_code


def _enters(person: User, password: str) -> bool:
    return Client().post("/login/", {"username": person.username, "password": password}).status_code == 302


@pytest.fixture
def lead(make_user: MakeUser, small_tree: dict[str, Division]) -> User:
    return make_user("lead", "leading_group", division="4304")


@pytest.mark.parametrize("role", ["leading_group", "special_office", "lead_department", "assessor", "supervision_room"])
def test_a_reset_code_opens_nothing_until_somebody_else_releases_it(
    system_admin: User, security_admin: User, make_user: MakeUser, log_in: LogIn, role: str
) -> None:
    person = make_user("decides", role, division="4304")
    User.objects.filter(pk=person.pk).update(totp_secret="")
    person.refresh_from_db()
    page = log_in(system_admin).post(f"/people/{person.pk}/reset/", {"revision": person.revision}).content.decode()
    code = _code_on(page)
    assert "要等安全管理员向本人核实、放行" in page
    tried = Client().post("/login/", {"username": "decides", "password": code})
    assert tried.status_code == 422 and "还要等安全管理员放行" in tried.content.decode()
    assert TrailEntry.objects.filter(action="accounts.log_in_failed", subject_id=str(person.pk)).count() == 1
    for browser in (log_in(system_admin), log_in(security_admin)):
        assert "等安全管理员放行，放行前不能登录" in browser.get(f"/people/{person.pk}/").content.decode()
    assert _release(log_in(system_admin), person) == 403
    assert _release(log_in(security_admin), person, reason=" ") == 422
    assert _release(log_in(security_admin), person, revision="0") == 409
    assert not _enters(person, code)
    assert _release(log_in(security_admin), person) == 302
    assert _enters(person, code)
    acts = TrailEntry.objects.filter(subject_id=str(person.pk), action__in=["accounts.password_reset", RELEASED])
    assert [entry.actor for entry in acts.order_by("pk")] == [f"user:{system_admin.pk}", f"user:{security_admin.pk}"]


RELEASED = "accounts.password_released"


def test_one_person_suffices_for_a_unit_s_account(
    system_admin: User, security_admin: User, make_user: MakeUser, school: Institution, log_in: LogIn
) -> None:
    person = make_user("unit", "unit_admin", institution=school)
    assert _enters(person, _reset(log_in(system_admin), person))
    assert _release(log_in(security_admin), person) == 409, "nothing waits"


def test_an_own_word_set_before_the_role_releases_nothing(
    system_admin: User, security_admin: User, small_tree: dict[str, Division], log_in: LogIn
) -> None:
    """Whoever made the account may have replaced its code before it could do anything."""
    person, code = accounts.open_account(actor=system_admin, username="new.lead", name="新组长")
    early = Client()
    early.post("/login/", {"username": "new.lead", "password": code})
    early.post("/me/password/", {"old": code, "new": OWN, "again": OWN})
    assert early.get("/").status_code == 200
    data = {"role": "leading_group", "division": "4304", "valid_from": TODAY.isoformat(), "capture": "on"}
    granted = log_in(security_admin).post(f"/people/{person.pk}/grant/", data, follow=True)
    assert "要放行以后才能登录" in granted.content.decode()
    assert not _enters(person, OWN)
    assert _release(log_in(security_admin), person) == 302
    assert _enters(person, OWN)


def test_standing_in_for_such_a_role_ends_a_session_that_nobody_released(
    system_admin: User, make_user: MakeUser, school: Institution, log_in: LogIn
) -> None:
    holder = make_user("holder", "special_office", division="4304")
    person, code = accounts.open_account(
        actor=system_admin, username="colleague", name="同事", institution_id=school.pk
    )
    User.objects.filter(pk=person.pk).update(must_change_password=False)
    browser = Client()
    browser.post("/login/", {"username": "colleague", "password": code})
    assert browser.get("/").status_code == 200
    delegate_role(
        actor=holder,
        assignment_id=holder.assignments.get().pk,
        to_id=person.pk,
        valid_from=TODAY,
        valid_to=TODAY,
        reason="出差",
        today=TODAY,
    )
    assert browser.get("/").url.startswith("/login/")  # type: ignore[attr-defined]
    assert browser.get("/").url.startswith("/login/"), "the session is gone"  # type: ignore[attr-defined]


def test_the_second_factor_of_a_released_account_guards_it_instead(
    system_admin: User, security_admin: User, make_user: MakeUser, log_in: LogIn
) -> None:
    person = make_user("room", "supervision_room", division="4304")
    code = _reset(log_in(system_admin), person)
    entered = Client().post("/login/", {"username": "room", "password": code})
    assert entered.url == "/login/code/"  # type: ignore[attr-defined]
    User.objects.filter(pk=person.pk).update(code_from=system_admin)
    code = _reset(log_in(system_admin), person)
    assert not _enters(person, code), "set up when nobody had vouched for the account"


def test_who_made_the_code_never_releases_it_nor_the_person(
    system_admin: User, lead: User, make_user: MakeUser
) -> None:
    accounts.reset_password(actor=system_admin, person_id=lead.pk, revision=lead.revision)
    lead.refresh_from_db()
    User.objects.filter(pk=lead.pk).update(code_from=make_user("sec2", "security_admin"))
    for actor in (User.objects.get(username="sec2"),):
        with pytest.raises(Forbidden, match="由另一位安全管理员办理"):
            release_password(actor=actor, person_id=lead.pk, revision=lead.revision, reason=CHECKED)
    own = make_user("sec3", "security_admin")
    User.objects.filter(pk=own.pk).update(code_from=system_admin)
    with pytest.raises(Forbidden, match="由另一位安全管理员办理"):
        release_password(actor=own, person_id=own.pk, revision=own.revision, reason=CHECKED)


def test_a_code_too_old_is_not_released(system_admin: User, security_admin: User, lead: User) -> None:
    accounts.reset_password(actor=system_admin, person_id=lead.pk, revision=lead.revision)
    lead.refresh_from_db()
    assert lead.code_expires is not None
    User.objects.filter(pk=lead.pk).update(code_expires=lead.code_expires - dt.timedelta(days=4))
    with pytest.raises(WrongState, match="已过有效期"):
        release_password(actor=security_admin, person_id=lead.pk, revision=lead.revision, reason=CHECKED)


def test_all_who_wait_stand_in_one_list_and_go_at_once(
    system_admin: User, security_admin: User, make_user: MakeUser, school: Institution, log_in: LogIn
) -> None:
    held = [("ma", "assessor"), ("mb", "special_office"), ("mc", "lead_department")]
    people = [make_user(name, role, division="4304") for name, role in held]
    others = [make_user("unit", "unit_admin", institution=school), make_user("old", "assessor", division="4304")]
    for person in (*people, *others):
        _reset(log_in(system_admin), person)
    User.objects.filter(username="old").update(code_expires="2026-11-01T00:00:00Z")
    browser = log_in(security_admin)
    inbox = browser.get("/").content.decode()
    assert "放行 3 个账号的密码" in inbox and 'href="/people/releases/"' in inbox
    page = browser.get("/people/releases/").content.decode()
    boxes = re.findall(r'name="person" value="(\d+\.\d+)"', page)
    assert [int(box.split(".")[0]) for box in boxes] == [person.pk for person in people]
    assert "共 3 行" in page and "用户sys" in page and "另有 1 个账号的激活码已过有效期" in page
    assert browser.post("/people/releases/", {"reason": CHECKED}).status_code == 422, "nobody chosen"
    unsaid = browser.post("/people/releases/", {"person": boxes, "reason": " "})
    assert unsaid.status_code == 422 and all(f'value="{box}" checked' in unsaid.content.decode() for box in boxes)
    stale = [*boxes[:2], f"{people[2].pk}.0"]
    refused = browser.post("/people/releases/", {"person": stale, "reason": CHECKED})
    assert refused.status_code == 409 and "用户mc的账号刚刚被别人改过" in refused.content.decode()
    assert User.objects.filter(code_from=system_admin).count() == 5, "all or none"
    done = browser.post("/people/releases/", {"person": boxes, "reason": CHECKED}, follow=True).content.decode()
    assert "已放行 3 个账号：用户ma、用户mb、用户mc" in done and "没有账号等您放行" in done
    acts = TrailEntry.objects.filter(action=RELEASED).order_by("pk")
    assert [act.subject_id for act in acts] == [str(person.pk) for person in people]
    assert {act.actor for act in acts} == {f"user:{security_admin.pk}"}
    assert "放行" not in browser.get("/").content.decode().split("<main")[1]


def test_the_list_holds_nobody_who_may_not_be_released(
    security_admin: User, make_user: MakeUser, school: Institution, far_school: Institution, log_in: LogIn
) -> None:
    """Whose code one made oneself, oneself, who sits elsewhere, and, for a local one, who looks after everybody."""
    local = make_user("local", "security_admin", division="430421")
    here, far, top = (make_user(name, "assessor", division="4304") for name in ("here", "far", "top"))
    audit = make_user("audit", "audit_admin")
    User.objects.filter(pk__in=[here.pk, top.pk, audit.pk, local.pk]).update(institution=school)
    User.objects.filter(pk=far.pk).update(institution=far_school)
    User.objects.exclude(pk=top.pk).update(code_from=security_admin)
    User.objects.filter(pk=top.pk).update(code_from=local)
    assert [row.username for row in waiting_for(User.objects.get(pk=local.pk), now())] == ["here"]
    everybody = [row.username for row in waiting_for(User.objects.get(pk=security_admin.pk), now())]
    assert everybody == ["top"], "the others' codes are the administrator's own"
    User.objects.filter(pk=local.pk).update(code_from=None)
    elsewhere = log_in(local).post("/people/releases/", {"person": f"{far.pk}.0", "reason": CHECKED})
    assert elsewhere.status_code == 404


def test_a_local_administrator_releases_nobody_elsewhere(
    system_admin: User, make_user: MakeUser, far_school: Institution, log_in: LogIn
) -> None:
    local = make_user("local", "security_admin", division="430421")
    person, _ = accounts.open_account(actor=system_admin, username="far", name="远处", institution_id=far_school.pk)
    grant_role(actor=None, user_id=person.pk, role="assessor", valid_from=TODAY, division="430424")
    assert _release(log_in(local), person) == 404


@pytest.mark.django_db(transaction=True)
def test_of_a_release_and_a_new_reset_at_once_only_one_is_done(
    racing: None, make_user: MakeUser, small_tree: dict[str, Division]
) -> None:
    system, security = make_user("sys", "system_admin"), make_user("sec", "security_admin")
    person = make_user("lead", "leading_group", division="4304")
    accounts.reset_password(actor=system, person_id=person.pk, revision=person.revision)
    revision = User.objects.get(pk=person.pk).revision
    same = {"person_id": person.pk, "revision": revision}

    def release() -> None:
        release_password(actor=User.objects.get(pk=security.pk), reason=CHECKED, **same)

    assert at_once(release, release) == ["done", "stale"]
    revision = User.objects.get(pk=person.pk).revision
    accounts.reset_password(actor=system, person_id=person.pk, revision=revision)
    same["revision"] = revision + 1

    def reset() -> None:
        accounts.reset_password(actor=User.objects.get(pk=system.pk), **same)

    assert at_once(release, reset) == ["done", "stale"]


def test_what_was_made_at_the_command_line_waits_for_nobody(lead: User) -> None:
    assert lead.code_from is None and _enters(lead, PASSWORD)
