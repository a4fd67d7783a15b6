"""`lianheng trace` over a plain file of events: what comes out, and what a bad file is told."""

import csv
import json
import re
from pathlib import Path

import duckdb
import openpyxl
import pytest
import xlsxwriter

from lianheng.engine.redflags.tests.office import Type, write_csv

HEADS = ["案件编号", "环节", "日期", "金额", "文件编号", "经办岗位"]
GOOD = [
    ["A2", "采购计划", "2024-01-05", "100000"], ["A2", "采购公告", "2024/2/1"], ["A2", "award", "20240301", "98,000"],
    ["A2", "签订合同", "2024年3月15日", "98000", "HT2", "采购科"], ["A2", "合同公告", "2024-03-16"],
    ["A2", "合同备案", "2024-03-17"], ["A2", "履约验收", "2024-06-01"], ["A2", "付款", "2024-06-20", "98000"],
]  # fmt: skip
# Plan over, contract 45 days after the award and above it, paid above the contract, no acceptance.
BROKEN = [
    ["A1", "采购计划", "2024-01-05", "90000"], ["A1", "采购公告", "2024-02-01"], ["A1", "中标", "2024-03-01", "98000"],
    ["A1", "签订合同", "2024-04-15", "99000"], ["A1", "合同公告", "2024-04-16"], ["A1", "合同备案", "2024-04-17"],
    ["A1", "付款", "2024-06-20", "60000"], ["A1", "付款", "2024-07-20", "60000"],
]  # fmt: skip
RUN = "trace run procurement --today 2024-08-01"


def padded(rows: list[list[str]]) -> list[list[str]]:
    return [HEADS, *(row + [""] * (6 - len(row)) for row in rows)]


@pytest.fixture
def events(tmp_path: Path) -> Path:
    return write_csv(tmp_path / "events.csv", padded(GOOD + BROKEN))


