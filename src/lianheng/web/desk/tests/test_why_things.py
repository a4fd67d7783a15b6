"""What "why can X see this" speaks of: named in Chinese, and found by unit, year and kind."""

from collections.abc import Callable

import pytest
from django.test import Client

from lianheng.web.accounts.models import User
from lianheng.web.assessment.models import Sheet
from lianheng.web.assessment.tests import year
from lianheng.web.assessment.tests.conftest import City, city, on_day, shared_city  # noqa: F401
from lianheng.web.conftest import MakeUser
from lianheng.web.desk.people_why_views import kinds
from lianheng.web.desk.sight_things import NAMINGS, period_words
from lianheng.web.measures.models import MeasureValue

pytestmark = pytest.mark.django_db


@pytest.fixture
def ask(city: City, make_user: MakeUser, log_in: Callable[[User], Client]):  # type: ignore[no-untyped-def]  # noqa: F811
    year.filled_in(city, year.launched(city).sheets.get(institution=city.units["X1"]))
    browser = log_in(make_user("sight", "security_admin"))

    def asked(kind: str, thing: str, **more: str) -> str:
        given = {"person": "office", "kind": kind, "thing": thing, **more}
        return browser.get("/people/why/", given).content.decode()

    return asked


def test_a_sheet_is_found_by_its_units_code(city: City, ask) -> None:  # type: ignore[no-untyped-def]  # noqa: F811
    sheet = Sheet.objects.get(institution=city.units["X1"])
    for thing in (sheet.institution.code, sheet.institution.name, str(sheet.pk)):
        page = ask("assessment.sheet", thing, year="2026" if thing != str(sheet.pk) else "")
        assert f"能看到：考评表{sheet.institution.name}，2026 年度，{sheet.scheme.name}（编号 {sheet.pk}）" in page
    assert "没有找到这个考评表" in ask("assessment.sheet", sheet.institution.code, year="2025")
    assert "四位数字" in ask("assessment.sheet", sheet.institution.code, year="abc")


def test_of_several_one_is_chosen(city: City, ask) -> None:  # type: ignore[no-untyped-def]  # noqa: F811
    page = ask("measures.measurevalue", city.units["X1"].code)
    values = MeasureValue.objects.filter(institution=city.units["X1"])
    assert f"数据值有 {values.count()} 个，请选一个" in page and "能看到：" not in page
    value = values.select_related("measure").first()
    assert value is not None and f"thing={value.pk}" in page
    assert f"2026 年度，{value.measure.name}" in ask("measures.measurevalue", str(value.pk))


def test_every_kind_has_words() -> None:
    assert set(kinds()) - {"units.institution"} == set(NAMINGS)


def test_periods_are_words() -> None:
    words = [period_words(period) for period in ("2026", "2026Q2", "2026H1", "2026-07")]
    assert words == ["2026 年度", "2026 年第 2 季度", "2026 年上半年", "2026 年 7 月"]
