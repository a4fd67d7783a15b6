"""The Excel file of roles to grant: a template filled with who has none yet, and its reading."""

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db.models import Exists, OuterRef

from lianheng.web.accounts.directory import managed_people
from lianheng.web.accounts.models import Assignment, User
from lianheng.web.accounts.people_sheet import MAX_PEOPLE, read_table, workbook
from lianheng.web.accounts.roles import Role
from lianheng.web.shell.errors import InvalidInput
from lianheng.web.shell.workbook_reading import CellProblem, cell_text

PLACE = "单位编码或区划代码"
HEADINGS = ("用户名", "姓名", "角色", PLACE, "起始日期", "截止日期")
NEEDED = ("用户名", "角色", PLACE, "起始日期")
SAMPLE = ("（示例）wang.min", "（示例）王敏", Role.UNIT_ADMIN.label, "单位名册里的编码；本行跳过", "2027-01-01", "")
DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")


@dataclass(frozen=True)
class GrantRow:
    """One row of the file; days are ISO text, empty where the cell is empty or no day."""

    number: int
    username: str
    name: str
    role: str
    place: str
    valid_from: str
    valid_to: str


def template(actor: User, today: dt.date) -> bytes:
    """Return the workbook with a row for each account of this scope without a role; a sample where there is none."""
    return workbook([*_without_role(actor, today)] or [SAMPLE], HEADINGS)


def _without_role(actor: User, today: dt.date) -> Iterator[tuple[str | None, ...]]:
    """Yield who has no role, each proposed as 单位管理员 of the own institution, if that is known and open."""
    holds = Assignment.objects.filter(user=OuterRef("pk"), ended=None).exclude(valid_to__lt=today)
    people = managed_people(actor, [Role.SECURITY_ADMIN]).filter(~Exists(holds), is_active=True).exclude(pk=actor.pk)
    for person in people.select_related("institution").order_by("institution__code", "username")[:MAX_PEOPLE]:
        unit = person.institution if person.institution and person.institution.valid_to is None else None
        proposal = (Role.UNIT_ADMIN.label, unit.code) if unit else (None, None)
        yield (person.username, person.name, *proposal, today.isoformat(), None)


def read_grants(upload: UploadedFile) -> tuple[list[GrantRow], list[CellProblem], int]:
    """Read rows, wrong cells and how many rows name no role; InvalidInput when the file cannot be used at all."""
    rows: list[GrantRow] = []
    problems: list[CellProblem] = []
    without_role = 0
    for number, cells in read_table(upload, HEADINGS, NEEDED):
        text = {heading: cell_text(cell) for heading, cell in cells.items()}
        if not any(text.values()) or text["用户名"].startswith("（示例）"):
            continue
        if not text["角色"]:
            without_role += 1
            continue
        days = {heading: _day(cells.get(heading)) for heading in ("起始日期", "截止日期")}
        problems += [CellProblem(number, *wrong) for wrong in _wrong_cells(text, days)]
        name, place = text.get("姓名", ""), text[PLACE]
        rows.append(GrantRow(number, text["用户名"].lower(), name, text["角色"], place, *days.values()))
    if not rows:
        raise InvalidInput("文件里没有填了角色的行", "file")
    return rows, problems, without_role


def _wrong_cells(text: dict[str, str], days: dict[str, str]) -> Iterator[tuple[str, str]]:
    for heading in NEEDED:
        if not text[heading]:
            yield heading, f"没有填{heading}"
    for heading, day in days.items():
        if text.get(heading) and not day:
            yield heading, f"“{text[heading]}”不是日期，请写成 2027-01-01 这样"


def _day(cell: Any) -> str:
    """Return a cell's day as ISO text, or nothing: a date cell, or one of the usual ways to write it."""
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat()
    if isinstance(cell, dt.date):
        return cell.isoformat()
    written = DAY.fullmatch(cell_text(cell))
    try:
        return dt.date(*map(int, written.groups())).isoformat() if written else ""
    except ValueError:
        return ""
