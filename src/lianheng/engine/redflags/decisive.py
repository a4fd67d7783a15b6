"""What makes a finding comes first in its evidence: a model's `decisive` query names it, with a weight.

"Five households are over their right" is worth nothing without these five among the rows. The query returns the keys
and the period of candidates, columns that name the things (a household, a person), and `weight`; lines of evidence with
`first` put the rows of these things before the others, the heaviest first.
"""

from __future__ import annotations

import datetime as dt

import duckdb

from lianheng.engine.redflags.binding import bind
from lianheng.engine.redflags.execution import flagged_table
from lianheng.engine.redflags.model import Evidence, Model
from lianheng.engine.redflags.problems import DeclarationError, Problem
from lianheng.engine.redflags.query import check_query, parse_query

WEIGHT = "weight"
DECIDED = "decided"  # the local table of the query's rows, until the flags are known


def decisive_sql(model: Model, today: dt.date) -> str:
    """The query in DuckDB's dialect, its parameters written out."""
    return bind(parse_query(model.decisive, _where(model)), model.parameters, today).sql(dialect="duckdb")


def decisive_types(model: Model) -> dict[str, str]:
    """The SQL types of the columns that the query returns."""
    things = {
        column: model.inputs[evidence.register].columns[name].sql
        for evidence in model.evidence
        for name, column in evidence.first.items()
    }
    return {**{name: type_.sql for name, type_ in model.keys.items()}, "period": "VARCHAR", **things,
            WEIGHT: "DECIMAL(18, 4)"}  # fmt: skip


def run_decisive(connection: duckdb.DuckDBPyConnection, model: Model, today: dt.date) -> None:
    """Put the query's rows into the table `decided`; the model's inputs lie in the connection as views."""
    if model.decisive:
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {DECIDED} AS {decisive_sql(model, today)}")


def keep_decisive(connection: duckdb.DuckDBPyConnection, model: Model) -> None:
    """Keep what `decided` says about flags, with their ids, until the evidence is frozen."""
    if not model.decisive:
        return
    same = " AND ".join(f'd."{name}" = f."{name}"' for name in (*model.keys, "period"))
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {decisive_table(model)} AS SELECT f.candidate, d.* "
        f"FROM {DECIDED} AS d JOIN {flagged_table(model)} AS f ON {same} WHERE f.result = 'flag'"
    )
    connection.execute(f"DROP TABLE {DECIDED}")


def decisive_table(model: Model) -> str:
    """The name of the table that keeps what makes a model's flags until their evidence is frozen."""
    return f'"decisive {model.id}"'


def join_sql(model: Model, evidence: Evidence) -> str:
    """SQL that adds the weight `w.weight` to rows `r` of flags `f`; a row that nothing names has none."""
    if not evidence.first:
        return ""
    columns = ", ".join(f'"{column}"' for column in evidence.first.values())
    same = " AND ".join(f'w."{column}" = r."{name}"' for name, column in evidence.first.items())
    return (
        f"LEFT JOIN (SELECT candidate, {columns}, max({WEIGHT}) AS {WEIGHT} FROM {decisive_table(model)} GROUP BY ALL) "
        f"AS w ON w.candidate = f.candidate AND {same}"
    )


def drop_decisive(connection: duckdb.DuckDBPyConnection, model: Model) -> None:
    """Take the table away."""
    connection.execute(f"DROP TABLE IF EXISTS {decisive_table(model)}")


def check_decisive(connection: duckdb.DuckDBPyConnection, model: Model, today: dt.date) -> list[Problem]:
    """What is wrong with the query: the rules are those of query.sql, over the inputs (which lie there as tables)."""
    if not model.decisive:
        return []
    try:
        tree = parse_query(model.decisive, _where(model))
        used = {name: parameter for name, parameter in model.parameters.items() if name in model.decisive}
        problems = check_query(tree, _where(model), set(model.inputs), used)
        if problems:
            return problems
        described = connection.execute(f"DESCRIBE {decisive_sql(model, today)}").fetchall()
    except DeclarationError as error:
        return error.problems
    except duckdb.Error as error:
        return [Problem(model.file, "decisive", str(error).splitlines()[0])]
    returned = {row[0] for row in described}
    return [
        Problem(model.file, "decisive", f"does not return {name}")
        for name in decisive_types(model)
        if name not in returned
    ]


def _where(model: Model) -> str:
    return f"{model.file} decisive"
