"""How far a running job is, and the wish to stop it, as small files beside the database.

The work itself may hold a transaction: what it writes there nobody sees before the end, and on SQLite nobody else
can write meanwhile. So these two facts travel outside the database.
"""

import json
import os
from pathlib import Path

from django.conf import settings


def _path(job_id: int, name: str) -> Path:
    folder = Path(settings.DATA) / "jobs"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{job_id}.{name}"


def write(job_id: int, done: int, total: int) -> None:
    """Replace the figures in one step, so that a reader never sees half of them."""
    path = _path(job_id, "progress")
    draft = path.with_suffix(".progress-draft")
    draft.write_text(json.dumps([done, total]))
    os.replace(draft, path)


def read(job_id: int) -> tuple[int, int] | None:
    """Return (done, total), or None before the first report."""
    try:
        done, total = json.loads(_path(job_id, "progress").read_text())
    except (FileNotFoundError, ValueError):
        return None
    return int(done), int(total)


def ask_to_stop(job_id: int) -> None:
    _path(job_id, "cancel").touch()


def is_to_stop(job_id: int) -> bool:
    return _path(job_id, "cancel").exists()


def forget(job_id: int) -> None:
    """Remove the files of a job that has ended."""
    for name in ("progress", "progress-draft", "cancel"):
        _path(job_id, name).unlink(missing_ok=True)
