"""The Excel form of institutions: headings, template, reading with bounds, errors by row and cell."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lianheng.web.shell.errors import InvalidInput
from lianheng.web.shell.workbook_reading import cell_text, read_sheet
from lianheng.web.units import institution_template
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


@dataclass(frozen=True)
class SheetRow:
    """One row of the file, with the number that Excel shows."""

    number: int
    data: InstitutionData


def template() -> bytes:
    """Return the empty form: headings, a sample row, drop-downs and notes."""
    return institution_template.template(HEADINGS)


def read_rows(content: bytes) -> list[SheetRow]:
    """Read the first sheet; bounds are checked before anything is unpacked."""
    lines = read_sheet(content, max_rows=MAX_ROWS, max_columns=MAX_COLUMNS)
    if not lines:
        raise InvalidInput("表是空的。请从模板填起", "file")
    places = _places([cell_text(cell) for cell in lines[0]])
    labels = {name: code for code, name in UnitType.objects.values_list("code", "name")}
    rows = [
        SheetRow(number, _data(line, places, labels))
        for number, line in enumerate(lines[1:], start=2)
        if any(cell_text(cell) for cell in line) and not _is_sample(line, places)
    ]
    if not rows:
        raise InvalidInput("表里只有标题，没有单位", "file")
    return rows


def _is_sample(line: Sequence[Any], places: dict[str, int]) -> bool:
    return places["code"] < len(line) and cell_text(line[places["code"]]).startswith(institution_template.SAMPLE_MARK)


def _places(headings: Sequence[str]) -> dict[str, int]:
    """Return where each field stands; columns with other headings are left alone."""
    places = {field: headings.index(label) for field, label in HEADINGS.items() if label in headings}
    missing = [HEADINGS[field] for field in REQUIRED if field not in places]
    if missing:
        raise InvalidInput(f"第 1 行缺少标题“{'”“'.join(missing)}”。请用模板里的标题", "file")
    return places


def _data(line: Sequence[Any], places: dict[str, int], labels: dict[str, str]) -> InstitutionData:
    values: dict[str, Any] = {
        field: cell_text(line[place]) if place < len(line) else "" for field, place in places.items()
    }
    # Codes are what people type in full width; the forms take them so, too.
    for field in ("code", "division", "parent"):
        values[field] = unicodedata.normalize("NFKC", values.get(field, ""))
    for field in ("unit_type", "business_line"):
        values[field] = labels.get(values.get(field, ""), values.get(field, ""))
    if values["unit_type"] == institution_template.AREA_LABEL:
        values |= {"unit_type": "", "is_area": True}
    ownerships = {label: code for code, label in Institution.OWNERSHIP}
    values["ownership"] = ownerships.get(values.get("ownership", ""), values.get("ownership", ""))
    return InstitutionData(**values)
