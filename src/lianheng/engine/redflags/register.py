"""台账 register: what a table that models read consists of, who owns it, on what basis it may be read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from lianheng.engine.redflags.fields import NAME, Fields
from lianheng.engine.redflags.types import ColumnType

# These columns are stored as keyed hashes: equal values stay equal, nobody reads them back.
PROTECTED = ("person_id", "person_name", "account", "phone")
# A `serial` is plain; its numbers may look like ids of people, which no other plain column may hold.
ROLES = (*PROTECTED, "division", "serial", "plain")
RHYTHMS = ("day", "month", "quarter", "year", "once")


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its type, its heading in the source's files, and the checks of each cell."""

    name: str
    type: ColumnType
    label: str
    also: tuple[str, ...]
    meaning: str
    role: str
    required: bool
    at_least: Decimal | None
    at_most: Decimal | None
    one_of: tuple[str, ...]
    pattern: str
    without: str = ""  # what cannot be told, or is told wrongly, where a source does not have the column

    @property
    def headings(self) -> tuple[str, ...]:
        """Every heading under which the column is recognised."""
        return (self.name, self.label, *self.also)

    @property
    def protected(self) -> bool:
        """Whether it is stored as a keyed hash."""
        return self.role in PROTECTED


@dataclass(frozen=True, slots=True)
class Register:
    """A declared table. `period` names the year, date or timestamp column by whose year it is stored, or is empty."""

    id: str
    title: str
    meaning: str
    owner: str
    lawful_basis: str
    retention_months: int
    key: tuple[str, ...]
    period: str
    rhythm: str
    grace_days: int
    columns: dict[str, Column]

    @property
    def types(self) -> dict[str, ColumnType]:
        """Type by column."""
        return {name: column.type for name, column in self.columns.items()}


def read_register(document: Any, file: str) -> Register:
    """A register from its YAML's value.

    Parameters
    ----------
    document : the value of the YAML file.
    file : its name, for messages; its stem must be the register's id.

    Returns
    -------
    The register.

    Raises
    ------
    DeclarationError with every problem: unknown and missing keys, columns named in `key` or `period` that don't exist.

    Example
    -------
    >>> register = read_register(
    ...     {"id": "death", "title": "死亡登记", "meaning": "每人一行", "owner": "民政局", "lawful_basis": "(draft)",
    ...      "retention_months": 60, "key": ["person_id"], "expected": {"every": "month"},
    ...      "columns": {"person_id": {"type": "text", "label": "身份证号", "meaning": "死者", "role": "person_id"},
    ...                  "death_date": {"type": "date", "label": "死亡日期", "meaning": "死亡日期"}}}, "death.yaml")
    >>> register.columns["person_id"].protected, register.period
    (True, '')
    """
    row = Fields(document, file)
    expected_id = file.rsplit("/", 1)[-1].removesuffix(".yaml")
    id_ = row.text("id", pattern=NAME)
    if id_ and id_ != expected_id:
        row.note("id", f"is {id_!r}, but the file is named {expected_id}.yaml")
    texts = {key: row.text(key) for key in ("title", "meaning", "owner", "lawful_basis")}
    retention, key, period = row.whole("retention_months"), row.texts("key"), row.text("period", default="")
    expected = row.inner("expected")
    rhythm, grace = "once", 0
    if expected:
        rhythm, grace = expected.choice("every", RHYTHMS), expected.whole("grace_days", default=0)
        expected.close()
    columns = {name: _column(name, fields) for name, fields in row.named("columns")}
    row.close()
    _cross_check(row, columns, key, period)
    row.refuse()
    return Register(id_, **texts, retention_months=retention, key=key, period=period, rhythm=rhythm, grace_days=grace,
                    columns=columns)  # fmt: skip


def _column(name: str, row: Fields) -> Column:
    column = Column(
        name=name,
        type=read_type(row, "type"),
        label=row.text("label"),
        also=row.texts("also", required=False),
        meaning=row.text("meaning"),
        role=row.choice("role", ROLES, default="plain"),
        required=row.flag("required", False),
        at_least=row.number("min"),
        at_most=row.number("max"),
        one_of=row.texts("one_of", required=False),
        pattern=row.text("pattern", default=""),
        without=row.text("without", default=""),
    )
    row.close()
    if column.protected and column.type.name != "text":
        row.note("type", f"a column of role {column.role} is stored as a hash, so its type is text")
    if column.required and column.without:
        row.note("without", "is said of columns that a source may lack; this one is `required: true`")
    try:
        re.compile(column.pattern)
    except re.error as error:
        row.note("pattern", f"is no regular expression: {error}")
    return column


def read_type(row: Fields, key: str) -> ColumnType:
    """The column type at a key; a problem is noted and text returned where it is none."""
    try:
        return ColumnType.parse(row.text(key) or "text")
    except ValueError as error:
        row.note(key, str(error))
        return ColumnType("text")


def _cross_check(row: Fields, columns: dict[str, Column], key: tuple[str, ...], period: str) -> None:
    for name in [*key, *([period] if period else [])]:
        if name not in columns:
            row.note("key" if name in key else "period", f"{name!r} is no column; there are {', '.join(columns)}")
    if period in columns and columns[period].type.name not in ("integer", "date", "timestamp"):
        row.note("period", f"{period} must be a year (integer), a date or a timestamp to store rows by year")
    if period in columns and not columns[period].required:
        row.note("period", f"{period} decides where a row is stored, so it is `required: true`")
    seen: dict[str, str] = {}
    for name, column in columns.items():
        for heading in dict.fromkeys(column.headings):
            other = seen.setdefault(heading, name)
            if other != name:
                row.note(f"columns.{name}", f"heading {heading!r} also belongs to {other}")
