"""The second factor: set up before anything else, asked at log-in, each code good once."""

import re
from collections.abc import Callable

import pyotp
import pytest
from django.test import Client

from lianheng.web.accounts.models import User
from lianheng.web.accounts.sealing import factor_of, open_sealed
from lianheng.web.accounts.services.second_factor import STEP_SECONDS, matching_step, real_moment
from lianheng.web.conftest import FACTOR, PASSWORD, MakeUser
from lianheng.web.trail.models import TrailEntry

pytestmark = pytest.mark.django_db
LogIn = Callable[[User], Client]
ADMINISTRATORS = ("system_admin", "security_admin", "audit_admin")
CASES = ("discipline_office", "supervision_room", "resident_inspection_group")


def _code(secret: str, steps: int = 0) -> str:
    return pyotp.TOTP(secret).generate_otp(int(real_moment().timestamp()) // STEP_SECONDS + steps)


def _enter(code: str | None = None) -> Client:
    browser = Client()
    assert browser.post("/login/", {"username": "aud", "password": PASSWORD}).url == "/login/code/"  # type: ignore[attr-defined]
    if code is not None:
        browser.post("/login/code/", {"code": code})
    return browser


def _is_in(browser: Client) -> bool:
    return browser.get("/").status_code == 200


@pytest.mark.parametrize("role", [*ADMINISTRATORS, *CASES])
def test_nothing_else_opens_before_it_is_set_up(make_user: MakeUser, log_in: LogIn, role: str) -> None:
    user = make_user("x", role, **({"division": "4304"} if role in CASES else {}))
    User.objects.filter(pk=user.pk).update(totp_secret="")
    browser = log_in(user)
    for path in ("/", "/me/", "/people/", "/trail/", "/search/"):
        # The steps end on the page that was asked for.
        expected = "/me/second-factor/" + ("" if path == "/" else f"?next={path}")
        assert browser.get(path).url == expected  # type: ignore[attr-defined]
    page = browser.get("/me/second-factor/").content.decode()
    assert "<svg" in page and "style=" not in page
    secret = re.search(r'class="hash">([A-Z2-7]{32})<', page).group(1)  # type: ignore[union-attr]
    assert browser.post("/me/second-factor/", {"code": "000000"}).status_code == 422
    done = browser.post("/me/second-factor/", {"code": _code(secret)}).content.decode()
    assert len(re.findall(r'class="hash">[2-9A-Z]{4}-', done)) == 10
    assert browser.get("/me/").status_code == 200
    user.refresh_from_db()
    assert secret not in user.totp_secret and open_sealed(user.totp_secret, factor_of(user.pk)) == secret
    assert not any(c.code in done for c in user.recovery_codes.all())


def test_others_need_none(make_user: MakeUser, log_in: LogIn) -> None:
    assert log_in(make_user("yi", "special_office", division="4304")).get("/me/").status_code == 200


@pytest.mark.parametrize(("mode", "is_open"), [(True, True), (False, False)])
def test_demonstration_accounts_skip_it_only_by_the_setting(
    audit_admin: User, log_in: LogIn, settings: object, mode: bool, is_open: bool
) -> None:
    User.objects.filter(pk=audit_admin.pk).update(totp_secret="", is_demo=True)
    settings.DEMO_WITHOUT_TOTP = mode  # type: ignore[attr-defined]
    assert (log_in(audit_admin).get("/me/").status_code == 200) is is_open


def test_production_never_skips_it(audit_admin: User, log_in: LogIn, settings: object) -> None:
    User.objects.filter(pk=audit_admin.pk).update(totp_secret="", is_demo=True)
    settings.DEMO_WITHOUT_TOTP, settings.MODE = True, "production"  # type: ignore[attr-defined]
    assert log_in(audit_admin).get("/me/").status_code == 302


def test_password_alone_opens_nothing(audit_admin: User) -> None:
    browser = _enter()
    assert not _is_in(browser) and browser.get("/trail/").status_code == 302
    assert "_auth_user_id" not in browser.session


def test_a_code_opens_once(audit_admin: User) -> None:
    code = _code(FACTOR)
    assert _is_in(_enter(code))
    assert not _is_in(_enter(code))
    assert _is_in(_enter(_code(FACTOR, 1)))
    assert TrailEntry.objects.filter(action="accounts.second_factor_failed").count() == 1
    # An older code than the one used last is refused too.
    assert not _is_in(_enter(_code(FACTOR, -1)))


def test_it_follows_rfc_6238() -> None:
    import base64
    import datetime as dt

    secret = base64.b32encode(b"12345678901234567890").decode()
    # Appendix B, SHA-1, cut to six digits.
    for seconds, code in ((59, "287082"), (1111111109, "081804"), (2000000000, "279037")):
        moment = dt.datetime.fromtimestamp(seconds, dt.UTC)
        assert matching_step(secret, code, moment, 0) == seconds // 30
        assert matching_step(secret, code, moment + dt.timedelta(seconds=90), 0) is None


def test_guessing_is_slowed_whatever_the_address(audit_admin: User) -> None:
    browser = _enter()
    for _ in range(5):
        browser.post("/login/code/", {"code": "000000"})
    slowed = browser.post("/login/code/", {"code": _code(FACTOR)})
    assert slowed.status_code == 422 and "秒后再试" in slowed.content.decode() and not _is_in(browser)


def test_a_recovery_code_opens_once(audit_admin: User, log_in: LogIn) -> None:
    User.objects.filter(pk=audit_admin.pk).update(totp_secret="")
    browser = log_in(audit_admin)
    page = browser.get("/me/second-factor/").content.decode()
    secret = re.search(r'class="hash">([A-Z2-7]{32})<', page).group(1)  # type: ignore[union-attr]
    done = browser.post("/me/second-factor/", {"code": _code(secret)}).content.decode()
    code = re.search(r'class="hash">([2-9A-Z-]{19})<', done).group(1)  # type: ignore[union-attr]
    assert _is_in(_enter(code.lower()))
    assert not _is_in(_enter(code))
    assert audit_admin.recovery_codes.filter(used=None).count() == 9


def test_clearing_is_the_security_administrators_act(
    audit_admin: User, security_admin: User, system_admin: User, log_in: LogIn
) -> None:
    audit_admin.refresh_from_db()
    data = {"reason": "手机遗失", "revision": audit_admin.revision}
    address = f"/people/{audit_admin.pk}/clear-factor/"
    assert log_in(system_admin).post(address, data).status_code == 403
    assert User.objects.get(pk=audit_admin.pk).totp_secret
    assert log_in(security_admin).post(address, data).status_code == 302
    assert not User.objects.get(pk=audit_admin.pk).totp_secret
    assert log_in(security_admin).post(address, data).status_code == 409


def test_a_password_changed_between_the_steps_ends_the_waiting(audit_admin: User) -> None:
    browser = _enter()
    User.objects.filter(pk=audit_admin.pk).update(session_epoch=99)
    assert browser.post("/login/code/", {"code": _code(FACTOR)}).url == "/login/"  # type: ignore[attr-defined]
