"""The bytes of an entry that its leaf hash covers. Fixed for ever: changing them breaks every log written before."""

import datetime as dt
import unicodedata

from lianheng.engine.merkle_log.commitment import ENTRY_FORMAT as FORMAT
from lianheng.web.trail.models import TrailEntry

# Control characters, line and paragraph separators, lone surrogates: they could forge a line or break the encoding.
_UNSAFE = frozenset({"Cc", "Zl", "Zp", "Cs"})


def clean(text: str) -> str:
    """Replace what must not stand in an attested field; plain text comes back as it is."""
    if text.isascii() and text.isprintable():
        return text
    return "".join("\ufffd" if unicodedata.category(c) in _UNSAFE else c for c in text)


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
