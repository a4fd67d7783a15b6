"""Runs a model's own cases and says where the rows differ from those expected."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import duckdb

from lianheng.engine.redflags.binding import bind, bound_sql
from lianheng.engine.redflags.cases import Case
from lianheng.engine.redflags.deciding import evidence_differences
from lianheng.engine.redflags.library import Library
from lianheng.engine.redflags.model import LocalValue, Model
from lianheng.engine.redflags.narrowing import narrow_inputs, narrowed
from lianheng.engine.redflags.problems import RunError
from lianheng.engine.redflags.query import tables_of
from lianheng.engine.redflags.sandbox import create_table, open_sandbox


@dataclass(frozen=True, slots=True)
class Outcome:
    """One case of one model: whether it came out as expected, and if not, how it differs."""

    model: str
    case: str
    shows: str
    differences: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing differs."""
        return not self.differences


def bound_queries(library: Library, model: Model, case: Case) -> tuple[dict[str, str], str]:
    """The shared tables' and the model's SQL for one case, in DuckDB's dialect, parameters written out."""
    parameters = dict(with_parameters(model, case).parameters)
    if any("region" in parameter.varies for parameter in parameters.values()):
        # With one local value present the query runs in its local form, the default still deciding.
        parameters = {
            name: replace(parameter, values=(LocalValue(parameter.default, "999999"),))
            if "region" in parameter.varies
            else parameter
            for name, parameter in parameters.items()
        }
    shared = {
        name: bind(library.prepare[name], {}, case.today).sql(dialect="duckdb")
        for name in needed_tables(library, model)
    }  # fmt: skip
    return shared, bound_sql(model.query, model.file, tuple(parameters.values()), case.today)


def with_parameters(model: Model, case: Case) -> Model:
    """The model with the case's parameters, and no local values."""
    return replace(
        model,
        parameters={
            name: replace(parameter, default=case.parameters.get(name, parameter.default), values=())
            for name, parameter in model.parameters.items()
        },
    )


def needed_tables(library: Library, model: Model) -> list[str]:
    """The shared tables that the model reads, with those below them, in order of making."""
    needed = set(model.prepared)
    for name in reversed(list(library.prepare)):
        if name in needed:
            needed |= tables_of(library.prepare[name]) & set(library.prepare)
    return [name for name in library.prepare if name in needed]


def registers_of(library: Library, model: Model) -> set[str]:
    """The registers that the model reads, itself or through shared tables."""
    shared = {name for table in needed_tables(library, model) for name in tables_of(library.prepare[table])}
    return set(model.inputs) | (shared & set(library.registers))


def try_model(library: Library, model: Model, threads: int = 1) -> list[Outcome]:
    """Run every case of a model on DuckDB.

    Parameters
    ----------
    library : that the model belongs to, for its shared tables and cases.
    model : the model.
    threads : of DuckDB; the outcome must not depend on it.

    Returns
    -------
    One outcome a case.
    """
    connection = open_sandbox(threads=threads)
    outcomes = []
    for case in library.cases[model.id]:
        try:
            found = _try_case(connection, library, model, case)
        except (duckdb.Error, RunError) as error:
            # What is left of this case must not stand in the way of the next one.
            connection.close()
            connection = open_sandbox(threads=threads)
            found = [_why_stopped(error)]
        outcomes.append(Outcome(model.id, case.name, case.shows, tuple(found)))
    connection.close()
    return outcomes


def _why_stopped(error: Exception) -> str:
    if isinstance(error, duckdb.OutOfMemoryException):
        return "needs more memory than a case may: use cheaper forms"
    said = [line for line in str(error).splitlines() if line.strip()]
    return f"the query stopped: {said[0] if said else type(error).__name__}"


def _try_case(connection: duckdb.DuckDBPyConnection, library: Library, model: Model, case: Case) -> list[str]:
    """How one case differs from what it expects, with its inputs whole and narrowed."""
    for name, given in model.inputs.items():
        create_table(connection, name, given.columns, case.given[name])
    shared, query = bound_queries(library, model, case)
    for name, sql in shared.items():
        connection.execute(f'CREATE OR REPLACE TEMP TABLE "{name}" AS {sql}')
    found = differences(model, case, _rows(connection, query))
    if case.evidence and not found:
        found += evidence_differences(connection, with_parameters(model, case), case, query)
    if narrowed(model):
        for name in narrowed(model):
            connection.execute(f'ALTER TABLE "{name}" RENAME TO "whole {name}"')
            connection.execute(f'CREATE OR REPLACE TEMP VIEW "{name}" AS SELECT * FROM "whole {name}"')
        narrow_inputs(connection, model)
        found += [f"narrowed: {text}" for text in differences(model, case, _rows(connection, query))]
        for name in narrowed(model):
            connection.execute(f'DROP VIEW "{name}"')
            connection.execute(f'DROP TABLE "whole {name}"')
    return found


def _rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    cursor = connection.execute(query)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def differences(model: Model, case: Case, rows: Iterable[dict[str, Any]]) -> list[str]:
    """How rows differ from those a case expects; rows that are `clear` may be there or not."""
    got: dict[tuple[Any, ...], dict[str, Any]] = {}
    texts = []
    for row in rows:
        key = _key(model, row)
        if key in got:
            texts.append(f"{_named(model, row)} is returned twice")
        got[key] = row
        texts += _impossible(model, row)
    for expected in case.expect:
        row = got.pop(_key(model, expected), {"result": "clear"})
        texts += [
            f"{_named(model, expected)}: {name} is {row.get(name)!s}, expected {value!s}"
            for name, value in expected.items()
            if (name in row or value is not None) and row.get(name) != value
        ]
    texts += [
        f"{_named(model, row)}: {row['result']} ({row['reason']}), expected nothing"
        for row in got.values()
        if row["result"] != "clear"
    ]
    return texts


def _impossible(model: Model, row: dict[str, Any]) -> list[str]:
    """What no row may be, whatever the case: results and colours have fixed words."""
    texts = []
    if row["result"] not in ("flag", "clear", "cannot_tell"):
        texts.append(f"{_named(model, row)}: result {row['result']!r} is none of flag, clear, cannot_tell")
    if row["result"] != "clear" and row["reason"] not in model.reasons:
        texts.append(f"{_named(model, row)}: reason {row['reason']!r} is not declared")
    if row["result"] == "flag" and row["colour"] not in ("red", "yellow", "blue"):
        texts.append(f"{_named(model, row)}: colour {row['colour']!r} is none of red, yellow, blue")
    if row["result"] == "flag" and not (row["score"] is not None and 0 <= row["score"] <= 100):
        texts.append(f"{_named(model, row)}: score {row['score']!r} is not from 0 to 100")
    if any(row[name] is None for name in (*model.keys, "period")):
        texts.append(f"{_named(model, row)}: a key or the period is null")
    return texts


def _key(model: Model, row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(row.get(name) for name in (*model.keys, "period"))


def _named(model: Model, row: dict[str, Any]) -> str:
    return " ".join(str(value) for value in _key(model, row))
