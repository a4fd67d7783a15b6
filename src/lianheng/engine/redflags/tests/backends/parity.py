"""Every case of every model on another back end, compared with DuckDB's rows and with what the case expects."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import pyarrow

from lianheng.engine.redflags.backends import asked
from lianheng.engine.redflags.cases import Case
from lianheng.engine.redflags.decisive import decisive_sql
from lianheng.engine.redflags.library import Library
from lianheng.engine.redflags.model import Model
from lianheng.engine.redflags.sandbox import create_table, open_sandbox
from lianheng.engine.redflags.trial import bound_queries, differences, with_parameters
from lianheng.engine.redflags.types import ColumnType

_ARROW = {
    "text": pyarrow.string(),
    "integer": pyarrow.int64(),
    "date": pyarrow.date32(),
    "timestamp": pyarrow.timestamp("us"),
    "boolean": pyarrow.bool_(),
}
_POSTGRES = {"text": "TEXT"}


def arrow_table(columns: Mapping[str, ColumnType], rows: Any) -> pyarrow.Table:
    """Rows of a case as a typed Arrow table."""
    arrays = [
        pyarrow.array(
            [row[place] for row in rows],
            pyarrow.decimal128(type_.precision, type_.scale) if type_.name == "decimal" else _ARROW[type_.name],
        )
        for place, type_ in enumerate(columns.values())
    ]
    return pyarrow.table(dict(zip(columns, arrays, strict=True)))


def fill_postgres(connection: Any, model: Model, case: Case) -> None:
    """The same in PostgreSQL, without making a table anew for each case."""
    with connection.begin() as cursor:
        for name, given in model.inputs.items():
            defined = ", ".join(
                f'"{column}" {_POSTGRES.get(type_.name, type_.sql)}' for column, type_ in given.columns.items()
            )
            cursor.execute(f'CREATE TABLE IF NOT EXISTS "{model.id.lower()}_{name}" ({defined})')
            cursor.execute(f'DROP VIEW IF EXISTS "{name}"')
            cursor.execute(f'CREATE TEMP VIEW "{name}" AS SELECT * FROM "{model.id.lower()}_{name}"')
            cursor.execute(f'TRUNCATE "{model.id.lower()}_{name}"')
            if case.given[name]:
                marks = ", ".join(["%s"] * len(given.columns))
                cursor.executemany(f'INSERT INTO "{model.id.lower()}_{name}" VALUES ({marks})', case.given[name])


def drop_postgres(connection: Any, model: Model) -> None:
    """Take the model's tables away again."""
    with connection.begin() as cursor:
        for name in model.inputs:
            cursor.execute(f'DROP TABLE IF EXISTS "{model.id.lower()}_{name}" CASCADE')


def fill_spark(connection: Any, model: Model, case: Case) -> None:
    """The case's registers as temporary views of Spark, which writes no file for them."""
    for name, given in model.inputs.items():
        frame = connection._session.createDataFrame(arrow_table(given.columns, case.given[name]))
        frame.createOrReplaceTempView(name)


def put_tables(connection: Any, model: Model, case: Case) -> None:
    """Make the case's registers as tables of the back end."""
    for name, given in model.inputs.items():
        connection.create_table(name, arrow_table(given.columns, case.given[name]), overwrite=True)


def wrong_cases(
    connection: Any, library: Library, model: Model, fill: Callable[[Any, Model, Case], None] = put_tables
) -> list[tuple[str, list[str]]]:
    """The cases that come out otherwise on this back end."""
    wrong = []
    named: set[str] = set()
    asked: dict[str, tuple[dict[str, str], Callable[[], list[dict[str, Any]]]]] = {}  # most cases ask the same SQL
    for case in library.cases[model.id]:
        fill(connection, model, case)
        question = repr((case.parameters, case.today))
        if question not in asked:
            shared, query = bound_queries(library, model, case)
            _make_shared(connection, shared)
            asked[question] = shared, compiled(connection, query)
        else:
            _make_shared(connection, asked[question][0])
        found = differences(model, case, asked[question][1]())
        if case.evidence and model.decisive and model.id not in named:
            # One case of each: what decides is written for the back end like the query.
            named.add(model.id)
            found += other_decisive(connection, model, case)
        if found:
            wrong.append((case.name, found))
    return wrong


def other_decisive(connection: Any, model: Model, case: Case) -> list[str]:
    """How the rows of the model's `decisive` query differ here from DuckDB's."""
    model = with_parameters(model, case)
    sql = decisive_sql(model, case.today)
    local = open_sandbox()
    for name, given in model.inputs.items():
        create_table(local, name, given.columns, case.given[name])
    cursor = local.execute(sql)
    names = [column[0] for column in cursor.description]
    here = sorted(_plain(dict(zip(names, row, strict=True))) for row in cursor.fetchall())
    local.close()
    there = sorted(_plain(row) for row in compiled(connection, sql)())
    return [] if here == there else [f"decisive: {there} there, {here} in DuckDB"]


def _plain(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    """A row as text: the type of a number may differ by back end, its value may not."""
    return sorted(
        (name, f"{Decimal(str(value)):.4f}" if isinstance(value, (int, float, Decimal)) else str(value))
        for name, value in row.items()
    )


def _make_shared(connection: Any, shared: Mapping[str, str]) -> None:
    for name, sql in shared.items():
        if connection.name == "pyspark":
            # Computed once and kept in memory: a table would be files in the working directory.
            frame = connection._session.sql(connection.compile(asked(connection, sql)))
            frame.localCheckpoint().createOrReplaceTempView(name)
            continue
        connection.create_table(name, asked(connection, sql), overwrite=True)


def compiled(connection: Any, query: str) -> Callable[[], list[dict[str, Any]]]:
    """The query as Ibis compiles it for this back end, to be run again and again."""
    expression = asked(connection, query)
    if connection.name == "pyspark":
        plan = connection.compile(expression)
        return lambda: [row.asDict() for row in connection._session.sql(plan).collect()]
    if connection.name != "postgres":
        return lambda: expression.to_pyarrow().to_pylist()  # type: ignore[no-any-return]
    sql = connection.compile(expression)

    def run() -> list[dict[str, Any]]:
        with connection.begin() as cursor:
            cursor.execute(sql)
            names = [column.name for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    return run
