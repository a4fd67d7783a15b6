"""An office tries it: twenty villages from Excel, the six of seed 001 come out, are judged, and teach."""

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from lianheng.engine.redflags.tests.office import Said, Type
from lianheng.engine.redflags.tests.twenty_villages import INFLATED, LEASED, code

FIRST, SECOND, THIRD = "2024-01-10", "2024-01-11", "2024-01-12"


@pytest.fixture
def loaded(load_villages: Callable[[str], Type]) -> Type:
    return load_villages(FIRST)


def villages(rows: list[tuple[str, ...]]) -> set[str]:
    return {json.loads(unit)["village"] for unit, *_ in rows}


def candidates(folder: Path, *columns: str) -> list[tuple[str, ...]]:
    import duckdb

    listed = ", ".join(columns)
    return duckdb.sql(f"SELECT {listed} FROM read_parquet('{folder}/candidates.parquet') ORDER BY unit").fetchall()


@pytest.mark.seed("S70")
def test_six_open_candidates_four_explainable_ten_quiet_and_no_finding(loaded: Type) -> None:
    said = loaded("models run --json", "--today", FIRST)
    assert said.code == 0
    folder = Path(said.json["folder"])
    rows = candidates(folder, "unit", "explainable", "state", "result", "explanation", "colour")
    assert len(rows) == 10
    assert villages([row for row in rows if not row[1]]) == {code(village) for village in INFLATED}
    assert villages([row for row in rows if row[1]]) == {code(village) for village in LEASED}
    # Before a person checks there is no finding: everything is new, nothing confirmed.
    assert {row[2] for row in rows} == {"new"} and {row[3] for row in rows} == {"flag"}
    assert loaded("models verdict --json").json == []
    first = next(row for row in rows if row[0] == json.dumps({"village": code(1)}, separators=(",", ":")))
    assert first[4].startswith("第1村2023年补贴面积") and "较上年" in first[4] and "其他作物由" in first[4]
    assert {row[5] for row in rows if row[1]} == {"blue"} and {row[5] for row in rows if not row[1]} == {"yellow"}


def test_one_is_confirmed_one_rejected_and_quiet_next_night(loaded: Type) -> None:
    folder = Path(loaded("models run --json", "--today", FIRST).json["folder"])
    answer_in_workbook(folder / "results.xlsx", {code(1): "属实（与提示一致）", code(2): "未发现违规"})
    said = loaded("models verdict --from", folder / "results.xlsx", "--today", SECOND)
    assert (said.code, said.out.splitlines()[0]) == (0, "2 verdicts recorded, 0 known already")
    assert "M05    2024Q1  2 checked, precision 50.0 %, hit rate 50.0 %" in said.out
    again = loaded("models verdict --from", folder / "results.xlsx", "--today", SECOND)
    assert again.out.startswith("0 verdicts recorded, 2 known already")

    night = loaded("models run --json --incremental", "--today", SECOND)
    assert night.json["states"]["M05"] == {"confirmed": 1, "open": 8, "rejected": 1}
    listed = {
        row[3] for row in openpyxl.load_workbook(Path(night.json["folder"]) / "results.xlsx").worksheets[1].values
    }
    assert listed == {"状态", "已核实", "待核查"}
    rows = candidates(
        Path(night.json["folder"]), "unit", "state", "CAST(first_seen AS VARCHAR)", "CAST(last_seen AS VARCHAR)"
    )
    assert {row[2:] for row in rows} == {(FIRST, SECOND)}


def answer_in_workbook(path: Path, answers: dict[str, str]) -> None:
    book = openpyxl.load_workbook(path)
    sheet = book["M05 种粮补贴面积异常"]
    heads = {cell.value: cell.column for cell in sheet[1]}
    for row in range(2, sheet.max_row + 1):
        village = sheet.cell(row, heads["村代码"]).value
        if village in answers:
            sheet.cell(row, heads["核查结论"], answers[village])
            sheet.cell(row, heads["核查人"], "甲")
    book.save(path)


def test_a_rejected_one_comes_back_when_its_numbers_change(loaded: Type, tmp_path: Path) -> None:
    folder = Path(loaded("models run --json", "--today", FIRST).json["folder"])
    answer_in_workbook(folder / "results.xlsx", {code(2): "其他（含数据错误）"})
    loaded("models verdict --from", folder / "results.xlsx", "--today", SECOND)
    more = tmp_path / "more.csv"
    row = f"{code(2)}-900,{code(2)},第2村,2023,种粮,40,4200"
    more.write_text(f"户编号,村代码,村名,年度,补贴项目,补贴面积,补贴金额\n{row}\n", encoding="gb18030")
    assert loaded("registers load subsidy", more, "--today", SECOND).code == 0
    states = loaded("models run --json --incremental", "--today", THIRD).json["states"]["M05"]
    assert states == {"open": 9, "reopened": 1}


