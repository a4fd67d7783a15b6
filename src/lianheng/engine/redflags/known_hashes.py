"""SHA-256 of the files of loaded registers, computed again only where a file may be another one.

A night that reads 20 million payments would spend half a second of every gigabyte on hashing what did not change. What
a program can set on a file (its length, its time of change) proves nothing; the time of its last change of status is
set by the kernel alone, so a file whose length, number and both times are those that were noted after hashing is the
one that was hashed. Disks also lose bits without telling: a hash is trusted for a week.
"""

from __future__ import annotations

import datetime as dt
import json
import os
from pathlib import Path

from lianheng.engine.redflags.result_folders import file_hash

TRUSTED_DAYS = 7
Note = list[int | str]


class KnownHashes:
    """The hashes of the files under one folder.

    Parameters
    ----------
    folder : Path
        What the files' names are relative to.
    path : Path
        Where the hashes are noted. Absent, unreadable or malformed: nothing is known, every file is hashed.
    today : date
        The day of the run; a hash noted on a later day, or over a week before, is not trusted.
    """

    def __init__(self, folder: Path, path: Path, today: dt.date) -> None:
        self.folder, self.path, self.today = folder, path, today
        self._notes: dict[str, Note] = {}
        self._noted_ns = 0
        self._new = False
        try:
            self._noted_ns = path.stat().st_mtime_ns
            noted = json.loads(path.read_text(encoding="utf-8"))
            self._notes = {file: list(note) for file, note in noted.items() if len(note) == 6}
        except (OSError, ValueError, AttributeError, TypeError):
            pass

    def of(self, name: str) -> str:
        """The SHA-256 of a file in hexadecimal; a file that is gone has "" and is noted no more."""
        try:
            state = (self.folder / name).stat()
            signs: Note = [state.st_size, state.st_ino, state.st_mtime_ns, state.st_ctime_ns]
            note = self._notes.get(name)
            if note and note[:4] == signs and self._trusted(state.st_ctime_ns, str(note[4])):
                return str(note[5])
            found = file_hash(self.folder / name)
        except FileNotFoundError:
            self._new = self._notes.pop(name, None) is not None or self._new
            return ""
        self._notes[name] = [*signs, self.today.isoformat(), found]
        self._new = True
        return found

    def keep(self) -> None:
        """Note what was hashed; where nothing can be written, the next run hashes again."""
        if not self._new:
            return
        spare = self.path.with_name(f"{self.path.name}.{os.getpid()}.part")
        try:
            spare.write_text(json.dumps(self._notes, ensure_ascii=False), encoding="utf-8")
            os.replace(spare, self.path)
        except OSError:
            spare.unlink(missing_ok=True)

    def _trusted(self, changed_ns: int, noted_on: str) -> bool:
        # Changed in the same tick of the clock as the note was written: it may have changed after it was hashed.
        if changed_ns >= self._noted_ns - 1_000_000_000:
            return False
        try:
            age = (self.today - dt.date.fromisoformat(noted_on)).days
        except ValueError:
            return False
        return 0 <= age <= TRUSTED_DAYS
