"""The drill: an office with people, evidence and a signed trail is copied, lost and taken back; by command line."""

import json
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

POSTGRESQL = os.environ.get("DATABASE_URL", "").startswith("postgres")

FILL = """
import django; django.setup()
from django.db import transaction
from lianheng.web.accounts.services import create_account
from lianheng.web.evidence.services import store_content
for name in ("jia", "yi", "bing"):
    create_account(actor=None, username=name, name="用户" + name, password="qing-lian-2026")
with transaction.atomic():
    store_content([b"minutes of a meeting"], mime="text/plain")
"""


def _environment(data: Path, url: str | None) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LIANHENG_", "DATABASE_URL"))}
    own = {"LIANHENG_DATA": str(data), "DJANGO_SETTINGS_MODULE": "lianheng.web.settings", "LIANHENG_MODE": "production"}
    return kept | own | ({"DATABASE_URL": url} if url else {}) | {"PYTHONPATH": os.pathsep.join(sys.path)}


class Office:
    """A data folder and its database, used through the command line only."""

    def __init__(self, data: Path, url: str | None) -> None:
        self.data, self.url = data, url

    def python(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *arguments], env=_environment(self.data, self.url), capture_output=True, text=True
        )

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return self.python("-m", "lianheng.cli.main", *words)

    def must(self, *words: str) -> str:
        done = self.run(*words)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


MakeUrl = Callable[[], str | None]


@pytest.fixture(scope="module")
def new_url() -> Iterator[MakeUrl]:
    """Return a maker of empty PostgreSQL databases beside that of the tests; None on SQLite."""
    made: list[str] = []

    def make() -> str | None:
        if not POSTGRESQL:
            return None
        made.append(f"drill_{uuid.uuid4().hex[:12]}")
        _administer(f"CREATE DATABASE {made[-1]}")
        return os.environ["DATABASE_URL"].replace("/lianheng?", f"/{made[-1]}?")

    yield make
    for name in made:
        _administer(f"DROP DATABASE {name}")


def _administer(statement: str) -> None:
    import psycopg

    url = os.environ["DATABASE_URL"].replace("/lianheng?", "/postgres?")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)  # type: ignore[call-overload]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory, new_url: MakeUrl) -> Office:
    office = Office(tmp_path_factory.mktemp("office") / "data", new_url())
    office.must("keys", "make")
    office.must("migrate", "--verbosity", "0")
    done = office.python("-c", FILL)
    assert done.returncode == 0, done.stderr
    office.must("trail", "checkpoint")
    return office


@pytest.fixture(scope="module")
def whole_copy(office: Office, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy with keys, made once; tests only read it."""
    folder = tmp_path_factory.mktemp("backup") / "copy"
    office.must("backup", str(folder), "--with-keys")
    return folder


@pytest.fixture(scope="module")
def keyless_copy(office: Office, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy without keys, made once; tests that harm it take their own."""
    folder = tmp_path_factory.mktemp("backup") / "copy"
    office.must("backup", str(folder))
    return folder


def test_the_drill(whole_copy: Path, tmp_path: Path, new_url: MakeUrl) -> None:
    again, second = tmp_path / "again", tmp_path / "second"
    restored = Office(again, new_url())
    said = restored.must("restore", str(whole_copy), "--into", str(again))
    assert "the trail is whole" in said
    assert "every entry is covered by exported checkpoints" in said

    restored.must("backup", str(second), "--with-keys")
    before, after = (json.loads((folder / "manifest.json").read_text()) for folder in (whole_copy, second))
    assert before["tables"] == after["tables"]
    assert before["tables"]["accounts_user"] == 3
    assert len(_evidence(before)) == 1 and _evidence(before) == _evidence(after)
    keys = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (again / "keys").iterdir()}
    assert keys == {"fields.key": 0o600, "secret_key": 0o600, "trail.key": 0o600}
    assert "ready to start" in restored.must("serve", "--check"), "the triggers came along"


def _evidence(manifest: dict[str, Any]) -> dict[str, Any]:
    return {name: entry for name, entry in manifest["files"].items() if name.startswith("evidence/")}


def test_keys_stay_away_unless_asked_for(office: Office, keyless_copy: Path, tmp_path: Path, new_url: MakeUrl) -> None:
    secret = (office.data / "keys" / "secret_key").read_bytes().strip()
    assert not any(secret in path.read_bytes() for path in keyless_copy.rglob("*") if path.is_file())
    restored = Office(tmp_path / "again", new_url())
    said = restored.must("restore", str(keyless_copy), "--into", str(restored.data))
    assert "the trail is whole" in said and "put the keys back" in said


def test_the_keys_part_is_readable_by_the_owner_alone(whole_copy: Path) -> None:
    assert stat.S_IMODE((whole_copy / "keys/keys.tar").stat().st_mode) == 0o600


def test_it_refuses_a_place_that_is_not_empty(office: Office, keyless_copy: Path, tmp_path: Path) -> None:
    (tmp_path / "something").touch()
    for words in (("backup", str(tmp_path)), ("restore", str(keyless_copy), "--into", str(tmp_path))):
        refused = office.run(*words)
        assert refused.returncode == 1 and "is not empty" in refused.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["something"]


@pytest.mark.parametrize("harm", ["changed", "lost", "added"])
def test_it_refuses_a_copy_that_was_touched(office: Office, keyless_copy: Path, tmp_path: Path, harm: str) -> None:
    copy, target = tmp_path / "copy", tmp_path / "again"
    shutil.copytree(keyless_copy, copy)
    [evidence] = [path for path in (copy / "evidence").rglob("*") if path.is_file()]
    if harm == "changed":
        evidence.write_bytes(b"minutes of another meeting")
    elif harm == "lost":
        evidence.unlink()
    else:
        evidence.with_name("added").touch()
    refused = office.run("restore", str(copy), "--into", str(target))
    assert refused.returncode == 1 and "missing, changed or added" in refused.stderr
    assert not target.exists()


@pytest.mark.skipif(POSTGRESQL, reason="forges the SQLite file of the copy")
def test_it_refuses_a_forged_trail_with_a_fitting_manifest(office: Office, keyless_copy: Path, tmp_path: Path) -> None:
    copy, target = tmp_path / "copy", tmp_path / "again"
    shutil.copytree(keyless_copy, copy)
    with closing(sqlite3.connect(copy / "database/lianheng.sqlite3")) as database:
        [(trigger,)] = database.execute("SELECT sql FROM sqlite_master WHERE name = 'trail_trailentry_no_update'")
        database.execute("DROP TRIGGER trail_trailentry_no_update")
        database.execute("UPDATE trail_trailentry SET actor = 'user:999' WHERE seq = 1")
        database.execute(trigger)
        database.commit()
    _sign_off(copy)
    refused = office.run("restore", str(copy), "--into", str(target))
    assert refused.returncode == 1 and "does not verify" in refused.stderr
    assert not target.exists()


def _sign_off(copy: Path) -> None:
    from lianheng.web.shell.backup import hashes

    manifest = json.loads((copy / "manifest.json").read_text())
    manifest["files"] = {name: {"sha256": digest, "size": size} for name, digest, size in hashes(copy)}
    (copy / "manifest.json").write_text(json.dumps(manifest))
