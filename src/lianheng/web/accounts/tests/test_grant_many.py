"""Roles for many people from Excel: checked as a single grant is, granted to all or to nobody."""

import dataclasses
import datetime as dt
from collections.abc import Callable, Sequence
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from lianheng.web.accounts import grant_job
from lianheng.web.accounts.grants_sheet import HEADINGS, GrantRow
from lianheng.web.accounts.models import Assignment, User
from lianheng.web.accounts.people_sheet import SHEET, workbook
from lianheng.web.accounts.services import grant_role, grant_roles
from lianheng.web.conftest import TODAY, MakeUser
from lianheng.web.shell import jobs
from lianheng.web.shell.errors import InvalidInput
from lianheng.web.shell.models import Job
from lianheng.web.trail.models import TrailEntry
from lianheng.web.trail.racing import at_once
from lianheng.web.units.models import Institution

pytestmark = pytest.mark.django_db
LogIn = Callable[[User], Client]
DAY = "2026-12-03"
GRANTED = "accounts.role_granted"


@pytest.fixture
def yi(make_user: MakeUser, school: Institution) -> User:
    user = make_user("yi")
    User.objects.filter(pk=user.pk).update(institution=school)
    return User.objects.get(pk=user.pk)


def _row(username: str, role: str = "单位管理员", place: str = "S1", *days: Any, name: str = "") -> tuple[Any, ...]:
    return (username, name, role, place, *(days or (DAY, "")))


def _file(rows: Sequence[Sequence[Any]]) -> SimpleUploadedFile:
    """Write as Excel does: days are date cells, what begins with = is a formula."""
    book = openpyxl.Workbook()
    book.active.title = SHEET
    for line in (HEADINGS, *rows):
        book.active.append([cell or None for cell in line])
    file = BytesIO()
    book.save(file)
    return SimpleUploadedFile("角色.xlsx", file.getvalue())


def _check(browser: Client, *rows: Sequence[Any]) -> tuple[int, str]:
    response = browser.post("/people/grants/", {"file": _file(rows)})
    return response.status_code, response.content.decode()


def _checked(page: str) -> str:
    return page.split('name="checked" value="')[1].split('"')[0]


def _start(browser: Client, page: str) -> Job:
    assert browser.post("/people/grants/start/", {"checked": _checked(page)}).status_code == 302
    return Job.objects.latest("pk")


def test_it_grants_and_records_each_as_a_single_grant_does(
    security_admin: User, jia: User, yi: User, school: Institution, log_in: LogIn
) -> None:
    browser = log_in(security_admin)
    rows = (_row("jia"), _row("yi", "考评人员", "430424", dt.date(2027, 1, 1), "2027年12月31日"), _row("bing", ""))
    status, page = _check(browser, *rows)
    assert status == 200 and "检查通过：2 人" in page and "另有 1 行没有填角色" in page
    assert not Assignment.objects.filter(user__in=[jia, yi]).exists()
    job = _start(browser, page)
    assert job.state == Job.DONE and "已给 2 人授予角色" in job.message and "放行" not in job.message
    own, area = Assignment.objects.get(user=jia), Assignment.objects.get(user=yi)
    assert (own.role, own.institution, own.division, own.valid_from, own.valid_to) == (
        "unit_admin",
        school,
        "",
        TODAY,
        None,
    )
    assert (area.role, area.division, area.valid_from, area.valid_to) == (
        "assessor",
        "430424",
        dt.date(2027, 1, 1),
        dt.date(2027, 12, 31),
    )
    entries = TrailEntry.objects.filter(action=GRANTED, actor=f"user:{security_admin.pk}")
    assert {entry.subject_id for entry in entries} == {str(jia.pk), str(yi.pk)}
    assert TrailEntry.objects.filter(action="accounts.roles_granted").count() == 1
    assert User.objects.get(pk=jia.pk).session_epoch == jia.session_epoch + 1