def test_a_threshold_is_changed_after_a_backtest(loaded: Type, office: Path) -> None:
    folder = Path(loaded("models run --json", "--today", FIRST).json["folder"])
    growth = {
        json.loads(unit)["village"]: json.loads(measures)["growth"]
        for unit, measures in candidates(folder, "unit", "measures")
    }
    first, second = sorted((growth[code(village)], code(village)) for village in INFLATED)[:2]
    answer_in_workbook(folder / "results.xlsx", {first[1]: "未发现违规", second[1]: "间接相关"})
    loaded("models verdict --from", folder / "results.xlsx", "--today", SECOND)

    bold = loaded("models backtest M05 --json --set g0=0.6", "--today", SECOND)
    assert bold.code == 1
    assert (bold.json["before"], bold.json["after"], bold.json["lost_confirmed"]) == (10, 0, 1)

    bold_words = ["models backtest M05 --set g0=0.6 --release --reason 试 --by 乙", "--today", SECOND]
    lost = loaded(*bold_words)
    assert lost.code == 1 and "not released, settings.yaml is as it was: 1 confirmed" in lost.err
    assert not (office / "settings.yaml").exists()
    assert loaded(*bold_words, "--accept-lost").code == 0 and (office / "settings.yaml").exists()
    (office / "settings.yaml").unlink()

    words = [
        "models backtest M05 --json --release",
        "--set",
        f"g0={Decimal(first[0]) + Decimal('0.0001')}",
        "--today",
        SECOND,
    ]
    refused = loaded(*words)
    assert refused.code == 2 and "needs --reason and --by" in refused.err
    assert not (office / "settings.yaml").exists()
    mild = loaded(*words, "--reason", "雨水好的年份自然增长", "--by", "乙")
    assert (mild.code, mild.json["lost_confirmed"], mild.json["lost_rejected"]) == (0, 0, 1)
    assert (mild.json["hit_rate_before"], mild.json["hit_rate_after"]) == ("50.0", "100.0")
    written = (office / "settings.yaml").read_text(encoding="utf-8")
    assert "雨水好的年份自然增长" in written and '"was": "0.2000"' in written
    after = loaded("models run --json", "--today", THIRD).json
    assert after["models"][0]["flags"] == mild.json["after"]


def test_a_unit_is_suppressed_until_the_day_on_which_it_ends(loaded: Type, office: Path) -> None:
    words = ["models suppress M05", f"village={code(3)}", "--reason", "正在复垦", "--approver", "丙", "--until", THIRD]
    assert loaded(*words, "--today", FIRST).code == 0
    assert loaded("models run --json", "--today", SECOND).json["states"]["M05"] == {"new": 9, "suppressed": 1}
    assert loaded("models run --json", "--today", THIRD).json["states"]["M05"] == {"open": 10}
    before = (office / "suppressions.yaml").read_text(encoding="utf-8")
    wrong = loaded("models suppress M05 town=1 --reason x --approver y --until 2025-01-01", "--today", FIRST)
    assert wrong.code == 2 and "'town' is no key of M05; its keys are village" in wrong.err
    assert (office / "suppressions.yaml").read_text(encoding="utf-8") == before


def test_a_candidate_is_explained_with_its_evidence(loaded: Type) -> None:
    folder = Path(loaded("models run --json", "--today", FIRST).json["folder"])
    candidate = candidates(folder, "candidate")[0][0]
    said: Said = loaded("models explain", candidate[:10])
    assert said.code == 0
    assert "状态  新发现" in said.out and "None" not in said.out and "yellow" not in said.out
    assert candidate in said.out and "（crop_survey）  " in said.out and "补贴面积：" in said.out
    assert "依据  耕地地力保护补贴有关规定" in said.out and "误报  土地流转集中到种粮大户" in said.out
    found = loaded("models explain --json", candidate).json
    assert len([row for row in found["evidence"] if row["register"] == "subsidy"]) == 60
    assert loaded("models explain", "0" * 32).code == 1
    assert "at least eight characters" in loaded("models explain", "abc").err


def test_incremental_is_equal_to_full(loaded: Type, tmp_path: Path) -> None:
    loaded("models run --json", "--today", FIRST)
    next_year = tmp_path / "next.csv"
    lines = [f"{code(v)}-000,{code(v)},第{v}村,2024,种粮,{300 + v},{30000 + v}" for v in range(1, 21)]
    next_year.write_text(
        "户编号,村代码,村名,年度,补贴项目,补贴面积,补贴金额\n" + "\n".join(lines) + "\n", encoding="utf-8"
    )
    loaded("registers load subsidy", next_year, "--today", SECOND)
    columns = (
        "candidate",
        "period",
        "result",
        "reason",
        "colour",
        "score",
        "explanation",
        "measures",
        "facts",
        "state",
    )
    part = loaded("models run --json --incremental", "--today", SECOND).json
    full = loaded("models run --json", "--today", SECOND).json
    one = loaded("models run --json --threads 1", "--today", SECOND).json
    assert part["models"][0]["since"] == 2024
    tables = [candidates(Path(run["folder"]), *columns) for run in (part, full, one)]
    assert tables[0] == tables[1] == tables[2] and len(tables[0]) > 10
    evidence = [Path(run["folder"]).joinpath("evidence.parquet").read_bytes() for run in (part, full, one)]
    assert evidence[0] == evidence[1] == evidence[2]


def test_the_run_folder_is_whole_and_its_hashes_hold(loaded: Type) -> None:
    from lianheng.engine.redflags.result_folders import changed_files

    folder = Path(loaded("models run --json", "--today", FIRST).json["folder"])
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["candidates.parquet", "evidence.parquet", "report.html", "results.xlsx", "run.json"]
    assert changed_files(folder) == []
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert (
        "不是对任何人的结论" in page
        and "<svg" in page
        and "从未载入" in page
        and "http://" not in page.replace("http://www.w3.org", "")
    )
    (folder / "report.html").write_text("x")
    assert changed_files(folder) == ["report.html"]
