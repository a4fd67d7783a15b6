"""The queries of every process mean something to every back end: transpiled as Ibis does, and read again."""

from collections.abc import Iterator, Mapping
from typing import Any

import sqlglot

from lianheng.engine.redflags.trace.registers import read_cases
from lianheng.library.models import REGISTERS, load_registers
from lianheng.library.processes import load_processes


class Listening:
    """Every register is there; the queries are kept, and answered with what carries on."""

    def __init__(self, names: Mapping[str, Any]) -> None:
        self._rows, self.asked = dict.fromkeys(names, 1), list[str]()

    def there(self) -> Mapping[str, int]:
        return self._rows

    def select(self, sql: str) -> Iterator[tuple[Any, ...]]:
        self.asked.append(sql)
        return iter([(None,)] if sql.startswith("SELECT max(event_date)") else [])


def test_every_query_reads_in_every_dialect() -> None:
    registers = load_registers(REGISTERS)
    for process in load_processes(registers).values():
        reader = Listening(registers)
        _, cases = read_cases(process, registers, reader, "A'1")
        assert list(cases) == []
        # The summary reads the same union as the last query; once is enough.
        asked = [sql for sql in reader.asked if "UNION ALL" not in sql] + reader.asked[-1:]
        assert "UNION ALL" in asked[-1] and "'A''1'" in asked[-1] and len(asked) >= 3
        for sql in asked:
            tree = sqlglot.parse_one(sql, read="duckdb")
            for dialect in ("postgres", "spark", "clickhouse", "trino"):
                told = tree.sql(dialect=dialect)
                assert sqlglot.parse_one(told, read=dialect).find(sqlglot.exp.Select), dialect
