"""Reopening a published, locked year: a reason, another hand, both results kept, and it is said which one counts."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.test import Client

from lianheng.web.accounts.models import User
from lianheng.web.assessment.models import Result, ResultRun, Round
from lianheng.web.assessment.services import computing, rounds
from lianheng.web.assessment.tests import year
from lianheng.web.assessment.tests.conftest import City
from lianheng.web.assessment.tests.test_results import confirmed, recompute, result_of
from lianheng.web.trail.models import TrailEntry

pytestmark = pytest.mark.django_db
LogIn = Callable[[User], Client]
REASON = "公布后查实一起事件，应当扣分"


@pytest.fixture
def locked(city: City, on_day: Callable[[str], None]) -> Round:
    """A year that is published and archived."""
    round_ = year.in_notice(city)
    on_day("2026-12-20")
    round_ = rounds.publish_round(actor=city.people["leader"], round_id=round_.pk, revision=round_.revision)
    return rounds.lock_results(actor=city.people["office"], round_id=round_.pk, revision=round_.revision)


def _reopen(client: Client, round_: Round, reason: str = REASON) -> int:
    round_.refresh_from_db()
    return client.post(f"/assessment/{round_.pk}/reopen/", {"revision": round_.revision, "reason": reason}).status_code


def _step(client: Client, round_: Round, step: str, **more: str) -> tuple[int, str]:
    round_.refresh_from_db()
    answer = client.post(f"/assessment/{round_.pk}/step/", {"step": step, "revision": round_.revision, **more})
    return answer.status_code, answer.content.decode()


def _text(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_only_the_leading_group_reopens_and_says_why(city: City, locked: Round, log_in: LogIn) -> None:
    assert _reopen(log_in(city.people["office"]), locked) == 403
    leader = log_in(city.people["leader"])
    assert _reopen(leader, locked, " ") == 422 and _reopen(leader, locked, "错了") == 422
    locked.refresh_from_db()
    assert locked.state == Round.LOCKED
    assert _reopen(leader, locked) == 302
    locked.refresh_from_db()
    assert locked.state == Round.MODERATING
    entry = TrailEntry.objects.get(action="assessment.round_reopened")
    assert entry.actor == f"user:{city.people['leader'].pk}" and REASON in entry.payload.content


def test_two_at_once_reopen_once(city: City, locked: Round, log_in: LogIn) -> None:
    """The second of two has a page that is no longer true."""
    leader = log_in(city.people["leader"])
    data = {"revision": locked.revision, "reason": REASON}
    answers = [leader.post(f"/assessment/{locked.pk}/reopen/", data).status_code for _ in range(2)]
    assert answers == [302, 409]


def test_the_published_result_counts_until_another_is_published(
    city: City, locked: Round, log_in: LogIn, on_day: Callable[[str], None]
) -> None:
    office, office2, leader = (log_in(city.people[name]) for name in ("office", "office2", "leader"))
    unit = log_in(city.people["x1"])
    first = result_of(city, "X1")
    before = first.score
    assert before is not None
    assert _reopen(leader, locked) == 302
    # The unit still reads what was published, and is told why it may change.
    page = _text(unit, f"/results/{first.pk}/")
    assert "现行有效" in page and REASON in page and "以本页为准" in page
    assert REASON in _text(unit, "/results/")

    confirmed(city, "X1", "D1")
    recompute(city, locked)
    second = result_of(city, "X1")
    assert second.score == before - 2
    # Computed, not published: hidden from the unit wherever the two could meet.
    assert unit.get(f"/results/{second.pk}/").status_code == 404
    page = _text(unit, f"/results/{first.pk}/")
    assert f"/results/{second.pk}/" not in page and f"{second.score:.2f}" not in page
    listed = _text(unit, "/results/")
    assert f"/results/{first.pk}/" in listed and f"/results/{second.pk}/" not in listed
    # The office sees both and which one counts.
    listed = _text(office, "/results/")
    assert "2026年度（第 1 次计算，现行有效）" in listed and "2026年度（第 2 次计算，更正，已计算）" in listed
    assert f'以<a href="/results/{first.pk}/">第 1 次计算的结果</a>为准' in _text(office, f"/results/{second.pk}/")
    run = ResultRun.objects.get(number=2)
    assert "公布以前，以第 1 次计算的结果为准" in _text(office, f"/results/?run={run.pk}")

    # Another hand than the one that computed reviews and publishes.
    status, said = _step(office, locked, "review")
    assert status == 403 and "不能由提交的人办理" in said
    assert _step(office2, locked, "review", opinion="更正属实")[0] == 302
    assert _step(office, locked, "notice")[0] == 302
    on_day("2027-01-20")
    assert _step(leader, locked, "publish")[0] == 302
    runs = list(ResultRun.objects.order_by("number").values_list("number", "in_force", "current", "reason"))
    assert runs == [(1, False, False, REASON), (2, True, True, "")]
    # Both are kept and shown, and the page says which is in force.
    page = _text(unit, f"/results/{second.pk}/")
    assert "现行有效" in page and f"/results/{first.pk}/" in page and "曾公布" in page and REASON in page
    page = _text(unit, f"/results/{first.pk}/")
    assert f"{before:.2f}" in page and "已被取代" in page
    assert f'现行有效的是<a href="/results/{second.pk}/">第 2 次计算的结果</a>' in page
    page = _text(office, f"/assessment/{locked.pk}/")
    assert page.count("现行有效") == 1 and REASON in page
    first.refresh_from_db()
    assert first.score == before and not first.current


def test_the_next_year_is_compared_with_what_is_in_force(city: City, locked: Round, log_in: LogIn) -> None:
    """While 2026 is being corrected, 2027 is still compared with the published result, not with a draft."""
    published = result_of(city, "X1").score
    assert _reopen(log_in(city.people["leader"]), locked) == 302
    confirmed(city, "X1", "D1")
    recompute(city, locked)
    in_force = Result.objects.filter(year=2026, run__in_force=True, institution=city.units["X1"]).get()
    assert in_force.score == published != result_of(city, "X1").score
    rows = computing.earlier_scores(2027)
    assert rows[city.units["X1"].pk, "X"] == published and all(isinstance(row, Decimal) for row in rows.values())
