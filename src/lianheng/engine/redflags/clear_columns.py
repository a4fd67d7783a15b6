"""Columns of a server's table that hold clear numbers or names of people, where hashes belong: they are not read.

The same question is asked of batches that an earlier release has loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import duckdb

from lianheng.engine.redflags.loading.clear_ids import PROVINCE, SHORTEST
from lianheng.engine.redflags.register import Column, Register
from lianheng.engine.redflags.sandbox import open_sandbox
from lianheng.engine.redflags.store import Store, view_sql

# Full width, other blanks and hyphens in plain form; what nobody sees goes. In words that DuckDB, PostgreSQL and Spark
# all read, as the patterns below.
_OTHERS = "０１２３４５６７８９Ｘｘ\u3000\u00a0‐‑‒–—―−－·"
_PLAIN = "0123456789Xx  --------."
_UNSEEN = "\u200b\u200c\u200d\u2060\ufeff\u00ad"


def _born(*centuries: str) -> str:
    """Century, year, month, day, with a `~` where a gap may be."""
    return f"({'|'.join(centuries)})~[0-9]~[0-9]~(0~[1-9]|1~[0-2])~(0~[1-9]|[12]~[0-9]|3~[01])"


# The same forms as in a load (`loading.clear_ids`), but that no check digit is asked.
_REGION = PROVINCE.replace("00", "0~0").replace("71", "7~1").replace("[", "~[") + "~[0-9]" * 4
_REST = "~[0-9]~[0-9]~[0-9]"
_WHOLE = f"[0-9]{{6}}{_born('18', '19', '20')}{_REST}[0-9Xx]".replace("~", "")
_GROUPED = f"{_REGION}~{_born('1~8', '1~9')}{_REST}~[0-9Xx]".replace("~", "[ ._/-]*")
_SPACED = f"{_REGION}~{_born('2~0')}{_REST}~[0-9Xx]".replace("~", " *")
_ID = f"(^|[^0-9])({_WHOLE}|{_GROUPED}|{_SPACED})($|[^0-9])"
_OLD_DAY = "[3-9][0-9]~(0[1-9]|1[0-2])~(0[1-9]|[12][0-9]|3[01])"
_OLD = f"(^|[^0-9]){PROVINCE}[0-9]{{4}}~{_OLD_DAY}~[0-9]{{3}}($|[^0-9Xx])".replace("~", "[ ._/-]*")
# A hash is 12 letters, digits, points and strokes: none of these.
_CLEAR = {"person_name": "[一-龥]", "account": "^[0-9][0-9 -]{11,}$", "phone": "^1[0-9 -]{10,12}$"}


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


def clear_batches(store: Store, register: Register) -> dict[str, tuple[str, ...]]:
    """The loaded batches of a register that hold people in the clear, with the columns in which they do."""
    found = {}
    connection = open_sandbox([store.folder])
    for batch in store.batches(register.id):
        files = [store.folder / piece.file for piece in batch.pieces]
        rows = view_sql(register, list(register.columns), files)
        connection.execute(f'CREATE OR REPLACE TEMP VIEW "{register.id}" AS {rows}')
        found[batch.id] = clear_columns(lambda sql: _asked(connection, sql), register, register.columns)
    connection.close()
    return {batch: columns for batch, columns in found.items() if columns}


def _asked(connection: duckdb.DuckDBPyConnection, sql: str) -> list[dict[str, Any]]:
    cursor = connection.execute(sql)
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _is_clear(column: Column, divisions: list[str]) -> str:
    cell = f"CAST({column.name} AS VARCHAR)"
    plain = f"translate({cell}, '{_OTHERS}{_UNSEEN}', '{_PLAIN}')"
    # Licences of firms had 15 digits; a load knows them by their check digit.
    pattern = _ID if "信用代码" in f"{column.headings}{column.meaning}" else f"{_ID}|{_OLD}"
    # The quick questions first: they spare most cells the slow one.
    quick = [f"length({cell}) < {SHORTEST}", f"NOT regexp_matches({cell}, '[0-9０-９].*[0-9０-９]')"]
    no = " ".join(f"WHEN {one} THEN FALSE" for one in [*quick, *_household(cell, divisions)])
    holds_id = f"CASE {no} ELSE regexp_matches({plain}, '{pattern}') END"
    own = _CLEAR.get(column.role)
    return f"({holds_id} OR regexp_matches({cell}, '{own}'))" if own else holds_id


def _household(cell: str, divisions: list[str]) -> list[str]:
    """A household's code (承包方编码) begins with the village's 12 digits, and may look like an id."""
    return [f"length(coalesce({name}, '')) = 12 AND substring({cell}, 1, 12) = {name}" for name in divisions]