@pytest.mark.parametrize(
    ("row", "column", "says"),
    [
        (_row("nobody"), "用户名", "没有用户名“nobody”"),
        (_row("", place="S1"), "用户名", "没有填用户名"),
        (_row("jia"), "用户名", "与第 2 行是同一个人"),
        (_row("sec"), "用户名", "不能给自己授予角色"),
        (_row("gone"), "用户名", "账号已停用"),
        (_row("yi", name="别人"), "姓名", "不是别人的"),
        (_row("yi", "管理员"), "角色", "没有“管理员”这个角色，可以填：领导小组"),
        (_row("yi", "审计管理员"), "角色", "不能批量授予"),
        (_row("scores"), "角色", "不能是同一个人"),
        (_row("sys"), "角色", "三员账号不能再授予业务角色"),
        (_row("has"), "角色", "已经有同样范围的这个角色"),
        (_row("yi", place="S9"), "单位编码或区划代码", "没有编码为“S9”的单位或区划"),
        (_row("yi", place=""), "单位编码或区划代码", "没有填单位编码或区划代码"),
        (_row("yi", place="430424"), "单位编码或区划代码", "只管一个单位，请填单位编码"),
        (_row("yi", "考评人员", "4399"), "单位编码或区划代码", "没有编码为“4399”"),
        (_row("yi", "单位管理员", "S1", "", ""), "起始日期", "没有填起始日期"),
        (_row("yi", "单位管理员", "S1", "2026-02-30", ""), "起始日期", "不是日期"),
        (_row("yi", "单位管理员", "S1", DAY, "年底"), "截止日期", "“年底”不是日期"),
        (_row("yi", "单位管理员", "S1", DAY, "2026-12-02"), "截止日期", "早于开始日期"),
    ],
)
def test_one_bad_cell_keeps_everything_out(
    security_admin: User,
    system_admin: User,
    jia: User,
    yi: User,
    school: Institution,
    make_user: MakeUser,
    log_in: LogIn,
    row: tuple[Any, ...],
    column: str,
    says: str,
) -> None:
    User.objects.filter(pk=make_user("gone").pk).update(is_active=False)
    make_user("scores", "assessor", institution=school)
    make_user("has", "unit_admin", institution=school)
    status, page = _check(log_in(security_admin), _row("jia"), row)
    assert status == 422 and says in page and f'<td>3</td><td class="nowrap">{column}</td>' in page
    assert page.count('<td class="nowrap">') == 1 and "checked" not in page.split("<main")[1]


def test_a_formula_is_told_with_its_place(security_admin: User, jia: User, log_in: LogIn) -> None:
    status, page = _check(log_in(security_admin), _row("jia"), _row('="y"&"i"'))
    assert status == 422 and "第 3 行 A 列是没有算过的公式" in page


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (workbook([], HEADINGS[:3]), "缺少“单位编码或区划代码”“起始日期”"),
        (workbook([], HEADINGS), "没有填了角色的行"),
        (workbook([_row(f"u{n}") for n in range(2802)], HEADINGS), "一次最多导入 2,800 人"),
    ],
)
def test_a_file_that_cannot_be_used(security_admin: User, log_in: LogIn, content: bytes, says: str) -> None:
    response = log_in(security_admin).post("/people/grants/", {"file": SimpleUploadedFile("a.xlsx", content)})
    assert response.status_code == 422 and says in response.content.decode()


def test_the_template_holds_who_has_no_role_and_comes_back_as_it_went(
    security_admin: User, jia: User, yi: User, school: Institution, make_user: MakeUser, log_in: LogIn
) -> None:
    grant_role(actor=None, user_id=yi.pk, role="unit_admin", valid_from=TODAY, institution_id=school.pk)
    User.objects.filter(pk=make_user("gone").pk).update(is_active=False)
    make_user("nowhere")
    browser = log_in(security_admin)
    content = browser.get("/people/grants/template/").content
    rows = list(openpyxl.load_workbook(BytesIO(content)).active.iter_rows(values_only=True))
    assert rows[0] == HEADINGS and set(rows[1:]) == {
        ("jia", "用户jia", "单位管理员", "S1", DAY, None),
        ("nowhere", "用户nowhere", None, None, DAY, None),
    }
    page = browser.post("/people/grants/", {"file": SimpleUploadedFile("a.xlsx", content)}).content.decode()
    assert _start(browser, page).state == Job.DONE and Assignment.objects.get(user=jia).institution == school


