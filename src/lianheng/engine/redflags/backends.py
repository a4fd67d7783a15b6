"""The same models where the registers lie in a database server or a cluster: Ibis transpiles and runs them there.

The registers are tables named as they are declared, ids already hashed. What comes back are the rows of a model's
result; ids, sentences, states and files are made here, as for DuckDB.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import duckdb
import sqlglot
from sqlglot import exp

from lianheng.engine.redflags.cases import result_types
from lianheng.engine.redflags.clear_columns import clear_columns
from lianheng.engine.redflags.decisive import DECIDED, decisive_sql, decisive_types
from lianheng.engine.redflags.execution import bound_query
from lianheng.engine.redflags.model import Model
from lianheng.engine.redflags.problems import RunError
from lianheng.engine.redflags.sources import SourceState

if TYPE_CHECKING:
    from lianheng.engine.redflags.library import Library
    from lianheng.engine.redflags.register import Register

KINDS = ("postgres", "postgresql", "spark", "duckdb")
_CHUNK = 500
_IBIS = {"text": "string", "integer": "int64"}


def connect(url: str) -> Any:
    """An Ibis connection for `postgres://…`, `spark://…` or `duckdb://…`.

    Parameters
    ----------
    url : `postgres://user@host/database` (`?host=/folder` for a socket), `spark://local` (local mode) or
        `spark://host:port`, `duckdb:///file.duckdb`.

    Raises
    ------
    RunError where the kind is unknown, Ibis is not installed, or the server does not answer.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("postgres", "postgresql", "spark", "duckdb"):
        raise RunError(f"{parts.scheme or url!r} is no kind of registers: give duckdb://, postgres:// or spark://")
    try:
        import ibis  # type: ignore[import-untyped]
    except ImportError as error:
        raise RunError("registers in a database need Ibis: pip install 'lianheng[registers]'") from error
    try:
        if parts.scheme in ("postgres", "postgresql"):
            host = parse_qs(parts.query).get("host", [parts.hostname or "localhost"])[0]
            return ibis.postgres.connect(
                host=host, user=parts.username, password=parts.password, port=parts.port or 5432,
                database=parts.path.lstrip("/"),
            )  # fmt: skip
        if parts.scheme == "spark":
            from lianheng.engine.redflags.spark import connect_spark

            return connect_spark(parts.netloc)
        return ibis.duckdb.connect(parts.path)
    except RunError:
        raise
    except Exception as error:  # each driver has its own errors
        raise RunError(f"{parts.scheme}://{parts.hostname or ''}{parts.path}: {str(error).splitlines()[0]}") from error


Lacking = Mapping[str, Mapping[str, str]]


def asked(connection: Any, sql: str, lacking: Lacking | None = None) -> Any:
    """A query in DuckDB's dialect as an Ibis expression of the back end, transpiled.

    Parameters
    ----------
    connection : of Ibis.
    sql : the query.
    lacking : by table the optional columns that it does not have there, with their SQL types: they read as null.
    """
    tree = _with_nulls(sqlglot.parse_one(sql, dialect="duckdb"), lacking or {})
    for node in tree.find_all(exp.ConcatWs):
        # DuckDB, PostgreSQL and Spark all leave nulls out; sqlglot would write them as empty parts.
        node.set("coalesce", False)
    return connection.sql(tree.sql(dialect=connection.dialect), dialect=connection.dialect)


def _with_nulls(tree: exp.Expression, lacking: Lacking) -> exp.Expression:
    """Each table that lacks columns as a subquery that has them, as a file without them is loaded."""
    for table in list(tree.find_all(exp.Table)):
        if columns := lacking.get(table.name):
            cells = ", ".join(f"CAST(NULL AS {type_}) AS {name}" for name, type_ in columns.items())
            filled = sqlglot.parse_one(f"SELECT *, {cells} FROM {table.name}", dialect="duckdb")
            assert isinstance(filled, exp.Query)
            table.replace(filled.subquery(table.alias_or_name))
    return tree


def lacking_columns(register: Register, there: Collection[str]) -> dict[str, str]:
    """The optional columns that a table does not have, with their SQL types."""
    return {n: column.type.sql for n, column in register.columns.items() if not column.required and n not in there}


