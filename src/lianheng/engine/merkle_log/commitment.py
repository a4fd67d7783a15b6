"""What an entry says and what it only commits to: salted commitments, and the lines of an entry."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import rfc8785

ENTRY_FORMAT = "lianheng-trail/1"
ENTRY_FIELDS = ("seq", "time", "actor", "role", "action", "result", "subject", "unit", "commitment")
MIN_SALT = 16


def commit(salt: bytes, payload: Mapping[str, Any]) -> bytes:
    """Commit to a payload without showing it.

    The log covers the commitment only, so the payload (and its salt) can be erased later and the log stays whole. The
    salt keeps anyone from finding a short payload by trying.

    Parameters
    ----------
    salt : bytes
        At least 16 random bytes, new for every payload.
    payload : mapping
        JSON object with text keys. An empty one is a payload too. NaN, infinities and integers beyond 2^53 - 1 have no
        canonical form and are refused; write such numbers as text.

    Returns
    -------
    bytes
        SHA-256(salt || canonical JSON), 32 bytes. The order of the keys does not matter.

    Raises
    ------
    ValueError
        If the salt is too short, or the payload has no canonical form.

    References
    ----------
    RFC 8785, JSON Canonicalization Scheme.

    Examples
    --------
    >>> commit(bytes(16), {"b": 1, "a": 2}) == commit(bytes(16), {"a": 2, "b": 1})
    True
    >>> commit(b"short", {})
    Traceback (most recent call last):
        ...
    ValueError: a salt has at least 16 bytes, not 5
    """
    if len(salt) < MIN_SALT:
        raise ValueError(f"a salt has at least {MIN_SALT} bytes, not {len(salt)}")
    return commit_bytes(salt, canonical(payload))


def entry_fields(entry: bytes) -> dict[str, str] | None:
    """Name the lines of an entry.

    Parameters
    ----------
    entry : bytes
        Entry as covered by its leaf hash: ``lianheng-trail/1``, then one line for each of ``ENTRY_FIELDS``.

    Returns
    -------
    dict or None
        Field name -> text; None for an entry of another format, the empty one included.

    Examples
    --------
    >>> entry_fields(b"something else") is None
    True
    """
    try:
        head, *lines = entry.decode().split("\n")
    except UnicodeDecodeError:
        return None
    if head != ENTRY_FORMAT or len(lines) != len(ENTRY_FIELDS):
        return None
    return dict(zip(ENTRY_FIELDS, lines, strict=True))


def canonical(payload: Any) -> bytes:
    """Canonical JSON of a payload; a ValueError if it is no object, or holds what RFC 8785 has no form for.

    >>> canonical({"b": 1.0, "a": "中"}).decode()
    '{"a":"中","b":1}'
    """
    if not isinstance(payload, Mapping):
        raise ValueError("a payload is a JSON object")
    try:
        return rfc8785.dumps(dict(payload))
    except rfc8785.CanonicalizationError as error:
        raise ValueError(f"the payload has no canonical JSON form: {error}") from None


def commit_bytes(salt: bytes, payload: bytes) -> bytes:
    """Commit to a payload that is canonical JSON already."""
    return hashlib.sha256(salt + payload).digest()