def test_a_code_that_needs_a_release_is_told(
    security_admin: User, system_admin: User, jia: User, yi: User, log_in: LogIn
) -> None:
    User.objects.filter(pk__in=[jia.pk, yi.pk]).update(code_from=system_admin)
    browser = log_in(security_admin)
    job = _start(browser, _check(browser, _row("jia"), _row("yi", "考评人员", "4304"))[1])
    assert "其中 1 人要放行" in job.message and job.result_url == "/people/releases/"


def test_what_changed_since_the_check_is_found_and_nobody_gets_a_role(
    security_admin: User, jia: User, yi: User, school: Institution, log_in: LogIn
) -> None:
    browser = log_in(security_admin)
    page = _check(browser, _row("jia"), _row("yi"))[1]
    grant_role(actor=None, user_id=yi.pk, role="unit_admin", valid_from=TODAY, institution_id=school.pk)
    job = _start(browser, page)
    assert job.state == Job.FAILED and "没有授予任何人：第 3 行角色：" in job.message
    assert not Assignment.objects.filter(user=jia).exists()


def test_a_right_that_ended_since_the_check_grants_nothing(
    security_admin: User, jia: User, log_in: LogIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The job runs later than the click: what counts is the right that the asker has then."""
    browser = log_in(security_admin)
    page = _check(browser, _row("jia"))[1]

    def late(job: Job, prepared: Any) -> Any:
        Assignment.objects.filter(user=security_admin).update(valid_to=dt.date(2026, 12, 2))
        return grant_job.write(job, prepared)

    monkeypatch.setitem(jobs._KINDS, grant_job.KIND, jobs.JobKind(write=late))
    job = _start(browser, page)
    assert job.state == Job.FAILED and "由安全管理员办理" in job.message
    assert not Assignment.objects.filter(user=jia).exists()


def test_forged_rows_and_those_of_another_are_refused(
    security_admin: User, jia: User, make_user: MakeUser, log_in: LogIn
) -> None:
    browser = log_in(security_admin)
    checked = _checked(_check(browser, _row("jia"))[1])
    other = log_in(make_user("sec2", "security_admin"))
    assert browser.post("/people/grants/start/", {"checked": checked[:-3] + "abc"}).status_code == 409
    assert other.post("/people/grants/start/", {"checked": checked}).status_code == 403
    assert not Job.objects.exists() and not Assignment.objects.filter(user=jia).exists()


def test_a_county_administrator_grants_in_the_county_only(
    make_user: MakeUser, jia: User, yi: User, far_school: Institution, log_in: LogIn
) -> None:
    browser = log_in(make_user("local", "security_admin", division="430424"))
    User.objects.filter(pk=yi.pk).update(institution=far_school)
    chief = make_user("chief", "system_admin")
    User.objects.filter(pk=chief.pk).update(institution=far_school)
    content = browser.get("/people/grants/template/").content
    rows = list(openpyxl.load_workbook(BytesIO(content)).active.iter_rows(min_row=2, values_only=True))
    assert [row[0] for row in rows] == ["yi"]
    for row, says in (
        (_row("jia", place="S2"), "不在您管的范围内"),
        (_row("yi", place="S1"), "不在您管的范围内"),
        (_row("yi", "第三方机构", "430421"), "请由上级安全管理员授予"),
        (_row("chief", place="S2"), "是管全部人员的管理员"),
    ):
        status, page = _check(browser, row)
        assert status == 422 and says in page
    assert _start(browser, _check(browser, _row("yi", place="S2"))[1]).state == Job.DONE


@pytest.mark.parametrize("path", ["/people/grants/", "/people/grants/template/"])
def test_nobody_else_comes_near(system_admin: User, audit_admin: User, jia: User, log_in: LogIn, path: str) -> None:
    for user in (system_admin, audit_admin, jia):
        browser = log_in(user)
        assert browser.get(path).status_code == 403
        assert browser.post("/people/grants/start/", {"checked": "x"}).status_code == 403
    assert "批量授予角色" not in log_in(system_admin).get("/people/").content.decode()


def test_the_list_of_people_leads_there(security_admin: User, log_in: LogIn) -> None:
    assert 'href="/people/grants/"' in log_in(security_admin).get("/people/").content.decode()


def _many(count: int, like: User, school: Institution) -> list[GrantRow]:
    moment = like.created
    User.objects.bulk_create(
        User(username=f"u{n}", name="甲", password="!", institution=school, created=moment) for n in range(count)
    )
    return [GrantRow(n + 2, f"u{n}", "甲", "单位管理员", "S1", DAY, "") for n in range(count)]


def test_a_person_costs_an_entry_and_no_questions(
    security_admin: User, jia: User, school: Institution, django_assert_max_num_queries: Any
) -> None:
    """2,800 people would hold SQLite's write lock for half a minute if each were asked about by itself."""
    rows = _many(60, jia, school)
    # For each: the unit is there (twice, by check and scope), five statements of the entry. And twelve for all.
    with django_assert_max_num_queries(60 * 7 + 20):
        granted = grant_roles(actor=security_admin, rows=rows, sha256="0" * 64)
    assert granted.people == 60 == TrailEntry.objects.filter(action=GRANTED, actor=f"user:{security_admin.pk}").count()
    people = User.objects.filter(username__startswith="u")
    assert set(people.values_list("session_epoch", "revision")) == {(1, 1)}
    # Whoever holds something by now is judged by it without being asked about one by one.
    again = [dataclasses.replace(row, role="考评人员", place="430424") for row in rows]
    with django_assert_max_num_queries(60 * 7 + 20):
        grant_roles(actor=security_admin, rows=again, sha256="1" * 64)
    with pytest.raises(InvalidInput, match=r"已经有同样范围的这个角色.*共 60 处"):
        grant_roles(actor=security_admin, rows=again, sha256="2" * 64)


def test_a_worker_killed_half_way_has_granted_nothing_and_its_job_is_done_once(
    security_admin: User, jia: User, school: Institution, log_in: LogIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = _many(250, jia, school)
    job = Job.objects.create(
        room="accounts", kind=grant_job.KIND, title="x", asked_by=security_admin.pk, created=jia.created,
        arguments={"rows": [dataclasses.astuple(row) for row in rows], "sha256": "0" * 64},
    )  # fmt: skip
    before = TrailEntry.objects.count()

    class Killed(BaseException):
        """What kill -9 leaves: no handler runs but the database's own."""

    def die(job: Job, done: int, total: int) -> None:
        assert Assignment.objects.filter(user__username__startswith="u").count() == 250
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(grant_job, "report_progress", die)
        with pytest.raises(Killed):
            jobs.run_job(job.pk)
    assert not Assignment.objects.filter(user__username__startswith="u").exists()
    assert TrailEntry.objects.count() == before and Job.objects.get(pk=job.pk).state == Job.RUNNING
    jobs.requeue_lost_jobs()
    jobs.run_job(job.pk)
    jobs.run_job(job.pk)
    assert Job.objects.get(pk=job.pk).state == Job.DONE
    assert Assignment.objects.filter(user__username__startswith="u").count() == 250
    assert TrailEntry.objects.filter(action=GRANTED, actor=f"user:{security_admin.pk}").count() == 250


@pytest.mark.django_db(transaction=True)
def test_two_at_once_grant_once(racing: None, security_admin: User, jia: User, yi: User) -> None:
    rows = [GrantRow(n, name, "", "单位管理员", "S1", DAY, "") for n, name in enumerate(("jia", "yi"), 2)]

    def call() -> None:
        grant_roles(actor=User.objects.get(pk=security_admin.pk), rows=rows, sha256="0" * 64)

    before = TrailEntry.objects.filter(action=GRANTED).count()
    assert at_once(call, call) == ["done", "invalid"]
    assert Assignment.objects.filter(user__in=[jia, yi]).count() == 2
    assert TrailEntry.objects.filter(action=GRANTED).count() == before + 2
