"""A process to try, an office, and the command line as a user types it."""

import csv
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from lianheng.cli.main import main
from lianheng.engine.redflags.trace.process import Process, read_process

DECLARED: dict[str, Any] = {
    "id": "buy", "version": 1, "title": "采购", "case": "采购编号", "meaning": "每次采购一案",
    "steps": {
        "plan": {"title": "计划"},
        "deal": {"title": "合同"},
        "filed": {"title": "备案", "required": False},
        "more": {"title": "补充", "required": False, "repeats": True, "ordered": False},
        "taken": {"title": "验收", "ordered": False},
        "paid": {"title": "付款", "repeats": True},
    },
    "limits": {
        "signed": {"from": "plan", "to": "deal", "at_most": 30, "basis": "规定甲", "origin": "public",
                   "valid_from": "2024-01-01", "valid_to": "2024-12-31"},
        "signed_2025": {"from": "plan", "to": "deal", "at_most": 20, "basis": "规定乙", "origin": "public",
                        "valid_from": "2025-01-01"},
        "filed": {"from": "deal", "to": "filed", "at_most": 2, "unit": "workday", "basis": "规定丙", "origin": "draft"},
        "settled": {"from": "taken", "to": "paid", "at_least": 0, "at_most": 1, "unit": "month", "last": True,
                    "basis": "规定丁", "origin": "draft"},
    },
    "amounts": {
        "within_plan": {"title": "合同不超过计划", "left": ["deal"], "right": ["plan"], "basis": "计划",
                        "origin": "draft"},
        "tenth": {"title": "补充不超过一成", "left": ["more"], "right": ["deal"], "percent": 10, "basis": "规定戊",
                  "origin": "draft"},
        "within_deal": {"title": "付款不超过合同", "left": ["paid"], "right": ["deal", "more"], "basis": "合同",
                        "origin": "draft"},
    },
}  # fmt: skip


@pytest.fixture(scope="session")
def buy() -> Process:
    return read_process(DECLARED, "buy.yaml")


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
    """`lianheng("trace list", "--json")`."""

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
