"""Checkpoints: the signed statement "the log has this size and this root", kept inside and outside the database."""

import os
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction

from lianheng.engine.merkle_log.checkpoint import Checkpoint, CheckpointError, open_note, sign
from lianheng.engine.merkle_log.keys import SigningKey
from lianheng.web.shell.clock import now
from lianheng.web.trail.checkpoint_file import CheckpointFile
from lianheng.web.trail.keys import signing_key
from lianheng.web.trail.models import TrailCheckpoint
from lianheng.web.trail.stored_tree import read_head, root_at


class LogContradicted(Exception):
    """The log no longer begins with what was signed before: nothing is signed, somebody must look."""


@dataclass(frozen=True)
class Written:
    """What one call did."""

    size: int
    note: str
    is_new: bool


def write_checkpoint() -> Written | None:
    """Sign the log as it stands, append the note to the file, keep it in the database; None for an empty log.

    The file comes first: killed in between, the next call finds the note there and adds the row. Nothing is written
    twice for one size. Called by the worker each minute and by `lianheng trail checkpoint`.
    """
    # Inside a transaction the head may hold entries that are rolled back later: they must never be signed.
    if connection.in_atomic_block:
        with transaction.atomic(durable=True):  # raises
            pass
    key = signing_key()
    with CheckpointFile.locked(Path(settings.CHECKPOINT_FILE)) as file:
        # Read under the file's lock: a head read before could be older than the checkpoint of another writer.
        head = read_head()
        if head.size == 0:
            return None
        checkpoint = Checkpoint(key.name, head.size, head.root())
        in_file = file.newest()
        kept = TrailCheckpoint.objects.order_by("-size").first()
        for note, where in ((in_file.note if in_file else "", "file"), (kept.note if kept else "", "database")):
            if note:
                _require_continues(note, where, checkpoint, key)
        note = sign(checkpoint, key)
        in_file_already = in_file is not None and in_file.size == head.size
        if not in_file_already:
            file.append(note)
            _sync_folder(Path(settings.CHECKPOINT_FILE).parent)
        is_new_row = kept is None or kept.size < head.size
        if is_new_row:
            TrailCheckpoint.objects.create(size=head.size, root=checkpoint.root, note=note, created=now())
    return Written(head.size, note, is_new_row or not in_file_already)


def _require_continues(note: str, where: str, new: Checkpoint, key: SigningKey) -> None:
    """Refuse to sign a log that contradicts its last checkpoint: two signed histories would be worth nothing."""
    try:
        old = open_note(note, key.verifier)
    except CheckpointError as error:
        raise LogContradicted(f"the last checkpoint in the {where} was not signed by this key: {error}") from None
    if old.size > new.size:
        raise LogContradicted(
            f"the last checkpoint in the {where} covers {old.size} entries, the log has only {new.size}: "
            "its newest entries were cut off, or an older backup was restored"
        )
    try:
        agrees = root_at(old.size) == old.root and root_at(new.size) == new.root
    except LookupError as error:
        raise LogContradicted(str(error)) from None
    if not agrees:
        raise LogContradicted(
            f"the log does not begin with the {old.size} entries of its last checkpoint in the {where}: "
            "it was rewritten; run 'lianheng trail verify'"
        )


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def newest_covering(seq: int) -> TrailCheckpoint | None:
    """Return the newest checkpoint that covers an entry."""
    return TrailCheckpoint.objects.filter(size__gt=seq).order_by("-size").first()


def first_covering(seq: int) -> TrailCheckpoint | None:
    """Return the earliest checkpoint that covers an entry."""
    return TrailCheckpoint.objects.filter(size__gt=seq).order_by("size").first()
