"""results.xlsx as people hand it back: sorted, cut, doubled, merged, of an older night, saved by LibreOffice."""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from lianheng.engine.redflags.tests.office import Type, write_csv
from lianheng.engine.redflags.tests.test_workbook_back import FIRST, SECOND, SHEET, column
from lianheng.engine.redflags.tests.twenty_villages import code

pytestmark = pytest.mark.slow

YES, NO = "属实（与提示一致）", "未发现违规"
QUIET = {"抑制至": "2025-01-01", "抑制理由": "复垦", "批准人": "丙"}


@pytest.fixture
def loaded(first_night: Type) -> Type:
    return first_night


@pytest.fixture
def path(loaded: Type, office: Path) -> Path:
    return office / "runs" / f"{FIRST}-1" / "results.xlsx"


def edit(path: Path, change: Callable[[Any], None]) -> None:
    book = openpyxl.load_workbook(path)
    change(book[SHEET])
    book.save(path)


def judge(sheet: Any, row: int, word: str) -> None:
    sheet.cell(row, column(sheet, "核查结论"), word)
    sheet.cell(row, column(sheet, "核查人"), "甲")


def rows_of(sheet: Any) -> list[list[Any]]:
    return [list(row) for row in sheet.iter_rows(min_row=2, values_only=True)]


def put_rows(sheet: Any, rows: list[list[Any]]) -> None:
    sheet.delete_rows(2, sheet.max_row)
    for row in rows:
        sheet.append(row)


def verdicts(office: Path) -> dict[str, str]:
    lines = (office / "verdicts.jsonl").read_text(encoding="utf-8").splitlines()
    return {row["candidate"]: row["verdict"] for row in map(json.loads, lines)}


def test_an_auditor_finds_what_he_needs_in_the_first_columns(path: Path) -> None:
    book = openpyxl.load_workbook(path)
    sheet = book[SHEET]
    heads = [cell.value for cell in sheet[1]]
    assert heads[:7] == ["说明", "颜色", "分值", "状态", "可解释", "核查结论", "核查说明"]
    assert sheet.freeze_panes == "B2" and sheet.column_dimensions["A"].width > 50
    assert sheet.column_dimensions[sheet.cell(1, column(sheet, "数据摘要")).column_letter].hidden
    (choices,) = sheet.data_validations.dataValidation
    assert choices.formula1 == '"属实（与提示一致）,间接相关,未发现违规,其他（含数据错误）"'
    assert str(choices.sqref) == f"F2:F{sheet.max_row}" and sheet.page_setup.orientation == "landscape"
    fills = {sheet.cell(row, 2).value: sheet.cell(row, 2).fill.fgColor.rgb for row in range(2, sheet.max_row + 1)}
    assert set(fills) == {"黄", "蓝"} and len(set(fills.values())) == 2
    total = {head.value: cell.value for head, cell in zip(book["总览"][1], book["总览"][3], strict=True)}
    assert (total["模型"], total["疑点"], total["待看：黄"], total["待看：蓝"]) == ("合计", 10, 6, 4)
    assert "来源告警" in book["总览"].cell(5, 2).value
    assert "从未载入" in " ".join(str(row[1]) for row in book["来源告警"].values)


def test_sorted_and_deleted_rows_keep_their_verdicts(loaded: Type, office: Path, path: Path) -> None:
    wanted: dict[str, str] = {}

    def change(sheet: Any) -> None:
        judge(sheet, 2, YES)
        judge(sheet, 3, NO)
        place = column(sheet, "候选编号") - 1
        rows = rows_of(sheet)
        wanted.update({rows[0][place]: "as_indicated", rows[1][place]: "no_violation"})
        put_rows(sheet, sorted(rows[:5], key=lambda row: row[place], reverse=True))

    edit(path, change)
    assert loaded("models verdict --from", path, "--today", SECOND).code == 0
    assert verdicts(office) == wanted


def test_columns_that_were_sorted_apart_are_refused(loaded: Type, office: Path, path: Path) -> None:
    def change(sheet: Any) -> None:
        judge(sheet, 2, YES)
        rows = rows_of(sheet)
        last = [row[-3:] for row in rows][::-1]
        put_rows(sheet, [row[:-3] + cells for row, cells in zip(rows, last, strict=True)])

    edit(path, change)
    wrong = "sheet M05 种粮补贴面积异常, row 2: 说明 is not that of 候选编号"
    said = loaded("models verdict --from", path, "--today", SECOND)
    assert said.code == 2 and wrong in said.err
    edit(path, lambda sheet: [sheet.cell(2, column(sheet, head), text) for head, text in QUIET.items()])
    said = loaded("models suppress --from", path, "--today", SECOND)
    assert said.code == 2 and wrong in said.err
    assert not (office / "verdicts.jsonl").exists() and not (office / "suppressions.yaml").exists()


