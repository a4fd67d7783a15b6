"""What only counts on to the day of the run is no new fact: one that was rejected stays quiet the next night."""

import datetime as dt
from dataclasses import replace

import pytest

from lianheng.engine.redflags.cases import Case
from lianheng.engine.redflags.execution import CANDIDATES, collect
from lianheng.engine.redflags.model import Model
from lianheng.engine.redflags.sandbox import create_table, open_sandbox
from lianheng.engine.redflags.trial import bound_queries
from lianheng.library.models import load_library

LIBRARY = load_library(with_cases=True, check=False)
COUNTING = [id_ for id_, model in LIBRARY.models.items() if "$today" in model.query]


def facts(model: Model, case: Case) -> dict[tuple[str, ...], str]:
    """What a verdict on each of the case's flags is given on, by candidate, reason and colour."""
    connection = open_sandbox()
    connection.execute(CANDIDATES)
    for name, given in model.inputs.items():
        create_table(connection, name, given.columns, case.given[name])
    shared, query = bound_queries(LIBRARY, model, case)
    for name, sql in shared.items():
        connection.execute(f'CREATE OR REPLACE TEMP TABLE "{name}" AS {sql}')
    connection.execute(f"CREATE TEMP TABLE result AS {query}")
    collect(connection, model, case.today, None)
    rows = connection.execute(
        "SELECT candidate, reason, colour, facts FROM candidates WHERE result = 'flag'"
    ).fetchall()
    connection.close()
    return {tuple(row[:3]): row[3] for row in rows}


@pytest.mark.parametrize("model_id", COUNTING)
def test_a_night_more_changes_no_facts(model_id: str) -> None:
    model, compared = LIBRARY.models[model_id], 0
    for case in LIBRARY.cases[model_id]:
        now, later = (facts(model, replace(case, today=case.today + dt.timedelta(days=days))) for days in (0, 1))
        for key in now.keys() & later.keys():
            assert now[key] == later[key], (case.name, key)
            compared += 1
    assert compared
