"""Holds the evidence of a model's flags to the rows that its cases name as deciding."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import duckdb

from lianheng.engine.redflags.cases import Case
from lianheng.engine.redflags.decisive import drop_decisive, keep_decisive, run_decisive
from lianheng.engine.redflags.evidence import freeze_evidence
from lianheng.engine.redflags.execution import CANDIDATES, EVIDENCE, collect, flagged_table
from lianheng.engine.redflags.model import Model


def evidence_differences(connection: duckdb.DuckDBPyConnection, model: Model, case: Case, query: str) -> list[str]:
    """Which rows named in a case are not frozen, or do not come first where one row alone may be listed.

    Parameters
    ----------
    connection : with the case's inputs as tables.
    model : with the case's parameters.
    case : its `evidence` names rows by some of their columns.
    query : the model's SQL, bound.

    Returns
    -------
    Texts; empty where all is as named.
    """
    collect_case(connection, model, case, query)
    whole = frozen_rows(connection, model)
    heads = frozen_rows(connection, replace(model, evidence=tuple(replace(line, limit=1) for line in model.evidence)))
    for table in ("result", "candidates", "evidence", flagged_table(model)):
        connection.execute(f"DROP TABLE {table}")
    drop_decisive(connection, model)
    texts, seen = [], set()
    for named in case.evidence:
        place = (named.key, named.register)
        said = f"{' '.join(map(str, named.key))}: {named.register} {named.row}"
        if not any(_holds(row, named.row) for row in whole.get(place, [])):
            texts.append(f"{said} is not in the evidence")
        elif place not in seen and not any(_holds(row, named.row) for row in heads.get(place, [])):
            texts.append(f"{said} is not the first row of its register in the evidence: {heads.get(place)}")
        seen.add(place)
    return texts


def collect_case(connection: duckdb.DuckDBPyConnection, model: Model, case: Case, query: str) -> None:
    """Do with a case what a run does with a model before its evidence is frozen."""
    connection.execute(f"CREATE OR REPLACE TEMP TABLE result AS {query}")
    connection.execute(CANDIDATES.replace("CREATE", "CREATE OR REPLACE TEMP"))
    run_decisive(connection, model, case.today)
    collect(connection, model, case.today, None)
    keep_decisive(connection, model)


def frozen_rows(
    connection: duckdb.DuckDBPyConnection, model: Model
) -> dict[tuple[tuple[Any, ...], str], list[dict[str, str | None]]]:
    """The rows of evidence of every flag that `collect` has kept, by its keys with the period and by register."""
    connection.execute(EVIDENCE.replace("CREATE", "CREATE OR REPLACE TEMP"))
    freeze_evidence(connection, [model], lambda register, columns: f'SELECT {", ".join(columns)} FROM "{register}"')
    keys = ", ".join(f'f."{name}"' for name in (*model.keys, "period"))
    found = connection.execute(
        f"SELECT {keys}, e.register, e.row FROM evidence AS e JOIN {flagged_table(model)} AS f USING (candidate) "
        "ORDER BY e.number"
    ).fetchall()
    rows: dict[tuple[tuple[Any, ...], str], list[dict[str, str | None]]] = {}
    for *key, register, row in found:
        rows.setdefault((tuple(key), register), []).append(json.loads(row))
    return rows


def _holds(row: Mapping[str, str | None], named: Mapping[str, Any]) -> bool:
    """Whether a frozen row, all text, has the named cells."""
    return all(row.get(name) == (None if value is None else _as_text(value)) for name, value in named.items())


def _as_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
