"""Secrets at rest: sealed by AES-256-GCM under a key that lies outside the database, each bound to its own row.

`fields.key` in the key folder holds numbered keys, one a line, the newest last. Number 0 is derived from the secret key
and serves where no such file has been made. A sealed value begins with the number of its key, so that `lianheng keys
rotate` can add a key and seal everything anew, and what an older key sealed still opens.
"""

import base64
import hashlib
import os
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

KEY_BYTES = 32
_NONCE_BYTES = 12


class CannotOpen(Exception):
    """A sealed value has no key here, was changed, or was carried to another row."""


def key_file() -> Path:
    return Path(settings.KEYS) / "fields.key"


def new_key_line(number: int) -> str:
    return f"{number}:{base64.b64encode(os.urandom(KEY_BYTES)).decode()}\n"


def keys() -> dict[int, bytes]:
    """Return number → key; the largest number seals."""
    ring = {0: hashlib.sha256(b"lianheng sealed fields\0" + settings.SECRET_KEY.encode()).digest()}
    try:
        lines = key_file().read_text(encoding="ascii").split()
    except FileNotFoundError:
        return ring
    for line in lines:
        number, _, key = line.partition(":")
        ring[int(number)] = base64.b64decode(key, validate=True)
        if len(ring[int(number)]) != KEY_BYTES:
            raise ValueError(f"{key_file()}: key {number} has not {KEY_BYTES} bytes")
    return ring


def seal(text: str, place: str) -> str:
    """Return a text sealed for one place ("table.column:row"); it opens nowhere else."""
    ring = keys()
    number, nonce = max(ring), os.urandom(_NONCE_BYTES)
    sealed = nonce + AESGCM(ring[number]).encrypt(nonce, text.encode(), place.encode())
    return f"{number}.{base64.urlsafe_b64encode(sealed).decode()}"


def open_sealed(sealed: str, place: str) -> str:
    """Return the text, or raise CannotOpen."""
    number, _, content = sealed.partition(".")
    try:
        key, raw = keys()[int(number)], base64.urlsafe_b64decode(content)
        return AESGCM(key).decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], place.encode()).decode()
    except (KeyError, ValueError, InvalidTag) as error:
        raise CannotOpen(f"{place}: no key of {key_file()} opens it") from error


def factor_of(user_id: int) -> str:
    """Return the place of somebody's second factor."""
    return f"accounts.user.totp_secret:{user_id}"
