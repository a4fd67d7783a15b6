"""Rows past the retention that their register declares go for good, and their going is recorded."""

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path

import pytest

from lianheng.engine.redflags.incremental import Carried, plan_model, years_by_batch
from lianheng.engine.redflags.problems import RunError
from lianheng.engine.redflags.retention import find_expired, last_kept_day, purge, read_log
from lianheng.engine.redflags.settings import parameters_hash
from lianheng.engine.redflags.store import Batch, Piece, Store
from lianheng.engine.redflags.tests.office import Type

YAML = """
id: visit
title: 走访
meaning: 每次一行
owner: 测试
lawful_basis: 测试
retention_months: {months}
key: [no]
{period}
expected: {{every: once}}
columns:
  no: {{type: text, label: 编号, required: true, meaning: 编号}}
  day: {{type: date, label: 日期, required: true, meaning: 日期}}
"""
CSV = "编号,日期\na,2021-12-31\nb,2022-11-21\nc,2022-11-22\nd,2023-05-01\ne,2021-01-01\n"


def declare(office: Path, months: int = 48, period: str = "period: day") -> None:
    (office / "registers").mkdir(exist_ok=True)
    (office / "registers" / "visit.yaml").write_text(YAML.format(months=months, period=period), encoding="utf-8")


def load(office: Path, lianheng: Type, text: str = CSV, day: str = "2024-01-10", **how: object) -> Path:
    declare(office, **how)
    source = office / "visits.csv"
    source.write_text(text, encoding="utf-8")
    said = lianheng("registers load visit", source, "--today", day)
    assert said.code == 0, said.err
    return source


def rows(office: Path) -> list[str]:
    import duckdb

    files = [str(path) for path in Store(office / "data").files("visit")]
    return [row[0] for row in duckdb.execute("SELECT no FROM read_parquet(?) ORDER BY no", [files]).fetchall()]


def test_without_yes_nothing_goes_and_the_way_is_said(office: Path, lianheng: Type) -> None:
    load(office, lianheng)
    said = lianheng("registers purge --today 2026-11-22")
    assert said.code == 0 and "3 of 5 rows before 2022-11-22 past retention" in said.out
    assert "no undo brings them back. To do it: --yes --by NAME" in said.out
    assert rows(office) == ["a", "b", "c", "d", "e"]
    assert lianheng("registers purge --yes --today 2026-11-22").code == 2
    assert rows(office) == ["a", "b", "c", "d", "e"]


def test_with_yes_the_rows_before_the_day_go_and_it_is_recorded(office: Path, lianheng: Type) -> None:
    source = load(office, lianheng)
    before = Store(office / "data").batches("visit")[0]
    (row,) = lianheng("registers purge visit --yes --by 张三 --json --today 2026-11-22").json
    assert (row["rows"], row["of"], row["years"], row["taken_out"]) == (3, 5, [2021, 2022], True)
    assert rows(office) == ["c", "d"]
    (after,) = Store(office / "data").batches("visit")
    assert (after.rows, after.loaded_on, after.source_sha256) == (2, before.loaded_on, before.source_sha256)
    kept = {piece.file for piece in after.pieces}
    assert {str(path.relative_to(office / "data")) for path in (office / "data").rglob("*.parquet")} == kept
    (line,) = read_log(Store(office / "data"))
    assert (line["by"], line["rows"], line["left"], line["before"]) == ("张三", 3, 2, "2022-11-22")
    assert line["pieces_gone"] == json.loads(json.dumps([vars_of(p) for p in before.pieces[:2]]))
    assert "2021-12-31" not in json.dumps(line)
    # What went does not come back: not by undo of the old batch, not by loading the same file again.
    assert lianheng("registers undo", before.id).code == 2
    assert "is loaded already" in lianheng("registers load visit", source, "--today", "2026-11-23").err
    assert "no row is past its retention" in lianheng("registers purge --today 2026-11-22").out


def vars_of(piece: object) -> dict[str, object]:
    return {name: getattr(piece, name) for name in ("year", "file", "rows", "sha256")}


def test_rows_without_a_day_count_from_their_load_and_months_of_0_keep_all(office: Path, lianheng: Type) -> None:
    load(office, lianheng, months=24, period="")
    assert "no row is past" in lianheng("registers purge --today 2026-01-10").out
    assert "5 rows would go" in lianheng("registers purge --today 2026-01-11").out
    declare(office, months=0, period="")
    assert "no row is past" in lianheng("registers purge --today 2036-01-11").out
    declare(office, months=24, period="")
    assert "5 rows are gone" in lianheng("registers purge --yes --by 张三 --today 2026-01-11").out
    assert [batch.rows for batch in Store(office / "data").batches("visit")] == [0]
    assert list((office / "data").rglob("*.parquet")) == []


def test_a_purge_that_was_cut_short_counts_no_row_twice(office: Path, lianheng: Type) -> None:
    load(office, lianheng)
    store = Store(office / "data")
    old = (store.folder / "_batches" / f"{store.batches()[0].id}.json").read_text(encoding="utf-8")
    name = store.batches()[0].id
    lianheng("registers purge --yes --by 张三 --today 2026-11-22")
    (store.folder / "_batches" / f"{name}.json").write_text(old, encoding="utf-8")  # as if it had stopped before
    assert [batch.rows for batch in store.batches("visit")] == [2]


def test_a_batch_that_changed_in_the_meantime_is_left_alone(office: Path, lianheng: Type) -> None:
    load(office, lianheng)
    from lianheng.library.models import load_registers

    register, store = load_registers(office / "registers")["visit"], Store(office / "data")
    (expired,) = find_expired([register], store, dt.date(2026, 11, 22))
    day = {"today": dt.date(2026, 11, 22), "now": dt.datetime(2026, 11, 22, 9, tzinfo=dt.UTC)}
    purge(register, expired, store, **day, by="张三")
    with pytest.raises(RunError, match="has changed in the meantime"):
        purge(register, expired, store, **day, by="张三")
    assert len(read_log(store)) == 1


def test_an_incremental_run_makes_the_years_anew_of_which_rows_went(tmp_path: Path) -> None:
    from lianheng.library.models import MODELS, load_library

    library = load_library(MODELS, with_cases=False, check=False)
    model, store, day = library.models["M05"], Store(tmp_path), dt.date(2028, 1, 2)
    pieces = tuple(Piece(year, f"subsidy/_year={year}/a.parquet", 600, "") for year in (2022, 2023))
    old = Batch("subsidy_20240110_001", "subsidy", "x", "", dt.date(2024, 1, 10), 1200, 0, None, pieces)
    store.commit(old)
    carried = Carried(tmp_path, {"subsidy": years_by_batch(store, "subsidy")}, {"M05": parameters_hash(model, day)})
    assert plan_model(model, library, store, carried, day).nothing_changed
    store.commit(replace(old, id="subsidy_20280101_001", rows=600, pieces=pieces[1:], replaces=old.id))
    assert plan_model(model, library, store, carried, day).since == 2022


def test_last_kept_day_at_the_end_of_a_month() -> None:
    assert last_kept_day(dt.date(2024, 2, 29), 12) == dt.date(2023, 2, 28)
