"""监督模型 supervision model: what model.yaml declares, beside the query and the test rows."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from lianheng.engine.redflags.types import ColumnType

STATUSES = ("experimental", "test", "stable", "deprecated")
LEVELS = ("informational", "low", "medium", "high")
KINDS = ("compliance", "risk")
COLOURS = ("red", "yellow", "blue")
RESULTS = ("flag", "clear", "cannot_tell")
MISSING = ("cannot_tell", "clear", "flag")
# What query.sql returns beside the unit's keys and the measures.
FIXED_COLUMNS = ("period", "result", "colour", "score", "reason", "explainable")


@dataclass(frozen=True, slots=True)
class Basis:
    """法律依据: a text with its article, and when it is in force."""

    text: str
    article: str
    valid_from: dt.date | None
    valid_to: dt.date | None


@dataclass(frozen=True, slots=True)
class Input:
    """A register that the model reads: only these columns, not older than `freshness_days`."""

    register: str
    columns: dict[str, ColumnType]
    freshness_days: int
    required: bool
    purpose: str
    narrow: str = ""  # a condition that only rows which matter to query or evidence meet


@dataclass(frozen=True, slots=True)
class LocalValue:
    """A value of a parameter in one region (a division code or its first digits) from a day on."""

    value: Any
    region: str = ""
    valid_from: dt.date | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Parameter:
    """参数: default, bounds, and whether the query asks for it by region or day (`setting('name', region, day)`)."""

    name: str
    type: ColumnType
    default: Any
    at_least: Decimal | None
    at_most: Decimal | None
    unit: str
    meaning: str
    varies: tuple[str, ...]
    values: tuple[LocalValue, ...] = ()


@dataclass(frozen=True, slots=True)
class Measure:
    """A number or text that the query returns with each row and the explanation shows.

    A `running` one counts up to the day of the run; that it has grown overnight is no change of the facts.
    """

    name: str
    type: ColumnType
    label: str
    unit: str
    running: bool = False


@dataclass(frozen=True, slots=True)
class Evidence:
    """证据 rows of a register to freeze with a candidate: where `match` (register column = result column) holds.

    `period` names a column of the register, a date or a year, that must lie in the candidate's period. Rows of what the
    model's `decisive` query names come first: `first` says by which columns (register = decisive).
    """

    register: str
    match: dict[str, str]
    between: dict[str, tuple[str, str]]
    limit: int
    first: dict[str, str] = field(default_factory=dict)
    period: str = ""


@dataclass(frozen=True, slots=True)
class Model:
    """One supervision model as declared; `query` is its SQL, `prepared` the shared tables that it reads."""

    id: str
    version: int
    title: str
    domain: str
    status: str
    level: str
    kind: str
    owner: str
    source: str
    unit: str
    keys: dict[str, ColumnType]
    key_labels: dict[str, str]
    legal_basis: tuple[Basis, ...]
    valid_from: dt.date | None
    valid_to: dt.date | None
    purpose: str
    false_positives: tuple[str, ...]
    next_steps: tuple[str, ...]
    inputs: dict[str, Input]
    prepared: tuple[str, ...]
    parameters: dict[str, Parameter]
    materiality: str
    lookback_years: int | None
    missing: str
    missing_text: str
    reasons: dict[str, str]
    measures: dict[str, Measure]
    evidence: tuple[Evidence, ...]
    person_columns: tuple[str, ...]
    people: bool
    review: dt.date | None
    lookahead_years: int = 0
    blind_spots: tuple[str, ...] = ()
    related: tuple[tuple[str, str], ...] = ()
    # What the run takes from a settings file and the query does not read: name → meaning.
    settings: dict[str, str] = field(default_factory=dict)
    # A SELECT of keys, period, columns that name what makes the finding, and their `weight`: the order of evidence.
    decisive: str = field(default="", repr=False)
    query: str = field(default="", repr=False)
    file: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """What the query must return, in the order of the results."""
        return (*self.keys, *FIXED_COLUMNS, *self.measures)

    def with_query(self, query: str) -> Model:
        """The same model with its SQL."""
        return replace(self, query=query)
