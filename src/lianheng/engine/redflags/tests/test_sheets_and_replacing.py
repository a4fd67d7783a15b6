"""Every sheet of a workbook is loaded or told; a newer version takes out only what it brings again."""

from pathlib import Path

import duckdb
import pytest
import xlsxwriter

from lianheng.engine.redflags.store import Store
from lianheng.engine.redflags.tests.office import Type, write_csv

REGISTER = """id: plot
title: 面积
meaning: 每村每年每户一行
owner: 农业农村局
lawful_basis: (draft)
retention_months: 60
key: [village, household, year]
period: year
expected: {every: year}
columns:
  village: {type: text, label: 村, required: true, meaning: 村}
  household: {type: text, label: 户编号, required: true, meaning: 户}
  year: {type: integer, label: 年度, required: true, min: 1990, max: 2100, meaning: 年度}
  area: {type: 'decimal(12,2)', label: 面积, required: true, min: 0, meaning: 亩}
"""
HEAD = ["村", "户编号", "年度", "面积"]
DAY = "--today 2025-01-10"


@pytest.fixture
def declared(office: Path) -> Path:
    (office / "registers").mkdir()
    (office / "registers/plot.yaml").write_text(REGISTER, encoding="utf-8")
    return office


def rows_of(village: str, year: int, count: int = 10, area: float = 1.0) -> list[list[object]]:
    return [[village, f"H{n}", year, area + n] for n in range(count)]


def write_book(path: Path, sheets: dict[str, list[list[object]]]) -> Path:
    with xlsxwriter.Workbook(path) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for line, row in enumerate(rows):
                sheet.write_row(line, 0, row)
    return path


def test_a_sheet_a_year_is_a_batch_a_sheet(declared: Path, lianheng: Type, tmp_path: Path) -> None:
    sheets = {
        "说明": [["填表说明"], ["每户一行"]],
        "2023": [["面积表"], HEAD, *rows_of("甲", 2023)],
        "2024": [HEAD, *rows_of("甲", 2024)],
        "空": [],
    }
    book = write_book(tmp_path / "plots.xlsx", sheets)
    said = lianheng(f"registers load plot {DAY}", book)
    assert said.code == 0
    assert "plots.xlsx[2023] → plot: 10 rows loaded as batch plot_20250110_001" in said.out
    assert "plots.xlsx[2024] → plot: 10 rows loaded as batch plot_20250110_002" in said.out
    assert "left out, because their headings are none of plot: plots.xlsx[说明], plots.xlsx[空]" in said.out
    again = lianheng(f"registers load plot {DAY} --sheet 2024", book)
    assert again.code == 2 and "is loaded already: batch plot_20250110_002" in again.err


def test_a_sheet_is_loaded_after_another_of_its_workbook(declared: Path, lianheng: Type, tmp_path: Path) -> None:
    book = write_book(
        tmp_path / "plots.xlsx", {"2023": [HEAD, *rows_of("甲", 2023)], "2024": [HEAD, *rows_of("甲", 2024)]}
    )
    assert lianheng(f"registers load plot {DAY} --sheet 2023", book).code == 0
    assert lianheng(f"registers load plot {DAY} --sheet 2024", book).code == 0
    assert Store(declared / "data").rows("plot") == 20


def test_a_sheet_with_a_wrong_heading_is_told_beside_those_that_load(
    declared: Path, lianheng: Type, tmp_path: Path
) -> None:
    wrong = [["村", "户号", "年度", "面积"], *rows_of("甲", 2024)]
    book = write_book(tmp_path / "plots.xlsx", {"2023": [HEAD, *rows_of("甲", 2023)], "2024": wrong})
    said = lianheng(f"registers load plot {DAY}", book)
    assert said.code == 1 and "10 rows loaded" in said.out
    assert "plots.xlsx[2024]: wrong columns" in said.err and "1 of 2 sources are loaded, 1 are refused" in said.err


