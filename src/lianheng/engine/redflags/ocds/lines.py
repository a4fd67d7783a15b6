"""Look through a releases file before DuckDB reads it, and write a clean copy where a line is out of the ordinary.

DuckDB reads JSON lines fastest, but is lenient where the indicators' definition is strict (trailing commas, NaN,
nesting) and stops where it is lenient (a field of another type). Nearly every file needs neither: one look at each line
shows that. Otherwise a copy is made: lines in order stay as they are, of the others comes what the indicators read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from lianheng.engine.redflags.ocds.strict import NotJson, NotUtf8, canonical_line, parse_line, quick_line, too_deep

_BUFFER = 1 << 22
# Beyond that, more lines of the same trouble tell nothing new.
_MOST_NAMED = 20


class _Anything(msgspec.Struct):
    """Reads nothing of an object; decoding only checks its grammar."""


class _Tender(msgspec.Struct):
    procuringEntity: _Anything | None = None
    tenderPeriod: _Anything | None = None


class _Bid(msgspec.Struct):
    value: _Anything | None = None
    tenderers: list[_Anything | None] | None = None


class _Bids(msgspec.Struct):
    details: list[_Bid | None] | None = None


class _Item(msgspec.Struct):
    classification: _Anything | None = None


class _Award(msgspec.Struct):
    suppliers: list[_Anything | None] | None = None
    items: list[_Item | None] | None = None


class _Release(msgspec.Struct):
    """The objects and arrays that DuckDB stops at where they are something else; their leaves may be anything."""

    buyer: _Anything | None = None
    tender: _Tender | None = None
    bids: _Bids | None = None
    awards: list[_Award | None] | None = None


_decode_release = msgspec.json.Decoder(_Release).decode
# Half a character is no JSON, and only the strict reader tells a half from a whole one.
_MAY_BE_HALF = re.compile(rb"\\u[dD][89a-fA-F]")


@dataclass(slots=True)
class Lines:
    """What was seen of a file: lines, the longest in bytes, and lines skipped with the reason of the first few."""

    read: int = 0
    longest: int = 0
    skipped: int = 0
    not_utf8: int = 0
    warnings: list[str] = field(default_factory=list)

    def skip(self, number: int, reason: str) -> None:
        """Note a line that is left out."""
        self.skipped += 1
        if self.skipped <= _MOST_NAMED:
            self.warnings.append(f"line {number} is left out: {reason}")


def is_ordinary(path: Path, lines: Lines) -> bool:
    """Whether every line is a JSON object by the strict rules, as far as DuckDB does not see to it itself."""
    decode = msgspec.json.Decoder(_Anything).decode
    count = longest = 0
    with path.open("rb", buffering=_BUFFER) as file:
        for line in file:
            count += 1
            size = len(line)
            if size > longest:
                longest = size
            try:
                decode(line)
            except (msgspec.MsgspecError, RecursionError):
                if line.strip(b" \t\r\n"):
                    return False
            if line.count(b"[") + line.count(b"{") > 127 and too_deep(line):
                return False
    lines.read, lines.longest = count, longest
    return True


def write_clean(source: Path, target: Path, *, keep: bool) -> Lines:
    """Write a copy that DuckDB reads, one release on each line that holds one.

    Parameters
    ----------
    source : the releases.
    target : the copy to write. A line that holds no release is left out.
    keep : a line whose objects and arrays stand where they should stays as it is; otherwise of every line comes only
        what the indicators read, which also settles keys that stand twice in one object.

    Returns
    -------
    What was seen, with a warning for every line that is not JSON.
    """
    lines = Lines()
    read = _kept if keep else _read
    with source.open("rb", buffering=_BUFFER) as file, target.open("wb", buffering=_BUFFER) as copy:
        for clean in _clean(file, lines, read):
            if len(clean) >= lines.longest:
                lines.longest = len(clean) + 1
            copy.write(clean)
            if not clean.endswith(b"\n"):
                copy.write(b"\n")
    if lines.skipped > _MOST_NAMED:
        lines.warnings.append(f"{lines.skipped - _MOST_NAMED} more lines are left out")
    return lines


def _kept(line: bytes) -> bytes | None:
    try:
        _decode_release(line)
        line.decode("utf-8")
        if too_deep(line) or _MAY_BE_HALF.search(line):
            return _read(line)
    except (ValueError, RecursionError):
        return _read(line)
    return line


def _read(line: bytes) -> bytes | None:
    try:
        return quick_line(line)
    except (ValueError, RecursionError, OverflowError):
        return canonical_line(parse_line(line))


def _clean(file: Any, lines: Lines, read: Callable[[bytes], bytes | None]) -> Iterator[bytes]:
    for number, line in enumerate(file, 1):
        lines.read = number
        if not line.strip(b" \t\r\n\x0c"):
            continue
        try:
            clean = read(line)
        except NotJson as error:
            lines.skip(number, str(error))
            lines.not_utf8 += isinstance(error, NotUtf8)
            continue
        if clean is not None:
            yield clean
