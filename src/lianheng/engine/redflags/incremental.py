"""What an incremental run reads again: the years that changed and the model's window around them, nothing else.

A row of period p depends on the years p − lookback … p + lookahead. So when the earliest changed year is Y, rows of
periods before S = Y − lookahead cannot have changed and are carried over, and rows from S on need the years from
S − lookback on.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from lianheng.engine.redflags.evidence import unlisted_sql
from lianheng.engine.redflags.library import Library
from lianheng.engine.redflags.model import Model
from lianheng.engine.redflags.settings import parameters_hash
from lianheng.engine.redflags.store import STOCK, Store
from lianheng.engine.redflags.trial import registers_of


@dataclass(frozen=True, slots=True)
class Carried:
    """An earlier run: its folder, the years of each batch it read, and the parameters of each model that ran."""

    folder: Path
    batches: Mapping[str, Mapping[str, list[int]]]
    parameters: Mapping[str, str]

    @classmethod
    def from_manifest(cls, folder: Path, manifest: Mapping[str, Any]) -> Carried:
        """From a run's manifest."""
        ran = [row for row in manifest["models"] if row["outcome"] in ("ran", "carried")]
        return cls(folder, manifest["batches"], {row["model"]: row["parameters"] for row in ran})


@dataclass(frozen=True, slots=True)
class Plan:
    """`since`: rows of this year and later are made anew (None: all); `read_from`: the first year to read."""

    since: int | None = None
    read_from: int | None = None
    nothing_changed: bool = False


def plan_model(model: Model, library: Library, store: Store, previous: Carried | None, today: dt.date) -> Plan:
    """How a model runs after an earlier run.

    Parameters
    ----------
    model, library, store : what is run over what.
    previous : the earlier run, or None.
    today : the day of the run, on which a dated value of a parameter may have come into force.

    Returns
    -------
    A full plan where there is no earlier run of the same query and parameters, where the query asks for `$today` or
    shared tables, or where a register without a period has changed.
    """
    if (
        previous is None
        or previous.parameters.get(model.id) != parameters_hash(model, today)
        or "$today" in model.query
    ):
        return Plan()
    changed: list[int] = []
    for name in registers_of(library, model):
        before, now = previous.batches.get(name, {}), years_by_batch(store, name)
        for batch in before.keys() ^ now.keys():
            changed += now.get(batch) or before.get(batch) or [STOCK]
    if not changed:
        return Plan(nothing_changed=True)
    if STOCK in changed or model.lookback_years is None or model.prepared:
        return Plan()
    since = min(changed) - model.lookahead_years
    return Plan(since, since - model.lookback_years)


def years_by_batch(store: Store, register: str) -> dict[str, list[int]]:
    """The years that each batch of a register has rows of."""
    return {batch.id: sorted({piece.year for piece in batch.pieces}) for batch in store.batches(register)}


def carry_over(connection: duckdb.DuckDBPyConnection, model: Model, previous: Carried, plan: Plan) -> tuple[int, int]:
    """Copy the rows of the periods that cannot have changed; the numbers of flags and cannot-tells copied."""
    before = "" if plan.since is None else f" AND CAST(left(period, 4) AS INTEGER) < {plan.since}"
    candidates, evidence = (str(previous.folder / name) for name in ("candidates.parquet", "evidence.parquet"))
    columns = ", ".join(row[0] for row in connection.execute("DESCRIBE candidates").fetchall())
    connection.execute(
        f"INSERT INTO candidates SELECT {columns} FROM read_parquet(?) WHERE model = ?{before}", [candidates, model.id]
    )
    connection.execute(
        f"""INSERT INTO evidence SELECT e.candidate, e.model, e.register, e.number, e.row, 
        {unlisted_sql(connection, evidence)} FROM read_parquet(?) AS e
        JOIN read_parquet(?) AS c ON c.candidate = e.candidate WHERE c.model = ?{before}""",
        [evidence, candidates, model.id],
    )
    rows = connection.execute(
        f"SELECT result, count(*) FROM read_parquet(?) WHERE model = ?{before} GROUP BY result", [candidates, model.id]
    ).fetchall()
    counts = dict(rows)
    return counts.get("flag", 0), counts.get("cannot_tell", 0)
