"""People from Excel through the pages: checked cell by cell, whole or not at all, codes fetched once."""

from collections.abc import Callable, Sequence
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from lianheng.web.accounts.models import CodeSheet, User
from lianheng.web.accounts.people_sheet import HEADINGS, workbook
from lianheng.web.conftest import MakeUser
from lianheng.web.shell.models import Job
from lianheng.web.trail.models import TrailEntry
from lianheng.web.units.models import Institution

pytestmark = pytest.mark.django_db
LogIn = Callable[[User], Client]
GOOD = (("li.hua", "李华", "教师", "S1"), ("zhao.yu", "赵宇", "", "S1"))


def _file(rows: Sequence[Sequence[Any]], headings: Sequence[str] = HEADINGS) -> SimpleUploadedFile:
    return SimpleUploadedFile("人员.xlsx", workbook(rows, headings))


def _checked(page: str) -> str:
    return page.split('name="checked" value="')[1].split('"')[0]


def _import(browser: Client, rows: Sequence[Sequence[Any]]) -> Job:
    page = browser.post("/people/import/", {"file": _file(rows)})
    assert page.status_code == 200, page.content.decode()
    response = browser.post("/people/import/start/", {"checked": _checked(page.content.decode())})
    assert response.status_code == 302
    return Job.objects.latest("pk")


def _rows_of(content: bytes) -> list[tuple[Any, ...]]:
    return list(openpyxl.load_workbook(BytesIO(content)).active.iter_rows(min_row=2, values_only=True))


def test_it_makes_the_accounts_and_hands_the_codes_over_once(
    system_admin: User, school: Institution, log_in: LogIn, client: Client
) -> None:
    browser = log_in(system_admin)
    job = _import(browser, GOOD)
    assert job.state == Job.DONE and "2 个账号" in job.message
    made = User.objects.filter(username__in=["li.hua", "zhao.yu"])
    assert made.count() == 2 and all(user.institution == school for user in made)
    response = browser.post(job.result_url)
    codes = {row[0]: row[3] for row in _rows_of(response.content)}
    assert client.post("/login/", {"username": "li.hua", "password": codes["li.hua"]}).status_code == 302
    assert client.get("/").url == "/me/password/"  # type: ignore[attr-defined]
    again = browser.post(job.result_url)
    assert again.status_code == 409 and "已经领过一次" in again.content.decode()
    assert bytes(CodeSheet.objects.get().sealed) == b""
    assert TrailEntry.objects.filter(action="accounts.account_created", actor=f"user:{system_admin.pk}").count() == 2
    assert TrailEntry.objects.filter(action="accounts.people_imported").count() == 1
    for entry in TrailEntry.objects.select_related("payload"):
        assert not any(code in entry.payload.content for code in codes.values())


def test_the_codes_lie_sealed(system_admin: User, school: Institution, log_in: LogIn, make_user: MakeUser) -> None:
    job = _import(log_in(system_admin), GOOD)
    assert not bytes(CodeSheet.objects.get().sealed).startswith(b"PK")
    other = log_in(make_user("sys2", "system_admin"))
    assert other.post(job.result_url).status_code == 404 and other.get(job.result_url).status_code == 404
    assert CodeSheet.objects.get().fetched is None


@pytest.mark.parametrize(
    ("row", "column", "says"),
    [
        (("li.hua", "重名", "", "S1"), "用户名", "与第 2 行重复"),
        (("sys", "有了", "", "S1"), "用户名", "已经有人用了"),
        (("王敏", "王敏", "", "S1"), "用户名", "用户名要 3 到 40 个字符"),
        (("", "王敏", "", "S1"), "用户名", "没有填用户名"),
        (("wang", "", "", "S1"), "姓名", "没有填姓名"),
        (("wang", "名" * 41, "", "S1"), "姓名", "最多 40 个字"),
        (("wang", "王敏", "", "S9"), "单位编码", "没有编码为“S9”的单位"),
    ],
)
def test_one_bad_cell_keeps_everything_out(
    system_admin: User, school: Institution, log_in: LogIn, row: tuple[str, ...], column: str, says: str
) -> None:
    before = User.objects.count()
    response = log_in(system_admin).post("/people/import/", {"file": _file([*GOOD, row])})
    page = response.content.decode()
    assert response.status_code == 422 and says in page and f'<td>4</td><td class="nowrap">{column}</td>' in page
    assert "checked" not in page.split("<main")[1] and User.objects.count() == before


