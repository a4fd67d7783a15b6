"""Each method of public purchase is a process of its own: steps, limits, and only its own awards and contracts."""

from pathlib import Path

import pytest

from lianheng.engine.redflags.problems import DeclarationError
from lianheng.engine.redflags.tests.office import Type, write_csv
from lianheng.library.models import REGISTERS, load_registers
from lianheng.library.processes import load_processes

DAY = "2024-12-01"
SINGLE = "procurement_single_source"


def told(lianheng: Type, process: str, path: Path, days: Path, today: str = "2024-04-01") -> dict[tuple[str, str], str]:
    said = lianheng(f"trace show {process} A1 --today {today} --events {path} --calendar {days}", "--json").json
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


def single_source(tmp_path: Path, amount: str, *, shown: bool = False) -> Path:
    """Two cases: A1 as told, A2 whole, so that steps are recorded at all."""
    whole = [["采购计划", "2024-03-01", "3000000"], ["专业人员论证", "2024-03-02", ""],
             ["单一来源公示", "2024-03-04", ""], ["采购方式批准", "2024-03-05", ""],
             ["协商", "2024-03-13", ""], ["成交通知", "2024-03-14", ""]]  # fmt: skip
    bare = [["采购计划", "2024-03-01", amount], *whole[4:]]
    rows = [["A2", *row] for row in whole] + [["A1", *row] for row in (bare + whole[1:4] if shown else bare)]
    return write_csv(tmp_path / "single.csv", [["案件编号", "环节", "日期", "金额"], *rows])


def test_a_large_single_source_without_argument_or_publicity_is_a_break(lianheng: Type, tmp_path: Path) -> None:
    words = f"trace show {SINGLE} A1 --today 2024-04-01 --events"
    said = lianheng(words, single_source(tmp_path, "2000000"))
    assert said.code == 1 and "单一来源采购 A1  有断点" in said.out
    for step in ("专业人员论证", "单一来源公示", "采购方式批准"):
        assert f"断点 缺环节：缺“{step}”环节，其后的“协商”已于2024-03-13发生；金额2000000.00元" in said.out
    assert "政府采购法实施条例第三十八条" in said.out and "紧急采购、添购不须" in said.out
    # What was argued, made public and approved is whole.
    assert "缺环节" not in lianheng(words, single_source(tmp_path, "2000000", shown=True)).out


@pytest.mark.parametrize(
    ("amount", "why"), [("1999999.99", "金额1999999.99元，未达2000000元"), ("", "没有采购金额")], ids=["small", "none"]
)
def test_a_single_source_of_a_small_or_no_known_amount_cannot_be_told(
    lianheng: Type, tmp_path: Path, amount: str, why: str
) -> None:
    said = lianheng(f"trace show {SINGLE} A1 --today 2024-04-01 --events", single_source(tmp_path, amount))
    assert said.code == 0 and "单一来源采购 A1  不能判断" in said.out
    assert f"待定 缺环节：不能判断是否缺“单一来源公示”：{why}" in said.out
    assert f"待定 缺环节：不能判断是否缺“专业人员论证”：{why}" in said.out


def test_without_the_register_of_steps_a_single_source_is_not_called_whole(
    lianheng: Type, office: Path, tmp_path: Path
) -> None:
    awards = [["标段编号", "招标人代码", "中标人代码", "中标价", "中标日期", "采购方式"],
              ["T3", "D1", "F3", "5000000", "2024-04-01", "单一来源"]]  # fmt: skip
    lianheng(f"registers load award --today {DAY}", write_csv(tmp_path / "award.csv", awards))
    said = lianheng(f"trace show {SINGLE} T3 --today {DAY}")
    assert "单一来源采购 T3  不能判断" in said.out
    assert "不能判断是否缺“单一来源公示”：全部个案都没有“单一来源公示”的记录" in said.out
    assert "ALERT silent: 全部个案都没有“单一来源公示”的记录" in said.out


