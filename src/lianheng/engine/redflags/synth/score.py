"""Holds what models say against what was planted: precision and recall."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lianheng.engine.redflags.binding import bind
from lianheng.engine.redflags.library import Library
from lianheng.engine.redflags.model import Model
from lianheng.engine.redflags.query import parse_query
from lianheng.engine.redflags.sandbox import open_sandbox
from lianheng.engine.redflags.synth.world import Truth, World
from lianheng.engine.redflags.trial import needed_tables
from lianheng.engine.redflags.types import ColumnType

if TYPE_CHECKING:
    import duckdb


@dataclass(slots=True)
class Score:
    """One model against its truth.

    `planted` real cases, `found` of them flagged; `candidates` that ask a question (flagged and not explainable),
    `hits` of them real; `wrong` says what came out otherwise than planted, with counts; `unplanned` candidates stand
    for no planted unit.
    """

    model: str
    planted: int = 0
    found: int = 0
    candidates: int = 0
    hits: int = 0
    unplanned: int = 0
    wrong: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)

    @property
    def recall(self) -> float:
        """Found ÷ planted."""
        return self.found / self.planted if self.planted else 1.0

    @property
    def precision(self) -> float:
        """Hits ÷ candidates."""
        return self.hits / self.candidates if self.candidates else 1.0


def compare(truth: Iterable[Truth], rows: Iterable[Mapping[str, Any]], hashed: Callable[[str], str] = str) -> Score:
    """One model's rows against its truth.

    Parameters
    ----------
    truth : of this model alone.
    rows : flags and cannot-tells: keys, measures, `period`, `result`, `colour`, `explainable`.
    hashed : what a clear id of the truth looks like in the rows.

    Returns
    -------
    The score.

    Example
    -------
    >>> truth = [Truth("M01", {"p": "a"}, "dead", "flag"), Truth("M01", {"p": "b"}, "late", "quiet")]
    >>> flag = {"result": "flag", "colour": "red", "explainable": False, "period": "2024"}
    >>> score = compare(truth, [{**flag, "p": "a"}, {**flag, "p": "c"}])
    >>> score.recall, score.precision, score.unplanned
    (1.0, 0.5, 1)
    """
    rows = list(rows)
    truth = list(truth)
    score = Score(truth[0].model if truth else "")
    index: dict[tuple[str, str], list[int]] = {}
    for place, row in enumerate(rows):
        for name, value in row.items():
            index.setdefault((name, str(value)), []).append(place)
    told: dict[int, set[str]] = {}
    for one in truth:
        places = [place for place in _places(one, index, hashed) if rows[place]["period"].startswith(one.period)]
        for place in places:
            told.setdefault(place, set()).add(one.expect)
        _judge(one, [rows[place] for place in places], score)
    for place, row in enumerate(rows):
        if row["result"] != "flag" or row["explainable"]:
            continue
        score.candidates += 1
        score.hits += "flag" in told.get(place, ())
        score.unplanned += place not in told
    return score


def _places(one: Truth, index: Mapping[tuple[str, str], list[int]], hashed: Callable[[str], str]) -> list[int]:
    found: set[int] | None = None
    for name, value in one.unit.items():
        here = {*index.get((name, value), ()), *index.get((name, hashed(value)), ())}
        found = here if found is None else found & here
    return sorted(found or ())


def _judge(one: Truth, rows: list[Mapping[str, Any]], score: Score) -> None:
    flags = [row for row in rows if row["result"] == "flag"]
    open_flags = [row for row in flags if not row["explainable"]]
    score.kinds[f"{one.kind} ({one.expect})"] += 1
    if one.expect in ("flag", "check"):
        score.planted += one.expect == "flag"
        score.found += one.expect == "flag" and bool(open_flags)
        right = bool(open_flags)
    elif one.expect == "explainable":
        right = bool(flags) and not open_flags
    elif one.expect == "cannot_tell":
        right = not flags and any(row["result"] == "cannot_tell" for row in rows)
    else:
        right = not rows
    if right and one.colour and one.colour not in {row["colour"] for row in flags}:
        right = False
    if not right:
        score.wrong[f"{one.kind} ({one.expect})"] += 1


def run_on_world(world: World, library: Library, model: Model, today: dt.date) -> list[dict[str, Any]]:
    """What a model's query says about a world, without files and without an office: ids stay as they are.

    Returns
    -------
    Its rows that are not `clear`.
    """
    connection = open_sandbox()
    prepared = [library.prepare[name] for name in needed_tables(library, model)]
    for name, given in model.inputs.items():
        columns = library.registers[name].types if prepared else given.columns
        typed_table(connection, name, columns, world.tables.get(name, []))
    for name, tree in zip(needed_tables(library, model), prepared, strict=True):
        connection.execute(f'CREATE TEMP TABLE "{name}" AS {bind(tree, {}, today).sql(dialect="duckdb")}')
    query = bind(parse_query(model.query, model.file), model.parameters, today).sql(dialect="duckdb")
    cursor = connection.execute(f"SELECT * FROM ({query}) WHERE result <> 'clear'")
    names = [column[0] for column in cursor.description or ()]
    rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    connection.close()
    return rows


def typed_table(
    connection: duckdb.DuckDBPyConnection, name: str, columns: Mapping[str, ColumnType], rows: list[dict[str, Any]]
) -> None:
    """Rows of a world as a temporary table, each column of its declared type; what a row leaves out is null."""
    import numpy as np

    # Values travel as text, so that no decimal passes through a float.
    texts = {
        column: np.array([_text(type_, row.get(column)) for row in rows], dtype=object)
        for column, type_ in columns.items()
    }
    connection.register("_arrived", texts)
    cells = ", ".join(f'CAST("{column}" AS {type_.sql}) AS "{column}"' for column, type_ in columns.items())
    connection.execute(f'CREATE OR REPLACE TEMP TABLE "{name}" AS SELECT {cells} FROM _arrived')
    connection.unregister("_arrived")


def _text(type_: ColumnType, value: Any) -> str | None:
    # A decimal that does not fit would be rounded; here it is a fault of its generator.
    return None if value is None else str(type_.value(value) if type_.name == "decimal" else value)
