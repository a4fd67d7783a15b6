"""A year of holidays: loaded by the page or the command, checked strictly, in force in every process at once."""

import datetime as dt
import json
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client

from lianheng.web.accounts.models import User
from lianheng.web.conftest import MakeUser
from lianheng.web.shell import workdays
from lianheng.web.shell.models import WorkdayYear
from lianheng.web.shell.workday_file import WorkdayFileError, parse
from lianheng.web.trail.models import TrailEntry, TrailPayload

pytestmark = pytest.mark.django_db
LogIn = Callable[[User], Client]
YEAR = """
year: 2027
source: 国务院办公厅关于2027年部分节假日安排的通知
holidays:
  - 2027-01-01
  - 2027-01-04
workdays: [2027-01-09]
"""


@pytest.fixture(autouse=True)
def own_calendar(settings: Any, tmp_path: Path) -> Iterator[None]:
    settings.DATA = tmp_path
    workdays.forget()
    yield
    workdays.forget()


@pytest.fixture
def browser(make_user: MakeUser, log_in: LogIn) -> Client:
    return log_in(make_user("system", "system_admin"))


def load(browser: Client, text: str | bytes, capture: Any = None, name: str = "2027.yaml") -> Any:
    content = text.encode() if isinstance(text, str) else text
    if capture is None:
        return browser.post("/workdays/", {"file": SimpleUploadedFile(name, content)})
    with capture(execute=True):
        return browser.post("/workdays/", {"file": SimpleUploadedFile(name, content)})


def test_it_stores_the_year_and_leaves_one_entry(browser: Client, django_capture_on_commit_callbacks: Any) -> None:
    assert "2027年、2028年、2029年的放假安排" in browser.get("/workdays/").content.decode()
    assert load(browser, YEAR, django_capture_on_commit_callbacks).status_code == 302
    row = WorkdayYear.objects.get()
    entry = TrailEntry.objects.get(action="desk.workday_year_loaded")
    details = json.loads(TrailPayload.objects.get(entry=entry).content)
    assert (details["year"], details["holidays"], details["workdays"]) == (2027, 2, 1)
    assert details["sha256"] == row.sha256 and details["file"] == "2027.yaml"
    page = browser.get("/workdays/").content.decode()
    assert "本单位装入" in page and "用户system" in page and row.sha256[:12] in page
    assert "2028年、2029年的放假安排" in page and "chinesecalendar" in page


def test_limits_are_counted_by_it_at_once(browser: Client, django_capture_on_commit_callbacks: Any) -> None:
    friday = dt.date(2027, 1, 1)
    assert workdays.covered_by(2027) == workdays.NOBODY and workdays.is_working_day(friday)
    assert workdays.add_working_days(dt.date(2026, 12, 31), 2) == dt.date(2027, 1, 4)
    load(browser, YEAR, django_capture_on_commit_callbacks)
    assert workdays.covered_by(2027) == workdays.OFFICE
    assert not workdays.is_working_day(friday) and workdays.is_working_day(dt.date(2027, 1, 9))
    assert workdays.add_working_days(dt.date(2026, 12, 31), 2) == dt.date(2027, 1, 6)
    assert workdays.working_days_between(dt.date(2026, 12, 31), dt.date(2027, 1, 10)) == 5
    corrected = YEAR.replace("  - 2027-01-04\n", "")
    load(browser, corrected, django_capture_on_commit_callbacks)
    assert workdays.add_working_days(dt.date(2026, 12, 31), 2) == dt.date(2027, 1, 5)
    assert WorkdayYear.objects.count() == 1


def test_the_packages_years_are_its_own(db: None) -> None:
    assert workdays.covered_by(2026) == workdays.PACKAGE
    assert not workdays.is_working_day(dt.date(2026, 10, 1)) and workdays.is_working_day(dt.date(2026, 10, 10))


