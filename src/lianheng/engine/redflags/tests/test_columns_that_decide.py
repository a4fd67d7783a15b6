"""Where a source lacks an optional column that decides something, every step says what cannot be told without it."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from lianheng.engine.redflags.problems import DeclarationError
from lianheng.engine.redflags.register import read_register
from lianheng.engine.redflags.tests.office import Type, write_csv
from lianheng.library.strict_yaml import parse_yaml

HEADS = ["合同编号", "村代码", "受让户编号", "流出地块所在村", "流转面积", "流转起始日期", "流转截止日期", "登记日期"]
LOST = "分不清村内流转与村外流入"
DAY = "--today 2024-01-10"


def lease(number: int) -> list[str]:
    village = "430421200201"
    return [f"X{number}", village, f"{village}050{number:03d}", "", "3.5", "2023-03-01", "2028-02-28", "2023-03-02"]


def test_load_and_check_say_what_is_lost(lianheng: Type, tmp_path: Path) -> None:
    lacking = [[*row[:3], *row[4:]] for row in [HEADS, *(lease(n) for n in range(5))]]
    path = write_csv(tmp_path / "a.csv", lacking)
    for act in ("check", "load"):
        said = lianheng(f"registers {act} lease {DAY}", path)
        assert said.code == 0 and f"has no column 流出地块所在村 (lessor_village): {LOST}" in said.out
    whole = write_csv(tmp_path / "b.csv", [HEADS, *(lease(n) for n in range(5, 10))])
    (said_json,) = lianheng(f"registers load lease {DAY} --json", whole).json
    assert said_json["absent"] == []
    listed = lianheng(f"registers list {DAY}")
    assert listed.code == 0  # a note, no alert
    assert re.search(rf"NOTE .*没有“流出地块所在村”列（1个批次）：{LOST}.*（M05）", listed.out)
    assert f"没有此列时  {LOST}" in lianheng("registers show lease").out


def test_coverage_and_report_say_it_of_the_models_that_read_it(
    load_villages: Callable[[str], Type], office: Path
) -> None:
    """The twenty villages' leases come without the column."""
    lianheng = load_villages("2024-01-10")
    covered = {row["model"]: row for row in lianheng(f"models coverage {DAY} --json").json}
    assert covered["M05"]["runs"] and LOST in covered["M05"]["weaker"][0]
    assert not any(row["weaker"] for id_, row in covered.items() if id_ != "M05")
    assert (
        f"weaker: 土地流转合同登记（lease）没有“流出地块所在村”列（1个批次）：{LOST}"
        in lianheng(f"models coverage {DAY}").out
    )
    run = lianheng(f"models run M05 {DAY} --json").json
    (alert,) = (alert for alert in run["alerts"] if alert["kind"] == "weaker")
    assert (alert["register"], alert["models"]) == ("lease", ["M05"]) and LOST in alert["text"]
    page = (Path(run["folder"]) / "report.html").read_text(encoding="utf-8")
    assert "缺列的影响" in page and LOST in page


def test_a_required_column_has_no_such_text() -> None:
    text = (Path(__file__).parents[3] / "library/registers/lease.yaml").read_text(encoding="utf-8")
    wrong = text.replace("required: true, meaning: 流转合同登记编号", "required: true, without: 无, meaning: 编号")
    with pytest.raises(DeclarationError, match=r"lease_no\.without: is said of columns that a source may lack"):
        read_register(parse_yaml(wrong), "lease.yaml")
