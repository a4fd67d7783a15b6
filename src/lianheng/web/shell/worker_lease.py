"""One worker a data folder. The kernel drops the lock when the process dies, however it dies."""

import fcntl
from pathlib import Path
from typing import IO

from django.conf import settings


def _path() -> Path:
    folder = Path(settings.DATA)
    folder.mkdir(parents=True, exist_ok=True)
    return folder / "worker.lock"


def take() -> IO[str] | None:
    """Return the held lock (keep it open), or None if another worker lives."""
    handle = _path().open("a")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        handle.close()
        return None
    return handle


def is_held() -> bool:
    """Say whether a worker is alive."""
    handle = take()
    if handle is None:
        return True
    handle.close()
    return False
