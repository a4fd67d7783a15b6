"""The file of checkpoints outside the database: signed notes one after another, only ever appended to.

Another department fetches it; with it, nobody who holds database and program can cut or rewrite the log unnoticed.
"""

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lianheng.engine.merkle_log.checkpoint import CheckpointError, read_unverified

_SIGNATURE = "— "
_SIGNATURE_CHARS = 92  # base64 of key id and Ed25519 signature, 68 bytes
_NOTE_END = re.compile(r"^— [^\n]*\n\n", re.MULTILINE)


@dataclass(frozen=True)
class Piece:
    """One block of the file: a whole note, or what is left of one that was cut off in writing."""

    line: int  # where it begins, counted from 1
    note: str
    size: int | None  # None: not readable as a checkpoint
    problem: str = ""
    is_torn: bool = False  # cut off before its signature was whole, so it claims nothing


def read_pieces(text: str) -> list[Piece]:
    """Take the file's text apart. A note is: text lines, a blank line, signature lines; between notes a blank line."""
    pieces: list[Piece] = []
    block: list[str] = []
    start, signed = 1, False
    for number, line in enumerate(text.split("\n"), 1):
        is_signature = line.startswith(_SIGNATURE)
        # A note ends where its signature lines end; a torn one where two blank lines or the file's end follow.
        if block and ((signed and not is_signature) or (not line and not block[-1])):
            pieces.append(_piece(start, block))
            block, signed = [], False
        if not block:
            if not line:
                continue
            start = number
        block.append(line)
        signed = signed or (is_signature and len(block) > 1)
    if block:
        pieces.append(_piece(start, block))
    return pieces


def _piece(start: int, block: list[str]) -> Piece:
    while block and not block[-1]:
        block = block[:-1]
    note = "\n".join(block) + "\n"
    signatures = [line for line in block if line.startswith(_SIGNATURE)]
    if not signatures or len(signatures[-1].rpartition(" ")[2]) < _SIGNATURE_CHARS:
        return Piece(start, note, None, "cut off in writing", is_torn=True)
    try:
        return Piece(start, note, read_unverified(note).size)
    except CheckpointError as error:
        return Piece(start, note, None, str(error))


class CheckpointFile:
    """The file, opened under a lock so that two writers take turns."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    @classmethod
    @contextmanager
    def locked(cls, path: Path) -> Iterator["CheckpointFile"]:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield cls(descriptor)
        finally:
            os.close(descriptor)

    def newest(self) -> Piece | None:
        """Return the last whole checkpoint; reads the end of the file only."""
        length = os.fstat(self._descriptor).st_size
        window = 16_384
        while True:
            tail = os.pread(self._descriptor, window, max(0, length - window)).decode("utf-8", "replace")
            if window < length:
                # The window begins in the middle of a note: skip to the first that is whole.
                end = _NOTE_END.search(tail)
                tail = tail[end.end() :] if end else ""
            whole = [piece for piece in read_pieces(tail) if piece.size is not None]
            if whole or window >= length:
                return whole[-1] if whole else None
            window *= 8

    def append(self, note: str) -> None:
        """Write one note and wait until it is on the disk; a torn end is closed off first, never rewritten."""
        length = os.fstat(self._descriptor).st_size
        tail = os.pread(self._descriptor, 4096, max(0, length - 4096)).decode("utf-8", "replace")
        pieces = read_pieces(tail)
        ends_well = not length or (tail.endswith("\n\n") and bool(pieces) and not pieces[-1].is_torn)
        data = (b"" if ends_well else b"\n\n\n") + note.encode() + b"\n"
        while data:
            data = data[os.write(self._descriptor, data) :]
        os.fsync(self._descriptor)
