"""The rules of a procurement library: shared tables, and for each indicator its distribution and its query, in SQL."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

_STATEMENT = re.compile(r"CREATE (?:TABLE|VIEW) (\w+) AS\b.*?;", re.DOTALL)
_MACRO = re.compile(r"CREATE MACRO .*?;", re.DOTALL)
_PARAMETER = re.compile(r"\$([a-z_]\w*)")


@dataclass(frozen=True, slots=True)
class Indicator:
    """SQL of one indicator: the values its fences come from (none for most), and its flags."""

    code: str
    query: str
    distribution: str | None


@dataclass(frozen=True, slots=True)
class Rules:
    """A library's SQL: macros of the reader, and the tables by name in the order in which they can be made."""

    macros: tuple[str, ...]
    prepare: Mapping[str, str]
    indicators: Mapping[str, Indicator]

    def tables_for(self, statements: Iterable[str]) -> list[str]:
        """The shared tables that statements read, and those below them, in the order in which they are made."""
        wanted = _named(self.prepare, " ".join(statements))
        for name in reversed(list(self.prepare)):
            if name in wanted:
                wanted |= _named(self.prepare, self.prepare[name])
        return [name for name in self.prepare if name in wanted]


def read_rules(folder: Path) -> Rules:
    """The rules in a folder: `reader.sql`, `prepare.sql` and one folder an indicator.

    They are read as they stand, without the SQL parser: whether they keep to what a query may be is checked where
    models are checked (`lianheng models test --library procurement`).
    """
    reader, prepare = ((folder / name).read_text(encoding="utf-8") for name in ("reader.sql", "prepare.sql"))
    statements = {match[1]: match[0] for match in _STATEMENT.finditer(reader + prepare)}
    indicators = {path.parent.name: _read_indicator(path.parent) for path in sorted(folder.glob("*/query.sql"))}
    return Rules(tuple(_MACRO.findall(reader)), statements, indicators)


def parameters_in(statement: str) -> set[str]:
    """The names of `$name` in a statement."""
    return set(_PARAMETER.findall(statement))


def _read_indicator(folder: Path) -> Indicator:
    distribution = folder / "distribution.sql"
    return Indicator(
        folder.name,
        (folder / "query.sql").read_text(encoding="utf-8"),
        distribution.read_text(encoding="utf-8") if distribution.exists() else None,
    )


def _named(tables: Iterable[str], statement: str) -> set[str]:
    words = set(re.findall(r"\b(?:FROM|JOIN)\s+(\w+)", statement))
    return {name for name in tables if name in words}
