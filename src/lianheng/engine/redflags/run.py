"""One run: every model over the loaded registers, what came out, and what could not be said."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from lianheng.engine.redflags.binding import bind
from lianheng.engine.redflags.execution import CANDIDATES, EVIDENCE, collect, run_in_duckdb, time_limit
from lianheng.engine.redflags.incremental import Carried, Plan, carry_over, plan_model, years_by_batch
from lianheng.engine.redflags.library import Library
from lianheng.engine.redflags.model import Model
from lianheng.engine.redflags.problems import RunError
from lianheng.engine.redflags.query import tables_of
from lianheng.engine.redflags.sandbox import open_sandbox
from lianheng.engine.redflags.settings import parameters_hash
from lianheng.engine.redflags.sources import Alert, SourceState, source_alerts, why_not_run
from lianheng.engine.redflags.store import Store, view_sql
from lianheng.engine.redflags.trial import needed_tables


@dataclass(frozen=True, slots=True)
class Limits:
    """What one model may use."""

    memory: str = "2GB"
    seconds: float = 600
    threads: int = 2


DEFAULT_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class ModelRun:
    """What one model did: `ran`, `carried` (nothing it reads has changed), `not_run` or `failed`, and why."""

    model: str
    version: int
    parameters: str
    outcome: str
    message: str = ""
    flags: int = 0
    cannot_tell: int = 0
    clear: int = 0
    since: int | None = None
    seconds: float = 0.0


@dataclass(slots=True)
class Run:
    """A run in memory; `connection` holds the tables candidates and evidence until `results.write` has frozen them."""

    today: dt.date
    models: list[ModelRun]
    alerts: list[Alert]
    batches: dict[str, dict[str, list[int]]]
    connection: duckdb.DuckDBPyConnection = field(repr=False)


def run_models(
    library: Library,
    models: Sequence[Model],
    store: Store,
    *,
    today: dt.date,
    spill: Path,
    writes: Sequence[Path] = (),
    limits: Limits = DEFAULT_LIMITS,
    previous: Carried | None = None,
    progress: Callable[[str], None] = lambda text: None,
) -> Run:
    """Run models over a store.

    Parameters
    ----------
    library : for registers and shared tables.
    models : which to run, with local values in them (`settings.with_settings`).
    store : the loaded registers.
    today : the day of the run; the engine reads no clock.
    spill : a folder for what does not fit into memory.
    writes : further folders that the connection may write to (the run's own).
    limits : memory, seconds and threads of each model.
    previous : an earlier run to carry over what cannot have changed; None: a full run.
    progress : called with a line of text for each step.

    Returns
    -------
    The run; a model that fails says why, and the others still run.
    """
    folders = [store.folder, *writes, *([previous.folder] if previous else [])]
    connection = open_sandbox(folders, spill, limits.memory, limits.threads)
    connection.execute(CANDIDATES)
    connection.execute(EVIDENCE)
    batches = {register: years_by_batch(store, register) for register in library.registers}
    states = source_states(store, library)
    prepared = _Prepared(connection, library, store, today)
    done = []
    for model in models:
        progress(f"{model.id} {model.title}")
        done.append(_one(connection, library, model, store, states, today, limits, previous, prepared))
    alerts = source_alerts(models, library.registers, states, today)
    return Run(today, done, alerts, batches, connection)


def source_states(store: Store, library: Library) -> dict[str, SourceState]:
    """Rows, last load and last day of every register that was ever loaded."""
    states = {}
    for register in library.registers:
        batches = store.batches(register)
        if batches:
            days = [batch.latest for batch in batches if batch.latest]
            states[register] = SourceState(
                sum(batch.rows for batch in batches), max(batch.loaded_on for batch in batches), max(days, default=None)
            )
    return states


def _one(
    connection: duckdb.DuckDBPyConnection,
    library: Library,
    model: Model,
    store: Store,
    states: Mapping[str, SourceState],
    today: dt.date,
    limits: Limits,
    previous: Carried | None,
    prepared: _Prepared,
) -> ModelRun:
    about = (model.id, model.version, parameters_hash(model))
    reason = why_not_run(model, states, library.registers, today)
    if reason:
        return ModelRun(*about, "not_run", reason)
    plan = plan_model(model, library, store, previous)
    started = time.process_time()  # how long it took is a figure about the run, not an input of it
    try:
        counts = _run_planned(connection, library, model, store, today, limits, previous, prepared, plan)
    except RunError as error:
        for table in ("candidates", "evidence"):
            connection.execute(f"DELETE FROM {table} WHERE model = ?", [model.id])
        return ModelRun(*about, "failed", str(error), seconds=time.process_time() - started)
    outcome = "carried" if plan.nothing_changed else "ran"
    return ModelRun(*about, outcome, "", *counts, since=plan.since, seconds=time.process_time() - started)


def _run_planned(
    connection: duckdb.DuckDBPyConnection,
    library: Library,
    model: Model,
    store: Store,
    today: dt.date,
    limits: Limits,
    previous: Carried | None,
    prepared: _Prepared,
    plan: Plan,
) -> tuple[int, int, int]:
    with time_limit(connection, limits.seconds):
        counts = (0, 0, 0)
        if not plan.nothing_changed:
            prepared.make_for(model)
            make_views(connection, library, model, store, plan.read_from)
            run_in_duckdb(connection, model, today)
            counts = collect(connection, model, today, plan.since, lambda: None)
            drop_views(connection, model)
            for table in ("result", "flagged"):
                connection.execute(f"DROP TABLE {table}")
        if previous is not None and (plan.since is not None or plan.nothing_changed):
            carried = carry_over(connection, model, previous, plan)
            counts = (counts[0] + carried[0], counts[1] + carried[1], counts[2])
    return counts


def make_views(
    connection: duckdb.DuckDBPyConnection, library: Library, model: Model, store: Store, read_from: int | None
) -> None:
    """One view for each input, of the declared columns alone."""
    for name, given in model.inputs.items():
        register = library.registers[name]
        files = store.files(name, read_from if register.period else None)
        connection.execute(f'CREATE OR REPLACE TEMP VIEW "{name}" AS {view_sql(register, list(given.columns), files)}')


def drop_views(connection: duckdb.DuckDBPyConnection, model: Model) -> None:
    """Take the inputs away, so that the next model cannot see them."""
    for name in model.inputs:
        connection.execute(f'DROP VIEW IF EXISTS "{name}"')


class _Prepared:
    """The shared tables, each made once, when the first model of the run needs it."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, library: Library, store: Store, today: dt.date) -> None:
        self._connection, self._library, self._store, self._today = connection, library, store, today
        self._made: set[str] = set()

    def make_for(self, model: Model) -> None:
        """Make those that the model reads, and those below them."""
        for name in needed_tables(self._library, model):
            if name in self._made:
                continue
            tree = self._library.prepare[name]
            registers = [self._library.registers[t] for t in tables_of(tree) if t in self._library.registers]
            for register in registers:
                files = self._store.files(register.id)
                sql = view_sql(register, list(register.columns), files)
                self._connection.execute(f'CREATE OR REPLACE TEMP VIEW "{register.id}" AS {sql}')
            bound = bind(tree, {}, self._today).sql(dialect="duckdb")
            self._connection.execute(f'CREATE TEMP TABLE "{name}" AS {bound}')
            for register in registers:
                self._connection.execute(f'DROP VIEW "{register.id}"')
            self._made.add(name)
