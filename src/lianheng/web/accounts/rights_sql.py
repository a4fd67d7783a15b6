"""What counts for a person on a day, as one piece of SQL for the query of each request and for `grants_of`."""

import datetime as dt
from typing import Any

from django.db import connection

from lianheng.web.shell.clock import SHANGHAI

# Functions that make one JSON list of many rows, and one of a row.
_JSON = {"sqlite": ("json_group_array", "json_array"), "postgresql": ("json_agg", "json_build_array")}
_COLUMNS = "a.id, a.role, a.division, a.business_line, a.institution_id, a.capture, a.user_id"
_COUNTS = (
    "a.valid_from <= %(day)s AND (a.valid_to IS NULL OR a.valid_to >= %(day)s) "
    "AND (a.ended IS NULL OR a.ended >= %(next_day)s)"
)
_OWN = "accounts_assignment a WHERE a.user_id = {person}"
_STOOD_IN = (
    "accounts_delegation d JOIN accounts_assignment a ON a.id = d.assignment_id "
    "JOIN accounts_user holder ON holder.id = a.user_id AND holder.is_active "
    "WHERE d.to_user_id = {person} AND d.ended IS NULL AND d.valid_from <= %(day)s AND d.valid_to >= %(day)s"
)
# What was taken away counts no longer today, whenever that was; it did count on the days before.
_NEVER = dt.datetime(9999, 1, 1, tzinfo=dt.UTC)


def rights_of(person: str) -> str:
    """Return the two columns "own" and "stood_in", JSON lists of assignments, for the person of an SQL expression."""
    many, one = _JSON[connection.vendor]
    rows = f"SELECT {many}({one}({_COLUMNS})) FROM "
    own, stood_in = (f"({rows}{source.format(person=person)} AND {_COUNTS})" for source in (_OWN, _STOOD_IN))
    return f"{own} AS own, {stood_in} AS stood_in"


def rights_on(day: dt.date, *, past: bool) -> dict[str, Any]:
    """Return the parameters that `rights_of` needs; `past` asks for what counted then, taken away since or not."""
    next_day = dt.datetime.combine(day + dt.timedelta(days=1), dt.time.min, SHANGHAI) if past else _NEVER
    return {"day": day, "next_day": connection.ops.adapt_datetimefield_value(next_day)}