def test_every_row_that_cannot_be_read_is_named_at_once(loaded: Type, office: Path, path: Path) -> None:
    def change(sheet: Any) -> None:
        judge(sheet, 2, "属实(与提示一致)")
        judge(sheet, 3, "大概是真的")
        judge(sheet, 4, "不属实")
        sheet.cell(5, column(sheet, "抑制至"), "明年")

    edit(path, change)
    said = loaded("models verdict --from", path, "--today", SECOND)
    assert said.code == 2 and not (office / "verdicts.jsonl").exists()
    for row, word in ((3, "'大概是真的' is none of 属实"), (4, "'不属实' is none of"), (5, "'明年' is not a day")):
        assert f"row {row}: " in said.err and word in said.err
    assert "row 2" not in said.err and "nothing of the file was recorded" in said.err


def test_one_candidate_twice_must_say_the_same(loaded: Type, office: Path, path: Path) -> None:
    def double(word: str) -> Callable[[Any], None]:
        def change(sheet: Any) -> None:
            judge(sheet, 2, YES)
            put_rows(sheet, [*rows_of(sheet)[:10], rows_of(sheet)[0]])
            judge(sheet, 12, word)

        return change

    edit(path, double(NO))
    said = loaded("models verdict --from", path, "--today", SECOND)
    assert said.code == 2 and "row 12: says something else about 候选编号" in said.err and "row 2" in said.err
    edit(path, double(YES))
    assert loaded("models verdict --from", path, "--today", SECOND).out.startswith("1 verdicts recorded")
    # A later answer counts, and whose it changes is told.
    other = loaded("models verdict", *verdicts(office), "未发现违规", "--by", "乙", "--today", SECOND)
    assert other.code == 0 and f"未发现违规 (乙) takes the place of {YES} (甲, {SECOND})" in other.err


def test_merged_cells_are_refused(loaded: Type, office: Path, path: Path) -> None:
    def change(sheet: Any) -> None:
        judge(sheet, 2, YES)
        sheet.merge_cells(start_row=2, end_row=4, start_column=6, end_column=6)

    edit(path, change)
    said = loaded("models verdict --from", path, "--today", SECOND)
    assert said.code == 2 and "rows 2–4: cells of 核查结论 are merged" in said.err
    assert not (office / "verdicts.jsonl").exists()


def test_a_verdict_on_last_weeks_numbers_does_not_quiet_todays(loaded: Type, path: Path, tmp_path: Path) -> None:
    heads = ["户编号", "村代码", "村名", "年度", "补贴项目", "补贴面积", "补贴金额"]
    more = write_csv(tmp_path / "more.csv", [heads, [f"{code(1)}-900", code(1), "第1村", 2023, "种粮", 40, 4200]])
    assert loaded("registers load subsidy", more, "--today", FIRST).code == 0
    loaded("models run", "--today", FIRST)

    def change(sheet: Any) -> None:
        for row in (2, 3, 4, 5, 6, 7, 8, 9, 10, 11):
            if sheet.cell(row, 1).value.startswith("第1村"):
                judge(sheet, row, NO)

    edit(path, change)
    said = loaded("models verdict --from", path, "--today", SECOND)
    assert (
        said.code == 0 and f"its numbers have changed by {FIRST}-2; the verdict is about those of {FIRST}-1" in said.err
    )
    assert loaded("models run --json", "--today", SECOND).json["states"]["M05"] == {"open": 9, "reopened": 1}


def test_a_workbook_of_another_office_is_refused(loaded: Type, office: Path, path: Path) -> None:
    edit(path, lambda sheet: judge(sheet, 2, YES))
    moved = office.parent / "results.xlsx"
    shutil.copy(path, moved)
    shutil.rmtree(office / "runs")
    said = loaded("models verdict --from", moved, "--today", SECOND)
    assert said.code == 2 and "row 2: no run of this office has candidate" in said.err


def as_libreoffice_saves(path: Path, form: str, folder: Path) -> Path:
    """The file saved again; the test is skipped where LibreOffice Calc is not installed."""
    program = shutil.which("soffice") or pytest.skip("LibreOffice is not installed")
    profile = f"-env:UserInstallation=file://{folder}/profile"
    words = [program, profile, "--headless", "--convert-to", form, "--outdir", str(folder), str(path)]
    subprocess.run(words, check=True, capture_output=True, timeout=120)
    saved = folder / f"{path.stem}.{form}"
    return saved if saved.exists() else pytest.skip("LibreOffice is here without Calc")


@pytest.mark.torture
def test_it_comes_back_as_libreoffice_saves_it(loaded: Type, office: Path, path: Path, tmp_path: Path) -> None:
    edit(path, lambda sheet: judge(sheet, 2, YES))
    opened = as_libreoffice_saves(path, "ods", tmp_path)
    assert loaded("models verdict --from", opened, "--today", SECOND).out.startswith("1 verdicts recorded")
    again = loaded("models verdict --from", as_libreoffice_saves(opened, "xlsx", tmp_path), "--today", SECOND)
    assert again.out.startswith("0 verdicts recorded, 1 known already")
    assert list(verdicts(office).values()) == ["as_indicated"]
