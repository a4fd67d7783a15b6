"""One line of a releases file by the strict rules of JSON, for the lines that the fast reader cannot judge."""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

import msgspec

DEEPEST = 127
_STRINGS = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
# What the indicators read: a mapping goes into an object, a list into each element of an array, None is a leaf.
_SHAPE: dict[str, Any] = {
    "ocid": None,
    "buyer": {"id": None},
    "tender": {
        "status": None,
        "procurementMethod": None,
        "procurementMethodDetails": None,
        "numberOfTenderers": None,
        "procuringEntity": {"id": None},
        "tenderPeriod": {"startDate": None, "endDate": None},
    },
    "bids": {
        "details": [
            {"status": None, "date": None, "value": {"amount": None, "currency": None}, "tenderers": [{"id": None}]}
        ]
    },
    "awards": [{"status": None, "suppliers": [{"id": None}], "items": [{"classification": {"id": None}}]}],
}


class NotJson(ValueError):
    """The line is not JSON; the text says why."""


class NotUtf8(NotJson):
    """The line is in another encoding."""


def too_deep(line: bytes) -> bool:
    """Whether arrays and objects are nested deeper than 127 levels."""
    if line.count(b"[") + line.count(b"{") <= DEEPEST:
        return False
    depth = 0
    for bracket in _STRINGS.sub(b"", line).translate(None, _NOT_BRACKETS):
        depth += 1 if bracket in b"[{" else -1
        if depth > DEEPEST:
            return True
    return False


def parse_line(line: bytes) -> Any:
    """The value on a line, with NaN for numbers no double can hold; what is no strict JSON raises NotJson."""
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NotUtf8("it is not UTF-8") from error
    if text.startswith("\ufeff"):
        raise NotJson("it begins with a byte-order mark: save the file as UTF-8 without BOM")
    if too_deep(line):
        raise NotJson(f"it is nested deeper than {DEEPEST} levels")
    try:
        value = json.loads(text, parse_int=_integer, parse_constant=_refuse)
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError as error:
        raise NotJson("a \\u escape is half a character") from error
    except json.JSONDecodeError as error:
        raise NotJson(f"{error.msg} at character {error.pos + 1}") from error
    except ValueError as error:
        raise NotJson(str(error)) from error
    return value


def quick_line(line: bytes) -> bytes | None:
    """`canonical_line` of a line that a faster reader takes; it raises ValueError or RecursionError for any other."""
    line.decode("utf-8")
    if too_deep(line):
        raise ValueError
    value = msgspec.json.decode(line)
    if not isinstance(value, dict) or not isinstance(value.get("ocid"), str):
        return None
    return msgspec.json.encode(_fit(value, _SHAPE))


def canonical_line(value: Any) -> bytes | None:
    """What the indicators read of a release, as a line the fast reader takes; None for what is no release."""
    if not isinstance(value, dict) or not isinstance(value.get("ocid"), str):
        return None
    return json.dumps(_fit(value, _SHAPE), ensure_ascii=False).encode("utf-8")


def _fit(value: Any, shape: Any) -> Any:
    """The value as far as it has the shape; null where it has not, so that arrays keep their length."""
    if shape is None:
        fits = isinstance(value, str) or (type(value) in (int, float) and abs(value) <= 1.7976931348623157e308)
        return value if fits else None
    if isinstance(shape, list):
        return [_fit(element, shape[0]) for element in value] if isinstance(value, list) else None
    if not isinstance(value, dict):
        return None
    return {key: _fit(value.get(key), inner) for key, inner in shape.items()}


def _integer(text: str) -> int | float:
    # Python refuses to read integers of thousands of digits; no double holds them either.
    return int(text) if len(text) < 400 else float(text)


def _refuse(word: str) -> NoReturn:
    raise ValueError(f"{word} is no JSON number")
