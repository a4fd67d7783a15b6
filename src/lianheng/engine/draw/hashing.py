"""The two hash functions of a draw, SHA-256 and SM3, and what is built on them: HMAC and HKDF."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from .sm3 import sm3_pure

Hash = Callable[[bytes], bytes]
BLOCK = 64  # both functions read blocks of 64 bytes and return 32 bytes


def sha256(data: bytes) -> bytes:
    """SHA-256 (FIPS 180-4)."""
    return hashlib.sha256(data).digest()


def sm3(data: bytes) -> bytes:
    """SM3 (GB/T 32905-2016), by OpenSSL where it has it, else in Python.

    >>> sm3(b"abc").hex()
    '66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0'
    """
    return hashlib.new("sm3", data).digest() if _OPENSSL_HAS_SM3 else sm3_pure(data)


def hmac(function: Hash, key: bytes, message: bytes) -> bytes:
    """HMAC (RFC 2104) with one of the two functions.

    Written out, because the standard library cannot do it with a hash function that OpenSSL lacks.

    >>> hmac(sha256, b"Jefe", b"what do ya want for nothing?").hex()[:16]  # RFC 4231, test case 2
    '5bdcc146bf60754e'
    """
    key = (function(key) if len(key) > BLOCK else key).ljust(BLOCK, b"\0")
    inner = function(bytes(byte ^ 0x36 for byte in key) + message)
    return function(bytes(byte ^ 0x5C for byte in key) + inner)


def hkdf_extract(function: Hash, salt: bytes, material: bytes) -> bytes:
    """HKDF-Extract (RFC 5869, section 2.2)."""
    return hmac(function, salt, material)


def hkdf_expand_32(function: Hash, key: bytes, info: bytes) -> bytes:
    """HKDF-Expand to 32 bytes (RFC 5869, section 2.3: one block, so one HMAC)."""
    return hmac(function, key, info + b"\1")


def _openssl_has_sm3() -> bool:
    try:
        hashlib.new("sm3", b"")
    except ValueError:
        return False
    return True


_OPENSSL_HAS_SM3 = _openssl_has_sm3()
