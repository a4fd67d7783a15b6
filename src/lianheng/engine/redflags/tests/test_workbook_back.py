"""An edited workbook comes back whole or not at all."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from lianheng.engine.redflags.tests.office import Type

pytestmark = pytest.mark.slow

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


def test_figures_are_numbers_and_days_are_days(loaded: Type) -> None:
    import datetime as dt

    book = openpyxl.load_workbook(run(loaded))
    sheet = book[SHEET]
    heads = [cell.value for cell in sheet[1]]
    assert sheet.freeze_panes == "B2" and sheet.auto_filter.ref.startswith("A1:")
    area = next(place for place, head in enumerate(heads, 1) if "面积" in head and "（亩）" in head)
    cells = [sheet.cell(row, area) for row in range(2, 12)]
    assert all(isinstance(cell.value, int | float) for cell in cells) and cells[0].number_format == "#,##0.00"
    first = sheet.cell(2, column(sheet, "首次发现"))
    assert first.value.date() == dt.date(2024, 1, 10) and first.number_format == "yyyy-mm-dd"
    # A code is not a number: leading noughts and 18 digits stay.
    assert isinstance(sheet.cell(2, column(sheet, "村代码")).value, str)


def test_the_evidence_has_a_sheet_of_its_own(loaded: Type) -> None:
    book = openpyxl.load_workbook(run(loaded))
    rows = list(book["证据"].values)
    assert rows[0] == ("候选编号", "模型", "对象", "台账", "证据行")
    listed = {row[0].value for row in book[SHEET].iter_rows(min_row=2, min_col=column(book[SHEET], "候选编号"))}
    assert {row[0] for row in rows[1:]} == listed
    assert rows[1][2].startswith("村代码 4304")
    assert {row[3] for row in rows[1:]} >= {"种粮补贴发放表（subsidy）", "作物种植面积调查（crop_survey）"}
    # In the register's own headings: an auditor has them on his papers; the codes are in evidence.parquet.
    subsidy = next(row[4] for row in rows[1:] if "subsidy" in row[3])
    assert "补贴面积：" in subsidy and "area" not in subsidy and "{" not in subsidy


def test_what_cannot_be_told_names_its_object_in_words() -> None:
    from lianheng.engine.redflags.words import object_in_words
    from lianheng.library.models import load_library

    model = load_library(check=False).models["M05"]
    assert object_in_words(model, {"unit": '{"village":"430499001208"}'}) == "村代码 430499001208"


def test_an_id_of_a_person_is_shortened_under_any_name() -> None:
    from lianheng.engine.redflags.words import masked
    from lianheng.library.models import load_library

    # M02 returns a worker's id as a measure, which its evidence matches with payroll.person_id.
    model = load_library(check=False).models["M02"]
    assert masked(model, "worker_id", "aB3-xyZ_90.q") == masked(model, "person_id", "aB3-xyZ_90.q") == "aB3-xyZ_"
    assert masked(model, "village", "430499001208") == "430499001208"


def test_the_report_has_the_sentence_first_and_is_cards_on_a_phone(loaded: Type) -> None:
    page = run(loaded).with_name("report.html").read_text(encoding="utf-8")
    assert '<td data-head="说明">第' in page and 'data-head="对象">村代码 4304' in page
    assert 'data-head="状态">新发现' in page and "新发现（数据可解释）" in page
    assert "10（红0，黄6，蓝4）" in page and 'data-head="模型">合计' in page
    assert "（须核对现行文本）" in page and "draft" not in page
    phone = page[page.index("@media screen and (max-width: 600px)") :]
    assert ".cards tr, .cards td { display: block; }" in phone and "attr(data-head)" in phone


def test_a_suppression_is_written_once_includes_its_day_and_names_a_unit_there_is(loaded: Type, office: Path) -> None:
    path = run(loaded)
    book = openpyxl.load_workbook(path)
    for head, text in (("抑制至", "2024-02-01"), ("抑制理由", "复垦"), ("批准人", "丙")):
        book[SHEET].cell(2, column(book[SHEET], head), text)
    book.save(path)
    late = loaded("models suppress --from", path, "--today", "2024-02-02")
    assert late.code == 2 and f"results.xlsx: sheet {SHEET}, row 2: 抑制至 2024-02-01 is past" in late.err
    assert loaded("models suppress --from", path, "--today", SECOND).code == 0
    written = (office / "suppressions.yaml").read_text(encoding="utf-8")
    assert '"expires": "2024-02-02"' in written
    assert loaded("models suppress --from", path, "--today", "2024-01-12").out.startswith("0 suppressions added")
    strange = loaded("models suppress M05 village=999 --reason x --approver y --until 2025-01-01 --today", SECOND)
    assert strange.code == 2 and "village=999: no row of subsidy" in strange.err
    assert (office / "suppressions.yaml").read_text(encoding="utf-8") == written