def test_it_finds_each_break_and_freezes_them(lianheng: Type, events: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    said = lianheng(RUN, "--events", events, "--out", out, "--json")
    assert (said.code, said.json["cases"]) == (0, {"break": 1, "cannot_tell": 0, "clear": 1}), said.err
    rows = list(csv.DictReader((out / "breaks.csv").open(encoding="utf-8-sig")))
    assert [(row["kind"], row["rule"] or row["step"], row["measured"]) for row in rows] == [
        ("missing_step", "acceptance", ""),
        ("over_limit", "award_to_contract", "45"),
        ("amount", "award_within_plan", "98000.00"),
        ("amount", "contract_within_award", "99000.00"),
        ("amount", "paid_within_contract", "120000.00"),
    ]
    assert {row["case"] for row in rows} == {"A1"}
    stored = duckdb.sql(f"SELECT text, measured FROM '{out}/breaks.parquet'").fetchall()
    assert [text for text, _ in stored] == [row["text"] for row in rows] and str(stored[-1][1]) == "120000.00"
    book = openpyxl.load_workbook(out / "breaks.xlsx")
    assert book.sheetnames == ["断点", "不能判断", "事项", "来源告警"]
    assert book["断点"].max_row == 6 and book["事项"].max_row == 9
    assert set(said.json["files"]) == {"breaks.csv", "breaks.parquet", "breaks.xlsx", "report.html"}


def test_the_report_draws_the_case_and_needs_no_network(lianheng: Type, events: Path, tmp_path: Path) -> None:
    assert lianheng(RUN, "--events", events, "--out", tmp_path / "out").code == 0
    page = (tmp_path / "out/report.html").read_text(encoding="utf-8")
    assert page.count("<svg") == 1 and "缺“履约验收”环节" in page and "政府采购法第四十六条" in page
    assert "✕" in page and "<script" not in page and not re.search(r"(src|href)=\"(?!#)", page)


def test_equal_runs_give_equal_bytes(lianheng: Type, events: Path, tmp_path: Path) -> None:
    first, second = (
        lianheng(RUN, "--events", events, "--out", tmp_path / name, "--json").json["files"] for name in ("one", "two")
    )
    assert first == second


def test_show_puts_one_case_on_a_line(lianheng: Type, events: Path, tmp_path: Path) -> None:
    whole = lianheng("trace show procurement A2 --today 2024-08-01", "--events", events)
    assert whole.code == 0 and "无断点" in whole.out
    days = re.findall(r"^  (\d{4}-\d\d-\d\d)", whole.out, re.MULTILINE)
    assert days == sorted(days) and len(days) == 8 and "采购科" in whole.out
    page = tmp_path / "a1.html"
    broken = lianheng("trace show procurement A1 --today 2024-08-01 --json", "--events", events, "--html", page)
    assert (broken.code, broken.json["result"], len(broken.json["findings"])) == (1, "break", 5)
    assert "<svg" in page.read_text(encoding="utf-8")
    assert lianheng("trace show procurement A9", "--events", events).code == 1
    refused = lianheng("trace show procurement A1", "--events", events, "--html", tmp_path / "none" / "a.html")
    assert refused.code == 2 and "cannot be written" in refused.err


@pytest.mark.parametrize("kind", ["xlsx", "parquet", "gb18030"])
def test_the_same_events_in_other_files(lianheng: Type, events: Path, tmp_path: Path, kind: str) -> None:
    other = tmp_path / f"events.{kind}"
    rows = padded(GOOD + BROKEN)
    if kind == "xlsx":
        with xlsxwriter.Workbook(str(other)) as book:
            for number, row in enumerate([["采购事项登记表"], *rows]):
                book.worksheets() or book.add_worksheet()
                book.worksheets()[0].write_row(number, 0, row)
    elif kind == "parquet":
        duckdb.sql(f"COPY (SELECT * FROM read_csv('{events}', all_varchar = true)) TO '{other}' (FORMAT parquet)")
    else:
        other = write_csv(tmp_path / "gb.csv", rows, "gb18030")
    runs = [lianheng(RUN, "--events", path, "--out", tmp_path / path.stem / path.suffix[1:], "--json").json
            for path in (events, other)]  # fmt: skip
    assert runs[0]["files"]["breaks.csv"] == runs[1]["files"]["breaks.csv"]


def test_a_step_that_nobody_records_is_an_alert_and_not_a_break(lianheng: Type, tmp_path: Path) -> None:
    rows = [row for row in GOOD + BROKEN if row[1] != "合同备案"]
    path = write_csv(tmp_path / "e.csv", padded(rows))
    said = lianheng(RUN, "--events", path, "--out", tmp_path / "out", "--json").json
    assert [alert["source"] for alert in said["alerts"]] == ["filing"]
    assert said["cases"] == {"break": 1, "cannot_tell": 1, "clear": 0}


def test_refused_rows_make_their_case_doubtful(lianheng: Type, tmp_path: Path) -> None:
    bad = [["A1", "履约验收", "2024-13-01"], ["A1", "吃饭", "2024-03-01"]]
    path = write_csv(tmp_path / "e.csv", padded(GOOD * 1 + BROKEN + bad))
    out = tmp_path / "out"
    assert "2 of 18 rows" in lianheng(RUN, "--events", path, "--out", out).err and not out.exists()
    said = lianheng(RUN, "--events", path, "--out", out, "--most-refused", 20)
    assert said.code == 1 and "2行不能读入" in said.out
    reasons = (out / "refused.csv").read_text(encoding="utf-8-sig")
    assert "not a day of the calendar" in reasons and "'吃饭' is no step of procurement" in reasons
    rows = list(csv.DictReader((out / "breaks.csv").open(encoding="utf-8-sig")))
    missing = [row["result"] for row in rows if row["kind"] == "missing_step"]
    assert missing == ["cannot_tell"]


def test_rows_that_stand_twice_count_once(lianheng: Type, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "e.csv", padded([*GOOD, GOOD[-1]]))
    said = lianheng(RUN, "--events", path, "--out", tmp_path / "out")
    assert said.code == 0 and "1行与前面的行完全相同" in said.out and "1 clear" in said.out


def person() -> str:
    return "000000" + "19900101" + "0001"


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([], "the file is empty"),
        ([HEADS], "no row below"),
        ([["环节", "日期"], ["付款", "2024-01-01"]], "no column 案件编号"),
        ([["案件编号", "环节"], ["A", "付款"]], "no column 日期"),
        ([HEADS, ["A", "吃饭", "2024-01-01", "", "", ""]], "there are plan 采购计划"),
        ([HEADS, ["A", "付款", "昨天", "", "", ""]], "is not a day such as"),
        ([HEADS, ["A", "付款", "2024-01-01", "很多", "", ""]], "is not a number"),
        ([HEADS, ["A", "付款", "2024-01-01", "1", "", person()]], "holds a person's id"),
        ([HEADS, ["4.3E+17", "付款", "2024-01-01", "1", "", ""]], "last digits are lost"),
    ],
)
def test_a_bad_file_is_told_what_and_where(lianheng: Type, tmp_path: Path, rows: list[list[str]], said: str) -> None:
    path = write_csv(tmp_path / "e.csv", rows)
    refused = lianheng(RUN, "--events", path, "--out", tmp_path / "out")
    assert refused.code == 2 and said in refused.err and not (tmp_path / "out").exists()
    assert person() not in refused.err


