"""Invoice numbers of 20 digits load as texts; as numbers of a spreadsheet they lose digits, and it is said."""

from pathlib import Path

import duckdb
import pytest
import xlsxwriter  # type: ignore[import-untyped]

from lianheng.cli.main import main

DIGITAL = "24432000000012345678"


def test_digital_invoices_load_as_texts_and_not_as_numbers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with xlsxwriter.Workbook("invoices.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["单位代码", "单位名称", "销售方代码", "发票号码", "货物名称", "金额", "开票日期"])
        for row, number in enumerate((DIGITAL, "01234567", 1234568, int(DIGITAL) + 1), start=1):
            sheet.write_row(row, 0, ["u1", "甲局", "s1", number, "印刷费", -900, "2024-03-01"])
    (tmp_path / "office").mkdir()
    load = ["registers", "load", "invoice", "invoices.xlsx", "--office", "office", "--today", "2024-12-31"]
    assert main([*load, "--most-refused", "30"]) == 0
    assert "3 rows loaded" in (said := capsys.readouterr().out) and "1 refused" in said
    stored = duckdb.execute("SELECT invoice_no FROM read_parquet('office/data/invoice/*/*.parquet')").fetchall()
    assert sorted(row[0] for row in stored) == ["01234567", "1234568", DIGITAL]
