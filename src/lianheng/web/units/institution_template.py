"""The empty Excel form of institutions: headings, a sample row, drop-downs, and a page that explains each column."""

import io
from collections.abc import Sequence

import xlsxwriter  # type: ignore[import-untyped]

from lianheng.web.units.list_names import list_labels
from lianheng.web.units.models import Institution, UnitType

SAMPLE_MARK = "（示例）"
# What stands in the column of unit types for a county that is assessed as an area: no unit type, no list.
AREA_LABEL = "地区"
SHEET, NOTES = "单位", "填写说明"
ROWS_WITH_DROPDOWN = 5_000


def template(headings: dict[str, str]) -> bytes:
    """Return the form; the sample row is left out when the file is read."""
    kinds = list(UnitType.objects.order_by("code"))
    letters = sorted({letter for kind in kinds for letter in kind.lists.split(",") if letter})
    names = [kind.name for kind in kinds]
    choices = {
        "unit_type": [*names, AREA_LABEL],
        "list_code": letters,
        "ownership": [label for _, label in Institution.OWNERSHIP],
        "business_line": names,
    }
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"strings_to_formulas": False, "strings_to_urls": False})
    bold, text = book.add_format({"bold": True}), book.add_format({"num_format": "@"})
    page = book.add_worksheet(SHEET)
    page.freeze_panes(1, 0)
    # Codes are text, so that no digit is lost.
    page.set_column(0, len(headings) - 1, 18, text)
    for place, (field, heading) in enumerate(headings.items()):
        page.write_string(0, place, heading, bold)
        page.write_string(1, place, _sample(kinds).get(field, ""), text)
        if choices.get(field):
            rule = {"validate": "list", "source": choices[field], "ignore_blank": True, "error_title": heading}
            page.data_validation(1, place, ROWS_WITH_DROPDOWN, place, rule)
    _write_notes(book.add_worksheet(NOTES), headings, kinds)
    book.close()
    return file.getvalue()


def _sample(kinds: Sequence[UnitType]) -> dict[str, str]:
    kind = next((row for row in kinds if "X" in row.lists.split(",")), kinds[0] if kinds else None)
    return {
        "code": f"{SAMPLE_MARK}X430421-001",
        "name": "某某县第一中学",
        "division": "430421",
        "unit_type": kind.name if kind else "",
        "list_code": kind.lists.split(",")[0] if kind else "",
    }


def _write_notes(page: object, headings: dict[str, str], kinds: Sequence[UnitType]) -> None:
    lines = [
        f"“{SHEET}”表第 1 行是标题，不要改；第 2 行是示例，导入时不读，可以删去。从第 3 行起，一行一个单位。",
        f"{headings['code']}：必填，字母、数字和连字符，最多 24 位，全市不重复。",
        f"{headings['name']}：必填，2 到 80 个字，写全称。",
        f"{headings['division']}：必填，单位所在区划的代码，在“区划与单位”里可以查到。",
        f"{headings['unit_type']}：必填，从下拉里选。参加百分制考评的县市区也各占一行，选“{AREA_LABEL}”，清单不填。",
        f"{headings['list_code']}：适用的清单，从下拉里选；不填就没有清单。各类单位能用的清单见下面。",
        f"{headings['ownership']}：企业才填，从下拉里选。",
        f"{headings['parent']}：可以是已登记的单位，也可以是本文件里的单位。",
        f"{headings['business_line']}：主管条线，从下拉里选；不填时与单元类型相同。",
        "单元类型和能用的清单：",
        *(f"　{kind.name}：{list_labels(kind.lists) or '没有清单'}，填字母" for kind in kinds),
    ]
    page.set_column(0, 0, 90)  # type: ignore[attr-defined]
    for number, line in enumerate(lines):
        page.write_string(number, 0, line)  # type: ignore[attr-defined]
