"""A program killed while it wrote a verdict blocks no later run."""

import datetime as dt
from pathlib import Path

import pytest

from lianheng.engine.redflags.problems import RunError
from lianheng.engine.redflags.verdicts import Verdict, append_verdicts, read_verdicts


def _verdict(candidate: str) -> Verdict:
    return Verdict(candidate, "M05", 1, "no_violation", "村里有租约", "甲", dt.date(2026, 3, 2), "f")


def test_only_whole_lines_count_and_the_next_one_stands_by_itself(tmp_path: Path) -> None:
    path = tmp_path / "verdicts.jsonl"
    append_verdicts(path, [_verdict("a"), _verdict("b")])
    held = path.read_bytes()
    for cut in range(len(held) - 1, held.index(b"\n") + 1, -7):
        path.write_bytes(held[:cut])
        assert [verdict.candidate for verdict in read_verdicts(path)] == ["a"]
    append_verdicts(path, [_verdict("c")])
    assert [verdict.candidate for verdict in read_verdicts(path)] == ["a", "c"]


def test_a_spoilt_line_in_the_middle_is_named(tmp_path: Path) -> None:
    path = tmp_path / "verdicts.jsonl"
    append_verdicts(path, [_verdict("a"), _verdict("b")])
    path.write_bytes(path.read_bytes().replace(b'"a"', b'"a'))
    with pytest.raises(RunError, match="line 1 is not a verdict"):
        read_verdicts(path)