def fetch(connection: Any, sql: str, lacking: Lacking | None = None) -> list[dict[str, Any]]:
    """The rows of a query in DuckDB's dialect, run by the back end; `lacking` as in `asked`."""
    rows: list[dict[str, Any]] = asked(connection, sql, lacking).to_pyarrow().to_pylist()
    return rows


class Remote:
    """A back end as the place where models run; results come back into the local DuckDB."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._prepared: set[str] = set()
        self._lacking: dict[str, dict[str, str]] = {}

    def states(self, library: Library, today: dt.date) -> dict[str, SourceState]:
        """Rows and last day of each register that is there; the day of the load is not known: today stands for it."""
        there = set(self._connection.list_tables())
        states = {}
        for register in library.registers.values():
            if register.id in there:
                self._check_period(register)
                self._note_lacking(register)
                last = f", max({register.period}) AS last" if register.period else ", NULL AS last"
                row = fetch(self._connection, f"SELECT count(*) AS n{last} FROM {register.id}")[0]
                states[register.id] = SourceState(
                    int(row["n"]),
                    today,
                    _day(row["last"], today),
                    clear=self.clear_columns(register),
                    absent=self.absent_columns(register),
                    lacking=tuple((name, 0) for name in self._lacking.get(register.id, ())),
                    repeated=self.repeated_keys(register),
                )
        return states

    def absent_columns(self, register: Register) -> tuple[str, ...]:
        """The required columns that a register's table does not have; others read as null."""
        there = self.columns(register.id)
        return tuple(name for name, column in register.columns.items() if column.required and name not in there)

    def _note_lacking(self, register: Register) -> None:
        if lacking := lacking_columns(register, self.columns(register.id)):
            self._lacking[register.id] = lacking

    def repeated_keys(self, register: Register) -> int:
        """How many keys a register's table has more than once: a load would have let only the first in."""
        if not register.key or set(register.key) - self.columns(register.id):
            return 0
        key = ", ".join(register.key)
        twice = f"SELECT {key} FROM {register.id} GROUP BY {key} HAVING count(*) > 1"
        return int(fetch(self._connection, f"SELECT count(*) AS n FROM ({twice}) AS twice")[0]["n"])

    def clear_columns(self, register: Register) -> tuple[str, ...]:
        """The columns of a register's table that hold people in the clear."""
        return clear_columns(lambda sql: fetch(self._connection, sql), register, self.columns(register.id))

    def _check_period(self, register: Register) -> None:
        if register.period and register.period not in self.columns(register.id):
            raise RunError(
                f"table {register.id} has no column {register.period!r}, by which its rows are dated: "
                f"name the columns as `lianheng registers show` declares them ({', '.join(register.columns)})"
            )

    def columns(self, register: str) -> frozenset[str]:
        """The columns that the table of a register has there."""
        return frozenset(self._connection.table(register).columns)

    def blank_columns(self, register: Register) -> set[str]:
        """Declared columns that no row fills, or that are not there."""
        there = [name for name in register.columns if name in self.columns(register.id)]
        counts = ", ".join(f"count({name}) AS {name}" for name in there)
        row = fetch(self._connection, f"SELECT {counts} FROM {register.id}")[0] if there else {}
        return {name for name in register.columns if not row.get(name)}

    def run(self, local: duckdb.DuckDBPyConnection, library: Library, model: Model, today: dt.date) -> None:
        """Run a model there, and put its rows here as `result`, its evidence registers as tables."""
        from lianheng.engine.redflags.binding import bind
        from lianheng.engine.redflags.trial import needed_tables

        try:
            self._make_absent(library, model)
            for name in needed_tables(library, model):
                if name not in self._prepared:
                    sql = bind(library.prepare[name], {}, today).sql(dialect="duckdb")
                    self._connection.create_table(name, asked(self._connection, sql, self._lacking), temp=True)
                    self._prepared.add(name)
            rows = fetch(self._connection, bound_query(model, today), self._lacking)
            _put(local, "result", {name: type_.sql for name, type_ in result_types(model).items()}, rows)
            self._fetch_evidence(local, library, model)
            self._fetch_decisive(local, model, today)
        except RunError:
            raise
        except Exception as error:
            raise RunError(f"the back end refused it: {str(error).splitlines()[0]}") from error

    def _make_absent(self, library: Library, model: Model) -> None:
        """An empty temporary table for each optional register that is not there."""
        import ibis

        there = set(self._connection.list_tables()) | self._prepared
        for name in model.inputs:
            if name not in there:
                types = library.registers[name].types
                schema = ibis.schema({column: _IBIS.get(type_.name, str(type_)) for column, type_ in types.items()})
                self._connection.create_table(name, schema=schema, temp=True)
                self._prepared.add(name)

    def _fetch_evidence(self, local: duckdb.DuckDBPyConnection, library: Library, model: Model) -> None:
        """The rows of evidence registers that the first key of some flag matches, by whichever line of evidence."""
        for register in dict.fromkeys(evidence.register for evidence in model.evidence):
            types = {name: type_.sql for name, type_ in model.inputs[register].columns.items()}
            matches = dict.fromkeys(next(iter(e.match.items())) for e in model.evidence if e.register == register)
            rows: list[dict[str, Any]] = []
            earlier: list[tuple[str, set[str]]] = []
            for column, source in matches:
                values = _flagged(local, source)
                # A row that two lines of evidence find arrives once.
                rows += [
                    row
                    for row in self._rows_with(register, types, column, values)
                    if not any(_text(row[other]) in found for other, found in earlier)
                ]
                earlier.append((column, set(values)))
            _put(local, register, types, rows)

    def _fetch_decisive(self, local: duckdb.DuckDBPyConnection, model: Model, today: dt.date) -> None:
        """What makes the flags, as the local table `decided`."""
        if model.decisive:
            key, types = next(iter(model.keys)), decisive_types(model)
            there = f"({decisive_sql(model, today)}) AS named"
            _put(local, DECIDED, types, self._rows_with(there, types, key, _flagged(local, key)))

    def _rows_with(
        self, register: str, columns: Iterable[str], column: str, values: Sequence[str]
    ) -> Iterator[dict[str, Any]]:
        for start in range(0, len(values), _CHUNK):
            listed = ", ".join("'" + value.replace("'", "''") + "'" for value in values[start : start + _CHUNK])
            yield from fetch(
                self._connection,
                f"SELECT {', '.join(columns)} FROM {register} WHERE CAST({column} AS VARCHAR) IN ({listed})",
                self._lacking,
            )


