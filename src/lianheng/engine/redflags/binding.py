"""Puts parameters into a query as typed literals, and writes our own functions out in plain SQL."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from sqlglot import exp, parse_one

from lianheng.engine.redflags.model import LocalValue, Parameter
from lianheng.engine.redflags.query import parse_query
from lianheng.engine.redflags.types import ColumnType


def literal(value: Any, type_: ColumnType) -> exp.Expression:
    """A value as SQL of exactly its declared type.

    Example
    -------
    >>> from decimal import Decimal
    >>> literal(Decimal("1.50"), ColumnType.parse("decimal(5,2)")).sql(dialect="duckdb")
    "CAST('1.50' AS DECIMAL(5, 2))"
    """
    if value is None:
        return exp.Cast(this=exp.null(), to=_type(type_.sql).copy())
    if type_.name == "boolean":
        return exp.true() if value else exp.false()
    if type_.name == "text":
        return exp.Literal.string(str(value))
    return exp.Cast(this=exp.Literal.string(str(value)), to=_type(type_.sql).copy())


def bind(tree: exp.Query, parameters: Mapping[str, Parameter], today: dt.date) -> exp.Query:
    """The query with every `$name` and every function of our own (`query.MACROS`) written out in plain SQL.

    Parameters
    ----------
    tree : a query that `check_query` has passed; it is not changed.
    parameters : with the local values of the office, if any.
    today : stands for `$today`, and chooses the value in force where the query gives no day.

    Returns
    -------
    A new tree in plain SQL, ready for any dialect.

    Example
    -------
    >>> from decimal import Decimal
    >>> ratio = Parameter("ratio", ColumnType.parse("decimal(3,2)"), Decimal("1.20"), None, None, "", "", ("region",),
    ...                   (LocalValue(Decimal("1.50"), "430421"),))
    >>> query = parse_one("SELECT setting('ratio', village) AS r FROM v", dialect="duckdb")
    >>> bind(query, {"ratio": ratio}, dt.date(2024, 1, 1)).sql(dialect="duckdb")  # doctest: +NORMALIZE_WHITESPACE
    "SELECT CASE WHEN SUBSTRING(village, 1, 6) = '430421' THEN CAST('1.50' AS DECIMAL(3, 2))
    ELSE CAST('1.20' AS DECIMAL(3, 2)) END AS r FROM v"
    """

    def written_out(node: exp.Expression) -> exp.Expression:
        if isinstance(node, exp.Placeholder):
            if node.name == "today":
                return literal(today, ColumnType("date"))
            parameter = parameters[node.name]
            return literal(value_in_force(parameter, "", today), parameter.type)
        if isinstance(node, exp.Anonymous):
            return _macro(node, parameters, today)
        return node

    bound = tree.copy().transform(written_out, copy=False)
    assert isinstance(bound, exp.Query)
    return bound


@lru_cache(maxsize=1024)
def bound_sql(query: str, file: str, parameters: tuple[Parameter, ...], today: dt.date) -> str:
    """A model's query with its parameters written out, in DuckDB's dialect; remembered, for writing it out is dear.

    Parameters
    ----------
    query, file : the SQL, and its name for messages.
    parameters : as for `bind`.
    today : as for `bind`.
    """
    named = {parameter.name: parameter for parameter in parameters}
    return bind(parse_query(query, file), named, today).sql(dialect="duckdb")


@lru_cache(maxsize=256)
def _type(name: str) -> exp.DataType:
    return exp.DataType.build(name, dialect="duckdb")


def value_in_force(parameter: Parameter, region: str, day: dt.date) -> Any:
    """The parameter's value in a region on a day: the longest matching region wins, then the latest start.

    Example
    -------
    >>> p = Parameter("n", ColumnType("integer"), 3, None, None, "", "", (), (LocalValue(5, "", dt.date(2024, 7, 1)),))
    >>> value_in_force(p, "430421", dt.date(2024, 6, 30)), value_in_force(p, "430421", dt.date(2024, 7, 1))
    (3, 5)
    """
    for local in _in_order(parameter):
        if region.startswith(local.region) and (local.valid_from is None or local.valid_from <= day):
            return local.value
    return parameter.default


def _in_order(parameter: Parameter) -> list[LocalValue]:
    # Of two values from one day the one that was written later counts.
    latest = sorted(parameter.values, key=lambda value: value.valid_from or dt.date.min)[::-1]
    return sorted(latest, key=lambda value: -len(value.region))


def _macro(node: exp.Anonymous, parameters: Mapping[str, Parameter], today: dt.date) -> exp.Expression:
    arguments = node.expressions
    name = node.name.lower()
    if name == "setting":
        return _setting(parameters[arguments[0].name], arguments[1:], today)
    texts = [argument.sql(dialect="duckdb") for argument in arguments]
    if name == "quotient":
        return parse_one(_QUOTIENT.format(*texts), dialect="duckdb")
    if name == "ratio":
        return _parsed(_RATIO.format(*texts)).copy()
    if name == "minutes_between":
        return _parsed(_MINUTES.format(*texts)).copy()
    if name == "metres_between":
        return _parsed(_METRES.format(*texts)).copy()
    return node


@lru_cache(maxsize=1024)
def _parsed(text: str) -> exp.Expression:
    return parse_one(text, dialect="duckdb")


def _setting(parameter: Parameter, arguments: list[exp.Expression], today: dt.date) -> exp.Expression:
    region, day = arguments[0], arguments[1] if len(arguments) > 1 else None
    case = exp.Case()
    for local in _in_order(parameter):
        conditions: list[exp.Expression] = []
        if local.region:
            start = exp.Substring(
                this=region.copy(), start=exp.Literal.number(1), length=exp.Literal.number(len(local.region))
            )
            conditions.append(start.eq(exp.Literal.string(local.region)))
        if local.valid_from and day is not None:
            conditions.append(exp.GTE(this=day.copy(), expression=literal(local.valid_from, ColumnType("date"))))
        elif local.valid_from and local.valid_from > today:
            continue
        case = case.when(exp.and_(*conditions) if conditions else exp.true(), literal(local.value, parameter.type))
    default = literal(parameter.default, parameter.type)
    return case.else_(default) if case.args.get("ifs") else default


# A quotient rounded half up. Ten decimals first: 0.24995 is a hair less as a double, and would fall to 0.2499.
_RATIO = (
    "CAST(round(CAST(CAST({0} AS DOUBLE) / CAST(nullif({1}, 0) AS DOUBLE) AS DECIMAL(28, 10)), {2})"
    " AS DECIMAL(18, {2}))"
)
# In doubles, for libraries whose definitions are in doubles (`doubles: true`).
_QUOTIENT = "CAST({0} AS DOUBLE) / CAST({1} AS DOUBLE)"
# Whole minutes between two timestamps, from parts that every back end knows.
_MINUTES = (
    "(date_diff('day', CAST({0} AS DATE), CAST({1} AS DATE)) * 1440"
    " + (CAST(extract(hour FROM {1}) AS BIGINT) * 60 + CAST(extract(minute FROM {1}) AS BIGINT))"
    " - (CAST(extract(hour FROM {0}) AS BIGINT) * 60 + CAST(extract(minute FROM {0}) AS BIGINT)))"
)
# Flat-earth distance of (lat, lon) pairs: within 0.1 % under 100 km at our latitudes.
_METRES = (
    "CAST(round(111195 * sqrt(power(CAST({2} AS DOUBLE) - CAST({0} AS DOUBLE), 2)"
    " + power((CAST({3} AS DOUBLE) - CAST({1} AS DOUBLE))"
    " * cos(radians((CAST({0} AS DOUBLE) + CAST({2} AS DOUBLE)) / 2)), 2)), 0) AS BIGINT)"
)
