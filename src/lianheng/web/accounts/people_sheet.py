"""The Excel file of people: its template, its reading, and the workbook of one-time codes that an import yields."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from django.core.files.uploadedfile import UploadedFile

from lianheng.web.accounts.names import NAME_RULE, name_problem
from lianheng.web.shell.errors import InvalidInput
from lianheng.web.shell.table_export import write_sheet
from lianheng.web.shell.workbook_reading import CellProblem, cell_text, read_sheet

MAX_BYTES = 5 * 1024 * 1024
# Beyond this no reader looks: it reserves the whole rectangle up to the farthest cell. Not fewer rows: every workbook's
# theme holds numbers up to 50,000 that look like a row's.
FARTHEST_ROW, FARTHEST_COLUMN = 50_000, 30
MAX_PEOPLE = 2800
SHEET = "人员"
HEADINGS = ("用户名", "姓名", "职务", "单位编码")
SAMPLE = ("（示例）wang.min", "（示例）王敏", "办公室主任", "填单位清单里的编码；本行导入时跳过")
LONGEST = {"用户名": 40, "姓名": 40, "职务": 60, "单位编码": 24}
REQUIRED = ("用户名", "姓名")


@dataclass(frozen=True)
class PersonRow:
    """One row of the file."""

    number: int
    username: str
    name: str
    position: str
    institution: str


def template() -> bytes:
    """Return the empty workbook with its headings and a sample row."""
    return workbook([SAMPLE])


def workbook(rows: Sequence[Sequence[Any]], headings: Sequence[str] = HEADINGS) -> bytes:
    file = BytesIO()
    write_sheet(file, headings, rows, SHEET)
    return file.getvalue()


def read_people(upload: UploadedFile) -> tuple[list[PersonRow], list[CellProblem]]:
    """Read the file; raises InvalidInput when it cannot be used at all."""
    rows, problems = [], []
    for number, line in read_table(upload, HEADINGS, HEADINGS):
        cells = {heading: cell_text(cell) for heading, cell in line.items()}
        if not any(cells.values()) or cells["用户名"].startswith("（示例）"):
            continue
        rows.append(PersonRow(number, cells["用户名"].lower(), cells["姓名"], cells["职务"], cells["单位编码"]))
        problems += [CellProblem(number, heading, text) for heading, text in _wrong_cells(cells)]
    if not rows:
        raise InvalidInput("文件里没有可以导入的行", "file")
    return rows, problems


def read_table(
    upload: UploadedFile, headings: Sequence[str], needed: Sequence[str]
) -> Iterator[tuple[int, dict[str, Any]]]:
    """Return each row's number and its cells by heading; raises InvalidInput when the file cannot be used at all."""
    if (upload.size or 0) > MAX_BYTES:
        raise InvalidInput(f"文件超过 {MAX_BYTES // 1024 // 1024} MB，请核对是不是选错了文件", "file")
    if not (upload.name or "").lower().endswith(".xlsx"):
        raise InvalidInput("请上传 .xlsx 工作簿（在表格软件中“另存为”可以转换）", "file")
    upload.seek(0)
    table = read_sheet(upload.read(), max_rows=FARTHEST_ROW, max_columns=FARTHEST_COLUMN, named=SHEET)
    found = [cell_text(cell) for cell in table[0]] if table else []
    missing = [heading for heading in needed if heading not in found]
    if missing:
        raise InvalidInput(f"第 1 行缺少“{'”“'.join(missing)}”，请用模板填写，不要改动表头", "file")
    if len(table) - 1 > MAX_PEOPLE + 1:
        raise InvalidInput(f"一次最多导入 {MAX_PEOPLE:,} 人，这份文件有 {len(table) - 1:,} 行，请分几次导入", "file")
    places = {heading: found.index(heading) for heading in headings if heading in found}
    for number, line in enumerate(table[1:], 2):
        yield number, {heading: line[place] if place < len(line) else "" for heading, place in places.items()}


def _wrong_cells(cells: dict[str, str]) -> list[tuple[str, str]]:
    wrong = []
    for heading, text in cells.items():
        if heading in REQUIRED and not text:
            wrong.append((heading, f"没有填{heading}"))
        elif len(text) > LONGEST[heading]:
            wrong.append((heading, f"有 {len(text)} 个字，最多 {LONGEST[heading]} 个字"))
        elif not text.isprintable():
            wrong.append((heading, "含有换行或不可见的字符，请删去"))
        elif heading == "姓名" and name_problem(text):
            wrong.append((heading, NAME_RULE))
    return wrong
