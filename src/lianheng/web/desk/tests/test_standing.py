"""An office's database stays an office's: another mode, and another day, leave it and its log alone."""

import io
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from lianheng.cli.main import main
from lianheng.web.accounts.models import User
from lianheng.web.conftest import MakeUser
from lianheng.web.shell import start_checks, worker_lease
from lianheng.web.trail.models import TrailEntry, TrailHead
from lianheng.web.trail.modes import AnotherModeError
from lianheng.web.trail.services import record
from lianheng.web.trail.verification import verify
from lianheng.web.units.models import CityProfile

pytestmark = pytest.mark.django_db


@pytest.fixture
def mode(settings: Any, tmp_path: Path) -> Any:
    """Return a switch of the mode; the day is the clock's."""
    settings.DATA, settings.FIXED_TODAY = tmp_path, ""

    def switch(to: str, day: str = "") -> None:
        settings.MODE, settings.FIXED_TODAY = to, day

    return switch


@pytest.fixture
def in_production(mode: Any) -> Any:
    mode("production")
    start_checks.started()
    start_checks.started()
    return mode


def said(*words: str) -> str:
    out = io.StringIO()
    call_command("standing", *words, stdout=out)
    return out.getvalue().strip()


def write() -> None:
    with transaction.atomic():
        record(actor=None, action="test.done")


def test_the_first_start_in_production_marks_the_database_once(in_production: Any) -> None:
    assert TrailHead.objects.get().standing == said("--check") == "production"
    assert list(TrailEntry.objects.values_list("action", flat=True)) == ["trail.production_begun"]
    write()
    assert TrailHead.objects.get().standing == "production" and TrailHead.objects.get().size == 2


@pytest.mark.parametrize(
    ("mode_then", "day", "why"),
    [
        ("demo", "2026-12-08", "in production, and LIANHENG_MODE is demo: set LIANHENG_MODE=production"),
        ("demo", "", "standing --make-trial"),
        ("test", "", "LIANHENG_MODE is test"),
        ("production", "2026-12-08", "the day is fixed at 2026-12-08: unset LIANHENG_TODAY"),
    ],
)
def test_in_production_no_other_mode_or_day_starts_or_writes(
    in_production: Any, mode_then: str, day: str, why: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    in_production(mode_then, day)
    for act in (("serve", "--check"), ("worker", "--batch"), ("standing", "--check")):
        with pytest.raises(CommandError, match=why):
            call_command(*act)
    assert main(["accounts", "create", "late", "--name", "某", "--role", "system_admin"]) == 1
    [line] = capsys.readouterr().err.strip().splitlines()
    assert why in line and not User.objects.exists()
    with pytest.raises(AnotherModeError, match=why):
        write()
    assert TrailHead.objects.get().size == 1


def test_migrations_leave_it_alone_too(in_production: Any, capsys: pytest.CaptureFixture[str]) -> None:
    in_production("demo")
    assert main(["migrate", "--verbosity", "0"]) == 1
    assert "this database is in production" in capsys.readouterr().err


def test_a_copy_becomes_a_trial_on_the_clock_and_stays_one(in_production: Any, trail_key: Path) -> None:
    with pytest.raises(CommandError, match="made a trial"):
        said("--make-trial")  # in production mode the office's own is never made one
    in_production("demo", "2026-12-08")
    with pytest.raises(CommandError, match="the day is fixed"):
        said("--make-trial")
    in_production("demo")
    assert said("--make-trial") == said("--make-trial") == said("--check") == "trial"
    write()
    call_command("serve", "--check", stdout=io.StringIO())
    for then, day in (("production", ""), ("demo", "2026-12-08")):
        in_production(then, day)
        with pytest.raises(AnotherModeError):
            write()
    assert [entry.action for entry in TrailEntry.objects.order_by("seq")] == [
        "trail.production_begun", "trail.trial_begun", "test.done"
    ]  # fmt: skip
    assert not verify(None).problems


def test_a_running_office_is_not_made_a_trial(in_production: Any) -> None:
    in_production("demo")
    lease = worker_lease.take()
    assert lease
    with lease, pytest.raises(CommandError, match="an office is running"):
        said("--make-trial")


def test_nothing_and_a_demonstration_are_no_copies_of_an_office(mode: Any) -> None:
    mode("demo")
    assert said("--check") == "empty"
    with pytest.raises(CommandError, match="this database is empty"):
        said("--make-trial")


def test_an_office_that_never_said_so_has_to_say_it(mode: Any, make_user: MakeUser) -> None:
    make_user("wang", "system_admin")
    mode("demo")
    with pytest.raises(CommandError, match="holds an office's own data, and LIANHENG_MODE is demo: set LIANHENG_MODE"):
        said("--check")
    CityProfile.objects.create(is_demo=True)
    said("--check")
    CityProfile.objects.all().delete()
    mode("production")
    assert said("--check") == "office"


@pytest.mark.skipif(connection.vendor != "sqlite", reason="the failed question would end the test's transaction")
def test_a_log_without_tables_or_column_is_no_office_yet(mode: Any) -> None:
    mode("demo")
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE trail_trailhead RENAME TO elsewhere")
    assert said("--check") == "empty"
