"""`lianheng accounts create` and what production finds wrong with accounts."""

import io

import pytest
from django.core.management import CommandError, call_command

from lianheng.web.accounts.checks import production_problems
from lianheng.web.accounts.models import Assignment, User
from lianheng.web.accounts.scope import roles_of
from lianheng.web.conftest import TODAY, MakeUser
from lianheng.web.trail.models import TrailEntry

pytestmark = pytest.mark.django_db


def _create(monkeypatch: pytest.MonkeyPatch, *words: str, password: str = "a-long-enough-word-7") -> str:
    monkeypatch.setattr("sys.stdin", io.StringIO(password + "\n"))
    out = io.StringIO()
    call_command("accounts_create", *words, stdout=out)
    return out.getvalue()


def test_it_makes_the_first_administrator(monkeypatch: pytest.MonkeyPatch) -> None:
    said = _create(monkeypatch, "root.admin", "--name", "演示系统员", "--role", "system_admin")
    user = User.objects.get(username="root.admin")
    assert said == "created root.admin with the role system_admin\n"
    assert roles_of(user) == {"system_admin"} and user.check_password("a-long-enough-word-7")
    assert set(TrailEntry.objects.values_list("action", flat=True)) == {
        "accounts.account_created",
        "accounts.role_granted",
    }


@pytest.mark.parametrize(
    ("words", "password", "says"),
    [
        (("Root", "--name", "x"), "a-long-enough-word-7", "user name"),
        (("root", "--name", "x"), "123", "shorter than 10 characters; it is on the list of common passwords"),
        (("root", "--name", "x"), "root", "it is too similar to the user name"),
        (("root", "--name", " "), "a-long-enough-word-7", "--name"),
        (("root", "--name", "x", "--role", "special_office"), "a-long-enough-word-7", "needs a place"),
        (("root", "--name", "x", "--role", "audit_admin", "--division", "43"), "a-long-enough-word-7", "leave"),
        (("root", "--name", "x", "--role", "king"), "a-long-enough-word-7", "invalid choice"),
        (("root", "--name", "x", "--role", "system_admin", "--division", "43042"), "a-long-enough-word-7", "nothing"),
    ],
)
def test_it_writes_nothing_when_something_is_wrong(
    monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], password: str, says: str
) -> None:
    with pytest.raises(CommandError, match=says) as refused:
        _create(monkeypatch, *words, password=password)
    assert str(refused.value).isascii(), "the command line speaks English"
    assert not User.objects.exists() and not TrailEntry.objects.exists()


def test_a_name_that_is_taken_is_said_before_the_password_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    _create(monkeypatch, "root", "--name", "甲")
    monkeypatch.setattr("sys.stdin", io.StringIO("not read\n"))
    with pytest.raises(CommandError, match="'root' is taken"):
        call_command("accounts_create", "root", "--name", "乙")


def test_production_names_demo_accounts_and_doubled_administrators(make_user: MakeUser, settings: object) -> None:
    user = make_user("jia", "system_admin")
    User.objects.filter(pk=user.pk).update(is_demo=True)
    Assignment.objects.create(user=user, role="security_admin", valid_from=TODAY)
    assert production_problems() == []
    settings.MODE = "production"  # type: ignore[attr-defined]
    problems = production_problems()
    assert len(problems) == 2 and problems[0].startswith("1 demonstration accounts") and "jia" in problems[1]
    User.objects.filter(pk=user.pk).update(is_demo=False)
    Assignment.objects.filter(role="security_admin").delete()
    assert production_problems() == []
