"""The bytes of an entry that its leaf hash covers. Fixed for ever: changing them breaks every log written before."""

import datetime as dt

from lianheng.web.trail.models import TrailEntry

FORMAT = "lianheng-trail/1"


def encode_fields(
    seq: int, time: str, actor: str, role: str, action: str, result: str, subject: str, unit: str, commitment: bytes
) -> bytes:
    """Join the attested fields, one a line; a line break inside a field would let two entries look alike."""
    fields = (FORMAT, str(seq), time, actor, role, action, result, subject, unit, commitment.hex())
    text = "\n".join(fields)
    if text.count("\n") != len(fields) - 1:
        raise ValueError("a trail field holds a line break")
    return text.encode()


def encode(entry: TrailEntry) -> bytes:
    """Return the attested bytes of an entry."""
    return encode_fields(
        entry.seq,
        utc_text(entry.time),
        entry.actor,
        entry.role,
        entry.action,
        entry.result,
        f"{entry.subject_type}:{entry.subject_id}",
        entry.unit,
        bytes(entry.commitment),
    )


def utc_text(moment: dt.datetime) -> str:
    """Write a moment as UTC with milliseconds, the same on every database."""
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
