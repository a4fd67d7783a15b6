"""Supervision models as files: one folder each, with the registers that they read in `library/registers`."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlglot import exp

from lianheng.engine.redflags.cases import Case, read_cases
from lianheng.engine.redflags.library import Library, check_inputs, check_library, find_faults
from lianheng.engine.redflags.model import Model
from lianheng.engine.redflags.problems import DeclarationError, Problem, note_faults
from lianheng.engine.redflags.query import parse_prepare, tables_of
from lianheng.engine.redflags.read_model import read_model
from lianheng.engine.redflags.register import Register, read_register
from lianheng.engine.redflags.trial import needed_tables
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
    apart: bool = False,
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
    apart : leave a faulty model out and say in `faults` why, instead of raising; so with those that read a faulty
        register or a faulty prepare.sql.

    Returns
    -------
    The library.

    Raises
    ------
    DeclarationError naming every problem of every file; with `apart` nothing.
    """
    problems: list[Problem] = []
    faults: dict[str, list[Problem]] = {}
    declared = read_declared(registers, more_registers, problems)
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
            note_faults(faults, folder.name, error.problems)
    library = Library(models.name, declared, _prepare(models / "prepare.sql", problems), found, cases)
    if apart:
        return without_faulty(library, problems, faults, check=check)
    problems += [problem for noted in faults.values() for problem in noted]
    try:
        if check:
            check_library(library)
    except DeclarationError as error:
        problems += error.problems
    if problems:
        raise DeclarationError(problems)
    return library


def _prepare(file: Path, problems: list[Problem]) -> dict[str, exp.Query]:
    """The shared tables of a library; none where there is no such file, or it cannot be read."""
    try:
        return parse_prepare(file.read_text(encoding="utf-8"), file.name) if file.exists() else {}
    except DeclarationError as error:
        problems += error.problems
        return {}


def without_faulty(
    library: Library, common: list[Problem], faults: dict[str, list[Problem]], *, check: bool
) -> Library:
    """The library without its faulty models; what keeps each from running is in `faults`.

    Parameters
    ----------
    library : as read.
    common : problems of registers and of prepare.sql; every model that reads such a file is faulty with it.
    faults : problems of models, by id.
    check : check the queries too.

    Returns
    -------
    The library; common problems that hit no model stand under the name of their file.
    """
    if check:
        more, found = find_faults(library)
        common = [*common, *more]
        for id_, problems in found.items():
            note_faults(faults, id_, problems)
    told = set()
    for model in library.models.values():
        reads = [problem for problem in common if _reads(model, library, problem)]
        told.update(reads)
        if reads:
            faults[model.id] = reads  # that a register is not there follows from its own fault
        elif not check:
            note_faults(faults, model.id, check_inputs(model, library.registers))
    for problem in common:
        if problem not in told:
            note_faults(faults, problem.file, [problem])
    models = {id_: model for id_, model in library.models.items() if id_ not in faults}
    return replace(library, models=models, faults=faults)


def read_declared(registers: Path, more_registers: Path | None, problems: list[Problem]) -> dict[str, Register]:
    """The registers of a folder and those of the office in place of them; faulty ones are left out, and told.

    Parameters
    ----------
    registers : one file per register.
    more_registers : the office's own; the folder need not be there.
    problems : gets what is wrong, by file.

    Returns
    -------
    Registers by id.
    """
    declared = load_registers(registers, problems)
    if more_registers is not None and more_registers.is_dir():
        declared |= load_registers(more_registers, problems)
        for name in _faulty_files(problems):
            declared.pop(name, None)  # the shipped register of that name is not what the office means
    return declared


def _faulty_files(problems: list[Problem]) -> set[str]:
    return {Path(problem.file).stem for problem in problems}


def _reads(model: Model, library: Library, problem: Problem) -> bool:
    """Whether a model reads the register or the shared tables that a problem is about."""
    shared = model.prepared and (problem.file.startswith("prepare.sql") or _below(model, library, problem))
    return bool(shared) or Path(problem.file).stem in model.inputs


def _below(model: Model, library: Library, problem: Problem) -> bool:
    name = Path(problem.file).stem
    known = [table for table in model.prepared if table in library.prepare]
    return bool(known) and any(name in tables_of(library.prepare[t]) for t in needed_tables(library, model))


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


def wanted_models(folder: Path) -> list[dict[str, str]]:
    """The rules that no model checks yet: `code`, `rule`, and the register that it `needs`; no file: none."""
    path = folder / "wanted.yaml"
    return [{key: row[key] for key in ("code", "rule", "needs")} for row in _yaml(path)] if path.exists() else []
