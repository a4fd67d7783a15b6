"""An edited workbook comes back whole or not at all."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from lianheng.engine.redflags.tests.conftest import Type

FIRST, SECOND = "2024-01-10", "2024-01-11"
SHEET = "M05 种粮补贴面积异常"


@pytest.fixture
def loaded(load_villages: Callable[[str], Type]) -> Type:
    return load_villages(FIRST)


def run(loaded: Type) -> Path:
    return Path(loaded("models run --json", "--today", FIRST).json["folder"]) / "results.xlsx"


def column(sheet: Any, head: str) -> int:
    return next(cell.column for cell in sheet[1] if cell.value == head)


def judge(sheet: Any) -> None:
    sheet.cell(2, column(sheet, "核查结论"), "未发现违规")
    sheet.cell(2, column(sheet, "核查人"), "甲")


def without(head: str) -> Callable[[Any], None]:
    return lambda sheet: sheet.delete_cols(column(sheet, head))


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda sheet: sheet.insert_rows(1), "the headings stand in row 2"),
        (without("候选编号"), "row 1 lacks 候选编号"),
        (without("核查结论"), "row 1 lacks 核查结论"),
        (without("抑制至"), "row 1 lacks 抑制至"),
    ],
)
def test_a_sheet_that_cannot_be_read_is_named_and_nothing_is_recorded(
    loaded: Type, office: Path, spoil: Callable[[Any], None], said: str
) -> None:
    path = run(loaded)
    book = openpyxl.load_workbook(path)
    judge(book[SHEET])
    # The other sheet is whole: its verdict is not taken alone.
    whole = book.copy_worksheet(book[SHEET])
    whole.title = "M99 完好"
    spoil(book[SHEET])
    book.save(path)
    for act in ("verdict", "suppress"):
        answer = loaded(f"models {act} --from", path, "--today", SECOND)
        assert answer.code == 2
        assert f"results.xlsx: sheet {SHEET}" in answer.err and said in answer.err
    assert not (office / "verdicts.jsonl").exists() and not (office / "suppressions.yaml").exists()


def test_a_sheet_of_ones_own_is_left_alone(loaded: Type) -> None:
    path = run(loaded)
    book = openpyxl.load_workbook(path)
    judge(book[SHEET])
    book.create_sheet("我的笔记").append(["还要问", "村里"])
    book.save(path)
    assert loaded("models verdict --from", path, "--today", SECOND).out.startswith("1 verdicts recorded")
