"""The Excel form of institutions: headings, template, reading with bounds, errors by row and cell."""

import hashlib
import io
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from python_calamine import CalamineError, CalamineWorkbook

from lianheng.web.shell.errors import InvalidInput
from lianheng.web.shell.table_export import write_sheet
from lianheng.web.units.institution_data import InstitutionData
from lianheng.web.units.models import Institution, UnitType

HEADINGS = {
    "code": "单位编码",
    "name": "单位名称",
    "division": "区划代码",
    "unit_type": "单元类型",
    "list_code": "清单",
    "ownership": "所有制",
    "parent": "上级单位编码",
    "business_line": "主管条线",
}
REQUIRED = ("code", "name", "division", "unit_type")
MAX_ROWS = 50_000
MAX_COLUMNS = 50
# What a file of the largest size may unpack to: ordinary sheets unpack to some ten times their size.
MAX_UNPACKED = 200 * 1024 * 1024
BROKEN = "文件打不开：它不是完好的 .xlsx 表格。请用 Excel 或 WPS 重新另存为 .xlsx 后再传"
TOO_MANY = f"表里的行超过 {MAX_ROWS:,}，或者列超过 {MAX_COLUMNS}。请从模板填起，行多时分成几个文件"
CELL = re.compile(rb"""\br=["']([A-Z]{1,3})([0-9]{1,7})["']""")


@dataclass(frozen=True)
class CellProblem:
    """One refused cell: the row as Excel numbers it."""

    row: int
    heading: str
    message: str


@dataclass(frozen=True)
class SheetRow:
    """One row of the file, with the number that Excel shows."""

    number: int
    data: InstitutionData


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def template() -> bytes:
    """Return an empty form whose first row holds the headings."""
    file = io.BytesIO()
    write_sheet(file, list(HEADINGS.values()), [], sheet="单位")
    return file.getvalue()


def read_rows(content: bytes) -> list[SheetRow]:
    """Read the first sheet; bounds are checked before anything is unpacked."""
    _check_size(content)
    try:
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
        if sheet.total_height > MAX_ROWS + 1:
            raise InvalidInput(
                f"表里有 {sheet.total_height - 1:,} 行，一次最多 {MAX_ROWS:,} 行，请分成几个文件", "file"
            )
        if sheet.total_width > MAX_COLUMNS:
            raise InvalidInput(f"表里有 {sheet.total_width} 列，最多 {MAX_COLUMNS} 列。请从模板填起", "file")
        lines = sheet.to_python(skip_empty_area=False)
    except InvalidInput:
        raise
    except (CalamineError, ValueError, OSError, IndexError) as error:
        raise InvalidInput(BROKEN, "file") from error
    if not lines:
        raise InvalidInput("表是空的。请从模板填起", "file")
    places = _places([_text(cell) for cell in lines[0]])
    labels = {name: code for code, name in UnitType.objects.values_list("code", "name")}
    rows = [
        SheetRow(number, _data(line, places, labels))
        for number, line in enumerate(lines[1:], start=2)
        if any(_text(cell) for cell in line)
    ]
    if not rows:
        raise InvalidInput("表里只有标题，没有单位", "file")
    return rows


def _check_size(content: bytes) -> None:
    if len(content) > settings.MAX_UPLOAD:
        raise InvalidInput(f"文件超过 {settings.MAX_UPLOAD >> 20} MB，请分成几个文件", "file")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            unpacked = sum(item.file_size for item in packed.infolist())
    except zipfile.BadZipFile as error:
        raise InvalidInput(BROKEN, "file") from error
    if unpacked > MAX_UNPACKED:
        raise InvalidInput("文件解开后过大，不像一张单位表，没有读取", "file")


def _places(headings: Sequence[str]) -> dict[str, int]:
    """Return where each field stands; columns with other headings are left alone."""
    places = {field: headings.index(label) for field, label in HEADINGS.items() if label in headings}
    missing = [HEADINGS[field] for field in REQUIRED if field not in places]
    if missing:
        raise InvalidInput(f"第 1 行缺少标题“{'”“'.join(missing)}”。请用模板里的标题", "file")
    return places


def _text(cell: Any) -> str:
    """Return a cell as text; a code that Excel made a number loses its '.0'."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip() if cell is not None else ""


def _data(line: Sequence[Any], places: dict[str, int], labels: dict[str, str]) -> InstitutionData:
    values: dict[str, Any] = {field: _text(line[place]) if place < len(line) else "" for field, place in places.items()}
    for field in ("unit_type", "business_line"):
        values[field] = labels.get(values.get(field, ""), values.get(field, ""))
    ownerships = {label: code for code, label in Institution.OWNERSHIP}
    values["ownership"] = ownerships.get(values.get("ownership", ""), values.get("ownership", ""))
    return InstitutionData(**values)
