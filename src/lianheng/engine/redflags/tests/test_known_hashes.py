"""A file that may have changed is hashed again; one that can't have isn't read."""

import datetime as dt
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from lianheng.engine.redflags import known_hashes
from lianheng.engine.redflags.known_hashes import KnownHashes

DAY = dt.date(2026, 3, 2)
LATER_NS = 5_000_000_000


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that were really hashed."""
    names: list[str] = []
    hashed: Callable[[Path], str] = known_hashes.file_hash

    def noting(path: Path) -> str:
        names.append(path.name)
        return hashed(path)

    monkeypatch.setattr(known_hashes, "file_hash", noting)
    return names


@pytest.fixture
def noted(tmp_path: Path, read: list[str]) -> Path:
    """The notes after one pass over the file `a`, written five seconds after it was."""
    (tmp_path / "a").write_bytes(b"rows of one")
    path = tmp_path / "hashes.txt"
    first = KnownHashes(tmp_path, path, DAY)
    first.of("a")
    first.keep()
    at = (tmp_path / "a").stat().st_ctime_ns + LATER_NS
    os.utime(path, ns=(at, at))
    read.clear()
    return path


def _second(noted: Path, day: dt.date = DAY) -> str:
    return KnownHashes(noted.parent, noted, day).of("a")


def test_an_untouched_file_is_not_read_for_a_week(noted: Path, read: list[str]) -> None:
    known = _second(noted, DAY + dt.timedelta(days=7))
    assert not read
    assert _second(noted, DAY + dt.timedelta(days=8)) == known and read == ["a"]


def test_a_forged_time_of_change_does_not_hide_another_content(noted: Path, read: list[str]) -> None:
    path, before = noted.parent / "a", _second(noted)
    times = path.stat()
    path.write_bytes(b"rows of two")
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert path.stat().st_mtime_ns == times.st_mtime_ns and path.stat().st_size == times.st_size
    assert _second(noted) != before and read == ["a"]


def test_a_change_in_the_moment_of_noting_is_not_missed(noted: Path, read: list[str]) -> None:
    at = (noted.parent / "a").stat().st_ctime_ns
    os.utime(noted, ns=(at, at))
    _second(noted)
    assert read == ["a"]


@pytest.mark.parametrize("spoilt", ["", "[1]", "{", '{"a": 5}', '{"a": [1, 2, 3, 4, "x", "y"]}'])
def test_spoilt_notes_know_nothing(noted: Path, read: list[str], spoilt: str) -> None:
    noted.write_text(spoilt)
    assert len(_second(noted)) == 64 and read == ["a"]


def test_a_file_that_is_gone_has_no_hash(noted: Path) -> None:
    (noted.parent / "a").unlink()
    known = KnownHashes(noted.parent, noted, DAY)
    assert known.of("a") == ""
    known.keep()
    assert noted.read_text() == "{}"
