"""One run: every model over the loaded registers, what came out, and what could not be said."""

from __future__ import annotations

import datetime as dt
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import duckdb

from lianheng.engine.redflags.backends import Remote
from lianheng.engine.redflags.binding import bind
from lianheng.engine.redflags.decisive import drop_decisive, keep_decisive, run_decisive
from lianheng.engine.redflags.evidence import freeze_evidence
from lianheng.engine.redflags.execution import CANDIDATES, EVIDENCE, collect, flagged_table, run_in_duckdb, time_limit
from lianheng.engine.redflags.incremental import Carried, Plan, carry_over, plan_model, years_by_batch
from lianheng.engine.redflags.library import Library
from lianheng.engine.redflags.model import Model
from lianheng.engine.redflags.narrowing import drop_narrowed, narrow_inputs
from lianheng.engine.redflags.problems import RunError
from lianheng.engine.redflags.query import tables_of
from lianheng.engine.redflags.sandbox import open_sandbox
from lianheng.engine.redflags.settings import parameters_hash
from lianheng.engine.redflags.sources import Alert, SourceState, source_alerts, why_damaged, why_not_run
from lianheng.engine.redflags.store import Store, view_sql
from lianheng.engine.redflags.trial import needed_tables, registers_of


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
    remote: Remote | None = None,
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
    remote : a back end whose tables are read instead of the store; every run is a full one.
    progress : called with a line of text for each step.

    Returns
    -------
    The run; a model that fails says why, and the others still run.
    """
    store = store.as_of_now()
    folders = [store.folder, *writes, *([previous.folder] if previous else [])]
    connection = open_sandbox(folders, spill, limits.memory, limits.threads)
    connection.execute(CANDIDATES)
    connection.execute(EVIDENCE)
    batches = {} if remote else {register: years_by_batch(store, register) for register in library.registers}
    states = remote.states(library, today) if remote else source_states(store, library)
    if not remote:
        progress("registers")
        names = {name for model in models for name in registers_of(library, model)}
        states = _verified(states, store, names, today)
    night = _Night(connection, library, store, states, today, limits, None if remote else previous, remote)
    done = []
    for model in models:
        progress(f"{model.id} {model.title}")
        done.append(night.run(model))
    progress("evidence")
    done = night.freeze(done)
    return Run(today, done, source_alerts(models, library.registers, states, today), batches, connection)


def source_states(store: Store, library: Library) -> dict[str, SourceState]:
    """Rows, last load and last day of every register that was ever loaded."""
    states = {}
    for register in library.registers:
        batches = store.batches(register)
        if batches:
            days = [batch.latest for batch in batches if batch.latest]
            absent = Counter(name for batch in batches for name in batch.absent)
            states[register] = SourceState(
                sum(batch.rows for batch in batches),
                max(batch.loaded_on for batch in batches),
                max(days, default=None),
                lacking=tuple(absent.items()),
                refused=sum(batch.refused for batch in batches),
            )
    return states


def _verified(
    states: Mapping[str, SourceState], store: Store, names: set[str], today: dt.date
) -> dict[str, SourceState]:
    """The states, with the files of these registers held against the hashes of their batches."""
    damaged = store.damaged(names & states.keys(), today)
    return {name: replace(state, damaged=damaged.get(name, ())) for name, state in states.items()}


@dataclass(slots=True)
class _Night:
    """What all models of a run share."""

    connection: duckdb.DuckDBPyConnection
    library: Library
    store: Store
    states: Mapping[str, SourceState]
    today: dt.date
    limits: Limits
    previous: Carried | None
    remote: Remote | None
    made: set[str] = field(default_factory=set)
    waiting: dict[str, tuple[Model, Plan]] = field(default_factory=dict)  # for their evidence

    def run(self, model: Model) -> ModelRun:
        """Run one model; whatever goes wrong with it is told in its row."""
        about = (model.id, model.version, parameters_hash(model, self.today))
        reason = why_not_run(model, self.states, self.library.registers, self.today)
        if reason:
            return ModelRun(*about, "not_run", reason)
        damage = why_damaged(registers_of(self.library, model), self.states, self.library.registers)
        if damage:
            return ModelRun(*about, "failed", damage)
        plan = plan_model(model, self.library, self.store, self.previous, self.today)
        started = time.process_time()  # how long it took is a figure about the run, not an input of it
        try:
            with time_limit(self.connection, self.limits.seconds):
                counts = self._rows(model, plan)
        except RunError as error:
            self._forget(model.id)
            drop_narrowed(self.connection, model)
            return ModelRun(*about, "failed", str(error), seconds=time.process_time() - started)
        finally:
            self._clear(model)
        outcome = "carried" if plan.nothing_changed else "ran"
        return ModelRun(*about, outcome, "", *counts, since=plan.since, seconds=time.process_time() - started)

    def _rows(self, model: Model, plan: Plan) -> tuple[int, int, int]:
        counts = (0, 0, 0)
        if not plan.nothing_changed:
            if self.remote:
                self.remote.run(self.connection, self.library, model, self.today)
            else:
                self._make_shared(model)
                make_views(self.connection, self.library, model, self.store, plan.read_from)
                if plan.read_from is None:
                    narrow_inputs(self.connection, model)
                run_in_duckdb(self.connection, model, self.today)
                run_decisive(self.connection, model, self.today)
            counts = collect(self.connection, model, self.today, plan.since)
            keep_decisive(self.connection, model)
            if self.remote:
                freeze_evidence(self.connection, [model], lambda name, columns: f'SELECT * FROM "{name}"')
            else:
                self.waiting[model.id] = model, plan
        if self.previous is not None and (plan.since is not None or plan.nothing_changed):
            carried = carry_over(self.connection, model, self.previous, plan)
            counts = (counts[0] + carried[0], counts[1] + carried[1], counts[2])
        return counts

    def freeze(self, done: Sequence[ModelRun]) -> list[ModelRun]:
        """Freeze the evidence of all models that ran; where that fails, their rows go: none stands without it."""
        try:
            with time_limit(self.connection, self.limits.seconds):
                models = [model for model, _ in self.waiting.values()]
            kept = {model.id for model, plan in self.waiting.values() if plan.read_from is None}
            freeze_evidence(self.connection, models, self._read, kept)
        except RunError as error:
            for id_ in self.waiting:
                self._forget(id_)
            return [
                replace(row, outcome="failed", message=f"evidence: {error}", flags=0, cannot_tell=0)
                if row.model in self.waiting
                else row
                for row in done
            ]
        for model, _ in self.waiting.values():
            self.connection.execute(f"DROP TABLE {flagged_table(model)}")
            drop_narrowed(self.connection, model)
            drop_decisive(self.connection, model)
        return list(done)

    def _read(self, register: str, columns: Sequence[str]) -> str:
        """SQL that reads a whole register: evidence may be older than anything that the query looks back to."""
        declared = self.library.registers[register]
        return view_sql(declared, list(columns), self.store.files(register))

    def _forget(self, model_id: str) -> None:
        for table in ("candidates", "evidence"):
            self.connection.execute(f"DELETE FROM {table} WHERE model = ?", [model_id])

    def _clear(self, model: Model) -> None:
        """Take inputs and result away, so that the next model cannot see them."""
        kind = "TABLE" if self.remote else "VIEW"
        for name in model.inputs:
            self.connection.execute(f'DROP {kind} IF EXISTS "{name}"')
        self.connection.execute("DROP TABLE IF EXISTS result")

    def _make_shared(self, model: Model) -> None:
        """Make the shared tables that the model reads, unless an earlier model of the run has."""
        for name in needed_tables(self.library, model):
            if name in self.made:
                continue
            tree = self.library.prepare[name]
            registers = [self.library.registers[t] for t in tables_of(tree) if t in self.library.registers]
            for register in registers:
                sql = view_sql(register, list(register.columns), self.store.files(register.id))
                self.connection.execute(f'CREATE OR REPLACE TEMP VIEW "{register.id}" AS {sql}')
            bound = bind(tree, {}, self.today).sql(dialect="duckdb")
            self.connection.execute(f'CREATE TEMP TABLE "{name}" AS {bound}')
            for register in registers:
                self.connection.execute(f'DROP VIEW "{register.id}"')
            self.made.add(name)


def make_views(
    connection: duckdb.DuckDBPyConnection, library: Library, model: Model, store: Store, read_from: int | None
) -> None:
    """One view for each input, of the declared columns alone."""
    for name, given in model.inputs.items():
        register = library.registers[name]
        files = store.files(name, read_from if register.period else None)
        connection.execute(f'CREATE OR REPLACE TEMP VIEW "{name}" AS {view_sql(register, list(given.columns), files)}')
