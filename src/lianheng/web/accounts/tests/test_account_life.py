"""Accounts made, switched off and on, given a new code, moved, through the pages."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.test import Client

from lianheng.web.accounts import handover
from lianheng.web.accounts.models import Assignment, User
from lianheng.web.accounts.services import grant_role
from lianheng.web.conftest import PASSWORD, TODAY, MakeUser
from lianheng.web.trail.models import TrailEntry
from lianheng.web.units.models import Institution

pytestmark = pytest.mark.django_db
LogIn = Callable[[User], Client]


def _refused() -> int:
    return TrailEntry.objects.filter(action="act.refused").count()


def _code_on(page: str) -> str:
    return page.split('class="strong">')[1].split("<")[0]


def test_a_new_account_gets_a_code_that_opens_once(
    system_admin: User, log_in: LogIn, school: Institution, client: Client
) -> None:
    data = {"username": "wang.min", "name": "王敏", "position": "校长", "institution": "S1"}
    page = log_in(system_admin).post("/people/new/", data)
    code = _code_on(page.content.decode())
    made = User.objects.get(username="wang.min")
    assert made.institution == school and made.must_change_password and code not in made.password
    entry = TrailEntry.objects.select_related("payload").get(action="accounts.account_created", subject_id=str(made.pk))
    assert entry.actor == f"user:{system_admin.pk}" and code not in entry.payload.content
    assert client.post("/login/", {"username": "wang.min", "password": code}).status_code == 302
    assert client.get("/").url == "/me/password/"  # type: ignore[attr-defined]
    new = "an-own-good-word-9"
    client.post("/me/password/", {"old": code, "new": new, "again": new})
    assert Client().post("/login/", {"username": "wang.min", "password": code}).status_code == 422
    assert Client().post("/login/", {"username": "wang.min", "password": new}).status_code == 302


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({"username": "Wang Min"}, "用户名要 3 到 40 个字符"),
        ({"username": "sys"}, "已经有人用了"),
        ({"institution": "nowhere"}, "没有“nowhere”这个单位"),
        ({"name": "名" * 41}, "40"),
        ({"name": "=1+1"}, "以文字开头"),
        ({"name": "王<script>"}, "只用文字"),
    ],
)
def test_it_says_what_is_wrong_with_a_new_account(
    system_admin: User, log_in: LogIn, school: Institution, data: dict[str, str], says: str
) -> None:
    before = User.objects.count()
    response = log_in(system_admin).post(
        "/people/new/", {"username": "abc", "name": "王敏", "institution": "S1"} | data
    )
    assert response.status_code == 422 and says in response.content.decode()
    assert User.objects.count() == before


def test_the_browser_cuts_nothing_that_is_too_long(system_admin: User, log_in: LogIn) -> None:
    page = log_in(system_admin).get("/people/new/").content.decode()
    assert 'name="name"' in page and "maxlength" not in page.split('name="username"')[1].split("</form>")[0]


@pytest.mark.parametrize("role", ["security_admin", "audit_admin", "special_office"])
def test_only_the_system_administrator_makes_accounts(make_user: MakeUser, log_in: LogIn, role: str) -> None:
    other = make_user("other", role, **({"division": "4304"} if role == "special_office" else {}))
    response = log_in(other).post("/people/new/", {"username": "abc", "name": "王敏"})
    assert response.status_code == 403 and not User.objects.filter(username="abc").exists()
    assert _refused() == 1


def test_disabling_ends_the_sessions_at_once(system_admin: User, jia: User, log_in: LogIn) -> None:
    theirs = log_in(jia)
    assert theirs.get("/").status_code == 200
    log_in(system_admin).post(f"/people/{jia.pk}/disable/", {"reason": "调离", "revision": jia.revision})
    assert theirs.get("/").url.startswith("/login/")  # type: ignore[attr-defined]
    assert Client().post("/login/", {"username": "jia", "password": PASSWORD}).status_code == 422
    assert TrailEntry.objects.filter(action="accounts.account_disabled", subject_id=str(jia.pk)).count() == 1


def test_a_stale_form_is_refused_and_changes_nothing(system_admin: User, jia: User, log_in: LogIn) -> None:
    response = log_in(system_admin).post(f"/people/{jia.pk}/disable/", {"reason": "调离", "revision": jia.revision + 1})
    assert response.status_code == 409 and User.objects.get(pk=jia.pk).is_active
    assert _refused() == 1


def test_nobody_disables_themselves_or_the_last_administrator(
    system_admin: User, security_admin: User, log_in: LogIn
) -> None:
    browser = log_in(system_admin)
    own = browser.post(f"/people/{system_admin.pk}/disable/", {"reason": "x", "revision": system_admin.revision})
    last = browser.post(f"/people/{security_admin.pk}/disable/", {"reason": "x", "revision": security_admin.revision})
    assert own.status_code == 403 and last.status_code == 409
    assert User.objects.filter(is_active=True, pk__in=[system_admin.pk, security_admin.pk]).count() == 2
    assert _refused() == 2


def test_resetting_makes_the_old_password_void_and_keeps_the_second_factor(
    system_admin: User, audit_admin: User, log_in: LogIn
) -> None:
    page = log_in(system_admin).post(f"/people/{audit_admin.pk}/reset/", {"revision": audit_admin.revision})
    code = _code_on(page.content.decode())
    assert Client().post("/login/", {"username": "aud", "password": PASSWORD}).status_code == 422
    browser = Client()
    assert browser.post("/login/", {"username": "aud", "password": code}).url == "/login/code/"  # type: ignore[attr-defined]
    assert browser.get("/").url.startswith("/login/")  # type: ignore[attr-defined]


def test_moving_ends_the_roles_of_the_old_institution_alone(
    system_admin: User, jia: User, school: Institution, far_school: Institution, log_in: LogIn
) -> None:
    grant_role(actor=None, user_id=jia.pk, role="unit_admin", valid_from=TODAY, institution_id=school.pk)
    grant_role(actor=None, user_id=jia.pk, role="assessor", valid_from=TODAY, division="4304")
    jia.refresh_from_db()
    theirs = log_in(jia)
    log_in(system_admin).post(f"/people/{jia.pk}/move/", {"institution": "S2", "revision": jia.revision})
    jia.refresh_from_db()
    assert jia.institution == far_school
    assert [a.role for a in Assignment.objects.filter(user=jia, ended=None)] == ["assessor"]
    assert theirs.get("/").url.startswith("/login/")  # type: ignore[attr-defined]
    assert TrailEntry.objects.filter(action="accounts.role_ended").count() == 1


def test_open_work_goes_to_another_through_what_rooms_registered(
    system_admin: User, jia: User, make_user: MakeUser, log_in: LogIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handover, "_KINDS", [])
    calls: list[tuple[int, int]] = []

    def move(actor: User, a: User, b: User) -> handover.Moved:
        calls.append((a.pk, b.pk))
        return handover.Moved(3)

    kind = handover.OpenWork("考评席位", move, lambda person: 3, "另换人", lambda person: 0, "")
    handover.register(kind)
    yi = make_user("yi")
    page = log_in(system_admin).post(f"/people/{jia.pk}/hand-over/", {"to": "yi"}, follow=True)
    assert calls == [(jia.pk, yi.pk)] and "已把 3 件在办事项移交给" in page.content.decode()
    assert TrailEntry.objects.filter(action="accounts.work_handed_over").count() == 1


def test_a_county_administrator_finds_only_people_of_the_county(
    make_user: MakeUser, jia: User, far_school: Institution, log_in: LogIn
) -> None:
    local = make_user("local", "system_admin", division="430424")
    browser = log_in(local)
    listed = browser.get("/people/").content.decode()
    assert "用户jia" not in listed
    assert "没有符合条件的人员" in browser.get("/people/?q=用户jia").content.decode()
    assert browser.get(f"/people/{jia.pk}/").status_code == 404
    for act in ("disable", "reset", "enable"):
        response = browser.post(f"/people/{jia.pk}/{act}/", {"reason": "x", "revision": jia.revision})
        assert response.status_code == 404, act
    assert browser.post("/people/new/", {"username": "abc", "name": "某", "institution": "S1"}).status_code == 422
    assert browser.post("/people/new/", {"username": "abc", "name": "某"}).status_code == 422
    assert browser.post("/people/new/", {"username": "abc", "name": "某", "institution": "S2"}).status_code == 200
    assert _refused() == 3


def test_a_local_administrator_does_not_take_over_one_who_manages_everybody(
    make_user: MakeUser, security_admin: User, school: Institution, log_in: LogIn
) -> None:
    User.objects.filter(pk=security_admin.pk).update(institution=school)
    local = make_user("local", "system_admin", division="430421")
    response = log_in(local).post(f"/people/{security_admin.pk}/reset/", {"revision": security_admin.revision})
    assert response.status_code == 403
    assert Client().post("/login/", {"username": "sec", "password": PASSWORD}).url == "/login/code/"  # type: ignore[attr-defined]


def test_the_special_office_reads_names_in_its_scope_and_no_accounts(
    make_user: MakeUser, jia: User, far_school: Institution, log_in: LogIn
) -> None:
    office = make_user("office", "special_office", division="430424")
    browser = log_in(office)
    assert "用户jia" not in browser.get("/people/").content.decode()
    User.objects.filter(pk=jia.pk).update(institution=far_school)
    listed = browser.get("/people/").content.decode()
    assert "用户jia" in listed and "最近登录" not in listed and f"/people/{jia.pk}/" not in listed
    assert browser.get(f"/people/{jia.pk}/").status_code == 403


def test_others_have_no_directory(jia: User, log_in: LogIn) -> None:
    assert log_in(jia).get("/people/").status_code == 403
    assert Client().get("/people/").url.startswith("/login/")  # type: ignore[attr-defined]


def test_a_directory_of_thousands_keeps_its_queries(
    system_admin: User, log_in: LogIn, django_assert_max_num_queries
) -> None:  # type: ignore[no-untyped-def]
    User.objects.bulk_create(
        User(username=f"u{n}", name=f"人{n}", password="!", created=system_admin.created) for n in range(3000)
    )
    browser = log_in(system_admin)
    with django_assert_max_num_queries(8):
        assert browser.get("/people/").status_code == 200


def _typed(username: str, password: str) -> str:
    response = Client().post("/login/", {"username": username, "password": password})
    return response.content.decode() if response.status_code == 422 else ""


def test_a_code_ends_after_72_hours_and_says_so(
    system_admin: User, jia: User, log_in: LogIn, settings: object, school: Institution
) -> None:
    browser = log_in(system_admin)
    page = browser.post(f"/people/{jia.pk}/reset/", {"revision": jia.revision}).content.decode()
    assert "72 小时" in page
    code = _code_on(page)
    assert _typed("jia", code) == "", "it opens within its time"
    settings.FIXED_TODAY = (TODAY + dt.timedelta(days=4)).isoformat()  # type: ignore[attr-defined]
    assert "已过有效期（72 小时）" in _typed("jia", code)
    assert "已过有效期" not in _typed("jia", "an-own-good-word-9"), "told to who has the right code alone"
    jia.refresh_from_db()
    browser.force_login(User.objects.get(pk=system_admin.pk))
    fresh = _code_on(browser.post(f"/people/{jia.pk}/reset/", {"revision": jia.revision}).content.decode())
    assert _typed("jia", fresh) == ""


def test_a_used_code_says_so_and_an_own_password_has_no_end(
    system_admin: User, jia: User, log_in: LogIn, settings: object
) -> None:
    code = _code_on(log_in(system_admin).post(f"/people/{jia.pk}/reset/", {"revision": jia.revision}).content.decode())
    browser, new = Client(), "an-own-good-word-9"
    browser.post("/login/", {"username": "jia", "password": code})
    browser.post("/me/password/", {"old": code, "new": new, "again": new})
    assert "激活码已经用过" in _typed("jia", code)
    assert "激活码已经用过" in _typed("nobody-at-all", code), "the same words for a name that there is not"
    settings.FIXED_TODAY = (TODAY + dt.timedelta(days=40)).isoformat()  # type: ignore[attr-defined]
    assert _typed("jia", new) == ""
