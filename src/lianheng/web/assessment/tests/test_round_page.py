"""The page of a round: links for those who may open them, the next thing to do as its one filled button."""

import re
from collections.abc import Callable

import pytest
from django.test import Client

from lianheng.web.accounts.models import User
from lianheng.web.assessment.models import Round, Seat
from lianheng.web.assessment.services import rounds, seats
from lianheng.web.assessment.tests import year
from lianheng.web.assessment.tests.conftest import City

pytestmark = pytest.mark.django_db
LogIn = Callable[[User], Client]
LINKS = ("/seats/", "/moderation/")


def _page(client: Client, round_: Round) -> str:
    return client.get(f"/assessment/{round_.pk}/").content.decode()


def _filled(page: str) -> list[str]:
    return re.findall(r"btn-primary[^>]*>([^<]*)<", page.split("现在可以办")[1])


def test_links_are_for_those_who_may_open_them(city: City, log_in: LogIn) -> None:
    round_ = year.assessing(city)
    for name in ("office", "county", "x1", "lead", "leader", "p1"):
        client = log_in(city.people[name])
        page = _page(client, round_)
        for address in (f"/assessment/{round_.pk}{end}" for end in LINKS):
            shown = f'href="{address}"' in page
            assert shown == (name == "office") and client.get(address).status_code == (200 if shown else 403)


def test_a_county_office_reads_whose_the_steps_are(city: City, log_in: LogIn) -> None:
    page = _page(log_in(city.people["county"]), year.launched(city))
    assert "由市级工作专班办理" in page and "由工作专班办理" not in page


def test_the_filled_button_is_what_is_next(city: City, log_in: LogIn, on_day: Callable[[str], None]) -> None:
    round_ = year.launched(city)
    client = log_in(city.people["office"])
    assert _filled(_page(client, round_)) == ["自动安排考评人员"]
    seats.seat_assessors(actor=city.people["office"], round_id=round_.pk, revision=round_.revision)
    page = _page(client, round_)
    assert "席位都已经安排好了" in page and _filled(page) == ["催办未提交的单位"]
    on_day("2027-01-08")
    assert _filled(_page(client, round_))[0] == "结束自评，冻结数据"
    # A seat became empty: that comes before the end of self-scoring, which would be refused.
    Seat.objects.filter(number=1).first().delete()  # type: ignore[union-attr]
    assert _filled(_page(client, round_))[0] == "自动安排考评人员"


def test_holidays_are_missed_only_in_years_that_the_dates_touch(city: City, log_in: LogIn) -> None:
    round_ = year.launched(city)
    client = log_in(city.people["office"])
    assert "还没有2027年的放假安排" in _page(client, round_)
    Round.objects.filter(pk=round_.pk).update(self_score_due="2026-11-10", assess_due="2026-11-30")
    assert "的放假安排" not in _page(client, round_)


def test_archiving_says_that_the_notice_is_not_issued(city: City, log_in: LogIn, on_day: Callable[[str], None]) -> None:
    round_ = year.in_notice(city)
    on_day("2026-12-20")
    rounds.publish_round(actor=city.people["leader"], round_id=round_.pk, revision=round_.revision)
    assert "通报还没有印发，建议先印发再归档" in _page(log_in(city.people["office"]), round_)
