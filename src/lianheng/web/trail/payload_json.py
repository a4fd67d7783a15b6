"""Canonical JSON of an entry's details; what has no exact form is written as text, so that no act fails on it."""

import datetime as dt
import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import rfc8785

_LARGEST = 2**53 - 1


def canonical(details: Mapping[str, Any] | None) -> bytes:
    """Return the RFC 8785 form; Decimals, dates, big integers and NaN become text, lone surrogates U+FFFD."""
    if not details:
        return b"{}"
    try:
        return rfc8785.dumps(dict(details))
    except (rfc8785.CanonicalizationError, UnicodeEncodeError):
        return rfc8785.dumps(_plain(details))


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {_text(str(key)): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, (set, frozenset)):
        return sorted((_plain(item) for item in value), key=str)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value) if abs(value) <= _LARGEST else str(int(value))
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    return _text(str(value))


def _text(value: str) -> str:
    # str() of a TextChoices member is its plain value; a lone surrogate cannot be encoded.
    return value.encode("utf-8", "replace").decode() if not value.isascii() else str(value)
