"""Every query is written for each dialect and read again; ClickHouse and Trino are not executed anywhere."""

import datetime as dt
from collections.abc import Mapping

import pytest
import sqlglot
from sqlglot import exp

from lianheng.engine.redflags.binding import bind
from lianheng.engine.redflags.decisive import decisive_sql
from lianheng.engine.redflags.library import Library
from lianheng.engine.redflags.query import parse_query

pytestmark = pytest.mark.slow

DAY = dt.date(2024, 12, 31)


@pytest.fixture(scope="module")
def bound(shipped_library: Library) -> Mapping[str, exp.Query]:
    """Every query with its parameters written out."""
    return {
        model.id: bind(parse_query(model.query, model.id), model.parameters, DAY)
        for model in shipped_library.models.values()
    }


@pytest.mark.parametrize("dialect", ["postgres", "spark", "clickhouse", "trino"])
def test_it_transpiles_and_is_read_again(
    shipped_library: Library, bound: Mapping[str, exp.Query], dialect: str
) -> None:
    for model in shipped_library.models.values():
        written = bound[model.id].sql(dialect=dialect, unsupported_level=sqlglot.ErrorLevel.RAISE)
        again = sqlglot.parse_one(written, dialect=dialect)
        assert isinstance(again, exp.Query), model.id
        assert again.sql(dialect=dialect).lower() == written.lower(), model.id
        names = [column.alias_or_name for column in again.selects]
        assert set(model.columns) <= set(names), model.id
        if model.decisive:
            named = sqlglot.parse_one(decisive_sql(model, DAY), dialect="duckdb").sql(dialect=dialect)
            assert isinstance(sqlglot.parse_one(named, dialect=dialect), exp.Query), model.id
