"""A file that a failing disk left torn is named in one line; nothing ends in a traceback."""

from pathlib import Path
from typing import Any

import duckdb
import pytest

from lianheng.engine.redflags.tests.office import Type, write_csv

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


@pytest.mark.parametrize("limit", ["--threads 999999", "--threads 0", "--memory 1MB", "--seconds 1e9"])
def test_a_limit_that_is_none_is_refused(limit: str, load_villages: Any) -> None:
    said = load_villages(DAY)(f"models run M05 {limit} --json --today", DAY)
    assert said.code == 2 and said.json["error"].startswith(limit.split()[0])


def test_refused_rows_are_told_by_the_run(load_villages: Any, office: Path, tmp_path: Path) -> None:
    """A household all of whose rows were refused is in no finding: silence is not clean."""
    lianheng: Type = load_villages(DAY)
    rows = [["户编号", "村代码", "年度", "投保面积"], ["h1", "430400000001", 2024, 5], ["h2", "430400000001", "甲", 5]]
    said = lianheng(
        "registers load insurance", write_csv(tmp_path / "i.csv", rows), "--most-refused", "60",
        "--today", DAY,
    )  # fmt: skip
    assert said.code == 0, said.err
    alerts = lianheng("models run M05 --json --today", DAY).json["alerts"]
    assert [(a["register"], "有1行被退回而没有读入" in a["text"]) for a in alerts if a["kind"] == "refused"] == [
        ("insurance", True)
    ]


def test_half_a_model_is_never_left(office: Path, lianheng: Type, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    assert lianheng("models new XY --register subsidy").code == 2
    assert not (office / "models" / "XY").exists() and list((office / "models").iterdir()) == []


def test_an_unknown_candidate_is_an_object_too(lianheng: Type) -> None:
    said = lianheng("models explain ffffffff --json")
    assert (said.code, said.json) == (1, {"error": "no run has a candidate ffffffff"})
