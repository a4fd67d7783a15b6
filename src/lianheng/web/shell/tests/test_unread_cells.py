"""A formula without a result and an error value are not empty cells: the file is refused with the place."""

import io
import re
import zipfile

import openpyxl
import pytest

from lianheng.web.shell.errors import InvalidInput
from lianheng.web.shell.workbook_reading import read_sheet, read_sheets


def book(value: object) -> bytes:
    made = openpyxl.Workbook()
    made.active["A1"], made.active["C2"] = "单位编码", value
    file = io.BytesIO()
    made.save(file)
    return file.getvalue()


def computed(content: bytes, result: bytes) -> bytes:
    """Return the workbook with a result beside the formula of its first sheet."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old_file, zipfile.ZipFile(file, "w") as new_file:
        for name in old_file.namelist():
            text = old_file.read(name)
            if name == "xl/worksheets/sheet1.xml":
                text, times = re.subn(rb"</f>\s*(<v\s*/>|<v>\s*</v>)?", b"</f><v>" + result + b"</v>", text)
                assert times == 1
            new_file.writestr(name, text)
    return file.getvalue()


def read(content: bytes) -> list[list[object]]:
    return read_sheet(content, max_rows=60_000, max_columns=60)


def test_a_formula_never_computed_is_named() -> None:
    with pytest.raises(InvalidInput, match="第 2 行 C 列是没有算过的公式"):
        read(book("=1+1"))


def test_a_computed_formula_is_read() -> None:
    assert read(computed(book("=1+1"), b"2"))[1][2] == 2


def test_an_error_value_is_named() -> None:
    with pytest.raises(InvalidInput, match="第 2 行 C 列是错误值"):
        read(book("#N/A"))


def test_empty_cells_and_numbers_pass() -> None:
    assert read(book(5))[1][2] == 5 and read(book(None))[0][0] == "单位编码"


def cover_and_people(value: object) -> bytes:
    made = openpyxl.Workbook()
    made.active.title, made.active["A1"] = "封面", "=1+1"
    made.create_sheet("人员")["B3"] = value
    file = io.BytesIO()
    made.save(file)
    return file.getvalue()


def test_the_sheet_of_a_name_is_read_whatever_stands_before_it() -> None:
    bounds = {"max_rows": 60_000, "max_columns": 60}
    assert read_sheet(cover_and_people("甲"), named="人员", **bounds)[2][1] == "甲"
    assert read_sheets(cover_and_people("甲"), ["人员", "没有"], **bounds)["人员"][2][1] == "甲"
    with pytest.raises(InvalidInput, match="“人员”表第 3 行 B 列是没有算过的公式"):
        read_sheet(cover_and_people("=1+1"), named="人员", **bounds)
    with pytest.raises(InvalidInput, match="“人员”表第 3 行 B 列是错误值"):
        read_sheets(cover_and_people("#N/A"), ["人员"], **bounds)
