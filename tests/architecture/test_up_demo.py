"""`bin/up` and the demonstration: loaded into any empty database, moved on by day, never announced where it is not."""

import importlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest
from repository import ROOT

pytestmark = pytest.mark.slow

# Stands for the program: writes down what it is asked, in which environment.
RECORDER = """#!/bin/sh
echo "$*|$LIANHENG_TODAY" >> {log}
case "$*" in *accounts*) {accounts} ;; *standing*) {standing} ;; esac
"""


@pytest.fixture
def up(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    monkeypatch.syspath_prepend(str(ROOT / "bin/lib"))
    yield importlib.import_module("up")
    for name in ("up", "environment", "locking", "processes"):
        sys.modules.pop(name, None)


Start = Callable[..., list[str]]


@pytest.fixture
def start(up: ModuleType, tmp_path: Path) -> Start:
    """Return a start of an office without servers: it gives the commands that were run."""

    def run(*, today: str | None = None, reset: bool = False, **settings: str) -> list[str]:
        log, program = tmp_path / "log", tmp_path / "python"
        log.write_text("")
        answers = {name: settings.pop(name, "true") for name in ("accounts", "standing")}
        program.write_text(RECORDER.format(log=log, **answers))
        program.chmod(0o755)
        environment = {"PATH": os.environ["PATH"], "LIANHENG_MODE": "demo", **settings}
        office = up.Office(program, tmp_path, environment)
        office.look_at_what_is_here()
        if reset:
            office.remove_demo()
        office.set_day(today)
        office.prepare_database(1.0, reset=reset)
        office.welcome("127.0.0.1", 8000)
        return [line.removeprefix("-m lianheng.cli.main ") for line in log.read_text().splitlines()]

    return run


def test_an_empty_postgresql_gets_the_demonstration(start: Start) -> None:
    ran = start(DATABASE_URL="postgres://somewhere/lianheng")
    assert [line.split("|")[0] for line in ran] == [
        "standing --check", "migrate --verbosity 0", "demo load --if-empty --scale 1.0", "demo accounts"
    ]  # fmt: skip
    assert "demo load --reset --scale 1.0|2026-12-08" in start(DATABASE_URL="postgres://somewhere/x", reset=True)


def test_production_gets_none(start: Start, capsys: pytest.CaptureFixture[str]) -> None:
    assert start(LIANHENG_MODE="production", DATABASE_URL="postgres://x/y") == [
        "standing --check|", "migrate --verbosity 0|"
    ]  # fmt: skip
    assert "demonstration" not in capsys.readouterr().out


def test_an_sqlite_of_an_office_is_asked_what_it_holds(start: Start, tmp_path: Path) -> None:
    (tmp_path / "lianheng.sqlite3").touch()
    assert "demo load --if-empty --scale 1.0|2026-12-08" in start()


def test_without_a_demonstration_no_accounts_are_printed(start: Start, capsys: pytest.CaptureFixture[str]) -> None:
    start(DATABASE_URL="postgres://x/y", accounts="echo 'there are no demonstration accounts' >&2; exit 1")
    shown = capsys.readouterr().out
    assert shown.endswith("there are no demonstration accounts\n") and "password" not in shown


def test_a_trial_runs_on_the_clock_without_a_demonstration(
    start: Start, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ran = start(DATABASE_URL="postgres://x/y", standing="echo trial")
    assert ran == ["standing --check|", "migrate --verbosity 0|"] and not (tmp_path / "demo-today").exists()
    assert "a trial on a copy" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        start(DATABASE_URL="postgres://x/y", standing="echo trial", today="2027-01-04")
    with pytest.raises(SystemExit):
        start(DATABASE_URL="postgres://x/y", standing="echo trial", reset=True)
    assert capsys.readouterr().err.count("this database is an office's") == 2


def test_a_database_of_another_mode_is_left_alone(
    start: Start, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    no = "echo 'lianheng standing: this database is in production' >&2; exit 1"
    with pytest.raises(SystemExit):
        start(DATABASE_URL="postgres://x/y", standing=no)
    assert capsys.readouterr().err.endswith(": this database is in production\n")
    assert (tmp_path / "log").read_text().count("\n") == 1 and not (tmp_path / "demo-today").exists()


def test_an_undeclared_office_is_left_alone_in_test_mode_too(
    start: Start, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        start(DATABASE_URL="postgres://x/y", standing="echo office", LIANHENG_MODE="test")
    assert "an office's own data, and LIANHENG_MODE is test: set LIANHENG_MODE=production" in capsys.readouterr().err
    assert (tmp_path / "log").read_text().count("\n") == 1
    assert len(start(DATABASE_URL="postgres://x/y", standing="echo office", LIANHENG_MODE="production")) == 2


def test_the_day_moves_on_and_stays(start: Start, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "lianheng.sqlite3").touch()
    assert start(today="2026-12-18")[1] == "migrate --verbosity 0|2026-12-18"
    assert start()[1] == "migrate --verbosity 0|2026-12-18"
    assert "stands at 2026-12-18" in capsys.readouterr().out
    assert start(LIANHENG_TODAY="2027-01-04")[1] == "migrate --verbosity 0|2027-01-04"
    assert start(reset=True, DATABASE_URL="postgres://x/y")[1] == "migrate --verbosity 0|2026-12-08"


@pytest.mark.parametrize(
    ("words", "more", "says"),
    [
        (["--today", "2026-12-01"], {}, "stands at 2026-12-18 already and only moves on"),
        (["--today", "2027-01-01"], {"LIANHENG_MODE": "production"}, "--today is for the demonstration"),
        (["--today", "2027-01-01"], {"LIANHENG_TODAY": "2026-12-20"}, "both name a day"),
        (["--today", "Christmas"], {}, "'Christmas' is no day: write YYYY-MM-DD"),
        (["--reset-demo"], {"LIANHENG_MODE": "production"}, "--reset-demo is for the demonstration"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_done(
    tmp_path: Path, words: list[str], more: dict[str, str], says: str
) -> None:
    (tmp_path / "demo-today").write_text("2026-12-18\n")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LIANHENG_", "DATABASE_URL"))}
    settings = kept | {"LIANHENG_DATA": str(tmp_path)} | more
    done = subprocess.run([ROOT / "bin/up", *words], env=settings, capture_output=True, text=True, timeout=60)
    assert done.returncode != 0 and says in done.stderr
    assert not (tmp_path / "lianheng.sqlite3").exists() and not (tmp_path / "keys").exists()


def test_commands_beside_a_running_demonstration_stand_at_its_day(tmp_path: Path) -> None:
    (tmp_path / "demo-today").write_text("2026-12-18\n")
    code = "import json; from lianheng.web import settings; print(json.dumps(settings.FIXED_TODAY))"

    def day(mode: str) -> str:
        settings = {"PATH": os.environ["PATH"], "LIANHENG_DATA": str(tmp_path), "LIANHENG_SECRET_KEY": "x"}
        done = subprocess.run(
            [sys.executable, "-c", code], env=settings | {"LIANHENG_MODE": mode}, capture_output=True, text=True
        )
        return str(json.loads(done.stdout))

    assert (day("demo"), day("production")) == ("2026-12-18", "")
