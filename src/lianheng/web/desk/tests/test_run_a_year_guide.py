"""docs/how-to/run-a-year: what is bold is a step of the year, in its order; every door stands in the program."""

import re
from pathlib import Path

import pytest

from lianheng.web.assessment.steps import STEPS
from lianheng.web.shell import navigation

ROOT = Path(__file__).resolve().parents[5]
PAGES = [ROOT / "docs/how-to" / name for name in ("run-a-year.md", "run-a-year.zh-CN.md")]
# Taken from the year's page besides its stages: named, not in bold.
BESIDE = {"启动自评", "自动安排考评人员", "催办未提交的单位"}
BUTTONS = [
    "登记，送另一人认定",
    "认定这个事件",
    "申请延期",
    "退回重填",
    "打完这份",
    "看要复核的分差",
    "自动安排第三人",
    "席位安排",
    "缺数清单",
    "提出异议",
    "印发通报",
    "生成可复算数据包",
    "下载可复算数据包",
    "结果运用",
    "生成报送结果",
    "重开考评",
    "冻结季度快照",
]
DOORS = ("考评表", "考评打分", "认定事件", "年度考评", "考评结果", "异议", "数据录入")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_steps_of_the_year_stand_in_their_order(page: Path) -> None:
    text = page.read_text()
    bold = list(dict.fromkeys(re.findall(r"\*\*(.+?)\*\*", text)))
    assert bold == [step.label for step in STEPS if step.label not in BESIDE]
    assert not [step.label for step in STEPS if step.label in BESIDE - {"启动自评"} and step.label not in text]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_door_and_button_is_there(page: Path) -> None:
    text = page.read_text()
    labels = {place.label for place in navigation._PLACES}
    templates = "".join(path.read_text() for path in (ROOT / "src/lianheng/web").rglob("templates/**/*.html"))
    assert not [door for door in DOORS if door not in text or door not in labels]
    assert not [button for button in BUTTONS if button not in text or button not in templates]
