"""Where registers lie: the office's own store through a locked DuckDB, or a database server through Ibis."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from lianheng.engine.redflags.backends import connect, fetch, lacking_columns
from lianheng.engine.redflags.clear_columns import clear_columns
from lianheng.engine.redflags.problems import RunError
from lianheng.engine.redflags.register import Register
from lianheng.engine.redflags.sandbox import open_sandbox
from lianheng.engine.redflags.store import Store, view_sql


class StoreReader:
    """Loaded registers of an office; `spill` is a folder for what does not fit into memory."""

    def __init__(self, store: Store, registers: Mapping[str, Register], spill: Path | None = None) -> None:
        self._rows: dict[str, int] = {}
        for batch in store.batches():
            self._rows[batch.register] = self._rows.get(batch.register, 0) + batch.rows
        self._connection = open_sandbox([store.folder], spill)
        for name in self._rows:
            if name in registers:
                files = [path.resolve() for path in store.files(name)]
                sql = view_sql(registers[name], list(registers[name].columns), files)
                self._connection.execute(f'CREATE VIEW "{name}" AS {sql}')

    def there(self) -> Mapping[str, int]:
        """Rows by register."""
        return self._rows

    def select(self, sql: str) -> Iterator[tuple[Any, ...]]:
        """The rows of a query, in chunks."""
        cursor = self._connection.cursor()
        cursor.execute(sql)
        while chunk := cursor.fetchmany(10_000):
            yield from chunk


class ServerReader:
    """Registers as tables of a server: `postgres://…`, `spark://…`."""

    def __init__(self, url: str, registers: Mapping[str, Register]) -> None:
        self._connection = connect(url)
        names = set(self._connection.list_tables()) & set(registers)
        self._rows = {name: int(fetch(self._connection, f"SELECT count(*) AS n FROM {name}")[0]["n"]) for name in names}
        self._registers, self._looked_at = registers, set[str]()
        self._lacking: dict[str, dict[str, str]] = {}

    def there(self) -> Mapping[str, int]:
        """Rows by register."""
        return self._rows

    def select(self, sql: str) -> Iterator[tuple[Any, ...]]:
        """The rows of a query; of tables that hold people in the clear none."""
        for name in set(re.findall(r"[a-z][a-z0-9_]*", sql)) & set(self._rows) - self._looked_at:
            columns = self._connection.table(name).columns
            clear = clear_columns(lambda asked: fetch(self._connection, asked), self._registers[name], columns)
            if clear:
                raise RunError(
                    f"table {name}: {', '.join(clear)} holds ids, names, accounts or telephones in the clear: hash "
                    "them with the office's key first, or declare a column of serial numbers with role serial"
                )
            self._lacking[name] = lacking_columns(self._registers[name], columns)
            self._looked_at.add(name)
        for row in fetch(self._connection, sql, self._lacking):
            yield tuple(row.values())
