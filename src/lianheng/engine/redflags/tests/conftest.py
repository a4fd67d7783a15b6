"""The shared office with one shipped model, and with the registers of twenty villages."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from lianheng.engine.redflags.library import Library
from lianheng.engine.redflags.tests.office import Type
from lianheng.engine.redflags.tests.twenty_villages import write_workbooks
from lianheng.library.models import MODELS, load_library


@pytest.fixture
def office(office: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    # One shipped model is enough here, and keeps these tests quick; the others have their own cases.
    shutil.copytree(MODELS / "M05", tmp_path / "shipped" / "M05")
    monkeypatch.setattr("lianheng.library.office.MODELS", tmp_path / "shipped")
    return office


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


@pytest.fixture
def first_night(load_villages: Callable[[str], Type], lianheng: Type, office: Path, kept_offices: Path) -> Type:
    """The twenty villages, and the run of 2024-01-10 over them: the first test that asks makes it."""
    kept = kept_offices / "first-night"
    if kept.exists():
        shutil.copytree(kept, office, dirs_exist_ok=True)
        return lianheng
    loaded = load_villages("2024-01-10")
    assert loaded("models run --today 2024-01-10").code == 0
    shutil.copytree(office, kept)
    return loaded


@pytest.fixture(scope="session")
def shipped_library() -> Library:
    """The models that come with the program."""
    return load_library()
