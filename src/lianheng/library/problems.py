"""What is wrong with a library file, collected so that its writer mends all of it in one go."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from lianheng.engine.problems import Problem, ProblemsError

__all__ = ["LibraryError", "Notebook", "Problem", "Shape"]


class LibraryError(ProblemsError):
    """A library file that cannot be used; `problems` names everything found."""


@dataclass(frozen=True, slots=True)
class Shape:
    """Which keys a row has and of which kind: text, number, flag, list, map, any; "text?" may be null."""

    required: Mapping[str, str]
    optional: Mapping[str, str] = field(default_factory=dict)


_KINDS: dict[str, tuple[type, ...]] = {
    "text": (str,),
    "number": (int, float),
    "flag": (bool,),
    "list": (list,),
    "map": (dict,),
    "any": (object,),
}
# What people call the three parts without which an item cannot be published.
_PARTS = {
    "standard": "standard text (standard)",
    "problems": "problem description (problems)",
    "lead": "lead department (lead)",
}
_LABELS = ("code", "slot", "old")  # the keys that name a row
_NAMES = {"text": "text", "number": "a number", "flag": "true or false", "list": "a list", "map": "a mapping"}


@dataclass(slots=True)
class Notebook:
    """Checks the rows of one file against shapes and notes the problems."""

    file: str
    problems: list[Problem] = field(default_factory=list)

    def note(self, where: str, message: str) -> None:
        """Note one problem."""
        self.problems.append(Problem(self.file, where, message))

    def row(self, where: str, row: Any, shape: Shape) -> dict[str, Any]:
        """The row's good cells; absent, unknown and mistyped keys are noted. Not a mapping: an empty dict."""
        if not isinstance(row, dict):
            self.note(where, f"expected a mapping, got {_shown(row)}")
            return {}
        where = str(next((row[key] for key in _LABELS if row.get(key)), where))
        kinds = {**shape.required, **shape.optional}
        for key in row:
            if key not in kinds:
                self.note(where, f"unknown key {key!r} (known: {', '.join(kinds)})")
        for key in shape.required:
            empty: tuple[Any, ...] = (None,) if kinds[key] == "any" else (None, "", [], {})
            if key not in row or row[key] in empty:
                self.note(where, f"{_PARTS.get(key, key)} is missing")
        for key in shape.optional:
            if key in row and row[key] is None and not kinds[key].endswith("?"):
                self.note(where, f"{key} is empty: give it a value or leave it out")
        return {key: value for key, value in row.items() if key in kinds and self._fits(where, key, value, kinds[key])}

    def rows(self, where: str, rows: Any, shape: Shape) -> list[dict[str, Any]]:
        """Each row of a list checked against the shape; rows that are no mapping are left out."""
        if not isinstance(rows, list):
            if rows is not None:
                self.note(where, f"expected a list, got {_shown(rows)}")
            return []
        checked = [self.row(f"{where}[{n}]", row, shape) for n, row in enumerate(rows, 1)]
        return [row for row in checked if row]

    def _fits(self, where: str, key: str, value: Any, kind: str) -> bool:
        if value is None:
            return kind.endswith("?")
        kind = kind.removesuffix("?")
        good = isinstance(value, _KINDS[kind]) and not (kind == "number" and isinstance(value, bool))
        if not good:
            self.note(where, f"{key} should be {_NAMES[kind]}, got {_shown(value)}")
        elif kind == "text" and value.strip() != value:
            self.note(where, f"{key} begins or ends with a space")
        elif kind == "number" and not (0 <= value < 1e6):
            self.note(where, f"{key} should be a number from 0 to 1000000, got {value}")
        else:
            return True
        return False

    def unique(self, codes: Iterable[str], what: str = "code") -> None:
        """Note every code that stands more than once."""
        for code, times in Counter(codes).items():
            if times > 1:
                self.note(code, f"{what} stands {times} times")

    def adds_up(self, where: str, whole: Any, parts: Iterable[Any]) -> None:
        """Note points that don't add up to the points of the whole; exact, so 0.1 + 0.2 is 0.3."""
        numbers = [Decimal(str(part)) for part in parts]
        if sum(numbers) != Decimal(str(whole)):
            self.note(where, f"points add up to {sum(numbers)}, expected {whole} ({' + '.join(map(str, numbers))})")


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."
