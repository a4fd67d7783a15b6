"""Reads an uploaded workbook into rows with their places; whatever is wrong with a cell is an error of that cell."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.core.files.uploadedfile import UploadedFile

from lianheng.web.evidence.checks import ALLOWED, kind_of
from lianheng.web.shell.errors import InvalidInput
from lianheng.web.shell.workbook_bounds import BROKEN
from lianheng.web.shell.workbook_reading import cell_text, read_sheets
from lianheng.web.standards.workbook import columns

MAX_BYTES = 5 * 1024 * 1024
MAX_ROWS = 5000
# Beyond this no reader looks: it reserves the whole rectangle up to the farthest cell. Not fewer rows: every workbook's
# theme holds numbers up to 50,000 that look like a row's.
FARTHEST_ROW, FARTHEST_COLUMN = 50_000, 30


@dataclass(frozen=True)
class CellError:
    """What is wrong with one cell; row 0 is the sheet as a whole."""

    sheet: str
    row: int
    column: str
    message: str


@dataclass(frozen=True)
class Row:
    """One row that was read: its number in the sheet and its cells by column key."""

    number: int
    cells: dict[str, str]


@dataclass
class Reading:
    """The rows of each sheet and the errors found so far."""

    sha256: str
    rows: dict[str, list[Row]] = field(default_factory=dict)
    errors: list[CellError] = field(default_factory=list)

    def note(self, sheet: columns.Sheet, row: int, key: str, message: str) -> None:
        """Note an error at a cell; an empty key means the whole row."""
        heading = sheet.column(key).heading if key else ""
        self.errors.append(CellError(sheet.name, row, heading, message))


def read_workbook(upload: UploadedFile) -> Reading:
    """Read the three sheets; raises InvalidInput when the file itself cannot be used."""
    if (upload.size or 0) > MAX_BYTES:
        raise InvalidInput(f"文件超过 {MAX_BYTES // 1024 // 1024} MB，请核对是不是选错了文件", "file")
    if not (upload.name or "").lower().endswith(".xlsx"):
        raise InvalidInput("请上传 .xlsx 工作簿（在表格软件中“另存为”可以转换）", "file")
    try:
        kind_of(upload, upload.name or "")
    except InvalidInput as error:
        # The room of evidence would name everything that it takes; here only a workbook helps.
        if ALLOWED in error.message:
            raise InvalidInput(BROKEN, "file") from error
        raise
    upload.seek(0)
    content = upload.read()
    reading = Reading(hashlib.sha256(content).hexdigest())
    names = [sheet.name for sheet in columns.SHEETS]
    tables = read_sheets(content, names, max_rows=FARTHEST_ROW, max_columns=FARTHEST_COLUMN)
    for sheet in columns.SHEETS:
        if sheet.name not in tables:
            reading.errors.append(CellError(sheet.name, 0, "", f"没有“{sheet.name}”这张表，请用模板或导出的文件修改"))
        else:
            reading.rows[sheet.name] = _rows(reading, sheet, tables[sheet.name])
    if not reading.errors and not any(reading.rows.values()):
        reading.errors.append(CellError(columns.ITEMS.name, 0, "", "三张表都没有可导入的行"))
    return reading


def _rows(reading: Reading, sheet: columns.Sheet, table: list[list[Any]]) -> list[Row]:
    if len(table) > MAX_ROWS:
        reading.note(sheet, 0, "", f"超过 {MAX_ROWS} 行，请核对是不是选错了文件")
        return []
    headings = [cell_text(cell) for cell in table[0]] if table else []
    places = {column.key: headings.index(column.heading) for column in sheet.columns if column.heading in headings}
    for column in sheet.columns:
        if column.key not in places:
            reading.note(sheet, 1, column.key, f"第 1 行没有“{column.heading}”这一列，请不要改动表头")
    if len(places) < len(sheet.columns):
        return []
    rows = []
    for number, line in enumerate(table[1:], 2):
        cells = {key: cell_text(line[place]) if place < len(line) else "" for key, place in places.items()}
        if any(cells.values()) and not cells[sheet.columns[0].key].startswith(columns.SAMPLE):
            rows.append(Row(number, cells))
            _check_cells(reading, sheet, rows[-1])
    return rows


def _check_cells(reading: Reading, sheet: columns.Sheet, row: Row) -> None:
    for column in sheet.columns:
        text = row.cells[column.key]
        if column.required and not text:
            reading.note(sheet, row.number, column.key, f"缺少{column.heading}")
        elif len(text) > column.longest:
            reading.note(sheet, row.number, column.key, f"有 {len(text)} 个字，最多 {column.longest} 个字")
        elif any(ord(character) < 32 and character not in "\n\t" for character in text):
            reading.note(sheet, row.number, column.key, "含有不可见的控制字符，请删去")


def duplicates(rows: Iterable[Row], key: str) -> dict[int, int]:
    """Return the number of each row whose code stood before → the number of the row where it stood."""
    first: dict[str, int] = {}
    again = {}
    for row in rows:
        code = row.cells[key]
        if code and code in first:
            again[row.number] = first[code]
        first.setdefault(code, row.number)
    return again
