"""Strict reading of plain data (YAML): every key is asked for once, what is left over is an error."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from lianheng.engine.redflags.problems import DeclarationError, Problem

NAME = re.compile(r"[a-z][a-z0-9_]{0,47}")


class Fields:
    """One mapping of a file; problems go to a list that all mappings of the file share.

    Example
    -------
    >>> row = Fields({"id": "m01", "colour": "pink"}, "model.yaml")
    >>> row.text("id"), row.choice("level", ("low", "high"))
    ('m01', 'low')
    >>> row.close()
    >>> [str(problem) for problem in row.problems]
    ['model.yaml: level: is missing', 'model.yaml: colour: unknown key (known: id, level)']
    """

    def __init__(self, value: Any, file: str, where: str = "", problems: list[Problem] | None = None) -> None:
        self.file, self.where = file, where
        self.problems: list[Problem] = [] if problems is None else problems
        self._asked: list[str] = []
        self._row: dict[str, Any] = value if isinstance(value, dict) else {}
        if not isinstance(value, dict):
            self._note("", f"expected a mapping (key: value), got {_shown(value)}")
            self._row = {}

    def note(self, key: str, message: str) -> None:
        """Note a problem at a key."""
        self._note(key, message)

    def has(self, key: str) -> bool:
        """Whether the key is written."""
        return key in self._row

    def text(self, key: str, default: str | None = None, pattern: re.Pattern[str] | None = None) -> str:
        """A text that is not blank; without a default the key is required."""
        value = self._take(key, default is None)
        if value is None:
            return default or ""
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if not isinstance(value, str) or not value.strip():
            self._note(key, f"should be text, got {_shown(value)}")
            return default or ""
        if pattern and not pattern.fullmatch(value):
            self._note(key, f"{value!r} does not have the form {pattern.pattern}")
        return value.strip()

    def choice(self, key: str, options: Sequence[str], default: str | None = None) -> str:
        """One of the words."""
        value = self._take(key, default is None)
        if value is None:
            return default or options[0]
        if value not in options:
            self._note(key, f"should be one of {', '.join(options)}, got {_shown(value)}")
            return options[0]
        return str(value)

    def flag(self, key: str, default: bool) -> bool:
        """True or false."""
        value = self._take(key, False)
        if value is None:
            return default
        if not isinstance(value, bool):
            self._note(key, f"should be true or false, got {_shown(value)}")
            return default
        return value

    def whole(self, key: str, default: int | None = None, at_least: int = 0) -> int:
        """A whole number."""
        value = self._take(key, default is None)
        if value is None:
            return default or 0
        if not isinstance(value, int) or isinstance(value, bool) or value < at_least:
            self._note(key, f"should be a whole number of at least {at_least}, got {_shown(value)}")
            return default or 0
        return value

    def number(self, key: str) -> Decimal | None:
        """A number, exactly as it is written; None where the key is absent.

        Example
        -------
        >>> row = Fields({"min": 0.10, "max": float("nan")}, "r.yaml")
        >>> row.number("min"), row.number("max"), [str(problem) for problem in row.problems]
        (Decimal('0.1'), None, ['r.yaml: max: should be a number, got nan'])
        """
        value = self._take(key, False)
        return None if value is None else self._decimal(key, value)

    def _decimal(self, key: str, value: Any) -> Decimal | None:
        try:
            number: Decimal | None = Decimal(str(value))
        except InvalidOperation:
            number = None
        if number is None or not number.is_finite() or isinstance(value, bool):
            self._note(key, f"should be a number, got {_shown(value)}")
            return None
        return number

    def day(self, key: str, required: bool = False) -> dt.date | None:
        """A day as YYYY-MM-DD."""
        value = self._take(key, required)
        if value is None:
            return None
        try:
            return dt.date.fromisoformat(str(value))
        except ValueError:
            self._note(key, f"should be a day such as 2024-01-31, got {_shown(value)}")
            return None

    def raw(self, key: str, required: bool = True) -> Any:
        """The value as it stands."""
        return self._take(key, required)

    def maybe(self, key: str) -> Any:
        """The value as it stands; a written null is a value too."""
        self._asked.append(key)
        return self._row.get(key)

    def written(self) -> tuple[str, ...]:
        """What is written here; for mappings whose keys are the writer's own words."""
        return tuple(self._row)

    def texts(self, key: str, required: bool = True) -> tuple[str, ...]:
        """A list of texts."""
        value = self._take(key, required)
        if value is None:
            return ()
        if not isinstance(value, list) or any(not isinstance(item, str) or not item for item in value):
            self._note(key, f"should be a list of texts, got {_shown(value)}")
            return ()
        if required and not value:
            self._note(key, "is empty: give at least one")
        return tuple(value)

    def inner(self, key: str, required: bool = True) -> Fields | None:
        """A mapping below the key."""
        value = self._take(key, required)
        return None if value is None else Fields(value, self.file, self._at(key), self.problems)

    def named(self, key: str, required: bool = True) -> Iterator[tuple[str, Fields]]:
        """Pairs of name and mapping below the key; names are small letters, digits and `_`."""
        value = self._take(key, required)
        if value is None:
            return
        if not isinstance(value, dict):
            self._note(key, f"should map names to mappings, got {_shown(value)}")
            return
        for name, row in value.items():
            if not NAME.fullmatch(name):
                self._note(key, f"{name!r} is no name: use small letters, digits and _")
                continue
            yield name, Fields(row, self.file, f"{self._at(key)}.{name}", self.problems)

    def rows(self, key: str, required: bool = True) -> Iterator[Fields]:
        """The mappings of a list below the key."""
        value = self._take(key, required)
        if value is None:
            return
        if not isinstance(value, list):
            self._note(key, f"should be a list, got {_shown(value)}")
            return
        for number, row in enumerate(value, 1):
            yield Fields(row, self.file, f"{self._at(key)}[{number}]", self.problems)

    def close(self) -> None:
        """Note the keys that nobody asked for."""
        for key in self._row:
            if key not in self._asked:
                self._note(key, f"unknown key (known: {', '.join(self._asked)})")

    def refuse(self) -> None:
        """Raise DeclarationError if there is any problem."""
        if self.problems:
            raise DeclarationError(self.problems)

    def _take(self, key: str, required: bool) -> Any:
        self._asked.append(key)
        value = self._row.get(key)
        if value is None and (required or key in self._row):
            self._note(key, "is empty: give it a value or leave it out" if key in self._row else "is missing")
        return value

    def _at(self, key: str) -> str:
        return f"{self.where}.{key}" if self.where and key else self.where or key

    def _note(self, key: str, message: str) -> None:
        self.problems.append(Problem(self.file, self._at(key) or "file", message))


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."