def _far_corner() -> bytes:
    """A small file whose one far cell would make a reader reserve hundreds of gigabytes."""
    book = openpyxl.Workbook()
    book.active["XFD1048576"] = 1
    file = BytesIO()
    book.save(file)
    return file.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.xlsx", _far_corner(), "表里的行超过"),
        ("a.xlsx", b"PK\x03\x04 broken", "文件打不开"),
        ("a.csv", b"a,b", ".xlsx"),
        ("a.xlsx", b"x" * (5 * 1024 * 1024 + 1), "文件超过 5 MB"),
        ("a.xlsx", workbook([], HEADINGS[:2]), "缺少“职务”“单位编码”"),
        ("a.xlsx", workbook([]), "没有可以导入的行"),
        ("a.xlsx", workbook([(f"u{n:05}", "某") for n in range(2802)]), "一次最多导入 2,800 人"),
    ],
)
def test_a_file_that_cannot_be_used(system_admin: User, log_in: LogIn, name: str, content: bytes, says: str) -> None:
    response = log_in(system_admin).post("/people/import/", {"file": SimpleUploadedFile(name, content)})
    assert response.status_code == 422 and says in response.content.decode()


def test_what_changed_since_the_check_is_found(
    system_admin: User, school: Institution, log_in: LogIn, make_user: MakeUser
) -> None:
    browser = log_in(system_admin)
    checked = _checked(browser.post("/people/import/", {"file": _file(GOOD)}).content.decode())
    make_user("li.hua")
    browser.post("/people/import/start/", {"checked": checked})
    job = Job.objects.latest("pk")
    assert job.state == Job.FAILED and "已经有人用了" in job.message
    assert not User.objects.filter(username="zhao.yu").exists() and not CodeSheet.objects.exists()


def test_forged_rows_and_those_of_another_are_refused(
    system_admin: User, school: Institution, log_in: LogIn, make_user: MakeUser
) -> None:
    browser = log_in(system_admin)
    checked = _checked(browser.post("/people/import/", {"file": _file(GOOD)}).content.decode())
    other = log_in(make_user("sys2", "system_admin"))
    assert browser.post("/people/import/start/", {"checked": checked[:-3] + "abc"}).status_code == 409
    assert other.post("/people/import/start/", {"checked": checked}).status_code == 403
    assert not Job.objects.exists() and TrailEntry.objects.filter(action="act.refused").count() == 2


def test_a_county_administrator_imports_into_the_county_only(
    make_user: MakeUser, school: Institution, far_school: Institution, log_in: LogIn
) -> None:
    browser = log_in(make_user("local", "system_admin", division="430424"))
    assert browser.post("/people/import/", {"file": _file(GOOD)}).status_code == 422
    assert browser.post("/people/import/", {"file": _file([("li.hua", "李华", "", "")])}).status_code == 422
    assert browser.post("/people/import/", {"file": _file([("li.hua", "李华", "", "S2")])}).status_code == 200


@pytest.mark.parametrize("path", ["/people/import/", "/people/import/template/", "/people/codes/1/"])
def test_nobody_else_comes_near(security_admin: User, jia: User, log_in: LogIn, path: str) -> None:
    for user in (security_admin, jia):
        assert log_in(user).get(path).status_code == 403


def test_the_template_comes_back_as_it_went(system_admin: User, log_in: LogIn) -> None:
    content = log_in(system_admin).get("/people/import/template/").content
    sheet = openpyxl.load_workbook(BytesIO(content)).active
    assert tuple(cell.value for cell in sheet[1]) == HEADINGS
    response = log_in(system_admin).post("/people/import/", {"file": SimpleUploadedFile("a.xlsx", content)})
    assert "没有可以导入的行" in response.content.decode()


def test_2800_people_come_in_one_go(system_admin: User, school: Institution, log_in: LogIn) -> None:
    job = _import(log_in(system_admin), [(f"u{n:05}", f"人{n}", "", "S1") for n in range(2800)])
    assert job.state == Job.DONE and User.objects.filter(institution=school).count() == 2800
    assert TrailEntry.objects.filter(action="accounts.account_created", actor=f"user:{system_admin.pk}").count() == 2800
