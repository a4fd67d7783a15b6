"""What is wrong with a declaration, and what stops an act."""

from __future__ import annotations

from collections.abc import Iterable

from lianheng.engine.problems import Problem, ProblemsError

__all__ = ["DeclarationError", "Problem", "RunError", "note_faults"]


class DeclarationError(ProblemsError):
    """A register, model or settings file that cannot be used; `problems` names everything found.

    Example
    -------
    >>> raise DeclarationError([Problem("model.yaml", "level", "is missing")])
    Traceback (most recent call last):
    lianheng.engine.redflags.problems.DeclarationError: model.yaml: level: is missing
    """


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
