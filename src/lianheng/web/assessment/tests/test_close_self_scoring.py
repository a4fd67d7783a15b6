"""Self-scoring is closed when nobody may hand in any more: late window, granted and undecided extensions."""

import datetime as dt

import pytest
from django.urls import reverse

from lianheng.web.assessment.inbox import office_items
from lianheng.web.assessment.models import Round, Sheet
from lianheng.web.assessment.services import rounds, seats, sheets
from lianheng.web.assessment.tests import year
from lianheng.web.assessment.tests.conftest import City
from lianheng.web.shell.errors import WrongState

pytestmark = pytest.mark.django_db


@pytest.fixture
def round_(city: City) -> Round:
    """A year due on 15 December 2026, with three working days for latecomers: until 18 December, a Friday."""
    round_ = year.launched(city)
    seats.seat_assessors(actor=city.people["office"], round_id=round_.pk, revision=round_.revision)
    return round_


def asked(city: City, round_: Round):  # type: ignore[no-untyped-def]
    sheet = round_.sheets.get(institution=city.units["X1"])
    return sheets.request_extension(
        actor=city.people["x1"], sheet_id=sheet.pk, revision=0, new_due=dt.date(2026, 12, 21), reason="换届"
    )


def close(city: City, round_: Round) -> Round:
    return rounds.close_self_scoring(actor=city.people["office"], round_id=round_.pk, revision=round_.revision)


def page(city: City, round_: Round, log_in) -> str:  # type: ignore[no-untyped-def]
    answer = log_in(city.people["office"]).get(reverse("assessment:round", args=[round_.pk]))
    return str(answer.content.decode())


def titles(city: City, day: str) -> list[str]:
    return [item.title for item in office_items(city.people["office"], dt.date.fromisoformat(day))]


def test_the_late_window_is_waited_for(city: City, round_: Round, log_in, on_day) -> None:  # type: ignore[no-untyped-def]
    on_day("2026-12-18")
    with pytest.raises(WrongState, match="补报期到 12月18日 为止，12月19日起才能结束自评"):
        close(city, round_)
    assert "12月19日起才能结束自评" in page(city, round_, log_in) and "确认结束自评" not in page(city, round_, log_in)
    assert f"结束{round_.name}自评" not in titles(city, "2026-12-18")
    on_day("2026-12-19")
    assert "确认结束自评" in page(city, round_, log_in)
    assert f"结束{round_.name}自评" in titles(city, "2026-12-19")
    assert close(city, round_).state == Round.ASSESSING


def test_a_granted_extension_is_waited_for_with_its_late_days(city: City, round_: Round, on_day) -> None:  # type: ignore[no-untyped-def]
    more = asked(city, round_)
    sheets.decide_extension(actor=city.people["office"], extension_id=more.pk, granted=True)
    on_day("2026-12-24")
    with pytest.raises(WrongState, match="补报期到 12月24日 为止（其中 1 份已同意延期），12月25日起"):
        close(city, round_)
    assert f"结束{round_.name}自评" not in titles(city, "2026-12-24")
    on_day("2026-12-25")
    assert f"结束{round_.name}自评" in titles(city, "2026-12-25")
    assert close(city, round_).state == Round.ASSESSING


def test_an_undecided_request_is_decided_first(city: City, round_: Round, on_day) -> None:  # type: ignore[no-untyped-def]
    more = asked(city, round_)
    on_day("2026-12-21")
    with pytest.raises(WrongState, match="还有 1 份延期申请没有决定"):
        close(city, round_)
    assert f"结束{round_.name}自评" not in titles(city, "2026-12-21")
    sheets.decide_extension(actor=city.people["office"], extension_id=more.pk, granted=False)
    assert close(city, round_).state == Round.ASSESSING


def test_once_all_are_in_nobody_is_waited_for(city: City, round_: Round) -> None:
    for sheet in round_.sheets.all():
        year.fill(city, sheet)
    assert close(city, round_).state == Round.ASSESSING


def test_handing_in_settles_a_request(city: City, round_: Round, log_in) -> None:  # type: ignore[no-untyped-def]
    more = asked(city, round_)
    assert "决定 1 份延期申请" in titles(city, "2026-12-03")
    sheet = Sheet.objects.get(pk=more.sheet_id)
    sheets.submit_sheet(actor=city.people["x1"], sheet_id=sheet.pk, revision=sheet.revision)
    assert "决定 1 份延期申请" not in titles(city, "2026-12-03")
    office = log_in(city.people["office"])
    assert "演示第一中学" not in office.get(reverse("assessment:extensions")).content.decode()
    shown = office.get(reverse("assessment:sheet", args=[sheet.pk])).content.decode()
    assert "已经提交，不用再决定" in shown and "同意延到" not in shown
    with pytest.raises(WrongState, match="不用再决定"):
        sheets.decide_extension(actor=city.people["office"], extension_id=more.pk, granted=True)


def test_words_follow_the_state(city: City, round_: Round, log_in, on_day) -> None:  # type: ignore[no-untyped-def]
    sheet = round_.sheets.get(institution=city.units["X1"])
    url = reverse("assessment:sheet", args=[sheet.pk])
    unit = log_in(city.people["x1"])
    assert "请您在 12月15日 前填好并提交" in unit.get(url).content.decode()
    on_day("2026-12-16")
    late = unit.get(url).content.decode()
    assert "请您在 12月18日 前补报" in late and "请您在 12月15日" not in late
    Round.objects.filter(pk=round_.pk).update(state=Round.ASSESSING)
    on_day("2026-12-14")
    over = unit.get(url).content.decode()
    assert "自评已经结束" in over and "余 1 天" not in over and "没有提交" in over