@pytest.mark.parametrize(
    ("text", "chinese", "english"),
    [
        (YEAR + "holiday: []", "不认识“holiday”", "unknown key 'holiday'"),
        (YEAR.replace("2027-01-04", "2028-01-04"), "2028-01-04 不在 2027 年", "2028-01-04 lies outside the year 2027"),
        (YEAR.replace("2027-01-04", "2027-01-01"), "2027-01-01 写了两次", "2027-01-01 stands twice"),
        (YEAR.replace("2027-01-04", "2027-01-09"), "又放假又调休上班", "both a holiday and a make-up workday"),
        (YEAR.replace("2027-01-04", "2027-02-30"), "“2027-02-30”不是日期", "'2027-02-30' is not a day"),
        (YEAR.replace("2027-01-04", "元旦"), "“元旦”不是日期", "is not a day"),
        (YEAR.replace("2027-01-09", "2027-01-07"), "不是周末", "no weekend day"),
        (YEAR.replace("year: 2027", "year: soon"), "要写明年份", "write one year"),
        (YEAR.replace("source", "sources"), "要写明依据", "name the notice"),
        (YEAR + "year: 2027", "同一项写了两次", "stands twice"),
        ("[1, 2]", "三项", "write the keys"),
        ("a: &x [1]\nb: *x", "引用", "aliases"),
        (b"\xff\xfe", "UTF-8", "UTF-8"),
        (b"#" * 70_000, "64 KB", "64 KB"),
        (YEAR.replace("[2027-01-09]", "2027-01-09"), "日期的列表", "write a list of days"),
        ("[" * 5_000, "文件不是正确的 YAML", "YAML"),
    ],
)
def test_a_bad_file_is_said_and_nothing_is_stored(
    browser: Client, tmp_path: Path, text: str | bytes, chinese: str, english: str
) -> None:
    response = load(browser, text)
    assert response.status_code == 422 and chinese in response.content.decode().replace("&#x27;", "'")
    file = tmp_path / "2027.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(CommandError, match="nothing was loaded") as refused:
        call_command("workdays_load", str(file))
    assert english in str(refused.value) and refused.value.returncode == 2
    assert not WorkdayYear.objects.exists() and not TrailEntry.objects.filter(result="done", action__startswith="desk")


def test_everything_wrong_is_named_at_once() -> None:
    with pytest.raises(WorkdayFileError) as error:
        parse(b"year: 2027\nholidays: [2026-01-01, 2027-13-01]\nextra: 1\n")
    assert len(error.value.problems) == 4


def test_the_same_file_again_is_refused(browser: Client, tmp_path: Path) -> None:
    load(browser, YEAR)
    assert "一模一样" in load(browser, YEAR).content.decode()
    file = tmp_path / "2027.yaml"
    file.write_text(YEAR)
    with pytest.raises(CommandError, match="in force already"):
        call_command("workdays_load", str(file))
    assert TrailEntry.objects.filter(action="desk.workday_year_loaded").count() == 1


def test_the_command_loads_and_says_what(db: None, tmp_path: Path) -> None:
    file, said = tmp_path / "2027.yaml", StringIO()
    file.write_text(YEAR)
    call_command("workdays_load", str(file), stdout=said)
    assert "2027: 2 holidays, 1 make-up workdays" in said.getvalue()
    assert TrailEntry.objects.filter(action="desk.workday_year_loaded").count() == 1
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("workdays_load", str(tmp_path / "none.yaml"))


def test_only_the_system_administrator_of_all_loads(make_user: MakeUser, log_in: LogIn, small_tree: Any) -> None:
    county = log_in(make_user("county", "system_admin", division="430424"))
    assert county.get("/workdays/").status_code == 200
    assert load(county, YEAR).status_code == 403
    office = log_in(make_user("office", "special_office", division="4304"))
    assert office.get("/workdays/").status_code == 403 and load(office, YEAR).status_code == 403
    assert load(Client(), YEAR).status_code == 302
    assert not WorkdayYear.objects.exists()


def test_a_load_that_is_rolled_back_changes_no_calendar(browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(**_: Any) -> None:
        raise RuntimeError("no trail")

    monkeypatch.setattr("lianheng.web.desk.workday_services.record", broken)
    with pytest.raises(RuntimeError):
        load(browser, YEAR)
    workdays.forget()
    assert workdays.covered_by(2027) == workdays.NOBODY


def test_a_process_with_an_older_calendar_notices(
    browser: Client, django_capture_on_commit_callbacks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What another process holds in memory is put back after the load (tests/torture does it with two processes)."""
    assert workdays.covered_by(2027) == workdays.NOBODY
    held = workdays._kept
    load(browser, YEAR, django_capture_on_commit_callbacks)
    monkeypatch.setattr(workdays, "_kept", held)
    assert workdays.covered_by(2027) == workdays.OFFICE and not workdays.is_working_day(dt.date(2027, 1, 1))
