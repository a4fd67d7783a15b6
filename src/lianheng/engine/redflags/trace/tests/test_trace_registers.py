"""`lianheng trace` over loaded registers: numbers that lead to cases, sources that are silent, cases apart."""

import csv
import shutil
from pathlib import Path

import pytest

from lianheng.cli.main import main
from lianheng.engine.redflags.tests.office import Type, write_csv

DAY = "2024-12-01"
EVENT = ["事项编号", "流程", "案件编号", "环节", "日期", "金额"]
PROJECTS = [
    ["项目编号", "单位代码", "单位名称", "类别", "投资额", "批准日期", "招标日期"],
    ["P1", "D1", "建设局", "施工", "1000000", "2023-01-10", "2023-03-01"],
    ["P2", "D1", "建设局", "施工", "1000000", "2023-01-10", ""],
]
AWARDS = [
    ["标段编号", "招标人代码", "中标人代码", "中标价", "中标日期"],
    ["T1", "D1", "F1", "950000", "2023-04-01"], ["T2", "D1", "F2", "900000", "2023-04-01"],
    ["T9", "D1", "F3", "500000", "2023-04-01"],
]  # fmt: skip
BIDS = [["标段编号", "开标日期", "投标人代码"], ["T1", "2023-03-15", "F1"], ["T1", "2023-03-15", "F2"]]
CONTRACTS = [
    ["合同编号", "单位", "企业名称", "合同金额", "签订日期"],
    ["C1", "建设局", "甲公司", "950000", "2023-04-20"], ["C2", "建设局", "乙公司", "900000", "2023-04-20"],
]  # fmt: skip
WORKS = [
    ["合同编号", "建设单位代码", "建设单位", "合同金额", "开工日期", "竣工日期"],
    ["C1", "D1", "建设局", "950000", "2023-05-01", "2023-12-01"], ["C2", "D1", "建设局", "900000", "2023-05-01", ""],
]  # fmt: skip
PAYS = [
    ["付款编号", "合同编号", "付款金额", "付款日期"],
    ["Y1", "C1", "500000", "2023-06-01"], ["Y2", "C1", "480000", "2024-01-05"], ["Y3", "C2", "100000", "2023-04-01"],
]  # fmt: skip
LINKS = [["流程", "编号种类", "编号", "案件编号"],
         *([["project", "tender", f"T{n}", f"P{n}"] for n in (1, 2)]),
         *([["project", "contract", f"C{n}", f"P{n}"] for n in (1, 2)])]  # fmt: skip