@pytest.mark.parametrize(
    ("process", "sent", "talked"),
    [("procurement_negotiation", "谈判文件", "谈判"), ("procurement_inquiry", "询价通知书", "响应文件截止"),
     ("procurement_consultation", "磋商文件", "磋商")],
)  # fmt: skip
def test_a_large_purchase_without_a_tender_needs_approval(
    lianheng: Type, tmp_path: Path, march: Path, process: str, sent: str, talked: str
) -> None:
    steps = [["采购计划", "2024-03-01", "2500000"], ["批准", "2024-03-02", ""], [sent, "2024-03-04", ""],
             [talked, "2024-03-15", ""]]  # fmt: skip
    heads = ["案件编号", "环节", "日期", "金额"]
    rows = [["A2", *step] for step in steps] + [["A1", *step] for step in (steps[0], *steps[2:])]
    found = told(lianheng, process, write_csv(tmp_path / "large.csv", [heads, *rows]), march)
    assert found["missing_step", "approved"] == "break"
    rows[4][-1] = "1999999"
    found = told(lianheng, process, write_csv(tmp_path / "small.csv", [heads, *rows]), march)
    assert ("missing_step", "approved") not in found


def test_the_list_says_from_which_amount_a_step_is_needed(lianheng: Type) -> None:
    lines = lianheng("trace list").out.splitlines()
    (line,) = (line for line in lines if "单一来源公示" in line and line.startswith("    "))
    assert "needed" in line and line.endswith("from 2000000 yuan on")


def test_a_framework_is_traced_from_its_call_to_its_awards(lianheng: Type, tmp_path: Path) -> None:
    steps = [["采购方案", "2024-01-05", ""], ["征集公告", "2024-01-10", ""], ["征集文件", "2024-01-10", ""],
             ["响应文件截止", "2024-01-29", ""], ["入围通知书", "2024-02-05", ""], ["入围结果公告", "2024-02-05", ""],
             ["框架协议", "2024-03-07", ""], ["框架协议备案", "2024-03-11", ""], ["成交", "2024-04-01", "90000"],
             ["成交", "2026-03-08", "80000"], ["合同", "2024-04-08", "90000"], ["验收", "2024-05-08", ""],
             ["付款", "2024-05-20", "90000"]]  # fmt: skip
    rows = [["案件编号", "环节", "日期", "金额"], *(["A1", *step] for step in steps)]
    days = [[f"2024-03-{day:02}", "否"] for day in range(6, 12)]
    calendar = write_csv(tmp_path / "days.csv", [["日期", "是否休息日"], *days])
    found = told(lianheng, "procurement_framework", write_csv(tmp_path / "e.csv", rows), calendar, "2026-04-01")
    # 19 days where 20 are asked; 31 days to sign where 30 are allowed; an award a day after two years.
    assert found == {
        ("under_limit", "response_time"): "break", ("over_limit", "agreement_signed"): "break",
        ("over_limit", "agreement_lasts"): "break",
    }  # fmt: skip
    rows[4][2], rows[7][2], rows[10][2] = "2024-01-30", "2024-03-06", "2026-03-06"
    assert told(lianheng, "procurement_framework", write_csv(tmp_path / "f.csv", rows), calendar, "2026-04-01") == {}


def test_a_need_that_cannot_be_judged_is_named(tmp_path: Path) -> None:
    needs = """needs:
  odd: {title: t, step: award, amount_of: [dance], at_least: -5, below: perhaps, basis: b, origin: office}
"""
    about = "id: mine\nlike: procurement\nversion: 1\ntitle: t\ncase: c\nmeaning: m\n"
    text = f"{about}steps: {{plan: same, award: same}}\n{needs}"
    (tmp_path / "mine.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(DeclarationError) as refused:
        load_processes(load_registers(REGISTERS), tmp_path)
    for said in ("'dance' is no step", "at least 0", "award is required in every case already", "needs.odd.below"):
        assert said in str(refused.value), said
