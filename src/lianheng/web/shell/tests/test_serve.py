"""`lianheng serve` says why it will not start."""

import socket

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from lianheng.web.accounts.models import User
from lianheng.web.accounts.services import create_account
from lianheng.web.conftest import PASSWORD
from lianheng.web.units.models import CityProfile

pytestmark = pytest.mark.django_db


@pytest.fixture
def production(settings) -> None:  # type: ignore[no-untyped-def]
    settings.MODE, settings.FIXED_TODAY = "production", ""


def _check() -> None:
    call_command("serve", "--check")


def test_it_is_ready_on_a_clean_set_up(production: None, capsys: pytest.CaptureFixture[str]) -> None:
    _check()
    assert "ready to start" in capsys.readouterr().out


def test_it_refuses_a_lost_trigger(production: None) -> None:
    table = " ON trail_trailentry" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER trail_trailentry_no_update{table}")
    with pytest.raises(CommandError, match="trail_trailentry_no_update"):
        _check()


def test_it_refuses_pending_migrations() -> None:
    MigrationRecorder(connection).migration_qs.filter(app="shell").latest("name").delete()
    with pytest.raises(CommandError, match="lacks 1 migrations: run 'lianheng migrate'"):
        _check()


def test_production_refuses_demo_accounts(production: None) -> None:
    create_account(actor=None, username="yanshi", name="演示", password=PASSWORD, is_demo=True)
    with pytest.raises(CommandError, match="1 demonstration accounts are active"):
        _check()
    User.objects.update(is_active=False)
    _check()


def test_production_refuses_the_demo_city(production: None) -> None:
    CityProfile.objects.create(is_demo=True)
    with pytest.raises(CommandError, match="demonstration city"):
        _check()


def test_production_refuses_a_fixed_date(production: None, settings) -> None:  # type: ignore[no-untyped-def]
    settings.FIXED_TODAY = "2026-12-03"
    with pytest.raises(CommandError, match="LIANHENG_TODAY"):
        _check()


def test_it_names_a_taken_port() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(CommandError, match=f"cannot listen at 127.0.0.1:{port}"):
            call_command("serve", "--port", str(port))
