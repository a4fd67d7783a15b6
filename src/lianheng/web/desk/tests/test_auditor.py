"""The auditor's pages: the trail, one entry, the export, check-points and the log of log-ins."""

import datetime as dt
from collections.abc import Callable
from io import BytesIO

import openpyxl
import pytest
from django.db import transaction
from django.test import Client

from lianheng.web.accounts.models import User
from lianheng.web.accounts.tests.conftest import *  # noqa: F403  (the cast of the people's side)
from lianheng.web.conftest import MakeUser
from lianheng.web.desk import auditor_queries
from lianheng.web.trail.models import TrailEntry
from lianheng.web.trail.services import erase_payload, record
from lianheng.web.units.models import Division, Institution

pytestmark = pytest.mark.django_db
LogIn = Callable[[User], Client]


def _acts(actor: User | None, action: str, count: int, **more: object) -> None:
    with transaction.atomic():
        for number in range(count):
            record(actor=actor, action=action, details={"secret-word": f"n{number}"}, **more)  # type: ignore[arg-type]


def _seqs(page: str) -> list[int]:
    return [int(part.split("/")[0]) for part in page.split('href="/trail/')[1:] if part.split("/")[0].isdigit()]


@pytest.mark.parametrize("role", ["system_admin", "security_admin", "special_office", "leading_group", None])
def test_nobody_else_reads_the_trail(make_user: MakeUser, log_in: LogIn, role: str | None) -> None:
    where = {"division": "4304"} if role in {"special_office", "leading_group"} else {}
    browser = log_in(make_user("other", role, **where))
    for path in ("/trail/", "/trail/0/", "/trail/log-ins/", "/trail/checkpoints/"):
        assert browser.get(path).status_code == 403, path
    assert browser.post("/trail/export/").status_code == 403
    assert TrailEntry.objects.filter(action="act.refused").count() == 5
    assert not TrailEntry.objects.filter(action__startswith="trail.").exists()


def test_pages_follow_each_other_without_gap_or_double(audit_admin: User, log_in: LogIn) -> None:
    _acts(audit_admin, "test.act", 120)
    browser, found, address = log_in(audit_admin), [], "/trail/"
    while address:
        page = browser.get(address).content.decode()
        found += _seqs(page)
        older = page.split('rel="next" href="')
        address = "/trail/" + older[1].split('"')[0].replace("&amp;", "&") if len(older) > 1 else ""
    assert found == sorted(TrailEntry.objects.values_list("seq", flat=True), reverse=True)


def test_each_condition_narrows(audit_admin: User, jia: User, log_in: LogIn) -> None:
    _acts(jia, "test.one", 2, unit="institution:7")
    _acts(None, "test.two", 3, result="read")
    browser = log_in(audit_admin)
    for query, count in (
        ("actor=jia", 2),
        ("action=test.two", 3),
        ("result=read", 3),
        ("unit=institution:7", 2),
        ("actor=jia&action=test.two", 0),
        ("first=2026-12-03&last=2026-12-03&action=test.one", 2),
        ("last=2026-12-02", 0),
        ("first=2026-12-04", 0),
    ):
        assert len(_seqs(browser.get(f"/trail/?{query}").content.decode())) == count, query


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("actor=nobody", "没有用户名“nobody”"),
        ("result=maybe", "没有“maybe”这种结果"),
        ("first=2026-13-40", "不是日期"),
        ("first=2026-12-03&last=2026-12-01", "早于起始日期"),
    ],
)
def test_it_says_what_is_wrong_with_a_condition(audit_admin: User, log_in: LogIn, query: str, says: str) -> None:
    response = log_in(audit_admin).get(f"/trail/?{query}")
    assert response.status_code == 422 and says in response.content.decode()