def test_what_it_refuses_before_it_reads(lianheng: Type, events: Path, tmp_path: Path) -> None:
    full = tmp_path / "full"
    full.mkdir()
    (full / "a.txt").write_text("mine", encoding="utf-8")
    assert "not an empty folder" in lianheng(RUN, "--events", events, "--out", full).err
    assert (full / "a.txt").read_text(encoding="utf-8") == "mine"
    assert "there are fund, procurement, procurement_consultation" in lianheng("trace run x --out", tmp_path / "o").err
    assert "no such file" in lianheng(RUN, "--events", tmp_path / "none.csv", "--out", tmp_path / "o").err


def test_an_office_declares_its_own_process(lianheng: Type, office: Path, tmp_path: Path) -> None:
    (office / "processes").mkdir()
    own = office / "processes/seal.yaml"
    own.write_text(
        "id: seal\nversion: 1\ntitle: 用印\ncase: 用印编号\nmeaning: 一次用印一案\nsteps:\n  asked: {title: 申请}\n"
        "  used: {title: 用印}\nlimits:\n"
        "  quick: {from: asked, to: used, at_most: 3, basis: 本局规定, origin: office}\n",
        encoding="utf-8",
    )
    path = write_csv(tmp_path / "e.csv", [HEADS[:3], ["S1", "申请", "2024-01-01"], ["S1", "用印", "2024-01-05"]])
    said = lianheng("trace show seal S1 --today 2024-02-01 --json", "--events", path)
    assert (said.code, [finding["rule"] for finding in said.json["findings"]]) == (1, ["quick"])
    assert "seal" in [row["process"] for row in lianheng("trace list --json").json]
    own.write_text(own.read_text(encoding="utf-8").replace("to: used", "to: gone"), encoding="utf-8")
    assert "limits.quick.to: 'gone' is no step" in lianheng("trace list").err


def test_a_calendar_file_decides_working_days(lianheng: Type, events: Path, tmp_path: Path) -> None:
    rows = [["日期", "是否休息日"], *([f"2024-04-{day:02d}", "否"] for day in range(1, 31))]
    late = [row if row[1] != "合同公告" else ["A1", "合同公告", "2024-04-19"] for row in BROKEN]
    path = write_csv(tmp_path / "e.csv", padded(late))
    results = []
    for more in ([], ["--calendar", write_csv(tmp_path / "c.csv", rows)]):
        said = lianheng("trace show procurement A1 --today 2024-08-01 --json", "--events", path, *more)
        results += [f["result"] for f in said.json["findings"] if f["rule"] == "contract_published"]
    assert results == ["cannot_tell", "break"]
    assert json.loads(said.out)["case"] == "A1"
    (tmp_path / "c.csv").write_text('日期,是否休息日\n2024-04-01,否\n2024-04-02,"是\n', encoding="utf-8")
    said = lianheng("trace show procurement A1 --today 2024-08-01", "--events", path, "--calendar", tmp_path / "c.csv")
    assert said.code == 2 and "c.csv: line 3: opens a quotation mark that is not closed" in said.err
