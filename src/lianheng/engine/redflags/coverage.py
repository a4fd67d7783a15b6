"""哪些模型现有数据能跑: which models the loaded registers can run, and what is missing for the others."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from lianheng.engine.redflags.backends import Remote
from lianheng.engine.redflags.library import Library
from lianheng.engine.redflags.model import Model
from lianheng.engine.redflags.run import source_states
from lianheng.engine.redflags.sandbox import open_sandbox
from lianheng.engine.redflags.sources import SourceState, what_is_lost, why_damaged, why_not_run
from lianheng.engine.redflags.store import Store, view_sql
from lianheng.engine.redflags.trial import registers_of


@dataclass(frozen=True, slots=True)
class Coverage:
    """Whether a model can run; `blank` are columns that it reads and no loaded row fills.

    `weaker` says of columns that sources lack what cannot be told without them.
    """

    model: str
    title: str
    runs: bool
    why_not: str
    missing: tuple[str, ...]
    optional_missing: tuple[str, ...]
    blank: tuple[str, ...]
    weaker: tuple[str, ...] = ()


def check_coverage(library: Library, store: Store, today: dt.date, remote: Remote | None = None) -> list[Coverage]:
    """Which models can run today.

    Parameters
    ----------
    library : models and registers.
    store : what is loaded.
    today : for the models' validity.
    remote : the back end that holds the registers, instead of the store.

    Returns
    -------
    One row a model, in the library's order.
    """
    states = remote.states(library, today) if remote else _verified_states(library, store, today)
    loaded = {name for name, state in states.items() if state.rows and not state.damaged}
    blank = {
        name: remote.blank_columns(library.registers[name]) if remote else _blank_columns(library, store, name)
        for name in loaded
    }
    rows = []
    for model in library.models.values():
        why_not = why_not_run(model, states, library.registers, today)
        why_not = why_not or why_damaged(registers_of(library, model), states, library.registers)
        weaker = tuple(
            text
            for name, given in model.inputs.items()
            for column, text in what_is_lost(library.registers[name], states.get(name))
            if column in given.columns
        )
        rows.append(replace(_one(model, library, loaded, blank, why_not), weaker=weaker))
    return rows


def _verified_states(library: Library, store: Store, today: dt.date) -> dict[str, SourceState]:
    """What a run would find: files that are gone or changed are told here as well."""
    states = source_states(store, library)
    damaged = store.damaged(states, today)
    return {name: replace(state, damaged=damaged[name]) for name, state in states.items()}


def _one(model: Model, library: Library, loaded: set[str], blank: dict[str, set[str]], why_not: str) -> Coverage:
    missing = tuple(name for name, given in model.inputs.items() if given.required and name not in loaded)
    optional = tuple(name for name, given in model.inputs.items() if not given.required and name not in loaded)
    empty = tuple(
        f"{name}.{column}"
        for name, given in model.inputs.items()
        for column in given.columns
        if column in blank.get(name, ())
    )
    return Coverage(model.id, model.title, not why_not, why_not, missing, optional, empty)


def _blank_columns(library: Library, store: Store, register: str) -> set[str]:
    """Columns that are null in every loaded row; Parquet's own statistics answer it."""
    declared = library.registers[register]
    columns = list(declared.columns)
    connection = open_sandbox([store.folder])
    counts = ", ".join(f'count("{column}")' for column in columns)
    row = connection.execute(f"SELECT {counts} FROM ({view_sql(declared, columns, store.files(register))})").fetchone()
    connection.close()
    return {column for column, count in zip(columns, row or (), strict=True) if count == 0}
