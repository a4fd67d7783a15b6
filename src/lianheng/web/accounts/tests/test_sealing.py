"""What is sealed opens with its key, in its place, and nowhere else; keys can be changed."""

import stat
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from lianheng.web.accounts import sealing
from lianheng.web.accounts.models import User
from lianheng.web.accounts.sealing import CannotOpen, factor_of, open_sealed, seal
from lianheng.web.accounts.services import check_second_factor
from lianheng.web.accounts.services.second_factor import STEP_SECONDS, real_moment
from lianheng.web.conftest import FACTOR, MakeUser
from lianheng.web.shell.errors import WrongState
from lianheng.web.trail.models import TrailEntry


@pytest.fixture
def folder(settings: object, tmp_path: Path) -> Path:
    settings.KEYS = tmp_path  # type: ignore[attr-defined]
    return tmp_path


@given(st.text(), st.text(max_size=40))
def test_it_opens_in_its_place(text: str, place: str) -> None:
    sealed = seal(text, place)
    assert open_sealed(sealed, place) == text
    with pytest.raises(CannotOpen):
        open_sealed(sealed, place + "1")


@pytest.mark.parametrize("bad", ["", "1", "9.AAAA", "0.AAAA", "x.AAAA", "0.?", FACTOR])
def test_what_was_not_sealed_does_not_open(bad: str) -> None:
    with pytest.raises(CannotOpen):
        open_sealed(bad, "a:1")


def test_a_changed_byte_does_not_open() -> None:
    sealed = seal(FACTOR, "a:1")
    changed = sealed[:-3] + ("A" if sealed[-3] != "A" else "B") + sealed[-2:]
    with pytest.raises(CannotOpen):
        open_sealed(changed, "a:1")


def test_a_broken_key_file_is_named(folder: Path) -> None:
    (folder / "fields.key").write_text("1:AAAA\n")
    with pytest.raises(ValueError, match=r"fields\.key: key 1"):
        seal("x", "a:1")


def _code() -> str:
    import pyotp

    return pyotp.TOTP(FACTOR).generate_otp(int(real_moment().timestamp()) // STEP_SECONDS)


@pytest.mark.django_db
def test_the_database_alone_holds_no_secret(make_user: MakeUser) -> None:
    user = make_user("aud", "audit_admin")
    with connection.cursor() as cursor:
        cursor.execute("SELECT totp_secret FROM accounts_user WHERE id = %s", [user.pk])
        (stored,) = cursor.fetchone()
    assert FACTOR not in stored and stored == user.totp_secret


@pytest.mark.django_db
def test_one_persons_factor_carried_to_another_row_does_not_open(make_user: MakeUser) -> None:
    own, other = make_user("aud", "audit_admin"), make_user("sec", "security_admin")
    User.objects.filter(pk=other.pk).update(totp_secret=own.totp_secret)
    with pytest.raises(WrongState, match="缺少它的密钥"):
        check_second_factor(user_id=other.pk, code=_code(), moment=real_moment())


@pytest.mark.django_db
def test_rotating_seals_anew_and_older_copies_still_open(
    folder: Path, make_user: MakeUser, capsys: pytest.CaptureFixture[str]
) -> None:
    user = make_user("aud", "audit_admin")
    assert user.totp_secret.startswith("0."), "no key file: derived from the secret key"
    call_command("keys_make")
    first = (folder / "fields.key").read_text()
    call_command("keys_rotate")
    assert "key 2 made" in capsys.readouterr().out
    assert (folder / "fields.key").read_text().startswith(first)
    assert stat.S_IMODE((folder / "fields.key").stat().st_mode) == 0o600
    now = User.objects.get(pk=user.pk)
    assert now.totp_secret.startswith("2.")
    for copy in (user.totp_secret, now.totp_secret):
        assert open_sealed(copy, factor_of(user.pk)) == FACTOR
    assert check_second_factor(user_id=user.pk, code=_code(), moment=real_moment())
    assert TrailEntry.objects.filter(action="accounts.keys_rotated", actor="system").count() == 1


@pytest.mark.django_db
def test_without_the_key_nothing_is_sealed_anew(folder: Path, make_user: MakeUser) -> None:
    (folder / "fields.key").write_text(sealing.new_key_line(1))
    user = make_user("aud", "audit_admin")
    (folder / "fields.key").write_text(sealing.new_key_line(1))
    with pytest.raises(CommandError, match="nothing was sealed anew"):
        call_command("keys_rotate")
    assert User.objects.get(pk=user.pk).totp_secret == user.totp_secret
