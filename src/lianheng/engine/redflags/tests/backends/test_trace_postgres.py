"""`lianheng trace`, `series` and `relations` say the same of registers in PostgreSQL as of loaded ones."""

import os
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest

from lianheng.engine.redflags.backends import connect
from lianheng.engine.redflags.relations.tests.test_relations_command import REGISTERS
from lianheng.engine.redflags.tests.office import Type, write_csv
from lianheng.engine.redflags.trace.tests.test_trace_registers import DAY, EVENT, LOADED

URL = os.environ.get("DATABASE_URL", "")
SERVER = URL.replace("/lianheng?", "/postgres?")
pytestmark = pytest.mark.skipif(not URL.startswith("postgres"), reason="needs DATABASE_URL of a PostgreSQL server")
EVENTS = [
    EVENT,
    ["1", "project", "P1", "竣工验收备案", "2023-12-20", ""],
    ["2", "project", "P1", "聚餐", "2023-12-21", ""],
]


def test_the_same_traces_from_a_server(
    lianheng: Type, office: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables = {**LOADED, "process_event": EVENTS}
    for name, rows in tables.items():
        assert lianheng("registers load", name, write_csv(tmp_path / f"{name}.csv", rows), "--today", DAY).code == 0
    maker = connect(SERVER)
    for name in tables:
        files = sorted((office / "data" / name).rglob("*.parquet"))
        read = [pyarrow.parquet.read_table(file, partitioning=None) for file in files]
        maker.create_table(name, pyarrow.concat_tables(read), overwrite=True)
    # No source filled them; a table that does not have them says the same.
    maker.raw_sql("ALTER TABLE process_event DROP COLUMN actor, DROP COLUMN document").close()
    commands = ("trace show project P1 --today 2024-02-01 --json", "trace show project P2 --today 2024-02-01 --json",
                "series --register works_pay --today 2024-06-01 --json")  # fmt: skip
    embedded = [lianheng(words).json for words in commands]
    monkeypatch.setenv("LIANHENG_REGISTERS", SERVER)
    try:
        served = [lianheng(words).json for words in commands]
        ran = lianheng("trace run project --today 2024-02-01 --json --out", tmp_path / "out")
        with maker.begin() as cursor:
            cursor.execute("UPDATE process_event SET case_no = '低保000000' || '19500101' || '001X'")
        refused = lianheng("trace show project P1 --today 2024-02-01")
    finally:
        for name in tables:
            maker.drop_table(name)
    assert refused.code == 2 and "table process_event: case_no holds ids" in refused.err
    assert served == embedded and len(served[0]["events"]) == 11
    assert ran.json["cases"] == {"break": 2, "cannot_tell": 1, "clear": 0}


def test_the_same_ties_from_a_server(
    lianheng: Type, office: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in REGISTERS.items():
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
        assert lianheng("registers load", name, tmp_path / f"{name}.csv", "--today", DAY).code == 0
    maker = connect(SERVER)
    for name in REGISTERS:
        files = sorted((office / "data" / name).rglob("*.parquet"))
        read = [pyarrow.parquet.read_table(file, partitioning=None) for file in files]
        maker.create_table(name, pyarrow.concat_tables(read), overwrite=True)
    commands = ("relations path F1 F3 --json", "relations show F4 --steps 3 --json", "relations groups --json")
    embedded = [lianheng(words).json for words in commands]
    kept = lianheng("relations groups --people --json --least 2").json["folder"]
    monkeypatch.setenv("LIANHENG_REGISTERS", SERVER)
    try:
        served = [lianheng(words).json for words in commands]
        folder = lianheng("relations groups --people --json --least 2").json["folder"]
    finally:
        for name in REGISTERS:
            maker.drop_table(name)
    assert served == embedded and embedded[0]["found"] and embedded[1]["found"] and embedded[2]["groups"]
    of_people = [(Path(where) / "relations.json").read_text(encoding="utf-8") for where in (kept, folder)]
    assert of_people[0] == of_people[1] and "person:" in of_people[0]
