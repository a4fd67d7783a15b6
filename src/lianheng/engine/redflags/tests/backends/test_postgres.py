"""Every model's cases give the same rows on PostgreSQL (`bin/test postgres` starts a server and sets DATABASE_URL)."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest

from lianheng.engine.redflags.backends import connect
from lianheng.engine.redflags.library import Library
from lianheng.engine.redflags.tests.backends.parity import drop_postgres, fill_postgres, wrong_cases
from lianheng.engine.redflags.tests.office import Type
from lianheng.engine.redflags.tests.twenty_villages import write_workbooks
from lianheng.library.models import MODELS

URL = os.environ.get("DATABASE_URL", "")
SERVER = URL.replace("/lianheng?", "/postgres?")  # the tests of the rooms make their own database
REGISTERS = ("subsidy", "land_right", "crop_survey", "lease")  # insurance is optional and not there
pytestmark = pytest.mark.skipif(not URL.startswith("postgres"), reason="needs DATABASE_URL of a PostgreSQL server")


@pytest.fixture(scope="module")
def server() -> Iterator[Any]:
    connection = connect(SERVER)
    schema = f"models_{os.getpid()}"
    connection.raw_sql(f"CREATE SCHEMA {schema}").close()
    connection.raw_sql(f"SET search_path TO {schema}").close()
    # Cases hold a dozen rows: compiling a plan takes longer than a thousand runs of it.
    connection.raw_sql("SET jit TO off").close()
    yield connection
    connection.raw_sql(f"DROP SCHEMA {schema} CASCADE").close()


def test_every_model(server: Any, shipped_library: Library) -> None:
    wrong = {}
    for model in shipped_library.models.values():
        wrong[model.id] = wrong_cases(server, shipped_library, model, fill_postgres)
        drop_postgres(server, model)
    assert {id_: found for id_, found in wrong.items() if found} == {}


def test_a_run_over_postgres_finds_what_a_run_over_parquet_does(
    server: Any, lianheng: Type, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for register, workbook in write_workbooks(tmp_path).items():
        lianheng("registers load", register, workbook, "--today", "2024-01-10")
    embedded = Path(lianheng("models run --json", "--today", "2024-01-10").json["folder"])
    with server.begin() as cursor:
        for register in REGISTERS:
            cursor.execute(f'DROP TABLE IF EXISTS public."{register}"')
    maker = connect(SERVER)
    for register in REGISTERS:
        files = sorted((embedded.parents[1] / "data" / register).rglob("*.parquet"))
        maker.create_table(
            register, pyarrow.concat_tables([pyarrow.parquet.read_table(file, partitioning=None) for file in files])
        )
    (coverage,) = lianheng("models coverage --json --today 2024-01-10").json
    monkeypatch.setenv("LIANHENG_REGISTERS", SERVER)
    check_the_other_commands(lianheng, coverage)
    remote = Path(lianheng("models run M05 --json", "--today", "2024-01-10").json["folder"])
    columns = ["candidate", "unit", "period", "reason", "colour", "score", "explanation", "measures", "facts"]
    tables = [
        pyarrow.parquet.read_table(
            folder / "candidates.parquet", columns=columns, filters=[("model", "=", "M05")]
        ).sort_by("candidate")
        for folder in (embedded, remote)
    ]
    assert tables[0].num_rows == 10 and tables[0].equals(tables[1])
    # The rows and their order: what decides comes first there too.
    evidence = [pyarrow.parquet.read_table(folder / "evidence.parquet").to_pylist() for folder in (embedded, remote)]
    assert evidence[0] == evidence[1] and len(evidence[0]) > 500
    with maker.begin() as cursor:
        cursor.execute("UPDATE subsidy SET household_id = '000000' || '19500101' || '001X' WHERE household_id = "
                       "(SELECT min(household_id) FROM subsidy)")  # fmt: skip
    listed = lianheng("registers list --today 2024-01-10")
    assert listed.code == 1 and "ALERT clear" in listed.out and "household_id列含未经散列的证件号" in listed.out
    (ran,) = lianheng("models run M05 --json", "--today", "2024-01-10").json["models"]
    assert ran["outcome"] == "failed" and "所以不读取" in ran["message"]
    covered = lianheng("models coverage --json --today 2024-01-10").json[0]
    assert not covered["runs"] and "household_id列含未经散列的证件号" in covered["why_not"]
    assert "请先以本单位密钥散列后再提供" in covered["why_not"]
    check_columns_and_keys(lianheng, maker)
    maker.raw_sql("ALTER TABLE subsidy RENAME COLUMN year TO season").close()
    said = lianheng("registers list --today 2024-01-10")
    assert said.code == 2 and "table subsidy has no column 'year'" in said.err
    for register in REGISTERS:
        maker.drop_table(register)


def check_the_other_commands(lianheng: Type, embedded: dict[str, Any]) -> None:
    """list, coverage and backtest read the server's tables; load and undo refuse, and say what to do."""
    rows = {row["register"]: row for row in lianheng("registers list --json --today 2024-01-10").json}
    assert {name for name, row in rows.items() if row["rows"]} == set(REGISTERS)
    assert rows["subsidy"]["rows"] > 100 and rows["subsidy"]["batches"] == []
    assert f"{rows['subsidy']['rows']} rows in its table" in lianheng("registers list --today 2024-01-10").out
    (covered,) = lianheng("models coverage --json --today 2024-01-10").json
    assert covered["model"] == "M05" and covered["runs"] and covered["optional_missing"] == ["insurance"]
    # The sources lacked a column that the server's table has, and nobody fills.
    assert embedded.pop("weaker") and not covered.pop("weaker")
    assert covered == embedded
    words = "models backtest M05 --set g0=0.6 --json --today 2024-01-10"
    assert lianheng(words).json["before"] == 10
    for command in ("registers load subsidy x.csv", "registers undo subsidy_20240110_001"):
        said = lianheng(command)
        assert said.code == 2 and "unset LIANHENG_REGISTERS" in said.err


