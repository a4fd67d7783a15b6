"""Columns of a server's table that hold clear numbers or names of people, where hashes belong: they are not read."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from lianheng.engine.redflags.register import Column, Register

# The same form as in a load (`loading.clear_ids`), in words that DuckDB, PostgreSQL and Spark all read.
_ID = "(^|[^0-9])[0-9]{6}(18|19|20)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9Xx]($|[^0-9])"
# A hash is 12 letters, digits, points and strokes: none of these.
_CLEAR = {"person_name": "[一-龥]", "account": "^[0-9]{12,}$", "phone": "^1[0-9]{10}$"}


def clear_columns(
    ask: Callable[[str], list[dict[str, Any]]], register: Register, there: Iterable[str]
) -> tuple[str, ...]:
    """The columns of a table in which some row holds a clear id, name, account or telephone.

    Parameters
    ----------
    ask : runs a query in DuckDB's dialect and returns its rows.
    register : the declaration; columns of role `serial` are not looked at.
    there : the columns that the table has.

    Returns
    -------
    Names of columns in the order of the declaration. Only counts leave the server.
    """
    present = set(there)
    watched = [
        column
        for column in register.columns.values()
        if column.name in present and column.type.name == "text" and column.role != "serial"
    ]
    if not watched:
        return ()
    divisions = [c.name for c in register.columns.values() if c.role == "division" and c.name in present]
    counts = ", ".join(
        f"sum(CASE WHEN {_is_clear(column, divisions)} THEN 1 ELSE 0 END) AS n{place}"
        for place, column in enumerate(watched)
    )
    (row,) = ask(f"SELECT {counts} FROM {register.id}")
    return tuple(column.name for place, column in enumerate(watched) if row[f"n{place}"])


def _is_clear(column: Column, divisions: list[str]) -> str:
    cell = f"CAST({column.name} AS VARCHAR)"
    # The length first: it spares most cells the slower question.
    holds_id = f"(length({cell}) >= 18 AND regexp_matches({cell}, '{_ID}'){_no_household(cell, divisions)})"
    own = _CLEAR.get(column.role)
    return f"({holds_id} OR regexp_matches({cell}, '{own}'))" if own else holds_id


def _no_household(cell: str, divisions: list[str]) -> str:
    """A household's code (承包方编码) begins with the village's 12 digits, and may look like an id."""
    return "".join(
        f" AND NOT (length(coalesce({name}, '')) = 12 AND substring({cell}, 1, 12) = {name})" for name in divisions
    )
