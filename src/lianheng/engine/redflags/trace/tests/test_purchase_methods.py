"""Each method of public purchase is a process of its own: steps, limits, and only its own awards and contracts."""

from pathlib import Path

import pytest

from lianheng.engine.redflags.problems import DeclarationError
from lianheng.engine.redflags.tests.office import Type, write_csv
from lianheng.library.models import REGISTERS, load_registers
from lianheng.library.processes import load_processes

DAY = "2024-12-01"
SINGLE = "procurement_single_source"


def told(lianheng: Type, process: str, path: Path, days: Path) -> dict[tuple[str, str], str]:
    said = lianheng(f"trace show {process} A1 --today 2024-04-01 --events {path} --calendar {days}", "--json").json
    return {(f["kind"], f["rule"] or f["step"]): f["result"] for f in said["findings"]}


@pytest.fixture
def march(tmp_path: Path) -> Path:
    days = [[f"2024-03-{day:02}", "是" if (day - 2) % 7 in (0, 1) else "否"] for day in range(1, 32)]
    return write_csv(tmp_path / "days.csv", [["日期", "是否休息日"], *days])


@pytest.mark.parametrize(
    ("talked", "broken"), [("2024-03-11", False), ("2024-03-08", True)], ids=["five working days", "four"]
)
def test_a_single_source_is_made_public_for_five_working_days(
    lianheng: Type, tmp_path: Path, march: Path, talked: str, broken: bool
) -> None:
    rows = [["案件编号", "环节", "日期"], ["A1", "采购计划", "2024-03-01"], ["A1", "单一来源公示", "2024-03-04"],
            ["A1", "协商", talked], ["A1", "成交通知", "2024-03-12"]]  # fmt: skip
    found = told(lianheng, SINGLE, write_csv(tmp_path / "e.csv", rows), march)
    assert found.get(("under_limit", "publicity_time")) == ("break" if broken else None)
    # No notice is asked for, which an open tender needs.
    assert not any(step == "notice" for _, step in found)


@pytest.mark.parametrize(
    ("process", "sent", "opened", "least"),
    [("procurement_negotiation", "谈判文件", "2024-03-06", "workday"),
     ("procurement_inquiry", "询价通知书", "2024-03-06", "workday"),
     ("procurement_consultation", "磋商文件", "2024-03-13", "day")],
)  # fmt: skip
def test_suppliers_get_their_time(
    lianheng: Type, tmp_path: Path, march: Path, process: str, sent: str, opened: str, least: str
) -> None:
    rows = [["案件编号", "环节", "日期"], ["A1", "采购计划", "2024-03-01"], ["A1", sent, "2024-03-04"],
            ["A1", "响应文件截止", opened]]  # fmt: skip
    assert (
        told(lianheng, process, write_csv(tmp_path / "e.csv", rows), march)["under_limit", "response_time"] == "break"
    )
    rows[-1][-1] = "2024-03-07" if least == "workday" else "2024-03-14"
    assert ("under_limit", "response_time") not in told(lianheng, process, write_csv(tmp_path / "f.csv", rows), march)


def test_awards_go_to_the_process_of_their_method(lianheng: Type, office: Path, tmp_path: Path) -> None:
    awards = [["标段编号", "招标人代码", "中标人代码", "中标价", "中标日期", "采购方式"],
              ["T1", "D1", "F1", "950000", "2024-04-01", "公开招标"], ["T2", "D1", "F2", "90000", "2024-04-01", ""],
              ["T3", "D1", "F3", "50000", "2024-04-01", "单一来源"]]  # fmt: skip
    contracts = [["合同编号", "单位", "企业名称", "合同金额", "签订日期"],
                 ["C3", "建设局", "甲公司", "50000", "2024-05-20"],
                 ["C9", "建设局", "乙公司", "70000", "2024-05-20"]]  # fmt: skip
    links = [["流程", "编号种类", "编号", "案件编号"], [SINGLE, "tender", "T3", "A3"], [SINGLE, "contract", "C3", "A3"]]
    for name, rows in {"award": awards, "unit_contract": contracts, "process_link": links}.items():
        lianheng(f"registers load {name} --today {DAY}", write_csv(tmp_path / f"{name}.csv", rows))
    lianheng(f"trace run {SINGLE} --today {DAY} --out", tmp_path / "single")
    lianheng(f"trace run procurement --today {DAY} --out", tmp_path / "open")
    single, opened = ((tmp_path / out / "breaks.csv").read_text(encoding="utf-8-sig") for out in ("single", "open"))
    # 49 days from award to contract, where the law allows 30; contracts of other processes make no cases here.
    assert "A3" in single and "award_to_contract" in single
    assert not {"T1", "T2", "C9"} & set(single.replace("\n", ",").split(","))
    assert "T1" in opened and "T3" not in opened


@pytest.mark.parametrize(
    ("text", "said"),
    [("like: nothing", "like: there is no process 'nothing'"),
     ("like: procurement\nsteps: {plan: same, dance: same}", "steps.dance: procurement has none to be the same")],
)  # fmt: skip
def test_like_names_what_is_not_there(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "mine.yaml").write_text(f"id: mine\n{text}\n", encoding="utf-8")
    with pytest.raises(DeclarationError, match=said):
        load_processes(load_registers(REGISTERS), tmp_path)
