"""The timeline of a result tells its whole way; that of a round says why it is computed again."""

from collections.abc import Callable

import pytest
from django.test import Client

from lianheng.web.accounts.models import User
from lianheng.web.assessment.models import Result, Round
from lianheng.web.assessment.services import computing, objections, rounds
from lianheng.web.assessment.tests import year
from lianheng.web.assessment.tests.conftest import City

pytestmark = pytest.mark.django_db
LogIn = Callable[[User], Client]


def noticed_again(city: City, round_: Round) -> None:
    office = city.people["office"]
    round_.refresh_from_db()
    computing.compute_results(actor=office, round_id=round_.pk, revision=round_.revision)
    round_.refresh_from_db()
    round_ = rounds.review_round(actor=city.people["office2"], round_id=round_.pk, revision=round_.revision, opinion="")
    rounds.open_notice_period(actor=office, round_id=round_.pk, revision=round_.revision)


def result_of(city: City, name: str) -> Result:
    return Result.objects.get(institution=city.units[name], list_code="X", current=True)


def told(client: Client, url: str) -> list[tuple[str, str]]:
    return [(row.action, row.comment) for row in client.get(url).context["timeline"]]


def test_a_result_tells_its_whole_way_and_why_it_was_computed_again(city: City, log_in: LogIn) -> None:
    round_ = year.in_notice(city)
    objection = objections.raise_objection(
        actor=city.people["x1"],
        result_id=result_of(city, "X1").pk,
        item="X1.1",
        reason="年底已全部完成，附件为完成记录",
    )
    objections.answer_objection(
        actor=city.people["office2"], objection_id=objection.pk, revision=0, upheld=True, answer="经核实采纳",
        points=year.points("10"),
    )  # fmt: skip
    noticed_again(city, round_)
    again = ("计算结果", "采纳 1 件异议后重新计算，第 2 次，要再审核、再公示")
    unit = told(log_in(city.people["x1"]), f"/results/{result_of(city, 'X1').pk}/")
    acts = [action for action, _ in reversed(unit)]
    assert acts.index("提交考评表") < acts.index("计算结果") < acts.index("审核结果") < acts.index("开始公示")
    assert (
        acts.index("开始公示")
        < acts.index("提出异议")
        < acts.index("答复异议")
        < len(acts) - acts[::-1].index("计算结果")
    )
    assert again in unit and ("审核结果", "同意") in unit and "完成打分" not in acts
    assert "完成打分" in dict(told(log_in(city.people["office"]), f"/results/{result_of(city, 'X1').pk}/"))
    # Another's objection is no part of one's own way.
    other = told(log_in(city.people["x2"]), f"/results/{result_of(city, 'X2').pk}/")
    assert again in other and "提出异议" not in dict(other)
    assert again in told(log_in(city.people["office"]), f"/assessment/{round_.pk}/")


def test_a_first_computation_needs_no_reason(city: City, log_in: LogIn) -> None:
    round_ = year.computed(city)
    assert ("计算结果", "") in told(log_in(city.people["office"]), f"/assessment/{round_.pk}/")
