import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from lianheng.web.trail.keys import signing_key
from lianheng.web.trail.management.commands.keys_make import make_once


@pytest.fixture
def keys(settings: object, tmp_path: Path) -> Path:
    settings.KEYS = tmp_path / "office" / "keys"  # type: ignore[attr-defined]
    return tmp_path / "office" / "keys"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_it_makes_the_keys_for_the_owner_alone(keys: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("keys_make", name="qijian.example/trail")
    assert mode(keys) == 0o700
    modes = {path.name: mode(path) for path in keys.iterdir()}
    assert modes == {"secret_key": 0o600, "trail.key": 0o600, "fields.key": 0o600}
    assert len((keys / "secret_key").read_text()) > 50
    assert signing_key().name == "qijian.example/trail"
    printed = capsys.readouterr().out
    assert f"made {keys / 'trail.key'}" in printed and signing_key().vkey in printed
    assert (keys / "secret_key").read_text().strip() not in printed


def test_a_log_without_its_key_gets_no_new_one(keys: Path, tmp_path: Path, settings: object) -> None:
    settings.CHECKPOINT_FILE = tmp_path / "checkpoints.txt"  # type: ignore[attr-defined]
    (tmp_path / "checkpoints.txt").write_text("lianheng/trail\n1\n")
    with pytest.raises(CommandError, match="copy the keys of your backup there"):
        call_command("keys_make")
    assert not keys.exists()
    keys.mkdir(parents=True)
    (keys / "trail.key").write_text((tmp_path / "checkpoints.txt").read_text())
    with pytest.raises(CommandError):
        call_command("keys_make")  # what lies there is no key: named, never overwritten
    assert (keys / "trail.key").read_text() == "lianheng/trail\n1\n"


def test_it_never_overwrites(keys: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("keys_make")
    before = {path.name: path.read_text() for path in keys.iterdir()}
    call_command("keys_make", name="other/trail")
    assert {path.name: path.read_text() for path in keys.iterdir()} == before
    assert f"kept {keys / 'secret_key'}" in capsys.readouterr().out


def test_it_adds_the_one_that_is_missing_and_mends_the_mode(keys: Path) -> None:
    keys.mkdir(parents=True)
    (keys / "secret_key").write_text("given\n")
    (keys / "secret_key").chmod(0o644)
    call_command("keys_make")
    assert (keys / "secret_key").read_text() == "given\n"
    assert mode(keys / "secret_key") == 0o600
    assert signing_key().name == "lianheng/trail"


def test_the_loser_of_a_race_keeps_the_winners_key(keys: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys.mkdir(parents=True)
    path = keys / "trail.key"
    link = os.link

    def somebody_is_faster(source: Path, target: Path) -> None:
        target.write_text("winner\n")
        link(source, target)

    monkeypatch.setattr(os, "link", somebody_is_faster)
    assert make_once(path, "loser\n") is False
    assert path.read_text() == "winner\n"
    assert [p.name for p in keys.iterdir()] == ["trail.key"]


def test_parallel_runs_from_the_command_line_agree(tmp_path: Path) -> None:
    environment = {k: v for k, v in os.environ.items() if k not in {"LIANHENG_SECRET_KEY", "LIANHENG_KEYS"}}
    environment |= {"LIANHENG_DATA": str(tmp_path / "data"), "LIANHENG_MODE": "demo"}
    command = [sys.executable, "-m", "lianheng.cli.main", "keys", "make"]
    runs = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    printed = [run.communicate()[0] for run in runs]
    assert [run.returncode for run in runs] == [0, 0, 0]
    published = {line for text in printed for line in text.splitlines() if line.startswith("publish")}
    assert len(published) == 1
    assert sum(text.count("made ") for text in printed) == 3
    assert sorted(p.name for p in (tmp_path / "data" / "keys").iterdir()) == ["fields.key", "secret_key", "trail.key"]


def test_a_folder_that_cannot_be_made_is_named(keys: Path) -> None:
    keys.parent.mkdir()
    keys.write_text("a file in the way")
    with pytest.raises(CommandError, match=f"cannot make keys in {keys}"):
        call_command("keys_make")


def test_a_bad_name_is_refused_before_anything_is_written(keys: Path) -> None:
    with pytest.raises(CommandError, match="--name"):
        call_command("keys_make", name="with space")
    assert not keys.exists()
