"""Read a list of divisions (CSV or gzipped CSV: code,name,parent,level) and say what is wrong, row by row."""

import csv
import gzip
import hashlib
import io
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, cast

HEADER = ["code", "name", "parent", "level"]
LEVEL_OF_LENGTH = {2: 1, 4: 2, 6: 3, 9: 4, 12: 5}
PARENT_LENGTH = {2: 0, 4: 2, 6: 4, 9: 6, 12: 9}
# County digits that the statistics bureau gives to development zones: they exist for statistics only. All 124 such
# rows of the country list of 2023 are zones, and no other county-level code is.
ZONE_DIGITS = range(71, 80)
MAX_PROBLEMS = 20
MAX_ROWS = 5_000_000
MAX_BYTES = 1 << 29


class DivisionFileError(ValueError):
    """A list that cannot be loaded; `problems` names the rows and how to mend them."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass
class DivisionList:
    """The rows of a list by code: name and parent. Parents that are not the code's prefix are kept in `moved`."""

    names: dict[str, str] = field(default_factory=dict)
    moved: dict[str, str] = field(default_factory=dict)
    sha256: str = ""

    def parent(self, code: str) -> str:
        return self.moved.get(code) or natural_parent(code)


def natural_parent(code: str) -> str:
    """Return the code without its last level."""
    return code[: PARENT_LENGTH[len(code)]]


def is_zone(code: str) -> bool:
    """Say whether a code names a county-level unit that exists for statistics only."""
    return len(code) == 6 and int(code[4:]) in ZONE_DIGITS


def covered_root(rows: DivisionList) -> str:
    """Return the subtree that the list is complete for: below the lowest place that holds all others ("" = all)."""
    children: dict[str, list[str]] = {}
    for code in rows.names:
        if len(code) <= 6:
            children.setdefault(rows.parent(code), []).append(code)
    root = ""
    while len(children.get(root, ())) == 1:
        root = children[root][0]
    return root


class _Bounded(io.RawIOBase):
    """Counts and hashes what is read, so that a small archive cannot unpack without end."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream, self._read = stream, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview") -> int:  # type: ignore[override]
        data = self._stream.read(len(buffer))
        self._read += len(data)
        if self._read > MAX_BYTES:
            raise DivisionFileError([f"unpacks to more than {MAX_BYTES >> 20} MiB: this is no list of divisions"])
        buffer[: len(data)] = data
        return len(data)


def read_divisions(
    path: Path, known: Callable[[str], bool] = lambda code: False, progress: Callable[[int], None] = lambda rows: None
) -> DivisionList:
    """Read and check a whole list; nothing is returned unless every row is right.

    `known` says whether a parent that the file does not name is already on record.
    """
    rows = DivisionList()
    problems: list[str] = []
    try:
        with path.open("rb") as raw:
            rows.sha256 = hashlib.file_digest(raw, "sha256").hexdigest()
            raw.seek(0)
            packed = raw.read(2) == b"\x1f\x8b"
            raw.seek(0)
            stream = cast(BinaryIO, gzip.GzipFile(fileobj=raw)) if packed else raw
            text = io.TextIOWrapper(io.BufferedReader(_Bounded(stream), 1 << 20), encoding="utf-8-sig", newline="")
            _collect(csv.reader(text, strict=True), rows, problems, progress)
    except OSError as error:  # BadGzipFile is one
        raise DivisionFileError([f"{path}: cannot be read: {error.strerror or error}"]) from error
    except (EOFError, zlib.error) as error:
        raise DivisionFileError([f"{path}: the gzip file is damaged or cut off: fetch it again ({error})"]) from error
    except UnicodeDecodeError as error:
        raise DivisionFileError([_encoding_problem(path, len(rows.names), error)]) from error
    except csv.Error as error:
        raise DivisionFileError([f"{path}: row {len(rows.names) + 2}: not readable as CSV: {error}"]) from error
    if not problems:
        _check_parents(rows, known, problems)
    if not rows.names and not problems:
        problems.append(f"{path}: holds no row")
    if problems:
        raise DivisionFileError(problems)
    return rows


def _collect(
    lines: Iterator[list[str]], rows: DivisionList, problems: list[str], progress: Callable[[int], None]
) -> None:
    header = next(lines, None)
    if header != HEADER:
        problems.append(f"row 1: the heading must be {','.join(HEADER)}, found {','.join(header or ['nothing'])[:80]}")
        return
    names = rows.names
    for number, line in enumerate(lines, start=2):
        problem = _row_problem(line, names)
        if problem:
            problems.append(f"row {number}: {problem}")
            if len(problems) >= MAX_PROBLEMS:
                problems.append(f"stopped after {MAX_PROBLEMS} problems")
                return
            continue
        code, name, parent, _ = line
        names[code] = name
        if parent != code[: PARENT_LENGTH[len(code)]]:
            rows.moved[code] = parent
        if number % 50_000 == 0:
            progress(number)
        if number > MAX_ROWS:
            problems.append(f"more than {MAX_ROWS:,} rows: this is no list of divisions")
            return


def _row_problem(line: list[str], names: Mapping[str, str]) -> str | None:
    """Return what is wrong with one row, in words that say how to mend it."""
    if len(line) != 4:
        return f"has {len(line)} columns, 4 are needed"
    code, name, parent, level = line
    length = len(code)
    if length not in LEVEL_OF_LENGTH or not (code.isascii() and code.isdigit()):
        return f"code '{code[:20]}' must have 2, 4, 6, 9 or 12 digits"
    if level != str(LEVEL_OF_LENGTH[length]):
        return f"level of {code} is '{level[:8]}', a code of {length} digits has level {LEVEL_OF_LENGTH[length]}"
    if len(parent) != PARENT_LENGTH[length] or (parent and not (parent.isascii() and parent.isdigit())):
        return f"parent '{parent[:20]}' of {code} must be a code of the level above ({PARENT_LENGTH[length]} digits)"
    if not name or name != name.strip() or len(name) > 80:
        return f"name of {code} is empty, padded with blanks or longer than 80 characters"
    if code in names:
        return f"code {code} stands twice"
    return None


def _check_parents(rows: DivisionList, known: Callable[[str], bool], problems: list[str]) -> None:
    """Find orphans; the row number is counted again only then."""
    for number, code in enumerate(rows.names, start=2):
        parent = rows.parent(code)
        if parent and parent not in rows.names and not known(parent):
            problems.append(f"row {number}: parent {parent} of {code} is neither in the file nor on record")
            if len(problems) >= MAX_PROBLEMS:
                return


def _encoding_problem(path: Path, rows: int, error: UnicodeDecodeError) -> str:
    return f"{path}: after row {rows + 1}: not UTF-8 ({error.reason}); save the list as UTF-8, it may be GBK"
