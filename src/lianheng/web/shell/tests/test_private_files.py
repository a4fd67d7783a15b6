"""Nobody but the office's account reads its files: those of older versions are closed at the start."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from lianheng.web.shell.private_files import close_to_others


def open_to_others(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.stat().st_mode & 0o077)


def test_what_an_older_version_left_open_is_closed(
    settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "data"
    settings.DATA, settings.EVIDENCE, settings.KEYS = data, tmp_path / "elsewhere", data / "keys"
    own = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(data / "own.sqlite3")}
    monkeypatch.setitem(settings.DATABASES, "default", own)
    for folder in (data, data / "keys", data / "jobs", tmp_path / "elsewhere"):
        folder.mkdir(mode=0o755)
    for name in ("own.sqlite3", "own.sqlite3-wal", "own.sqlite3-shm", "checkpoints.txt"):
        (data / name).touch(mode=0o644)
    close_to_others()
    assert open_to_others(tmp_path) == []
    assert data.stat().st_mode & 0o777 == 0o700 and (data / "own.sqlite3").stat().st_mode & 0o777 == 0o600


def test_a_folder_for_everybody_stays_open(settings: Any, tmp_path: Path) -> None:
    settings.DATA = tmp_path / "everybody"
    settings.DATA.mkdir()
    settings.DATA.chmod(0o1777)
    close_to_others()
    assert settings.DATA.stat().st_mode & 0o7777 == 0o1777


def test_what_another_owns_is_named(
    settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError

    settings.DATA = tmp_path
    tmp_path.chmod(0o755)
    monkeypatch.setattr(os, "chmod", refuse)
    close_to_others()
    assert f"others can read {tmp_path}" in capsys.readouterr().err


def test_commands_write_for_their_owner_alone(tmp_path: Path) -> None:
    data = tmp_path / "data"
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LIANHENG_", "DATABASE_URL"))}
    run = "import os, sys; os.umask(0o022); from lianheng.cli.main import main; sys.exit(main(sys.argv[1:]))"
    own = kept | {"LIANHENG_DATA": str(data), "LIANHENG_MODE": "production"}
    own["DJANGO_SETTINGS_MODULE"] = "lianheng.web.settings"
    for words in (["keys", "make"], ["migrate", "trail", "--verbosity", "0"]):
        subprocess.run([sys.executable, "-c", run, *words], env=own, check=True, capture_output=True)
    assert {"lianheng.sqlite3", "keys"} <= {path.name for path in data.iterdir()}
    assert data.stat().st_mode & 0o077 == 0 and open_to_others(data) == []
