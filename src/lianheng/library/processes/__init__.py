"""Processes as files: one YAML each; an office's own of the same id replaces a shipped one.

A file that says `like: other` may write `same` for a step, limit, sum or need: it stands as in that other file.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

from lianheng.engine.redflags.problems import DeclarationError, Problem
from lianheng.engine.redflags.register import Register
from lianheng.engine.redflags.trace.process import Process
from lianheng.engine.redflags.trace.read_process import read_process
from lianheng.library.strict_yaml import YamlError, read_yaml

PROCESSES = Path(__file__).parent


def load_processes(
    registers: dict[str, Register], more: Path | None = None, lost: Collection[str] = ()
) -> dict[str, Process]:
    """The shipped processes by id, and those of a folder in place of shipped ones.

    Parameters
    ----------
    registers : declarations that the sources of steps are checked against.
    more : the office's folder `processes`; it need not be there.
    lost : registers whose declaration cannot be read: processes that read them are left out.

    Returns
    -------
    Processes by id.

    Raises
    ------
    DeclarationError naming every problem of every file.
    """
    problems: list[Problem] = []
    found: dict[str, Process] = {}
    folders = [PROCESSES, *([more] if more is not None and more.is_dir() else [])]
    for path in (path for folder in folders for path in sorted(folder.glob("*.yaml"))):
        try:
            process = read_process(_filled(read_yaml(path), path), path.name)
            found.pop(process.id, None)
            if set(lost).isdisjoint(process.registers):
                problems += _strange_sources(process, registers, path.name)
                found[process.id] = process
        except YamlError as error:
            problems.append(Problem(path.name, "file", str(error)))
        except DeclarationError as error:
            problems += error.problems
    if problems:
        raise DeclarationError(problems)
    return found


def _filled(document: Any, path: Path) -> Any:
    """The document of a process with what is the `same` in the one that it is like; the order is its own."""
    if not isinstance(document, dict) or "like" not in document:
        return document
    other = str(document["like"])
    beside = [folder / f"{other}.yaml" for folder in (path.parent, PROCESSES)]
    base = next((read_yaml(found) for found in beside if found.is_file() and found != path), None)
    if not isinstance(base, dict) or "like" in base:
        raise DeclarationError([Problem(path.name, "like", f"there is no process {other!r} that is whole by itself")])
    filled = {key: value for key, value in document.items() if key != "like"}
    problems = []
    for part in ("steps", "limits", "amounts", "needs"):
        own, given = filled.get(part), base.get(part) or {}
        if isinstance(own, dict):
            missing = [name for name, value in own.items() if value == "same" and name not in given]
            problems += [Problem(path.name, f"{part}.{name}", f"{other} has none to be the same") for name in missing]
            filled[part] = {name: given.get(name) if value == "same" else value for name, value in own.items()}
    if problems:
        raise DeclarationError(problems)
    return filled


def _strange_sources(process: Process, registers: dict[str, Register], file: str) -> list[Problem]:
    """Sources whose register or column is not declared."""
    problems = []
    for step in process.steps.values():
        for source in step.sources:
            register = registers.get(source.register)
            if register is None:
                text = f"there is no register {source.register!r}"
                problems.append(Problem(file, f"steps.{step.id}.sources", text))
                continue
            columns = (
                source.key, source.date, source.amount, source.document, source.actor,
                *(column for column, _ in (*source.only, *source.besides)),
            )  # fmt: skip
            unknown = [name for name in columns if name and name not in register.columns]
            text = f"{register.id} has no column {', '.join(unknown)}; it has {', '.join(register.columns)}"
            if unknown:
                problems.append(Problem(file, f"steps.{step.id}.sources", text))
    return problems
