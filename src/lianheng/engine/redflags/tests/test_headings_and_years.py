"""Months, years, areas and headings as spreadsheets and forms write them."""

import datetime as dt
from pathlib import Path

import duckdb
import pytest
import xlsxwriter

from lianheng.engine.redflags.library import Library
from lianheng.engine.redflags.loading.headings import known_headings
from lianheng.engine.redflags.tests.office import Type, write_csv

pytestmark = pytest.mark.slow

MONTHS = """id: due
title: 应发
meaning: 每月一行
owner: 民政局
lawful_basis: (draft)
retention_months: 60
key: [no]
period: year
expected: {every: month, grace_days: 10}
columns:
  no: {type: text, label: 编号, required: true, meaning: 编号}
  year: {type: integer, label: 年度, required: true, min: 1990, max: 2100, meaning: 年度}
  month: {type: text, label: 所属月份, required: true, pattern: '\\d{4}-(0[1-9]|1[0-2])', meaning: 月}
  area: {type: 'decimal(12,2)', label: 补贴面积, required: true, min: 0, meaning: 亩}
  amount: {type: 'decimal(12,2)', label: 金额, required: true, min: 0, meaning: 元}
"""


def test_months_years_and_areas_as_spreadsheets_write_them(office: Path, lianheng: Type, tmp_path: Path) -> None:
    (office / "registers").mkdir()
    (office / "registers/due.yaml").write_text(MONTHS, encoding="utf-8")
    day = dt.date(2024, 1, 1)
    rows = [
        ["a", day, day, 3.145, 1.5], ["b", "2024年", "202401", "3.144", "1"], ["c", 2024, "2024年1月", 3.1, 1],
        ["d", "2024 年度", "2024/1", "2.999", "2"], ["e", 2024, 202401, 1, 1], ["f", 2024, "2024-01", 1, "1.005"],
        ["g", 2024, "2024年13月", 1, 1], ["h", 2024, "20241", 1, 1],
    ]  # fmt: skip
    path = tmp_path / "due.xlsx"
    with xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd"}) as book:
        sheet = book.add_worksheet()
        for place, row in enumerate([["编号", "年度", "所属月份", "补贴面积", "金额"], *rows]):
            sheet.write_row(place, 0, row)
    said = lianheng("registers load due --most-refused 50", path, "--today", "2024-02-01")
    assert said.code == 0, said.err
    assert "5 rows loaded" in said.out and "areas rounded to the decimals of their column: 3 cells" in said.out
    assert "金额 '1.005' does not fit decimal(12,2)" in said.out
    files = [str(file) for file in (office / "data/due/_year=2024").glob("*")]
    found = duckdb.execute(
        "SELECT no, month, CAST(area AS VARCHAR) FROM read_parquet(?) ORDER BY no", [files]
    ).fetchall()
    assert [row[1] for row in found] == ["2024-01"] * 5
    assert [row[2] for row in found] == ["3.15", "3.14", "3.10", "3.00", "1.00"]
    assert '"rounded": 3' in (office / "data/_batches/due_20240201_001.json").read_text(encoding="utf-8")


def test_a_year_that_a_spreadsheet_wrote_as_a_date_is_a_year(lianheng: Type, office: Path, tmp_path: Path) -> None:
    years = ["2024", "2024-01-01", "2024/1/1", "2024年1月1日", "20240101", "2024年度"]
    rows = [[f"h{number}", "430400000001", year, 5] for number, year in enumerate(years)]
    path = write_csv(tmp_path / "years.csv", [["户编号", "村代码", "年度", "投保面积"], *rows])
    said = lianheng("registers load insurance --json --today 2025-01-10", path)
    assert (said.code, said.json[0]["rows"]) == (0, len(years)), said.out
    (file,) = (office / "data").glob("insurance/_year=2024/*.parquet")
    assert duckdb.sql(f"SELECT DISTINCT year FROM '{file}'").fetchall() == [(2024,)]


def test_the_official_name_of_an_id_is_known(shipped_library: Library) -> None:
    known = known_headings(shipped_library.registers["payment"])
    assert (known["公民身份号码"], known["代领人公民身份号码"]) == ("person_id", "agent_id")
