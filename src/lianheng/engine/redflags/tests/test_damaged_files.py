"""A file that a failing disk left torn is named in one line; nothing ends in a traceback."""

from pathlib import Path
from typing import Any

import duckdb
import pytest

from lianheng.engine.redflags.tests.office import Type

DAY = "2024-01-10"


def test_an_empty_record_of_a_batch_is_named(load_villages: Any, office: Path) -> None:
    lianheng = load_villages(DAY)
    record = sorted((office / "data" / "_batches").glob("*.json"))[0]
    record.write_text("")
    for words in ("registers list", "models coverage", "models run M05"):
        said = lianheng(f"{words} --json --today", DAY)
        assert (said.code, said.json["error"].startswith(f"{record} is damaged")) == (2, True), words


@pytest.mark.parametrize(
    ("file", "words"),
    [("run.json", "models run M05 --incremental --today 2024-01-11"), ("candidates.parquet", "models explain {id}")],
)
def test_a_torn_file_of_a_run_is_named(file: str, words: str, load_villages: Any) -> None:
    lianheng = load_villages(DAY)
    folder = Path(lianheng("models run M05 --json --today", DAY).json["folder"])
    rows = duckdb.sql(f"SELECT candidate FROM '{folder}/candidates.parquet' LIMIT 1").fetchall()
    (folder / file).write_bytes(b"torn")
    said = lianheng(f"{words.format(id=rows[0][0])} --json")
    assert said.code == 2 and file in said.json["error"] and said.err.count("\n") == 1


def test_a_full_disk_ends_in_one_line(load_villages: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    lianheng: Type = load_villages(DAY)

    def no_room(*_: object, **__: object) -> None:
        raise duckdb.IOException("IO Error: Could not write file: No space left on device\nmore")

    monkeypatch.setattr("lianheng.library.office.write_tables", no_room)
    said = lianheng("models run M05 --json --today", DAY)
    assert (said.code, said.json) == (2, {"error": "IO Error: Could not write file: No space left on device"})
