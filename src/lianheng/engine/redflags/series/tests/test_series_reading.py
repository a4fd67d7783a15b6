"""Counts and units as people write them: a decimal comma is no count, a code that Excel holds as a number is a code."""

from pathlib import Path

import pytest
import xlsxwriter

from lianheng.engine.redflags.problems import RunError
from lianheng.engine.redflags.series.reading import read_counts


def test_a_code_out_of_excel_is_the_code(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        for line, row in enumerate([["单位", "月份", "件数"], [430421, "2024-01", 1200], [430421, "2024-02", "1,300"]]):
            sheet.write_row(line, 0, row)
    (series,) = read_counts(path).series
    assert (series.unit, series.counts) == ("430421", (1200, 1300))


@pytest.mark.parametrize("count", ["1,5", "1_000", "-1", "1.5", "inf", "nan", "一"])
def test_what_is_no_count_is_refused_by_its_line(tmp_path: Path, count: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f'单位,月份,件数\n甲,2024-01,3\n甲,2024-02,"{count}"\n', encoding="utf-8")
    with pytest.raises(RunError, match=r"line 3: column count: .* is not a whole number of at least 0"):
        read_counts(path)
