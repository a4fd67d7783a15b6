"""A column that was declared after files were loaded is blank in them, and those files stay readable."""

from pathlib import Path

import duckdb
import pytest

from lianheng.engine.redflags.store import view_sql
from lianheng.engine.redflags.tests.office import Type
from lianheng.library.models import load_registers
from lianheng.library.office import Office

YAML = """
id: visit
title: 走访
meaning: 每次一行
owner: 测试
lawful_basis: 测试
retention_months: 48
key: [no]
expected: {every: once}
columns:
  no: {type: text, label: 编号, required: true, meaning: 编号}
"""
LATER = "  until: {type: date, label: 止日, meaning: 止日}\n"


@pytest.fixture
def twice(lianheng: Type, office: Path) -> Office:
    (office / "registers").mkdir()
    for name, columns, text in (("old", YAML, "编号\na\n"), ("new", YAML + LATER, "编号,止日\nb,2024-05-01\n")):
        (office / "registers" / "visit.yaml").write_text(columns, encoding="utf-8")
        (office / f"{name}.csv").write_text(text, encoding="utf-8")
        assert lianheng("registers load visit --today 2024-06-01", office / f"{name}.csv").code == 0
    return Office.at(office)


def test_old_and_new_files_are_read_together(twice: Office) -> None:
    register = load_registers(twice.folder / "registers")["visit"]
    files = twice.store.files("visit")
    assert len(files) == 2
    rows = duckdb.sql(
        f"SELECT no, CAST(until AS VARCHAR) FROM ({view_sql(register, ['no', 'until'], files)}) ORDER BY 1"
    )
    assert rows.fetchall() == [("a", None), ("b", "2024-05-01")]
    only_old = view_sql(register, ["until"], files[:1])
    assert duckdb.sql(only_old).columns == ["until"]
    # Files that have every column are read in one go, as ever.
    assert "UNION" not in view_sql(register, ["no"], files)