def _flagged(local: duckdb.DuckDBPyConnection, column: str) -> list[str]:
    """The values of a column of the result that some flag has, as text."""
    rows = local.execute(
        f'SELECT DISTINCT CAST("{column}" AS VARCHAR) FROM result WHERE result = \'flag\' AND "{column}" IS NOT NULL'
    ).fetchall()
    return [row[0] for row in rows]


def _put(
    local: duckdb.DuckDBPyConnection, name: str, types: Mapping[str, str], rows: Iterable[Mapping[str, Any]]
) -> None:
    """A local table of these rows, each column cast to its declared type."""
    import pyarrow  # type: ignore[import-untyped]

    filled = list(rows)
    defined = ", ".join(f'"{column}" {sql}' for column, sql in types.items())
    local.execute(f'CREATE OR REPLACE TEMP TABLE "{name}" ({defined})')
    if filled:
        # Numbers travel as text, so that no decimal passes through a float.
        texts = {column: [_text(row[column]) for row in filled] for column in types}
        local.register(
            "arrived",
            pyarrow.table({column: pyarrow.array(cells, pyarrow.string()) for column, cells in texts.items()}),
        )
        cells = ", ".join(f'CAST("{column}" AS {sql})' for column, sql in types.items())
        local.execute(f'INSERT INTO "{name}" SELECT {cells} FROM arrived')
        local.unregister("arrived")


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _day(value: Any, today: dt.date) -> dt.date | None:
    if isinstance(value, int):
        return min(dt.date(value, 12, 31), today)
    if isinstance(value, dt.datetime):
        return value.date()
    return value if isinstance(value, dt.date) else None
