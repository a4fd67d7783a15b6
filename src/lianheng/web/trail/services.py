"""Append to the trail. Called inside the transaction of the act that it records."""

import hashlib
import os
from typing import Any, Protocol

import rfc8785
from django.db import models, transaction

from lianheng.engine.merkle_log.tree import Frontier, leaf_hash
from lianheng.web.shell.clock import now
from lianheng.web.trail.entry_bytes import encode
from lianheng.web.trail.models import TrailEntry, TrailHead, TrailNode, TrailPayload

# Complete subtrees are kept at every eighth height: a proof then reads at most 255 hashes a level.
NODE_STEP = 8


class Actor(Protocol):
    pk: Any


def record(
    *,
    actor: Actor | None,
    action: str,
    subject: models.Model | None = None,
    details: dict[str, Any] | None = None,
    role: str = "",
    unit: str = "",
    result: str = TrailEntry.DONE,
) -> TrailEntry:
    """Append one entry; must run inside the act's own transaction, so that both are kept or neither.

    `actor` None is the system itself. `details` must be JSON; it is stored apart under a salted commitment, so that it
    can be erased later without breaking the log.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("trail.record needs the transaction of the act that it records")
    head = TrailHead.objects.select_for_update().get(pk=1)
    frontier = Frontier.from_bytes(bytes(head.frontier))
    content = rfc8785.dumps(details or {})
    salt = os.urandom(16)
    entry = TrailEntry(
        seq=head.size,
        time=now(),
        actor=f"user:{actor.pk}" if actor is not None else "system",
        role=role,
        action=action,
        result=result,
        subject_type=subject._meta.label_lower if subject is not None else "",
        subject_id=str(subject.pk) if subject is not None else "",
        unit=unit,
        commitment=hashlib.sha256(salt + content).digest(),
    )
    entry.leaf = leaf_hash(encode(entry))
    entry.save(force_insert=True)
    TrailPayload(entry=entry, salt=salt, content=content.decode()).save(force_insert=True)
    closed = frontier.append(bytes(entry.leaf))
    TrailNode.objects.bulk_create(
        TrailNode(height=height, index=index, hash=value) for height, index, value in closed if height % NODE_STEP == 0
    )
    head.size = frontier.size
    head.frontier = frontier.to_bytes()
    head.save(update_fields=["size", "frontier"])
    return entry
