"""An office to work in, and the command line as a user types it: what the tests of all red-flag engines share."""

import csv
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from lianheng.cli.main import main


@dataclass(frozen=True)
class Said:
    """Exit code and output of one command."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Type = Callable[..., Said]


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "office"
    folder.mkdir()
    monkeypatch.setenv("LIANHENG_OFFICE", str(folder))
    monkeypatch.delenv("LIANHENG_REGISTERS", raising=False)
    return folder


@pytest.fixture
def lianheng(office: Path, capsys: pytest.CaptureFixture[str]) -> Type:
    """`lianheng("models run", "--today", "2024-01-10")`."""

    def run(words: str, *more: object) -> Said:
        capsys.readouterr()
        code = main([*words.split(), *(str(word) for word in more)])
        said = capsys.readouterr()
        return Said(code, said.out, said.err)

    return run


def write_csv(path: Path, rows: Sequence[Sequence[object]], encoding: str = "utf-8") -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows(rows)
    return path
