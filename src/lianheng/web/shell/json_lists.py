"""The few children of a row, read with the row: one JSON list a row instead of a query more on each page."""

import datetime as dt
from typing import Any

from django.db.models import Func, JSONField, Model, QuerySet, Subquery


class _Row(Func):
    """One child as a JSON list of its values."""

    output_field = JSONField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, function="json_array", **context)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, function="jsonb_build_array", **context)


class _List(Func):
    """All children as one JSON list; none is an empty one."""

    output_field = JSONField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template="json_group_array(%(expressions)s)", **context)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = "coalesce(jsonb_agg(%(expressions)s), '[]'::jsonb)"
        return self.as_sql(compiler, connection, template=template, **context)


def listed(rows: QuerySet[Model], *fields: str) -> Subquery:
    """Return rows as an expression: a list of lists, in no order; decimals and dates are numbers and text in it."""
    return Subquery(rows.order_by().annotate(as_list=_List(_Row(*fields))).values("as_list"))


def moment_of(text: str) -> dt.datetime:
    """Return a moment out of such a list: SQLite writes UTC without saying so, PostgreSQL its offset."""
    moment = dt.datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