def check_columns_and_keys(lianheng: Type, maker: Any) -> None:
    """A key that stands twice is an alert; a column that is not there keeps the model from running, and is told."""
    maker.raw_sql("UPDATE subsidy SET household_id = 'h' WHERE household_id LIKE '000000%'").close()
    maker.raw_sql("INSERT INTO subsidy SELECT * FROM subsidy LIMIT 3").close()
    run = lianheng("models run M05 --json --today 2024-01-10").json
    (alert,) = (alert for alert in run["alerts"] if alert["register"] == "subsidy")
    assert alert["kind"] == "repeated" and "有3个主键" in alert["text"] and alert["models"] == ["M05"]
    # An optional column that the table lacks reads as null, as it does out of a file; evidence as well.
    with_it = lianheng("models coverage --json --today 2024-01-10").json[0]
    maker.raw_sql("ALTER TABLE lease DROP COLUMN lessor_village").close()
    run = lianheng("models run M05 --json --today 2024-01-10").json
    assert [row["outcome"] for row in run["models"]] == ["ran"] and run["models"][0]["flags"]
    assert "lease" not in {alert["register"] for alert in run["alerts"] if alert["kind"] == "columns"}
    assert pyarrow.parquet.read_table(Path(run["folder"]) / "evidence.parquet").num_rows
    covered = lianheng("models coverage --json --today 2024-01-10").json[0]
    assert covered["runs"] and set(covered["blank"]) - set(with_it["blank"]) <= {"lease.lessor_village"}
    assert "lease.lessor_village" in covered["blank"]
    assert "没有“流出地块所在村”列：分不清村内流转与村外流入" in covered["weaker"][0]
    maker.raw_sql("ALTER TABLE crop_survey DROP COLUMN subsidised").close()
    (covered,) = lianheng("models coverage --json --today 2024-01-10").json
    assert not covered["runs"] and "（crop_survey）没有subsidised" in covered["why_not"]
    run = lianheng("models run M05 --json --today 2024-01-10").json
    assert [row["outcome"] for row in run["models"]] == ["not_run"]
    assert "columns" in {alert["kind"] for alert in run["alerts"] if alert["register"] == "crop_survey"}


def test_every_line_of_evidence_arrives_once(
    server: Any, office: Path, lianheng: Type, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """M07 reads payments as evidence twice: by account and by agent."""
    shutil.copytree(MODELS / "M07", tmp_path / "shipped" / "M07")
    lianheng("registers synth --models M07 --background 0.01 --format csv", tmp_path / "synth")
    for path in sorted((tmp_path / "synth").glob("*.csv")):
        if path.name != "truth.csv":
            assert lianheng("registers load", path.stem, path, "--today", "2024-12-31").code == 0
    embedded = Path(lianheng("models run M07 --json --today 2024-12-31").json["folder"])
    maker = connect(SERVER)
    loaded = [folder for folder in (embedded.parents[1] / "data").iterdir() if not folder.name.startswith("_")]
    for folder in loaded:
        pieces = [pyarrow.parquet.read_table(file, partitioning=None) for file in sorted(folder.rglob("*.parquet"))]
        maker.create_table(folder.name, pyarrow.concat_tables(pieces), overwrite=True)
    monkeypatch.setenv("LIANHENG_REGISTERS", SERVER)
    remote = Path(lianheng("models run M07 --json --today 2024-12-31").json["folder"])
    for folder in loaded:
        maker.drop_table(folder.name)
    for name in ("candidates", "evidence"):
        columns = ["candidate", "explanation", "measures"] if name == "candidates" else None
        one, other = (
            sorted(pyarrow.parquet.read_table(run / f"{name}.parquet", columns=columns).to_pylist(), key=str)
            for run in (embedded, remote)
        )
        assert one == other and len(one) >= 20
