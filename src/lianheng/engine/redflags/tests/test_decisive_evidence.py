"""What makes a finding is among its evidence, first of all, and what a limit cuts is told."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from lianheng.engine.redflags.binding import bind
from lianheng.engine.redflags.decisive import run_decisive
from lianheng.engine.redflags.execution import run_in_duckdb
from lianheng.engine.redflags.library import Library, find_faults
from lianheng.engine.redflags.problems import DeclarationError
from lianheng.engine.redflags.read_model import read_model
from lianheng.engine.redflags.sandbox import create_table, open_sandbox
from lianheng.engine.redflags.tests.office import Type, write_csv
from lianheng.engine.redflags.trial import needed_tables, with_parameters
from lianheng.library.models import MODELS, load_library
from lianheng.library.strict_yaml import read_yaml

VILLAGE, DAY, HOUSEHOLDS = "430400000001", "2025-01-10", 450
OVER = [f"h{number:03d}" for number in (7, 101, 202, 303, 449)]


@pytest.fixture
def large_village(lianheng: Type, tmp_path: Path) -> Type:
    """450 households with 20 mu of land right, of which five have 60 mu subsidised."""
    households = [f"h{number:03d}" for number in range(HOUSEHOLDS)]
    area = {household: 60 if household in OVER else 20 for household in households}
    registers: dict[str, Sequence[Sequence[object]]] = {
        "subsidy": [["户编号", "村代码", "村名", "年度", "补贴项目", "补贴面积", "补贴金额"]]
        + [[h, VILLAGE, "大村", year, "种粮", area[h], area[h] * 105] for h in households for year in (2023, 2024)],
        "land_right": [["户编号", "村代码", "确权面积"]] + [[h, VILLAGE, 20] for h in households],
        "crop_survey": [["村代码", "年度", "作物", "是否补贴作物", "播种面积"]]
        + [[VILLAGE, year, "水稻", "是", 9200] for year in (2023, 2024)],
    }
    for register, rows in registers.items():
        said = lianheng("registers load", register, write_csv(tmp_path / f"{register}.csv", rows), "--today", DAY)
        assert said.code == 0, said.err
    return lianheng


def evidence(said: dict[str, Any], register: str) -> list[dict[str, Any]]:
    return [row for row in said["evidence"] if row["register"] == register]


def test_the_five_households_that_are_over_come_first_and_the_cut_is_told(large_village: Type) -> None:
    run = large_village("models run M05 --json --today", DAY).json
    book = openpyxl.load_workbook(Path(run["folder"]) / "results.xlsx")
    ids = {row[0]: row[-2] for row in book["M05 种粮补贴面积异常"].iter_rows(min_row=2, values_only=True)}
    (text,) = (said for said in ids if said.startswith("大村2024年有5户补贴面积超过确权"))
    found = large_village("models explain --json", ids[text]).json

    subsidies = evidence(found, "subsidy")
    assert [(row["row"]["household_id"], row["row"]["year"]) for row in subsidies[:5]] == [(h, "2024") for h in OVER]
    assert [row["row"]["household_id"] for row in evidence(found, "land_right")[:5]] == OVER
    # 400 of 450 of each year, 400 of 450 land rights: 50 are left out each time.
    assert [row["unlisted"] for row in found["evidence"] if "unlisted" in row] == [50, 50, 50]
    assert [row["row"]["year"] for row in subsidies].count("2023") == 400

    told = large_village("models explain", ids[text]).out
    assert told.count("…另有100行未列") == told.count("…另有50行未列") == 1
    rows = [row[4] for row in book["证据"].iter_rows(min_row=2, values_only=True) if row[0] == ids[text]]
    assert sum(row.startswith("…另有50行未列") for row in rows) == 3
    page = (Path(run["folder"]) / "report.html").read_text(encoding="utf-8")
    assert "有2条疑点的证据行没有全部列入（起决定作用的先列）：另有250行" in page


def test_a_run_of_an_older_version_that_did_not_count_is_still_explained(large_village: Type) -> None:
    import duckdb

    folder = Path(large_village("models run M05 --json --today", DAY).json["folder"])
    path = folder / "evidence.parquet"
    id_ = duckdb.sql(f"SELECT candidate FROM '{folder}/candidates.parquet' LIMIT 1").fetchall()[0][0]
    duckdb.sql(f"CREATE OR REPLACE TABLE old AS SELECT * EXCLUDE unlisted FROM '{path}'")
    duckdb.sql(f"COPY old TO '{path}' (FORMAT parquet)")
    said = large_village("models explain --json", id_)
    assert said.code == 0 and said.json["evidence"] and not any("unlisted" in row for row in said.json["evidence"])


def test_the_decisive_query_obeys_the_rules_of_queries(shipped_library: Library) -> None:
    model = shipped_library.models["M05"]
    for sql, problem in {
        "SELECT village FROM payment": "'payment', which is not declared",
        "DELETE FROM subsidy": "one SELECT is expected",
        "SELECT village, CAST(year AS VARCHAR) AS period, household_id FROM subsidy": "does not return weight",
        "SELECT village, area / 2 AS weight FROM subsidy": "division differs by back end",
        "SELECT sum(none) AS weight FROM subsidy": "none",
    }.items():
        library = replace(shipped_library, models={"M05": replace(model, decisive=sql)})
        _, faults = find_faults(library)
        assert any(problem in str(fault) for fault in faults["M05"]), (sql, faults)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"decisive": None}, "needs the model's `decisive` query"),
        (
            {"evidence": [{"register": "subsidy", "match": {"village": "village"}}]},
            "no line of `evidence` says `first`",
        ),
        (
            {
                "evidence": [
                    {"register": "subsidy", "match": {"village": "village"}, "first": {"owner": "household_id"}}
                ]
            },
            "'owner' is no declared column of subsidy",
        ),
    ],
)
def test_first_and_decisive_need_each_other(change: dict[str, Any], problem: str) -> None:
    document = read_yaml(MODELS / "M05" / "model.yaml")
    changed = {key: value for key, value in {**document, **change}.items() if value is not None}
    with pytest.raises(DeclarationError, match=problem.replace("`", ".")):
        read_model(changed, "M05/model.yaml")


# What the sentence counts, which rows of the decisive query that is, and for which reasons.
COUNTED = {
    "M05": [("households_over", "count(*) FILTER (weight >= 1000000)", "area_jump_households households_over")],
    "M06": [("linked", "count(DISTINCT aided)", "over_represented")],
    "M11": [("pieces", "count(*)", "under_approval")],
    "M12": [("payments", "count(*)", "named_without_basis not_in_catalogue")],
    "M13": [("purchases", "count(*)", "near_limit")],
    "M18": [("pieces", "count(change)", "after_completion many_changes change_high change_approved")],
    "M19": [("contracts", "count(DISTINCT contract)", "kin_contract tendered_recused")],
    "M23": [("works", "count(DISTINCT work)", "related")],
    "M24": [("days", "count(*)", "two_places away long_hours over_scale not_resident")],
    "M24-P": [("days", "count(*)", "two_places away")],
    "M27": [("days", "count(*)", "head_count")],
    "M30": [
        ("jumped", "count(*)", "queue_jump batch_day"),
        ("late_cases", "count(*) FILTER (weight >= 1000)", "window_pattern"),
        ("jump_cases", "count(*) FILTER (weight < 1000)", "window_pattern"),
    ],
    "M30-P": [("hits", "count(*)", "late_pattern jump_pattern window_late window_jumps")],
}


@pytest.fixture(scope="module")
def with_cases() -> Library:
    return load_library(with_cases=True)


@pytest.mark.parametrize("model_id", sorted(COUNTED))
def test_the_decisive_rows_are_those_that_the_sentence_counts(model_id: str, with_cases: Library) -> None:
    library, seen = with_cases, set()
    model, connection = library.models[model_id], open_sandbox()
    for case in library.cases[model_id]:
        if not case.evidence:
            continue
        tried = with_parameters(model, case)
        for name, given in model.inputs.items():
            create_table(connection, name, given.columns, case.given[name])
        for table in needed_tables(library, model):
            shared = bind(library.prepare[table], {}, case.today).sql(dialect="duckdb")
            connection.execute(f'CREATE OR REPLACE TEMP TABLE "{table}" AS {shared}')
        run_in_duckdb(connection, tried, case.today)
        run_decisive(connection, tried, case.today)
        keys = " AND ".join(f"d.{name} = r.{name}" for name in (*model.keys, "period"))
        for measure, count, reasons in COUNTED[model_id]:
            counted = connection.execute(
                f"SELECT r.{measure}, (SELECT {count} FROM decided AS d WHERE {keys}) FROM result AS r "
                f"WHERE r.result = 'flag' AND r.reason IN {(*reasons.split(), '')}"
            ).fetchall()
            assert all(told == named for told, named in counted), (case.name, measure, counted)
            seen |= {measure for told, _ in counted if told}
    connection.close()
    assert seen - {"jump_cases"}  # no case has a window that is flagged for its jumps alone
