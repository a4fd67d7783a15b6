"""Person ids become keyed hashes here, and nowhere later is there a clear one."""

from __future__ import annotations

import base64
import hmac
import os
import secrets
import unicodedata
from pathlib import Path

from lianheng.engine.redflags.problems import RunError

KEY_BYTES = 32


def normalised(value: str) -> str:
    """One spelling of one id: full width to half, no spaces, no invisible characters, capital letters.

    Example
    -------
    >>> normalised(" １２３x "), normalised("12\\u200b3")
    ('123X', '123')
    """
    text = "".join(unicodedata.normalize("NFKC", value).split()).upper()
    return text if text.isascii() else "".join(mark for mark in text if unicodedata.category(mark) != "Cf")


def pseudonym(key: bytes, value: str) -> str:
    """The keyed hash (HMAC-SHA-256, 72 bits in 12 characters) of an id.

    Twelve characters are what DuckDB keeps within a row, which makes joins half again as fast; that any two of seven
    million people share a hash has a chance of 1 in 190 million.

    Example
    -------
    >>> pseudonym(b"k" * 32, "123x") == pseudonym(b"k" * 32, "１２３X")
    True
    >>> len(pseudonym(b"k" * 32, "123x"))
    12
    """
    return base64.b64encode(hmac.digest(key, normalised(value).encode(), "sha256")[:9], altchars=b"._").decode()


def load_or_make_key(path: Path) -> bytes:
    """The office's key; made on first use, readable by its owner alone.

    Raises
    ------
    RunError where others may read the file, or it is not a key.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(KEY_BYTES) + "\n")
    if path.stat().st_mode & 0o077:
        raise RunError(f"{path} can be read by others than its owner: chmod 600 {path}")
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except (UnicodeDecodeError, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise RunError(
            f"{path} is not a key of {KEY_BYTES} bytes: restore it; with another key earlier loads do not join"
        )
    return key
