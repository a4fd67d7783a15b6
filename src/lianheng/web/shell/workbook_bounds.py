"""Read an uploaded Excel sheet within bounds that are checked before the reader sees the file.

The reader reserves the whole rectangle up to the farthest cell: one cell at XFD1048576 asks for hundreds of gigabytes
and the process is killed, not an exception raised. So addresses are looked at first, in every member of the archive.
"""

import io
import re
import zipfile
import zlib
from typing import Any

from django.conf import settings
from python_calamine import CalamineError, CalamineWorkbook

from lianheng.web.shell.errors import InvalidInput

# What a file of the largest size may unpack to: ordinary sheets unpack to some ten times their size.
MAX_UNPACKED = 100 * 1024 * 1024
BROKEN = "文件打不开：它不是完好的 .xlsx 表格。请用 Excel 或 WPS 重新另存为 .xlsx 后再传"
ADDRESS = re.compile(rb"""\br\s*=\s*["']([A-Za-z]{0,9})([0-9]+)["']""")
# A cell whose formula has no result beside it, and one whose result is an error.
UNCOMPUTED = re.compile(rb"<c\b([^>]*)>\s*<f\b[^>]*?(?:/>|>[^<]*</f>)\s*(?:<v\s*/>|<v>\s*</v>)?\s*</c>")
FAULTY = re.compile(rb'<c\b([^>]*\bt="e"[^>]*)>')
PLACE = re.compile(rb'\br="([A-Z]+)([0-9]+)"')
FIRST_SHEET = re.compile(rb'<sheet\b[^>]*\br:id="([^"]+)"')
RELATION = re.compile(rb"<Relationship\b[^>]*>")
TARGET = re.compile(rb'\bTarget="([^"]+)"')
CHUNK, LONGEST_ADDRESS = 1 << 20, 64
# Forms of other spreadsheets, whose addresses this check cannot read.
OTHER_FORMATS = {"xl/workbook.bin", "content.xml"}

BROKEN_ARCHIVE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    RuntimeError,
    NotImplementedError,
    ValueError,
    OSError,
    IndexError,
)


def read_first_sheet(content: bytes, *, max_rows: int, max_columns: int, field: str = "file") -> list[list[Any]]:
    """Return the rows of the first sheet, from its first row and column; InvalidInput says what is wrong."""
    check_bounds(content, max_rows=max_rows, max_columns=max_columns, field=field)
    _refuse_unread_cells(content, field)
    try:
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
        return list(sheet.to_python(skip_empty_area=False))
    except (CalamineError, *BROKEN_ARCHIVE) as error:
        raise InvalidInput(BROKEN, field) from error


def _refuse_unread_cells(content: bytes, field: str) -> None:
    """Refuse cells that the reader would take for empty ones: formulas never computed, and errors such as #N/A."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            text = packed.read(_first_sheet_of(packed))
    except (KeyError, *BROKEN_ARCHIVE):
        return  # the reader itself says what is wrong with such a file
    for pattern, what in ((UNCOMPUTED, "是没有算过的公式，读不到结果"), (FAULTY, "是错误值")):
        cell = pattern.search(text)
        place = PLACE.search(cell[1]) if cell else None
        if place:
            column, row = place[1].decode(), place[2].decode()
            raise InvalidInput(f"第 {row} 行 {column} 列{what}。请把它改成数值或文字，保存后再传", field)


def _first_sheet_of(packed: zipfile.ZipFile) -> str:
    """Return the archive's name of the first sheet."""
    named = FIRST_SHEET.search(packed.read("xl/workbook.xml"))
    for relation in RELATION.findall(packed.read("xl/_rels/workbook.xml.rels")):
        target = TARGET.search(relation)
        if named and target and re.search(rb'\bId="' + re.escape(named[1]) + b'"', relation):
            return "xl/" + target[1].decode().removeprefix("/").removeprefix("xl/")
    return "xl/worksheets/sheet1.xml"


def check_bounds(content: bytes, *, max_rows: int, max_columns: int, field: str = "file") -> None:
    """Refuse a workbook that is too large or whose cells lie too far out; call it before any reader sees the file."""
    if len(content) > settings.MAX_UPLOAD:
        raise InvalidInput(f"文件超过 {settings.MAX_UPLOAD >> 20} MB，请分成几个文件", field)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            _check_archive(packed, max_rows, max_columns, field)
    except BROKEN_ARCHIVE as error:
        raise InvalidInput(BROKEN, field) from error


def _check_archive(packed: zipfile.ZipFile, max_rows: int, max_columns: int, field: str) -> None:
    if OTHER_FORMATS & set(packed.namelist()):
        raise InvalidInput(BROKEN, field)
    if sum(item.file_size for item in packed.infolist()) > MAX_UNPACKED:
        raise InvalidInput("文件解开后过大，不像一张表，没有读取", field)
    for item in packed.infolist():
        # A member that holds more than it declares fails its checksum here.
        with packed.open(item) as stream:
            tail = b""
            while chunk := stream.read(CHUNK):
                if _beyond(tail + chunk, max_rows, max_columns):
                    raise InvalidInput(
                        f"表里的行超过 {max_rows:,}，或者列超过 {max_columns}。请从模板填起，行多时分成几个文件", field
                    )
                tail = chunk[-LONGEST_ADDRESS:]


def _beyond(text: bytes, max_rows: int, max_columns: int) -> bool:
    """Say whether an address lies outside; the heading row counts as one more."""
    for letters, digits in ADDRESS.findall(text):
        column = 0
        for letter in letters.upper():
            column = column * 26 + letter - 64
        if column > max_columns or int(digits[:9]) > max_rows + 1:
            return True
    return False