LOADED = {"project": PROJECTS, "award": AWARDS, "bid": BIDS, "unit_contract": CONTRACTS, "works_contract": WORKS,
          "works_pay": PAYS, "process_link": LINKS}  # fmt: skip


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An office with the registers loaded, once for all tests here."""
    folder = tmp_path_factory.mktemp("office")
    for name, rows in LOADED.items():
        path = write_csv(folder / f"{name}.csv", rows)
        assert main(["registers", "load", name, str(path), "--today", DAY, "--office", str(folder)]) == 0
    return folder


@pytest.fixture
def loaded(filled: Path, office: Path, tmp_path: Path) -> Path:
    shutil.copytree(filled, office, dirs_exist_ok=True)
    return tmp_path


def test_it_puts_registers_on_one_line(lianheng: Type, loaded: Path) -> None:
    said = lianheng("trace show project P1 --today 2024-02-01 --json").json
    assert [event["step"] for event in said["events"]] == [
        "approval", "tender", "opening", "opening", "award", "contract", "start", "payment", "completion", "payment",
    ]  # fmt: skip
    found = {(f["kind"], f["rule"] or f["step"]): f["result"] for f in said["findings"]}
    # 14 days between tender and opening; 980,000 paid on 950,000, and the changes of works are not loaded.
    assert found[("under_limit", "tender_time")] == "break"
    assert found[("amount", "paid_within_contract")] == "cannot_tell"
    # Nobody records filing and final accounts, so nothing can be said of them.
    assert found[("over_limit", "completion_filed")] == "cannot_tell"
    second = lianheng("trace show project P2 --today 2024-02-01 --json").json
    broken = {(f["kind"], f["rule"] or f["step"]) for f in second["findings"] if f["result"] == "break"}
    assert broken == {("wrong_order", "payment")}


def test_a_break_once_the_changes_are_loaded(lianheng: Type, loaded: Path) -> None:
    rows = [["变更编号", "合同编号", "变更金额", "变更日期"], ["B1", "C1", "10000", "2023-08-01"]]
    lianheng("registers load works_change", write_csv(loaded / "w.csv", rows), "--today", DAY)
    said = lianheng("trace show project P1 --today 2024-02-01 --json").json
    paid = [f for f in said["findings"] if f["rule"] == "paid_within_contract"]
    assert [(f["result"], f["measured"], f["allowed"]) for f in paid] == [("break", "980000.00", "960000.00")]


def test_a_number_without_a_case_is_told_and_never_called_a_break(lianheng: Type, loaded: Path) -> None:
    said = lianheng("trace run project --today 2024-02-01 --json --out", loaded / "out")
    assert said.code == 1 and sum(said.json["cases"].values()) == 3
    (told,) = (
        alert["text"] for alert in said.json["alerts"] if (alert["kind"], alert["source"]) == ("unlinked", "award")
    )
    assert "（award）有" in told and not told.startswith("award")
    assert {alert["source"] for alert in said.json["alerts"] if alert["kind"] == "missing"} == {
        "works_change", "process_event",
    }  # fmt: skip
    rows = list(csv.DictReader((loaded / "out/breaks.csv").open(encoding="utf-8-sig")))
    assert {row["result"] for row in rows if row["case"] == "T9"} == {"cannot_tell"}
    assert len(said.json["batches"]) == len(LOADED)


def test_events_of_no_other_register_and_strange_steps(lianheng: Type, loaded: Path) -> None:
    rows = [
        EVENT,
        ["1", "project", "P1", "竣工验收备案", "2023-12-20", ""],
        ["2", "project", "P1", "聚餐", "2023-12-21", ""],
        ["3", "project", "P2", "竣工验收备案", "2024-01-31", ""],
        ["4", "fund", "P1", "申报", "2023-12-20", ""],
    ]
    lianheng("registers load process_event", write_csv(loaded / "ev.csv", rows), "--today", DAY)
    said = lianheng("trace show project P1 --today 2024-02-01 --json").json
    late = [f for f in said["findings"] if f["rule"] == "completion_filed"]
    assert [(f["result"], f["measured"]) for f in late] == [("break", "19")]
    assert "unknown_step" in {alert["kind"] for alert in said["alerts"]}


def test_nothing_loaded_is_not_clean(lianheng: Type, tmp_path: Path) -> None:
    said = lianheng("trace run fund --today 2024-02-01 --json --out", tmp_path / "out")
    assert said.code == 1 and said.json["cases"] == {"break": 0, "cannot_tell": 0, "clear": 0}
    assert {alert["source"] for alert in said.json["alerts"] if alert["kind"] == "missing"} == {
        "firm_grant", "process_event", "calendar",
    }  # fmt: skip


def test_numbers_of_two_registers_without_links_are_no_break(lianheng: Type, tmp_path: Path) -> None:
    """Other contracts are signed under other numbers: nothing leads from the one to the other."""
    signed = [CONTRACTS[0], ["HT1", *CONTRACTS[1][1:]], ["HT2", *CONTRACTS[2][1:]]]
    for name, rows in {**LOADED, "unit_contract": signed}.items():
        if name != "process_link":
            assert lianheng("registers load", name, write_csv(tmp_path / f"{name}.csv", rows), "--today", DAY).code == 0
    said = lianheng("trace show project C1 --today 2024-02-01 --json").json
    missing = {f["step"]: f["result"] for f in said["findings"] if f["kind"] == "missing_step"}
    assert missing == {"approval": "cannot_tell", "contract": "cannot_tell"}
    # What the row's own register says is still held against itself.
    early = lianheng("trace show project C2 --today 2024-02-01 --json").json
    assert {f["result"] for f in early["findings"] if f["kind"] == "missing_step"} == {"cannot_tell"}


def test_a_case_with_a_refused_row_is_counted_and_not_clear(lianheng: Type, tmp_path: Path) -> None:
    lines = ["case,step,date", "P1,立项,2024-01-01", "P2,立项,2024-01-01", "P2,签订合同,once", "P4,立项,never"]
    path = tmp_path / "events.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    words = ["--events", path, "--most-refused", "90", "--today", DAY, "--json", "--out", tmp_path / "out"]
    said = lianheng("trace run project", *words)
    assert said.code == 1 and sum(said.json["cases"].values()) == 3
    rows = list(csv.DictReader((tmp_path / "out/breaks.csv").open(encoding="utf-8-sig")))
    assert {"P2", "P4"} <= {row["case"] for row in rows}