def test_a_rare_condition_leads_on_from_where_it_looked(
    audit_admin: User, log_in: LogIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    _acts(None, "test.rare", 1)
    _acts(None, "test.common", 60)
    monkeypatch.setattr(auditor_queries, "WINDOW", 20)
    browser = log_in(audit_admin)
    page = browser.get("/trail/?action=test.rare").content.decode()
    assert _seqs(page) == [] and "已查到第" in page
    for _ in range(4):
        page = browser.get(
            "/trail/" + page.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
        ).content.decode()
        if _seqs(page):
            break
    assert len(_seqs(page)) == 1


def test_opening_the_details_is_an_entry(audit_admin: User, log_in: LogIn) -> None:
    _acts(audit_admin, "test.act", 1)
    seq = TrailEntry.objects.get(action="test.act").seq
    browser = log_in(audit_admin)
    assert "secret-word" not in browser.get("/trail/").content.decode()
    assert not TrailEntry.objects.filter(action="trail.entry_opened").exists()
    assert "secret-word" in browser.get(f"/trail/{seq}/").content.decode()
    opened = TrailEntry.objects.get(action="trail.entry_opened")
    assert opened.result == TrailEntry.READ and opened.subject_id == str(seq)
    erase_payload(actor=audit_admin, seq=seq, reason="超过保存期")
    assert "内容已按规定清除" in browser.get(f"/trail/{seq}/").content.decode()
    assert browser.get("/trail/999999/").status_code == 404


def test_the_export_holds_exactly_the_filtered_rows(audit_admin: User, jia: User, log_in: LogIn) -> None:
    _acts(jia, "test.one", 3)
    _acts(None, "test.two", 2)
    response = log_in(audit_admin).post("/trail/export/", {"action": "test.one"})
    content = b"".join(response.streaming_content)  # type: ignore[attr-defined]
    rows = list(openpyxl.load_workbook(BytesIO(content)).active.iter_rows(min_row=2, values_only=True))
    assert [row[5] for row in rows] == ["test.one"] * 3 and rows[0][2] == "用户jia"
    assert b"secret-word" not in content
    entry = TrailEntry.objects.select_related("payload").get(action="trail.entries_exported")
    assert '"rows":3' in entry.payload.content.replace(" ", "")


def test_the_log_of_log_ins_shows_failures_and_nothing_else(audit_admin: User, log_in: LogIn) -> None:
    Client().post("/login/", {"username": "aud", "password": "wrong-wrong"})
    _acts(None, "test.act", 1)
    page = log_in(audit_admin).get("/trail/log-ins/").content.decode()
    assert "登录失败" in page and "test.act" not in page and len(_seqs(page)) == 1


def test_the_check_points_say_what_none_covers(audit_admin: User, log_in: LogIn) -> None:
    page = log_in(audit_admin).get("/trail/checkpoints/").content.decode()
    assert "还没有检查点" in page and "还没有检查点覆盖" in page


def test_days_are_found_by_halving(db: None) -> None:
    _acts(None, "test.act", 30)
    size = TrailEntry.objects.count()
    wanted = auditor_queries.Wanted(first=dt.date(2026, 12, 3), last=dt.date(2026, 12, 3))
    assert auditor_queries.bounds(wanted) == (0, size)
    assert auditor_queries.bounds(auditor_queries.Wanted(first=dt.date(2026, 12, 4))) == (size, size)


def test_what_an_entry_speaks_of_is_named(audit_admin: User, log_in: LogIn, small_tree: dict[str, Division]) -> None:
    """Names in Chinese, the id beside them; what is gone or has no name keeps its kind."""
    school = Institution.objects.create(
        code="X430421-001", name="演示第一中学", sort_key="1", level=3, division=small_tree["430421"]
    )
    with transaction.atomic():
        entry = record(actor=None, action="units.institution_renamed", subject=school, unit=f"institution:{school.pk}")
    browser = log_in(audit_admin)
    page = browser.get("/trail/").content.decode()
    assert "单位：演示第一中学" in page and f"units.institution:{school.pk}" in page
    page = browser.get(f"/trail/{entry.seq}/").content.decode()
    assert page.count("演示第一中学") == 2 and f"institution:{school.pk}" in page


def test_the_own_page_leads_to_the_second_factor_and_to_stand_ins(make_user: MakeUser, log_in: LogIn) -> None:
    page = log_in(make_user("clerk", "special_office", division="4304")).get("/me/").content.decode()
    assert "/me/second-factor/" in page and "/people/stand-ins/" in page and "没有设置，只用密码登录" in page
