"""What is wrong with a declaration, collected so that its writer mends all of it in one go."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong: in which file, at which key or line, what, and how to mend it."""

    file: str
    where: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}: {self.where}: {self.message}"


class DeclarationError(ValueError):
    """A register, model or settings file that cannot be used; `problems` names everything found.

    Example
    -------
    >>> raise DeclarationError([Problem("model.yaml", "level", "is missing")])
    Traceback (most recent call last):
    lianheng.engine.redflags.problems.DeclarationError: model.yaml: level: is missing
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = list(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def note_faults(faults: dict[str, list[Problem]], model: str, problems: Iterable[Problem]) -> None:
    """Add problems to those of a model; nothing is noted where there are none.

    Example
    -------
    >>> faults: dict[str, list[Problem]] = {}
    >>> note_faults(faults, "M05", [Problem("settings.yaml", "parameters[1].value", "is missing")])
    >>> str(faults["M05"][0])
    'settings.yaml: parameters[1].value: is missing'
    """
    found = list(problems)
    if found:
        faults.setdefault(model, []).extend(found)


class RunError(Exception):
    """Something that stops one act; the text says what, where and how to mend it."""
