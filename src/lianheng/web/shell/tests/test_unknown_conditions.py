"""A condition that a list does not know is said, and never exported as if it had narrowed the rows."""

import pytest
from django.urls import reverse

from lianheng.web.assessment.tests.conftest import *  # noqa: F403  (a city with institutions)
from lianheng.web.assessment.tests.conftest import City

pytestmark = pytest.mark.django_db


def test_an_unknown_condition_is_said_and_can_be_taken_away(city: City, log_in) -> None:  # type: ignore[no-untyped-def]
    browser, url = log_in(city.people["office"]), reverse("evidence:list")
    page = browser.get(f"{url}?county=430421&q=表").content.decode()
    assert "此列表不能按“county”筛选，这个条件没有用上" in page
    assert f'href="?{"q=%E8%A1%A8"}"' in page
    assert "不能按" not in browser.get(f"{url}?q=表&sort=-new&size=50&page=1&col=title&county=").content.decode()


def test_it_is_refused_as_a_file(city: City, log_in) -> None:  # type: ignore[no-untyped-def]
    browser, url = log_in(city.people["office"]), reverse("units:institutions")
    refused = browser.get(f"{url}?colour=red&export=xlsx")
    assert refused.status_code == 422 and "没有导出：此列表不能按“colour”筛选" in refused.content.decode()
    assert browser.get(f"{url}?export=xlsx").status_code == 200


def test_what_an_address_holds_is_cut_short_and_escaped(city: City, log_in) -> None:  # type: ignore[no-untyped-def]
    query = {f"<b>{n}{'x' * 90}": "1" for n in range(5)}
    page = log_in(city.people["office"]).get(reverse("assessment:sheets"), query).content.decode()
    assert "&lt;b&gt;0xxxxxxxxxxxxxxxx”" in page and "等筛选" in page and "<b>0x" not in page


def test_an_order_a_size_and_a_column_that_are_not_there_are_said(city: City, log_in) -> None:  # type: ignore[no-untyped-def]
    page = log_in(city.people["office"]).get(f"{reverse('units:institutions')}?sort=age&size=7&col=b").content.decode()
    for label, value in (("排序", "age"), ("每页行数", "7"), ("列", "b")):
        assert f"“{label}”没有“{value}”这个选项" in page


@pytest.mark.parametrize(
    ("name", "query", "said"),
    [
        ("home", "light=purple", "“灯”没有“purple”这个选项，这个条件没有用上，列出的是全部待办"),
        ("home", "county=430421", "不能按“county”筛选"),
        ("assessment:result_map", "year=2031", "“年度”没有“2031”这个选项"),
        ("assessment:result_map", "yaer=2025", "不能按“yaer”筛选"),
        ("assessment:objections", "open=maybe", "“待答复”没有“maybe”这个选项"),
    ],
)
def test_pages_that_are_no_lists_say_it_too(city: City, log_in, name: str, query: str, said: str) -> None:  # type: ignore[no-untyped-def]
    browser, url = log_in(city.people["office"]), reverse(name)
    assert said in browser.get(f"{url}?{query}").content.decode()
    assert "没有用上" not in browser.get(url).content.decode()


@pytest.mark.parametrize("name", ["measures:enter", "measures:rechecks"])
def test_what_is_no_period_is_refused(city: City, log_in, name: str) -> None:  # type: ignore[no-untyped-def]
    browser, url = log_in(city.people["office"]), reverse(name)
    answer = browser.get(f"{url}?period=26")
    assert answer.status_code == 422 and "“26”不是年度" in answer.content.decode()
    assert browser.get(f"{url}?period=2025").status_code == 200


def test_the_list_of_objections_says_it_too(city: City, log_in) -> None:  # type: ignore[no-untyped-def]
    browser, url = log_in(city.people["office"]), reverse("assessment:objections")
    assert "此列表不能按“county”筛选" in browser.get(f"{url}?county=430421&open=1").content.decode()
    assert "不能按" not in browser.get(f"{url}?open=1").content.decode()
