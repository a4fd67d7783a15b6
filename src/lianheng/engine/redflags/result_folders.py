"""Folders of results: there whole or not at all, each file with its hash, and no cell that a spreadsheet would run."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lianheng.engine.redflags.problems import RunError

MANIFEST = "run.json"
_NUMBER = re.compile(r"[+-]?[0-9][0-9.,]*")


def file_hash(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def whole_folder(out: Path, *, closed: bool = False) -> Iterator[Path]:
    """A folder beside `out` that takes its place when all is written; `closed`: for its owner alone.

    Raises
    ------
    RunError where `out` is there already and not an empty folder.
    """
    refuse_taken(out)
    work = out.absolute().with_name(f".{out.name}.part")
    shutil.rmtree(work, ignore_errors=True)
    work.parent.mkdir(parents=True, exist_ok=True)
    work.mkdir(mode=0o700 if closed else 0o777)
    try:
        yield work
        # On Linux a folder takes the place of an empty one.
        os.replace(work, out)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def refuse_taken(out: Path) -> None:
    """Refuse a folder of results in which something stands already; to be asked before long work."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise RunError(f"{out} is there already and not an empty folder: name another for --out, or empty it")


def seal_folder(folder: Path, about: Mapping[str, Any]) -> dict[str, Any]:
    """Write run.json, last of all: what ran over what, and the SHA-256 of every other file in the folder."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != MANIFEST)
    manifest = {**about, "files": {str(path.relative_to(folder)): file_hash(path) for path in files}}
    text = json.dumps(manifest, ensure_ascii=False, indent=1, default=str)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")
    return manifest


def read_object(path: Path) -> dict[str, Any]:
    """The object of a JSON file that the program wrote; one that a failing disk left torn is named.

    Raises
    ------
    RunError where the file holds no object.
    """
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        read = None
    if not isinstance(read, dict):
        raise RunError(f"{path} is damaged: bring it back from a copy, or move it away and do again what it belongs to")
    return read


def changed_files(folder: Path) -> list[str]:
    """Files of a run folder that are gone or no longer have the hash that run.json states."""
    stated = read_object(folder / MANIFEST)["files"]
    return [name for name, sha in stated.items() if not (folder / name).exists() or file_hash(folder / name) != sha]


def safe_cell(value: object) -> object:
    """A cell for a CSV file: a text that a spreadsheet program would run gets an apostrophe, no value is blank.

    Example
    -------
    >>> [safe_cell(value) for value in ("=1+1", "-1+cmd", "-1,000.50", "甲", None, -2)]
    ["'=1+1", "'-1+cmd", '-1,000.50', '甲', '', -2]
    """
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") and not _NUMBER.fullmatch(value):
        return f"'{value}"
    return "" if value is None else value
