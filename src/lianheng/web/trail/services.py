"""Append to the trail, and erase a payload. Called inside the transaction of the act that is recorded."""

import hashlib
import os
from collections.abc import Mapping
from typing import Any, Protocol

from django.db import connection, models, transaction

from lianheng.engine.merkle_log.tree import Frontier, leaf_hash
from lianheng.web.shell.clock import now
from lianheng.web.shell.errors import InvalidInput, WrongState
from lianheng.web.trail.entry_bytes import clean, encode
from lianheng.web.trail.models import TrailEntry, TrailPayload
from lianheng.web.trail.modes import refuse_another_mode
from lianheng.web.trail.payload_json import canonical

# Complete subtrees are kept at every eighth height: a proof then reads at most 255 hashes a level.
NODE_STEP = 8
ERASED = "trail.payload_erased"

# Plain SQL: this runs inside every transaction of the whole server.
_READ_HEAD = "SELECT size, frontier, standing FROM trail_trailhead WHERE id = 1"
_ADD_ENTRY = (
    "INSERT INTO trail_trailentry (seq, time, actor, role, action, result, subject_type, subject_id, unit, commitment, "
    "leaf) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
)
_ADD_PAYLOAD = "INSERT INTO trail_trailpayload (entry_id, salt, content) VALUES (%s, %s, %s)"
_ADD_NODE = 'INSERT INTO trail_trailnode (height, "index", hash) VALUES (%s, %s, %s)'
_MOVE_HEAD = "UPDATE trail_trailhead SET size = %s, frontier = %s, standing = %s WHERE id = 1"


class Actor(Protocol):
    pk: Any


def record(
    *,
    actor: Actor | None,
    action: str,
    subject: models.Model | None = None,
    details: Mapping[str, Any] | None = None,
    role: str = "",
    unit: str = "",
    result: str = TrailEntry.DONE,
    standing: str = "",
) -> TrailEntry:
    """Append one entry; must run inside the act's own transaction, so that both are kept or neither.

    `actor` None is the system itself. `details` becomes canonical JSON; it is stored apart under a salted commitment,
    so that it can be erased later without breaking the log. `standing` says what the database is from this entry on:
    the acts of trail.standing alone pass it.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("trail.record needs the transaction of the act that it records")
    # By which right the person acts: accounts, which lies above, notes it on the person when it checks the right.
    right = getattr(actor, "acting", None)
    if right is not None:
        role = role or right.role
        if right.on_behalf_of:
            details = {**(details or {}), "on_behalf_of": f"user:{right.on_behalf_of}"}
    content = canonical(details)
    salt = os.urandom(16)
    entry = TrailEntry(
        actor=_field("actor", f"user:{actor.pk}" if actor is not None else "system"),
        role=_field("role", role),
        action=_field("action", action),
        result=_field("result", result),
        subject_type=subject._meta.label_lower if subject is not None else "",
        subject_id=_field("subject_id", str(subject.pk)) if subject is not None else "",
        unit=_field("unit", unit),
        commitment=hashlib.sha256(salt + content).digest(),
    )
    _append(entry, salt, content.decode(), standing)
    return entry


def _append(entry: TrailEntry, salt: bytes, content: str, standing: str) -> None:
    """Lock the head, give the entry its number and moment, and write its rows."""
    with connection.cursor() as cursor:
        # SQLite's transaction is IMMEDIATE: it holds the only write lock already.
        cursor.execute(_READ_HEAD + (" FOR UPDATE" if connection.features.has_select_for_update else ""))
        head = cursor.fetchone()
        if head is None:
            raise RuntimeError("the trail has no head row: run 'lianheng migrate'")
        standing = standing or head[2]
        refuse_another_mode(standing)
        frontier = Frontier.from_bytes(bytes(head[1]))
        if frontier.size != head[0]:
            raise RuntimeError("the trail's head does not fit its frontier: run 'lianheng trail verify'")
        entry.seq, entry.time = frontier.size, now()
        entry.leaf = leaf_hash(encode(entry))
        cursor.execute(_ADD_ENTRY, _entry_row(entry))
        cursor.execute(_ADD_PAYLOAD, [entry.seq, salt, content])
        for height, index, value in frontier.append(entry.leaf):
            if height % NODE_STEP == 0:
                cursor.execute(_ADD_NODE, [height, index, value])
        cursor.execute(_MOVE_HEAD, [frontier.size, frontier.to_bytes(), standing])
    entry._state.adding, entry._state.db = False, connection.alias


def _entry_row(entry: TrailEntry) -> list[Any]:
    time = connection.ops.adapt_datetimefield_value(entry.time)
    named = [entry.actor, entry.role, entry.action, entry.result, entry.subject_type, entry.subject_id, entry.unit]
    return [entry.seq, time, *named, entry.commitment, entry.leaf]


_LIMITS: dict[str, int] = {
    field.name: field.max_length
    for field in TrailEntry._meta.concrete_fields
    if isinstance(field, models.CharField) and field.max_length
}


def _field(name: str, value: str) -> str:
    """Clean a field; SQLite would take a longer one than the column, so that the two databases would differ."""
    limit = _LIMITS[name]
    if len(value) > limit:
        raise ValueError(f"the trail field {name} holds at most {limit} characters, not {len(value)}")
    return clean(value)


@transaction.atomic
def erase_payload(*, actor: Actor, seq: int, reason: str) -> TrailEntry:
    """Erase the details of one entry for good; the log stays verifiable. The caller has checked that the actor may."""
    if not reason.strip():
        raise InvalidInput("请写明清除的理由和依据", "reason")
    entry = TrailEntry.objects.filter(pk=seq).first()
    if entry is None:
        raise InvalidInput(f"没有编号为 {seq} 的痕迹，请核对编号", "seq")
    if entry.action == ERASED:
        raise WrongState("这条痕迹记的是一次清除，它的理由不能再清除")
    if connection.vendor == "sqlite":
        # Without it, the bytes stay readable in free pages of the file.
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA secure_delete = ON")
    # One DELETE is the lock: of two at once, the second finds nothing.
    erased, _ = TrailPayload.objects.filter(pk=seq).delete()
    if not erased:
        raise WrongState("这条痕迹的内容已经清除过，不用再清除")
    return record(actor=actor, action=ERASED, subject=entry, details={"reason": reason.strip()})
