"""`models explain` says how a candidate stands now: changed since the verdict, gone; and shows what one can read."""

from pathlib import Path
from typing import Any

import openpyxl
import pytest

from lianheng.engine.redflags.tests.office import Type, write_csv
from lianheng.engine.redflags.tests.test_no_longer_produced import ids, only_batch
from lianheng.engine.redflags.tests.test_workbook_back import SHEET
from lianheng.engine.redflags.tests.twenty_villages import code

pytestmark = pytest.mark.slow

FIRST, SECOND, THIRD = "2024-01-10", "2024-01-11", "2024-01-12"
HEADS = ["户编号", "村代码", "村名", "年度", "补贴项目", "补贴面积", "补贴金额"]


@pytest.fixture
def loaded(first_night: Type) -> Type:
    return first_night


@pytest.fixture
def found(loaded: Type, office: Path) -> list[str]:
    return ids({"folder": office / "runs" / f"{FIRST}-1"})


def night(loaded: Type, day: str, *more: str) -> Any:
    return loaded("models run --json", "--today", day, *more).json


def grow_first_village(loaded: Type, tmp_path: Path) -> None:
    """One more household, 40 mu, in the year that is judged."""
    rows = [HEADS, [f"{code(1)}-900", code(1), "第1村", 2023, "种粮", 40, 4200]]
    assert loaded("registers load subsidy", write_csv(tmp_path / "more.csv", rows), "--today", SECOND).code == 0


@pytest.mark.parametrize(
    ("verdict", "word", "state"),
    [("as_indicated", "属实（与提示一致）", "已核实"), ("no_violation", "未发现违规", "数据已变化，重新提出")],
)
def test_numbers_that_changed_after_the_verdict_are_told_old_and_new(
    loaded: Type, found: list[str], tmp_path: Path, verdict: str, word: str, state: str
) -> None:
    candidate = found[0]
    before = loaded("models explain --json", candidate).json["measures"]
    assert loaded("models verdict", candidate, verdict, "--by", "甲", "--today", FIRST).code == 0
    assert "变化" not in loaded("models explain", candidate).out
    grow_first_village(loaded, tmp_path)
    folder = Path(night(loaded, SECOND)["folder"])
    # The lists say it, too.
    states = {row[3] for row in openpyxl.load_workbook(folder / "results.xlsx")[SHEET].iter_rows(values_only=True)}
    told = "已核实（数据已变化）" if verdict == "as_indicated" else "数据已变化，重新提出"
    assert told in states and told in (folder / "report.html").read_text(encoding="utf-8")

    said = loaded("models explain", candidate).out
    after = loaded("models explain --json", candidate).json
    assert f"状态  {state}  " in said
    assert f"变化  {FIRST}核查之后数据已变化" in said and f"（运行{FIRST}-1 → {SECOND}-1）：" in said
    assert before["area"] != after["measures"]["area"]
    assert f"{before['area']} 亩 → {after['measures']['area']} 亩" in said
    assert f"结论  {FIRST}  {word}  甲" in said and verdict not in said
    changes = {row["name"]: (row["before"], row["now"]) for row in after["standing"]["changes"]}
    assert changes["area"] == (f"{before['area']} 亩", f"{after['measures']['area']} 亩")
    assert after["verdicts"][0]["verdict"] == verdict and after["verdicts"][0]["in_words"] == word


def test_the_run_that_was_judged_may_be_gone(loaded: Type, found: list[str], office: Path, tmp_path: Path) -> None:
    import shutil

    candidate = found[0]
    assert loaded("models verdict", candidate, "as_indicated", "--by", "甲", "--today", FIRST).code == 0
    grow_first_village(loaded, tmp_path)
    night(loaded, SECOND)
    shutil.rmtree(office / "runs" / f"{FIRST}-1")
    said = loaded("models explain", candidate).out
    assert "数据已变化" in said and "含当时数据的运行已清除，不能逐项列出" in said


def test_a_verdict_counts_at_once_and_one_that_is_gone_is_not_new(loaded: Type, found: list[str], office: Path) -> None:
    first, second = found[:2]
    assert "状态  新发现  " in loaded("models explain", second).out
    assert loaded("models verdict", first, "as_indicated", "--by", "甲", "--today", FIRST).code == 0
    assert "状态  已核实  " in loaded("models explain", first).out
    # A run of other models says nothing about it.
    assert loaded("models new mine --register subsidy").code == 0
    night(loaded, SECOND, "mine")
    assert "状态  新发现  " in loaded("models explain", second).out

    batch = only_batch(office, "crop_survey")
    assert loaded("registers undo", batch).code == 0
    for day in (SECOND, THIRD):
        night(loaded, day)
    for candidate in (first, second):
        said = loaded("models explain", candidate).out
        assert "新发现" not in said and f"状态  不再产生  首次 {FIRST}  最近 {FIRST}" in said
        assert f"自{SECOND}起不再产生（运行{SECOND}-2）：" in said and batch in said
    told = loaded("models explain --json", second).json["standing"]
    assert (told["state"], told["gone"]["since"], told["gone"]["run"]) == ("no_longer_produced", SECOND, f"{SECOND}-2")


def test_what_cannot_be_told_says_what_it_was(loaded: Type, found: list[str], office: Path, tmp_path: Path) -> None:
    candidate = found[0]
    text = loaded("models explain", candidate).out.splitlines()[0]
    # A new survey of one other village alone.
    rows = [
        ["村代码", "年度", "作物", "是否补贴作物", "播种面积"],
        *([code(20), year, "水稻", "是", 300] for year in (2022, 2023)),
    ]
    assert loaded("registers undo", only_batch(office, "crop_survey")).code == 0
    assert loaded("registers load crop_survey", write_csv(tmp_path / "one.csv", rows), "--today", SECOND).code == 0
    night(loaded, SECOND)
    said = loaded("models explain", candidate)
    assert said.code == 0 and "状态  现在不能判断" in said.out
    assert f"此前（{FIRST}，运行{FIRST}-1）：{text}" in said.out


def test_ten_rows_of_a_register_are_shown_and_all_on_demand(loaded: Type, found: list[str]) -> None:
    candidate = found[0]
    lines = [line for line in loaded("models explain", candidate).out.splitlines() if "（subsidy）" in line]
    assert len(lines) == 11 and lines[-1].endswith("…还有50行：加 --all 全部列出")
    whole = [line for line in loaded("models explain --all", candidate).out.splitlines() if "（subsidy）" in line]
    assert len(whole) == 60 and whole[:10] == lines[:10]
    rows = loaded("models explain --json", candidate).json["evidence"]
    assert len([row for row in rows if row["register"] == "subsidy"]) == 60
