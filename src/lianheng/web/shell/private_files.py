"""What lies in the data folder belongs to the office's account alone: passwords' hashes, scores, files handed in."""

import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

OTHERS = stat.S_IRWXG | stat.S_IRWXO


def close_to_others() -> None:
    """Take everybody else's rights away from what older versions, or a generous umask, left open.

    New files are closed by the umask of every server command. Inside a closed folder nothing else need be looked at.
    """
    refused = [str(path) for path in _ours() if not _closed(path)]
    if refused:
        print(f"others can read {', '.join(refused)}, which another account owns: chmod go-rwx there", file=sys.stderr)


def _ours() -> Iterator[Path]:
    data = Path(settings.DATA)
    yield data
    database = settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        yield from (Path(f"{database['NAME']}{companion}") for companion in ("", "-wal", "-shm"))
    yield from (
        Path(settings.EVIDENCE),
        Path(settings.KEYS),
        data / "jobs",
        data / "incoming",
        data / "checkpoints.txt",
    )


def _closed(path: Path) -> bool:
    """Close a file or folder; False where it stays open. A folder for everybody (/tmp) is not ours to close."""
    try:
        mode = path.stat().st_mode
        if mode & OTHERS and not mode & stat.S_ISVTX:
            os.chmod(path, stat.S_IMODE(mode) & ~OTHERS)
    except FileNotFoundError:
        return True
    except PermissionError:
        return False
    return True
