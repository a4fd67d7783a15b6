"""Proof files: that one entry stands in the log, checkable offline with the published key."""

import json

from django.db import connection

from lianheng.engine.merkle_log.bundle import make_bundle
from lianheng.engine.merkle_log.checkpoint import read_unverified
from lianheng.engine.merkle_log.proof import inclusion_proof
from lianheng.web.trail.checkpoints import first_covering, newest_covering
from lianheng.web.trail.entry_bytes import encode
from lianheng.web.trail.models import TrailCheckpoint, TrailEntry
from lianheng.web.trail.services import record
from lianheng.web.trail.stored_tree import stored_hash


class NotProvable(Exception):
    """There is no such entry, no checkpoint covers it yet, or its content is gone; the message says what to do."""


def prove(seq: int) -> list[bytes]:
    """Return the inclusion proof of an entry under the newest checkpoint that covers it."""
    return inclusion_proof(seq, _checkpoint_for(seq).size, stored_hash)


def proof_file(seq: int, *, with_content: bool = False) -> str:
    """Return the text of an entry's proof file; opening its content is an entry of its own."""
    entry = TrailEntry.objects.filter(pk=seq).select_related("payload").first()
    if entry is None:
        raise NotProvable(f"there is no entry {seq} in the trail")
    checkpoint = _checkpoint_for(seq)
    if not with_content:
        return make_bundle(encode(entry), seq, inclusion_proof(seq, checkpoint.size, stored_hash), checkpoint.note)
    if not hasattr(entry, "payload"):
        raise NotProvable(f"the content of entry {seq} was erased; prove it without --with-content")
    if not connection.in_atomic_block:
        raise RuntimeError("opening a content is recorded: call proof_file inside a transaction")
    record(actor=None, action="trail.proof_opened", subject=entry, result=TrailEntry.READ)
    return _opened(entry, checkpoint)


def _opened(entry: TrailEntry, checkpoint: TrailCheckpoint) -> str:
    proof = inclusion_proof(entry.seq, checkpoint.size, stored_hash)
    payload, salt = json.loads(entry.payload.content), bytes(entry.payload.salt)
    return make_bundle(encode(entry), entry.seq, proof, checkpoint.note, payload=payload, salt=salt)


def is_covered(seq: int) -> bool:
    """Tell whether a checkpoint covers an entry."""
    return newest_covering(seq) is not None


def opened_proof(seq: int, *, covering: int) -> str:
    """Return an entry's proof file with its content, under the first checkpoint that covers entry `covering`.

    The first, not the newest: asked again, the same bytes. The caller's own act records that the content left.
    """
    entry = TrailEntry.objects.select_related("payload").get(pk=seq)
    checkpoint = _sound(first_covering(covering), covering)
    if not hasattr(entry, "payload"):
        raise NotProvable(f"the content of entry {seq} was erased")
    return _opened(entry, checkpoint)


def _checkpoint_for(seq: int) -> TrailCheckpoint:
    return _sound(newest_covering(seq), seq)


def _sound(checkpoint: TrailCheckpoint | None, seq: int) -> TrailCheckpoint:
    if checkpoint is None:
        raise NotProvable(f"no checkpoint covers entry {seq} yet: run 'lianheng trail checkpoint' first")
    if read_unverified(checkpoint.note).size != checkpoint.size:
        raise NotProvable("a stored checkpoint does not fit its note: run 'lianheng trail verify'")
    return checkpoint
