"""Large registers are read once: query and evidence share the rows that a model's `narrow` condition leaves.

A model about the dead needs no payment to the living. Where an input says so in one condition, a full run puts the rows
that meet it into a table; the query and the evidence of its flags then read that table. The condition may leave out
only what can change neither: `try_model` runs every case with and without it.
"""

from __future__ import annotations

import duckdb

from lianheng.engine.redflags.model import Model
from lianheng.engine.redflags.query import parse_query


def narrow_query(model: Model, register: str) -> str:
    """The SELECT of the rows of an input that its condition leaves, in DuckDB's dialect."""
    given = model.inputs[register]
    columns = ", ".join(f'"{name}"' for name in given.columns)
    sql = f'SELECT {columns} FROM "{register}" WHERE {given.narrow}'
    return parse_query(sql, f"{model.file} inputs.{register}.narrow").sql(dialect="duckdb")


def narrowed(model: Model) -> tuple[str, ...]:
    """The inputs that have a condition."""
    return tuple(name for name, given in model.inputs.items() if given.narrow)


def narrowed_table(model: Model, register: str) -> str:
    """The name of the table that keeps the rows until the evidence is frozen."""
    return f'"narrowed {model.id} {register}"'


def narrow_inputs(connection: duckdb.DuckDBPyConnection, model: Model) -> None:
    """Replace the views of a model's inputs by views of the rows that count, in the order of the inputs.

    A later condition sees what an earlier one has left: payments to the dead first, then the deaths of those paid.
    """
    for name in narrowed(model):
        table = narrowed_table(model, name)
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS {narrow_query(model, name)}")
        connection.execute(f'CREATE OR REPLACE TEMP VIEW "{name}" AS SELECT * FROM {table}')


def drop_narrowed(connection: duckdb.DuckDBPyConnection, model: Model) -> None:
    """Take the tables away."""
    for name in narrowed(model):
        connection.execute(f"DROP TABLE IF EXISTS {narrowed_table(model, name)}")
