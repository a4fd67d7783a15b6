"""The queries of every process mean something to every back end: transpiled as Ibis does, and read again."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
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


@pytest.mark.parametrize("dialect", ["postgres", "spark", "clickhouse", "trino"])
def test_every_query_reads_in_every_dialect(dialect: str) -> None:
    registers = load_registers(REGISTERS)
    for process in load_processes(registers).values():
        reader = Listening(registers)
        _, cases = read_cases(process, registers, reader, "A'1")
        assert list(cases) == []
        assert any("UNION ALL" in sql for sql in reader.asked) and "'A''1'" in reader.asked[-1]
        for sql in reader.asked:
            told = sqlglot.transpile(sql, read="duckdb", write=dialect)[0]
            assert sqlglot.parse_one(told, read=dialect).find(sqlglot.exp.Select)
