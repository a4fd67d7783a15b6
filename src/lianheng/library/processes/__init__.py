"""Processes as files: one YAML each; an office's own of the same id replaces a shipped one."""

from __future__ import annotations

from pathlib import Path

from lianheng.engine.redflags.problems import DeclarationError, Problem
from lianheng.engine.redflags.register import Register
from lianheng.engine.redflags.trace.process import Process, read_process
from lianheng.library.strict_yaml import YamlError, read_yaml

PROCESSES = Path(__file__).parent


def load_processes(registers: dict[str, Register], more: Path | None = None) -> dict[str, Process]:
    """The shipped processes by id, and those of a folder in place of shipped ones.

    Parameters
    ----------
    registers : declarations that the sources of steps are checked against.
    more : the office's folder `processes`; it need not be there.

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
            process = read_process(read_yaml(path), path.name)
            problems += _strange_sources(process, registers, path.name)
            found[process.id] = process
        except YamlError as error:
            problems.append(Problem(path.name, "file", str(error)))
        except DeclarationError as error:
            problems += error.problems
    if problems:
        raise DeclarationError(problems)
    return found


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
            columns = (source.key, source.date, source.amount, source.document, source.actor)
            unknown = [name for name in columns if name and name not in register.columns]
            text = f"{register.id} has no column {', '.join(unknown)}; it has {', '.join(register.columns)}"
            if unknown:
                problems.append(Problem(file, f"steps.{step.id}.sources", text))
    return problems
