"""An office to work in, and the command line as a user types it."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from lianheng.cli.main import main
from lianheng.engine.redflags.library import Library
from lianheng.engine.redflags.tests.twenty_villages import write_workbooks
from lianheng.library.models import MODELS, load_library


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
    # One shipped model is enough here, and keeps these tests quick; the others have their own cases.
    shutil.copytree(MODELS / "M05", tmp_path / "shipped" / "M05")
    monkeypatch.setattr("lianheng.library.office.MODELS", tmp_path / "shipped")
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


@pytest.fixture(scope="session")
def kept_offices(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Offices that were loaded once, by the day of the load."""
    return tmp_path_factory.mktemp("offices")


@pytest.fixture
def load_villages(lianheng: Type, office: Path, tmp_path: Path, kept_offices: Path) -> Callable[[str], Type]:
    """Load the registers of twenty villages on a day: the first test that asks types it, the others get a copy."""

    def load(day: str) -> Type:
        kept = kept_offices / day
        if not kept.exists():
            for register, workbook in write_workbooks(tmp_path).items():
                said = lianheng("registers load", register, workbook, "--today", day)
                assert (said.code, said.err) == (0, "")
            shutil.copytree(office, kept)
        else:
            shutil.copytree(kept, office, dirs_exist_ok=True)
        return lianheng

    return load


@pytest.fixture(scope="session")
def shipped_library() -> Library:
    """The models that come with the program."""
    return load_library()
