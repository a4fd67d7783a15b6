"""A model's window is as wide as it says: over every case, what is new only gives what a full run gives."""

from typing import Any

import pytest

from lianheng.engine.redflags.cases import Case
from lianheng.engine.redflags.model import Model
from lianheng.engine.redflags.sandbox import create_table, open_sandbox
from lianheng.engine.redflags.trial import bound_queries
from lianheng.library.models import load_library

LIBRARY = load_library(with_cases=True, check=False)
INCREMENTAL = [
    id_
    for id_, model in LIBRARY.models.items()
    if model.lookback_years is not None and not model.prepared and "$today" not in model.query
]
Tables = dict[str, list[tuple[Any, ...]]]


def year_of(model: Model, register: str, row: tuple[Any, ...]) -> int | None:
    """The year under which the store keeps a row; None: it is read whole."""
    period = LIBRARY.registers[register].period
    if not period or period not in model.inputs[register].columns:
        return None
    value = row[list(model.inputs[register].columns).index(period)]
    return None if value is None else int(str(value)[:4])


def read(model: Model, tables: Tables, first: int, last: int) -> Tables:
    """The rows of these years, and the registers without years."""

    def wanted(name: str, row: tuple[Any, ...]) -> bool:
        year = year_of(model, name, row)
        return year is None or first <= year <= last

    return {name: [row for row in rows if wanted(name, row)] for name, rows in tables.items()}


def results(model: Model, case: Case, tables: Tables) -> set[tuple[str, ...]]:
    """What the query returns over these tables but for the clear, each row as text, the period first."""
    connection = open_sandbox()
    for name, given in model.inputs.items():
        create_table(connection, name, given.columns, tables[name])
    shared, query = bound_queries(LIBRARY, model, case)
    for name, sql in shared.items():
        connection.execute(f'CREATE OR REPLACE TEMP TABLE "{name}" AS {sql}')
    found = connection.execute(f"SELECT period, * FROM ({query}) WHERE result <> 'clear'").fetchall()
    connection.close()
    return {tuple(str(value) for value in row) for row in found}


@pytest.mark.parametrize("model_id", INCREMENTAL)
def test_what_is_new_only_gives_what_a_full_run_gives(model_id: str) -> None:
    model = LIBRARY.models[model_id]
    assert model.lookback_years is not None
    for case in LIBRARY.cases[model_id]:
        tables: Tables = {name: list(case.given[name]) for name in model.inputs}
        years = {year_of(model, name, row) for name, rows in tables.items() for row in rows} - {None}
        full = results(model, case, tables) if len(years) > 1 else set()
        for new in sorted(year for year in years if year is not None)[1:]:
            since = new - model.lookahead_years
            before = results(model, case, read(model, tables, 0, new - 1))
            again = results(model, case, read(model, tables, since - model.lookback_years, 9999))
            made = {row for row in before if int(row[0][:4]) < since} | {
                row for row in again if int(row[0][:4]) >= since
            }
            assert made == full, f"{case.name}: with the rows of {new} as the new ones"
