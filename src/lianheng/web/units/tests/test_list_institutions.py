import io
import json

import pytest
from openpyxl import load_workbook

from lianheng.web.accounts.models import User
from lianheng.web.trail.models import TrailEntry, TrailPayload
from lianheng.web.units import services
from lianheng.web.units.models import Institution

CITY = {"division": "4304"}


def names_on(response) -> list[str]:
    return [row.name for row in response.context["page"].objects]


@pytest.fixture
def office(make_user, city_bodies) -> User:
    return make_user("office", "special_office", **CITY)


@pytest.mark.seed("S02")
def test_a_county_lists_its_own_only_and_a_line_all_counties(make_user, city_bodies, log_in):
    county = log_in(make_user("county", "special_office", division="430421"))
    assert names_on(county.get("/institutions/")) == ["衡阳县人民医院", "西渡镇中心小学", "演示甲村村民委员会"]
    other = city_bodies["Y-424"]
    assert county.get(f"/institutions/{other.pk}/").status_code == 404
    assert county.get("/units/430424/").status_code == 404
    assert "衡东" not in county.get("/institutions/").content.decode()

    line = log_in(make_user("line", "lead_department", division="4304", business_line="hospital"))
    page = line.get("/institutions/")
    assert names_on(page) == ["衡东县人民医院", "衡阳市中心医院", "衡阳县人民医院"]
    assert names_on(line.get("/institutions/?type=school")) == []


@pytest.mark.parametrize("where", [{"institution": "X-421"}, {"division": "430421100"}])
def test_a_narrow_scope_reads_the_name_of_its_county(make_user, city_bodies, log_in, where):
    if "institution" in where:
        where = {"institution": next(row for row in city_bodies.values() if row.name == "西渡镇中心小学")}
    page = log_in(make_user("narrow", "unit_admin", **where)).get("/institutions/").content.decode()
    assert "西渡镇中心小学" in page and ">衡阳县<" in page and "衡东" not in page


def test_it_filters_by_two_characters_type_list_and_county(office, log_in):
    browser = log_in(office)
    assert names_on(browser.get("/institutions/?q=中心")) == ["衡阳市中心医院", "洣水镇中心小学", "西渡镇中心小学"]
    assert names_on(browser.get("/institutions/?q=小学&county=430421")) == ["西渡镇中心小学"]
    assert names_on(browser.get("/institutions/?list=C")) == ["演示甲村村民委员会"]
    assert names_on(browser.get("/institutions/?type=hospital&sort=-code")) == [
        "衡阳市中心医院", "衡东县人民医院", "衡阳县人民医院",
    ]  # fmt: skip


def test_it_says_when_a_filter_value_is_unknown_and_keeps_going(office, log_in):
    page = log_in(office).get("/institutions/?type=nonsense")
    assert "没有“nonsense”这个选项" in page.content.decode()
    assert len(names_on(page)) == 6


def test_a_sort_that_is_not_offered_is_not_used(office, log_in):
    page = log_in(office).get("/institutions/?sort=revision")
    assert page.context["page"].sort == "name"


def test_an_empty_result_says_so_and_offers_to_clear(office, log_in):
    text = log_in(office).get("/institutions/?q=不存在").content.decode()
    assert "没有符合条件的单位" in text
    assert "清除筛选" in text


def test_pages_neither_share_nor_lose_rows(office, log_in, city_bodies):
    template = city_bodies["X-421"]
    for number in range(57):
        Institution.objects.create(
            code=f"N{number:03}", name="同名小学", sort_key="tong ming", unit_type="school", business_line="school",
            list_code="X", level=4, division_id="430421100", province="43", city="4304", county="430421",
            town="430421100", valid_from=template.valid_from,
        )  # fmt: skip
    browser = log_in(office)
    seen: list[int] = []
    address = "/institutions/"
    for _ in range(4):
        page = browser.get(address).context["page"]
        seen += [row.pk for row in page.objects]
        address = "/institutions/" + page.next_query
    assert len(seen) == len(set(seen)) == 63
    text = browser.get("/institutions/?page=4").content.decode()
    assert "第 61–63 行，共 63 行" in text


def test_export_holds_exactly_the_filtered_rows_and_is_on_record(office, log_in):
    before = TrailEntry.objects.count()
    answer = log_in(office).get("/institutions/?type=hospital&export=xlsx&col=code")
    rows = list(load_workbook(io.BytesIO(answer.getvalue())).active.values)
    assert rows == [
        ("单位", "编码"),
        ("衡东县人民医院", "Y-424"),
        ("衡阳市中心医院", "Y-43"),
        ("衡阳县人民医院", "Y-421"),
    ]
    entry = TrailEntry.objects.order_by("seq").last()
    assert TrailEntry.objects.count() == before + 1
    assert (entry.action, entry.result) == ("shell.list_exported", "read")
    details = json.loads(TrailPayload.objects.get(entry=entry).content)
    assert details["rows"] == 3
    assert details["filters"] == {"type": "hospital"}


@pytest.mark.parametrize("name", ["=1+1 公司", "+86 公司", "-2 公司", "@SUM(A1)"])
def test_export_writes_formulas_as_text(office, log_in, city_bodies, name):
    Institution.objects.filter(code="X-421").update(name=name)
    answer = log_in(office).get("/institutions/?list=X&county=430421&export=xlsx")
    cell = load_workbook(io.BytesIO(answer.getvalue())).active["A2"]
    assert (cell.value, cell.data_type, cell.quotePrefix) == (name, "s", True)


def test_export_of_too_many_rows_is_refused(office, log_in, monkeypatch):
    monkeypatch.setattr("lianheng.web.shell.table_export.MAX_ROWS", 5)
    answer = log_in(office).get("/institutions/?export=xlsx")
    assert answer.status_code == 422
    assert "缩小范围" in answer.content.decode()
    assert not TrailEntry.objects.filter(action="shell.list_exported").exists()


def test_columns_are_chosen_in_the_address(office, log_in):
    text = log_in(office).get("/institutions/?col=ownership").content.decode()
    assert '<th scope="col">所有制</th>' in text
    assert '<th scope="col">清单</th>' not in text


def test_it_needs_at_most_eight_queries(office, log_in, django_assert_max_num_queries):
    browser = log_in(office)
    with django_assert_max_num_queries(8):
        browser.get("/institutions/")


def test_it_requires_login(client, db):
    assert client.get("/institutions/").status_code == 302


def test_a_renamed_institution_is_found_by_its_new_name_only(office, log_in, city_bodies):
    row = city_bodies["X-421"]
    data = services.InstitutionData(
        code="X-421", name="西渡镇实验小学", division="430421100", unit_type="school", list_code="X"
    )
    services.edit_institution(
        actor=office, institution_id=row.pk, revision=0, data=data, date=row.valid_from, basis="", today=row.valid_from
    )
    browser = log_in(office)
    assert names_on(browser.get("/institutions/?q=实验")) == ["西渡镇实验小学"]
    assert names_on(browser.get("/institutions/?q=渡镇中心")) == []
