"""A copy of the whole office while it runs: database, evidence and keys as three separate parts, and a manifest.

The order makes the copy consistent: first the exported checkpoints, then one snapshot of the database, last the
evidence. What the database names is thus always there, and no checkpoint speaks of entries that the copy lacks.
"""

import hashlib
import json
import os
import shutil
import sqlite3
import tarfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from lianheng.engine.merkle_log.checkpoint import CheckpointError, SigningKey
from lianheng.web.shell import postgres_tools
from lianheng.web.shell.clock import now

FORMAT = 1
SQLITE_COPY, POSTGRESQL_COPY = "database/lianheng.sqlite3", "database/lianheng.dump"
KEYS, CHECKPOINTS, MANIFEST = "keys/keys.tar", "checkpoints.txt", "manifest.json"


class BackupError(Exception):
    """Why no copy was made or taken back; one English line."""


@dataclass(frozen=True)
class Summary:
    """What lies in a copy."""

    rows: int
    files: int
    size: int
    with_keys: bool


def make(target: Path, *, with_keys: bool) -> Summary:
    """Write a copy into a new folder; it appears under its name only when it is whole."""
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise BackupError(f"{target} is not empty: name a new folder")
    draft = target.with_name(target.name + ".partial")
    shutil.rmtree(draft, ignore_errors=True)
    try:
        draft.mkdir(parents=True, mode=0o700)
        tables = _copy_all(draft, with_keys)
        files = {name: {"sha256": digest, "size": size} for name, digest, size in hashes(draft)}
        manifest = _manifest(tables, files, with_keys)
        (draft / MANIFEST).write_text(json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True) + "\n")
        if target.exists():
            target.rmdir()
        os.rename(draft, target)
    except OSError as error:
        raise BackupError(f"cannot write {error.filename or draft}: {error.strerror}") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    size = sum(int(str(file["size"])) for file in files.values())
    return Summary(sum(tables.values()), len(files), size, with_keys)


def _copy_all(draft: Path, with_keys: bool) -> dict[str, int]:
    checkpoints = Path(settings.CHECKPOINT_FILE)
    if checkpoints.exists():
        shutil.copyfile(checkpoints, draft / CHECKPOINTS)
    (draft / "database").mkdir()
    if connection.vendor == "sqlite":
        tables = _copy_sqlite(draft / SQLITE_COPY)
    else:
        tables = postgres_tools.dump(draft / POSTGRESQL_COPY)
    _copy_evidence(draft / "evidence")
    if with_keys:
        _copy_keys(draft / KEYS)
    return tables


def _copy_sqlite(path: Path) -> dict[str, int]:
    connection.ensure_connection()
    with closing(sqlite3.connect(path)) as copy:
        connection.connection.backup(copy)
        # One file without companions, readable wherever it is carried.
        copy.execute("PRAGMA journal_mode=DELETE")
    return count_sqlite(path)


def count_sqlite(path: Path) -> dict[str, int]:
    """Return table → number of rows of a database file, read only."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        listed = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
        names = [row[0] for row in database.execute(listed)]
        return {name: database.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names}


def _copy_evidence(target: Path) -> None:
    source = Path(settings.EVIDENCE)
    target.mkdir()
    if not source.exists():
        return
    # Two-letter folders of finished files; a file that is just being taken in lies above them.
    for folder in sorted(path for path in source.iterdir() if path.is_dir()):
        shutil.copytree(folder, target / folder.name)


def _copy_keys(path: Path) -> None:
    path.parent.mkdir(mode=0o700)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file, tarfile.open(fileobj=file, mode="w") as archive:
        for key in sorted(path for path in Path(settings.KEYS).glob("*") if path.is_file()):
            archive.add(key, key.name)


def hashes(folder: Path) -> Iterator[tuple[str, str, int]]:
    """Yield name, SHA-256 and size of every file of a copy but the manifest."""
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = path.relative_to(folder).as_posix()
        if name != MANIFEST:
            with path.open("rb") as file:
                yield name, hashlib.file_digest(file, "sha256").hexdigest(), path.stat().st_size


def _manifest(tables: dict[str, int], files: dict[str, Any], with_keys: bool) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "program": version("lianheng"),
        "made": now().isoformat(),
        "database": connection.vendor,
        "tables": tables,
        "files": files,
        "with_keys": with_keys,
        # Public: with it the trail of the copy can be verified without any secret.
        "verifier_key": _verifier_key(),
    }


def _verifier_key() -> str:
    try:
        return SigningKey.from_file(Path(settings.KEYS) / "trail.key").vkey
    except (OSError, CheckpointError):
        return ""
