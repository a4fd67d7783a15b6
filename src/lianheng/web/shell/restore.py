"""Take a copy back into an empty place; nothing appears there before every check has passed."""

import json
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

from django.db import connection

from lianheng.web.shell import backup, postgres_tools
from lianheng.web.shell.backup import BackupError


def restore(source: Path, target: Path) -> list[str]:
    """Restore `source` into the data folder `target`; return what the trail's verification said."""
    manifest = _read_manifest(source)
    _check_files(source, manifest)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise BackupError(f"{target} is not empty: name a new folder")
    draft = target.with_name(target.name + ".partial")
    shutil.rmtree(draft, ignore_errors=True)
    try:
        draft.mkdir(parents=True)
        _copy_back(source, draft, manifest)
        said = _verify_trail(draft, manifest)
        if target.exists():
            target.rmdir()
        os.rename(draft, target)
    except OSError as error:
        raise BackupError(f"cannot write {error.filename or draft}: {error.strerror}") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return said


def _read_manifest(source: Path) -> dict[str, Any]:
    path = source / backup.MANIFEST
    try:
        manifest: dict[str, Any] = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise BackupError(f"{path} cannot be read ({error}): this folder is no whole copy") from error
    if manifest.get("format") != backup.FORMAT:
        raise BackupError(f"{path} has format {manifest.get('format')}; this program reads format {backup.FORMAT}")
    return manifest


def _check_files(source: Path, manifest: dict[str, Any]) -> None:
    found = {name: {"sha256": digest, "size": size} for name, digest, size in backup.hashes(source)}
    wanted = manifest["files"]
    wrong = sorted(name for name in found.keys() | wanted.keys() if found.get(name) != wanted.get(name))
    if wrong:
        shown = ", ".join(wrong[:5]) + (" …" if len(wrong) > 5 else "")
        raise BackupError(f"{len(wrong)} files of the copy are missing, changed or added: {shown}")


def _copy_back(source: Path, draft: Path, manifest: dict[str, Any]) -> None:
    shutil.copytree(source / "evidence", draft / "evidence")
    if (source / backup.CHECKPOINTS).exists():
        shutil.copyfile(source / backup.CHECKPOINTS, draft / "checkpoints.txt")
    if manifest["with_keys"]:
        _unpack_keys(source / backup.KEYS, draft / "keys")
    if manifest["database"] == "sqlite":
        copy = draft / "lianheng.sqlite3"
        shutil.copyfile(source / backup.SQLITE_COPY, copy)
        tables = backup.count_sqlite(copy)
    else:
        tables = _restore_postgresql(source / backup.POSTGRESQL_COPY)
    if tables != manifest["tables"]:
        differing = sorted(name for name, count in manifest["tables"].items() if tables.get(name) != count)
        raise BackupError(f"tables do not have the rows that the manifest names: {', '.join(differing)}")


def _restore_postgresql(dump: Path) -> dict[str, int]:
    if connection.vendor != "postgresql":
        raise BackupError("this copy holds a PostgreSQL database: name an empty one with DATABASE_URL")
    if connection.introspection.table_names():
        raise BackupError("the database of DATABASE_URL is not empty: name an empty one")
    postgres_tools.restore(dump)
    return postgres_tools.count_rows()


def _unpack_keys(archive: Path, folder: Path) -> None:
    folder.mkdir(mode=0o700)
    with tarfile.open(archive) as packed:
        for member in packed.getmembers():
            content = packed.extractfile(member)
            # Only the last part of the name: an archive may not write elsewhere.
            path = folder / Path(member.name).name
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(content.read() if content else b"")


def _verify_trail(draft: Path, manifest: dict[str, Any]) -> list[str]:
    """Verify in a process of its own, whose settings are those of the restored office."""
    command = [sys.executable, "-m", "lianheng.cli.main", "trail", "verify"]
    if manifest["verifier_key"]:
        command += ["--key", manifest["verifier_key"]]
        if (draft / "checkpoints.txt").exists():
            command += ["--against", str(draft / "checkpoints.txt")]
    done = subprocess.run(command, env=_settings(draft, manifest), capture_output=True, text=True)
    if done.returncode:
        lines = (done.stdout + done.stderr).strip().splitlines() or ["no message"]
        raise BackupError(f"the trail of the copy does not verify: {lines[-1]}")
    return done.stdout.strip().splitlines()


def _settings(draft: Path, manifest: dict[str, Any]) -> dict[str, str]:
    elsewhere = {"LIANHENG_EVIDENCE", "LIANHENG_KEYS", "LIANHENG_CHECKPOINTS", "LIANHENG_MODE"}
    settings = {name: value for name, value in os.environ.items() if name not in elsewhere}
    if manifest["database"] == "sqlite":
        settings.pop("DATABASE_URL", None)
    return settings | {"LIANHENG_DATA": str(draft), "LIANHENG_SECRET_KEY": "unused-by-this-command"}
