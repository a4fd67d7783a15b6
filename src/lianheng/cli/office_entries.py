"""Entries that commands add to an office's files: checked with the whole file, or not written."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lianheng.engine.redflags.library import Library
    from lianheng.library.office import Office


def sound_library(office: Office, ids: Collection[str]) -> Library:
    """The library, where the files of these models are sound; what is wrong with others is for the run to say."""
    from lianheng.engine.redflags.problems import DeclarationError

    library = office.library()
    _, _, faults = office.ready(library)
    problems = [problem for id_ in ids for problem in faults.get(id_, ())]
    if problems:
        raise DeclarationError(problems)
    return library


def append_entries(path: Path, key: str, entries: Sequence[dict[str, Any]], check: Any) -> None:
    """Add entries to a YAML list of an office's file, which is checked as a whole; a fault leaves it as it was."""
    if not entries:
        return
    before = path.read_text(encoding="utf-8") if path.exists() else None
    start = f"{key}:\n" if before is None else before
    lines = "".join(f"  - {json.dumps(entry, ensure_ascii=False)}\n" for entry in entries)
    _put(path, start + ("" if start.endswith("\n") else "\n") + lines)
    try:
        check()
    except BaseException:
        if before is None:
            path.unlink()
        else:
            _put(path, before)
        raise


def _put(path: Path, text: str) -> None:
    # Written through a second file, so that a crash leaves the old one.
    spare = path.with_suffix(".part")
    spare.write_text(text, encoding="utf-8")
    os.replace(spare, path)
