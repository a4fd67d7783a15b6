"""Supervision models as files: one folder each, with the registers that they read in `library/registers`."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from lianheng.engine.redflags.cases import Case, read_cases
from lianheng.engine.redflags.library import Library, check_library
from lianheng.engine.redflags.model import Model
from lianheng.engine.redflags.problems import DeclarationError, Problem
from lianheng.engine.redflags.query import parse_prepare
from lianheng.engine.redflags.read_model import read_model
from lianheng.engine.redflags.register import Register, read_register
from lianheng.library.strict_yaml import YamlError, read_yaml

MODELS = Path(__file__).parent
REGISTERS = MODELS.parent / "registers"
_FILES = {"model.yaml", "query.sql", "tests.yaml"}


def load_library(
    models: Path = MODELS,
    registers: Path = REGISTERS,
    more_registers: Path | None = None,
    *,
    with_cases: bool = True,
    check: bool = True,
) -> Library:
    """The checked library in a folder.

    Parameters
    ----------
    models : one folder per model, and `prepare.sql` where models share tables. A folder with `library.yaml` is a
        library of its own and left alone.
    registers : one file per register.
    more_registers : registers of the office; one of the same name replaces the shipped one.
    with_cases : read tests.yaml too.
    check : check every query and run it on empty tables; the shipped models are checked by their tests already.

    Returns
    -------
    The library.

    Raises
    ------
    DeclarationError naming every problem of every file.
    """
    problems: list[Problem] = []
    declared = load_registers(registers, problems)
    if more_registers is not None and more_registers.is_dir():
        declared |= load_registers(more_registers, problems)
    found: dict[str, Model] = {}
    cases = {}
    for folder in _model_folders(models):
        try:
            states = _states(folder)
            model = _model(folder, states)
            found[model.id] = model
            if with_cases:
                cases[model.id] = _cases(folder, states)
        except DeclarationError as error:
            problems += error.problems
    prepare_file = models / "prepare.sql"
    prepare = {}
    if prepare_file.exists():
        prepare = parse_prepare(prepare_file.read_text(encoding="utf-8"), "prepare.sql")
    library = Library(models.name, declared, prepare, found, cases)
    try:
        if check:
            check_library(library)
    except DeclarationError as error:
        problems += error.problems
    if problems:
        raise DeclarationError(problems)
    return library


def load_registers(folder: Path, problems: list[Problem] | None = None) -> dict[str, Register]:
    """The registers declared in a folder by id; problems are added to the list, or raised where none is given."""
    noted: list[Problem] = []
    registers = {}
    for path in sorted(folder.glob("*.yaml")):
        try:
            register = _register(path, _state(path))
            registers[register.id] = register
        except DeclarationError as error:
            noted += error.problems
    if problems is None and noted:
        raise DeclarationError(noted)
    if problems is not None:
        problems += noted
    return registers


def _model_folders(models: Path) -> list[Path]:
    folders = [path for path in sorted(models.iterdir()) if path.is_dir() and not path.name.startswith(("_", "."))]
    own = [path for path in folders if not (path / "library.yaml").exists()]
    return [path for path in own if path.name not in ("tests", "registers")]


# A night, a page and a test ask for the same files again and again: what was read stays in memory as long as the
# file has its size and time of change. Nobody changes what is read; declarations with a fault are read again.
_State = tuple[int, int]


def _state(path: Path) -> _State:
    about = path.stat()
    return about.st_mtime_ns, about.st_size


def _states(folder: Path) -> tuple[_State, ...]:
    missing = sorted(name for name in _FILES if not (folder / name).exists())
    if missing:
        text = f"has no {', '.join(missing)}: a model is a folder of {', '.join(sorted(_FILES))}"
        raise DeclarationError([Problem(folder.name, "folder", text)])
    return tuple(_state(folder / name) for name in sorted(_FILES))


@lru_cache(maxsize=1024)
def _register(path: Path, _: _State) -> Register:
    return read_register(_yaml(path), path.name)


@lru_cache(maxsize=1024)
def _model(folder: Path, _: tuple[_State, ...]) -> Model:
    model = read_model(_yaml(folder / "model.yaml"), f"{folder.name}/model.yaml")
    return model.with_query((folder / "query.sql").read_text(encoding="utf-8"))


@lru_cache(maxsize=1024)
def _cases(folder: Path, states: tuple[_State, ...]) -> tuple[Case, ...]:
    return read_cases(_yaml(folder / "tests.yaml"), _model(folder, states), f"{folder.name}/tests.yaml")


def _yaml(path: Path) -> Any:
    try:
        return read_yaml(path)
    except YamlError as error:
        raise DeclarationError([Problem(f"{path.parent.name}/{path.name}", "file", str(error))]) from error
