from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.db import connection
from django.template.loader import render_to_string
from django.test.utils import CaptureQueriesContext

from lianheng.web.accounts.models import User
from lianheng.web.trail import queries
from lianheng.web.trail.models import TrailEntry
from lianheng.web.trail.services import record

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(queries._ACTION_NAMES, "test.returned", "退回修改")


def page(user: User) -> str:
    return render_to_string("shell/components/timeline.html", {"entries": queries.timeline(user)})


def test_it_says_when_who_what_and_why(make_user: Callable[..., User]) -> None:
    user = make_user("jia")
    record(actor=user, action="test.returned", subject=user, details={"reason": "缺少 <证明> 材料"})
    row = queries.timeline(user)[0]
    assert (row.action, row.code, row.comment) == ("退回修改", "test.returned", "缺少 <证明> 材料")
    assert row.actor == "用户jia"
    html = page(user)
    assert "办理时间线" in html and "退回修改：缺少 &lt;证明&gt; 材料" in html
    assert "2026-12-03 " in html  # local time of the fixed day
    assert html.count('class="now"') == 1


def test_newest_first_and_at_most_the_limit(make_user: Callable[..., User]) -> None:
    user = make_user("jia")
    for number in range(25):
        record(actor=None, action="test.returned", subject=user, details={"comment": str(number)})
    rows = queries.timeline(user)
    assert [row.comment for row in rows] == [str(n) for n in range(24, 4, -1)]
    assert {row.actor for row in rows} == {"系统"}


def test_reads_and_other_things_are_not_shown(make_user: Callable[..., User]) -> None:
    user, other = make_user("jia"), make_user("yi")
    shown = {row.seq for row in queries.timeline(user)}
    record(actor=user, action="test.returned", subject=user, result=TrailEntry.READ)
    record(actor=user, action="test.returned", subject=other)
    assert {row.seq for row in queries.timeline(user)} == shown


def test_a_refused_act_is_marked(make_user: Callable[..., User]) -> None:
    user = make_user("jia")
    record(actor=user, action="test.returned", subject=user, result=TrailEntry.REFUSED)
    assert "退回修改（未办成）" in page(user)


def test_a_thing_without_history_says_so(make_user: Callable[..., User]) -> None:
    assert "还没有办理记录" in render_to_string("shell/components/timeline.html", {"entries": []})


def test_it_costs_one_query(make_user: Callable[..., User]) -> None:
    user = make_user("jia")
    for _ in range(5):
        record(actor=user, action="test.returned", subject=user)
    with CaptureQueriesContext(
        connection,
    ) as captured:
        page(user)
    assert len(captured) == 1


def test_an_unknown_actor_keeps_the_number(make_user: Callable[..., User], monkeypatch: pytest.MonkeyPatch) -> None:
    user = make_user("jia")
    for actor in (user, SimpleNamespace(pk=9_999), SimpleNamespace(pk="7 OR 1"), SimpleNamespace(pk=""), None):
        record(actor=actor, action="test.returned", subject=user)
    assert [row.actor for row in queries.timeline(user)][:4] == ["系统", "账号 ", "账号 7 OR 1", "账号 9999"]
    assert [row.actor for row in queries.timeline(user)][4] == "用户jia"
    monkeypatch.setattr(queries, "_NAME_OF_ACTOR", [])
    assert queries.timeline(user)[4].actor == f"账号 {user.pk}"


def test_equal_neighbours_are_one_line(make_user: Callable[..., User]) -> None:
    user, other = make_user("jia"), make_user("yi")
    for actor in (*[user] * 12, other, user, user):
        record(actor=actor, action="test.returned", subject=user)
    rows = queries.timeline(user)
    assert [(row.actor, row.times) for row in rows][:3] == [("用户jia", 2), ("用户yi", 1), ("用户jia", 12)]
    html = page(user)
    assert "退回修改 12 次，最近 2026-12-03" in html and html.count("退回修改") == 3
    # Another reason is another line.
    record(actor=user, action="test.returned", subject=user, details={"reason": "缺材料"})
    assert [row.times for row in queries.timeline(user)][:2] == [1, 2]


def test_many_equal_lines_do_not_push_the_others_out(make_user: Callable[..., User]) -> None:
    user = make_user("jia")
    record(actor=None, action="test.returned", subject=user, details={"comment": "第一件"})
    for _ in range(60):
        record(actor=user, action="test.returned", subject=user)
    assert [(row.comment, row.times) for row in queries.timeline(user)][:2] == [("", 60), ("第一件", 1)]