def test_a_corrected_village_leaves_the_others_alone(declared: Path, lianheng: Type, tmp_path: Path) -> None:
    for name, village in (("a.csv", "甲"), ("b.csv", "乙")):
        lianheng(f"registers load plot {DAY}", write_csv(tmp_path / name, [HEAD, *rows_of(village, 2024)]))
    corrected = write_csv(tmp_path / "a2.csv", [HEAD, *rows_of("甲", 2024, 12, area=2)])
    said = lianheng(f"registers load plot {DAY} --replace", corrected)
    assert said.code == 0 and "replaced: plot_20250110_001" in said.out
    assert "of the same years, and left as they are: plot_20250110_002" in said.out
    assert [batch.rows for batch in Store(declared / "data").batches("plot")] == [10, 12]


def test_rows_that_do_not_come_again_go_only_when_that_is_said(declared: Path, lianheng: Type, tmp_path: Path) -> None:
    both = [HEAD, *rows_of("甲", 2024), *rows_of("乙", 2024)]
    lianheng(f"registers load plot {DAY}", write_csv(tmp_path / "both.csv", both))
    corrected = write_csv(tmp_path / "a2.csv", [HEAD, *rows_of("甲", 2024, area=2)])
    said = lianheng(f"registers load plot {DAY} --replace", corrected)
    assert said.code == 2 and "nothing is loaded" in said.err and "--drop-missing" in said.err
    assert "batch plot_20250110_001 of 2025-01-10 (both.csv): 10 of its 20 rows, of 2024" in said.err
    assert Store(declared / "data").rows("plot") == 20
    said = lianheng(f"registers load plot {DAY} --replace --drop-missing --json", corrected)
    assert said.code == 0 and said.json[0]["replaced"] == ["plot_20250110_001"]
    assert Store(declared / "data").rows("plot") == 10
    assert lianheng(f"registers load plot {DAY} --drop-missing", corrected).code == 2


def test_check_and_load_agree_on_a_line_of_totals(declared: Path, lianheng: Type, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [HEAD, *rows_of("甲", 2024, 20), ["合计", "", "", "210"]])
    assert lianheng(f"registers check plot {DAY}", path).code == 0
    assert lianheng(f"registers load plot {DAY}", path).code == 0
    bad = write_csv(tmp_path / "b.csv", [HEAD, *rows_of("乙", 2024, 20), ["乙", "", "", "210"]])
    assert lianheng(f"registers check plot {DAY}", bad).code == 1


def test_a_load_that_breaks_off_leaves_no_file(
    declared: Path, lianheng: Type, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch, quarantine = declared / "state/scratch", declared / "quarantine"
    scratch.mkdir(parents=True)
    quarantine.mkdir()
    (scratch / "plot_20250109_001.csv").write_text("killed", encoding="utf-8")
    (quarantine / "refused-plot-0.part").write_text("killed", encoding="utf-8")

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("lianheng.engine.redflags.loading.load._into_table", stop)
    bad = write_csv(tmp_path / "b.csv", [HEAD, *rows_of("乙", 2024, 20), ["乙", "", "", "210"]])
    assert lianheng(f"registers load plot {DAY}", bad).code == 130
    assert [*scratch.iterdir(), *quarantine.iterdir()] == []


def test_refusals_are_plain_words_and_json_where_it_is_asked_for(
    declared: Path, lianheng: Type, tmp_path: Path
) -> None:
    empty = tmp_path / "a.xlsx"
    empty.touch()
    said = lianheng(f"registers load plot {DAY} --json", empty)
    assert said.code == 2 and "the file is empty (0 bytes)" in said.json["error"]
    empty.write_bytes(b"PK not a workbook")
    assert "it is damaged, locked by a password or of another kind" in lianheng(f"registers load plot {DAY}", empty).err
    table = tmp_path / "a.parquet"
    row = "SELECT '甲' AS 村, 'H1' AS 户编号, 2024 AS 年度, 1000000000000::DECIMAL(18,2) AS 面积"
    duckdb.sql(f"COPY ({row}) TO '{table}' (FORMAT parquet)")
    said = lianheng(f"registers load plot {DAY}", table)
    assert said.code == 2 and "面积 1000000000000.00 does not fit decimal(12,2)" in said.err
