"""证据: the register rows behind each candidate, frozen with it.

Each register is read once for all models of a run: first the keys that any flag asks for, then their rows, then each
model's share of them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

import duckdb

from lianheng.engine.redflags.decisive import WEIGHT, join_sql
from lianheng.engine.redflags.execution import flagged_table
from lianheng.engine.redflags.model import Evidence, Model
from lianheng.engine.redflags.narrowing import narrowed_table

Reader = Callable[[str, Sequence[str]], str]


def freeze_evidence(
    connection: duckdb.DuckDBPyConnection, models: Sequence[Model], read: Reader, kept: Collection[str] = ()
) -> None:
    """Fill `evidence` for the flags of these models.

    Parameters
    ----------
    connection : with the tables that `execution.collect` has kept.
    models : those that ran.
    read : gives the SQL that reads columns of a register.
    kept : ids of models whose narrowed inputs are still there.
    """
    rest = []
    for model in models:
        for evidence in model.evidence:
            if model.id in kept and model.inputs[evidence.register].narrow:
                _freeze_line(connection, model, evidence, narrowed_table(model, evidence.register))
            else:
                rest.append((model, evidence))
    for (register, column), asked in _by_source(rest).items():
        columns = _columns(asked, register)
        wanted = " UNION ".join(
            f'SELECT CAST("{evidence.match[column]}" AS VARCHAR) AS value FROM {flagged_table(model)} '
            "WHERE result = 'flag'"
            for model, evidence in asked
        )
        connection.execute(f"CREATE OR REPLACE TEMP TABLE wanted AS {wanted}")
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE found AS SELECT * FROM ({read(register, columns)}) AS r "
            f'WHERE CAST(r."{column}" AS VARCHAR) IN (SELECT value FROM wanted)'
        )
        for model, evidence in asked:
            _freeze_line(connection, model, evidence, "found")
    for table in ("wanted", "found"):
        connection.execute(f"DROP TABLE IF EXISTS {table}")


def _by_source(asked: Sequence[tuple[Model, Evidence]]) -> Mapping[tuple[str, str], list[tuple[Model, Evidence]]]:
    groups: dict[tuple[str, str], list[tuple[Model, Evidence]]] = {}
    for model, evidence in asked:
        groups.setdefault((evidence.register, next(iter(evidence.match))), []).append((model, evidence))
    return groups


def _columns(asked: Sequence[tuple[Model, Evidence]], register: str) -> list[str]:
    """The columns that any of the models has declared; each then freezes its own alone."""
    return sorted({column for model, _ in asked for column in model.inputs[register].columns})


def _freeze_line(connection: duckdb.DuckDBPyConnection, model: Model, evidence: Evidence, rows: str) -> None:
    """Freeze what one line finds, without what an earlier line of the same register has listed for the candidate."""
    connection.execute(_insert_sql(model, evidence, rows))
    before = _before(model, evidence)
    if before:
        # One that says how many are left out stays: equal rows of one line are different rows of the register.
        connection.execute(
            """DELETE FROM evidence AS later
            WHERE model = ? AND register = ? AND number > ? AND unlisted = 0 AND EXISTS (
              SELECT 1 FROM evidence AS e
              WHERE e.model = later.model AND e.register = later.register AND e.candidate = later.candidate
                AND e.row = later.row AND e.number <= ?)""",
            [model.id, evidence.register, before, before],
        )


def _insert_sql(model: Model, evidence: Evidence, rows: str) -> str:
    """What decides comes first; where the limit cuts, the last row says how many are not listed."""
    columns = list(model.inputs[evidence.register].columns)
    conditions = [f'r."{column}" = f."{name}"' for column, name in evidence.match.items()]
    conditions += [
        f'r."{column}" BETWEEN f."{start}" AND f."{end}"' for column, (start, end) in evidence.between.items()
    ]
    if evidence.period:
        conditions.append(f'starts_with(CAST(r."{evidence.period}" AS VARCHAR), f.period)')
    weight = [f"w.{WEIGHT} DESC NULLS LAST"] if evidence.first else []
    order = ", ".join([*weight, *(f'r."{column}"' for column in columns)])
    pairs = ", ".join(f"'{column}', CAST(r.\"{column}\" AS VARCHAR)" for column in columns)
    # The texts are made after the cut: a unit may have a hundred times the rows that are listed.
    return f"""INSERT INTO evidence
    SELECT candidate, '{model.id}', '{evidence.register}', {_before(model, evidence)} + number,
      CAST(json_object({pairs}) AS VARCHAR),
      CASE WHEN number = {evidence.limit} THEN total - {evidence.limit} ELSE 0 END
    FROM (
      SELECT f.candidate, row_number() OVER (PARTITION BY f.candidate ORDER BY {order}) AS number,
        count(*) OVER (PARTITION BY f.candidate) AS total, r
      FROM {flagged_table(model)} AS f JOIN {rows} AS r ON {" AND ".join(conditions)} {join_sql(model, evidence)}
      WHERE f.result = 'flag'
    ) WHERE number <= {evidence.limit}"""


def _before(model: Model, evidence: Evidence) -> int:
    """Numbers that earlier lines of the same register take, so that lines stand one after the other."""
    earlier = model.evidence[: model.evidence.index(evidence)]
    return sum(other.limit for other in earlier if other.register == evidence.register)


def unlisted_sql(connection: duckdb.DuckDBPyConnection, path: str) -> str:
    """The column `unlisted` of a frozen evidence.parquet read as `e`; runs of older versions did not count."""
    columns = {row[0] for row in connection.execute("DESCRIBE SELECT * FROM read_parquet(?)", [path]).fetchall()}
    return "e.unlisted" if "unlisted" in columns else "0 AS unlisted"
