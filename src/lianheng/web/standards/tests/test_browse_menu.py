"""Three menu levels: unit type → category → item."""

import re

import pytest
from django.core.management import call_command
from django.test import Client

from lianheng.web.standards.models import Catalogue
from lianheng.web.trail.models import TrailEntry
from lianheng.web.units.models import UnitType
from lianheng.web.units.services.types import set_unit_type

PAGES = [
    "",
    "types/school/",
    "lists/X/",
    "lists/X/print/",
    "categories/X4/",
    "items/X4.2/",
    "search/?q=食堂",
    "coverage/",
]
PAGES += ["versions/", "documents/", "documents/D05/"]


def codes(page: str, attribute: str) -> list[str]:
    return re.findall(rf'data-{attribute}="([^"]+)"', page)


@pytest.mark.seed("S21")
def test_level_1_shows_seven_lists(reader: Client) -> None:
    page = reader.get("/standards/").content.decode()
    assert codes(page, "unit-type") == ["organ", "school", "hospital", "village", "enterprise", "family", "culture"]
    assert "7 张清单" in page


def test_a_unit_type_opens_to_its_list_or_to_the_choice_between_its_lists(reader: Client) -> None:
    assert reader.get("/standards/types/school/").headers["Location"] == "/standards/lists/X/"
    page = reader.get("/standards/types/enterprise/").content.decode()
    assert "/standards/lists/Q/" in page and "/standards/lists/M/" in page and "清廉民企" in page


def test_culture_switched_off_leaves_six_and_its_list_stays_open(reader: Client) -> None:
    kind = UnitType.objects.get(pk="culture")
    set_unit_type(
        actor=None, code="culture", revision=kind.revision, enabled=False, lead_department=kind.lead_department
    )
    assert len(codes(reader.get("/standards/").content.decode(), "unit-type")) == 6
    page = reader.get("/standards/lists/W/")
    assert page.status_code == 200 and "没有启用" in page.content.decode()


@pytest.mark.seed("S22")
def test_the_school_list_has_five_categories_and_ten_items(reader: Client) -> None:
    page = reader.get("/standards/lists/X/").content.decode()
    assert len(codes(page, "category")) == 5
    assert len(codes(page, "item")) == 10
    for name in ("政治强廉", "干部清廉", "教师守廉", "机制保廉", "文化润廉"):
        assert name in page


def test_the_village_list_has_five_categories_and_five_negative_rows(reader: Client) -> None:
    page = reader.get("/standards/lists/C/").content.decode()
    assert len(codes(page, "category")) == 5
    assert codes(page, "negative") == ["N-C1", "N-C2", "N-C3", "N-C4", "N-C5"]
    assert "等次最高为较差" in page


def test_the_organ_list_has_five_groups_and_four_negative_rows(reader: Client) -> None:
    page = reader.get("/standards/lists/J/").content.decode()
    assert len(codes(page, "category")) == 5
    assert codes(page, "negative") == ["N-J1", "N-J2", "N-J3", "N-J4"]
    assert "每起扣 3 分" in page


def test_an_item_shows_everything_that_is_asked(reader: Client) -> None:
    page = reader.get("/standards/items/X4.2/").content.decode()
    for text in ("伙食费按实际就餐人数核算", "虚报就餐人数", "市教育局、市场监管部门", "就餐台账", "14 分", "学生食堂"):
        assert text in page
    assert codes(page, "problem") == ["X4.2-a", "X4.2-b", "X4.2-c", "X4.2-d"]
    assert "第 1 部分，满分 4 分：“按期公示的膳食事项数”除以“应公示的膳食事项数”" in page
    assert "第 2 部分，满分 10 分：满分 10 分，“经确认的膳食经费或采购违规事件数”每 1 起扣 4 分，扣完为止" in page
    assert "原文" in page and "公开资料：校园餐整治报道" in page
    assert "清廉学校建设实施方案" in page and "第二部分第（四）项" in page


def test_every_item_and_every_list_prints(reader: Client, hengyang: Catalogue) -> None:
    for sheet in hengyang.lists.all():
        page = reader.get(f"/standards/lists/{sheet.code}/print/").content.decode()
        assert len(codes(page, "item")) == sum(category.items.count() for category in sheet.categories.all())
        assert page.count('class="mnemonic"') == sheet.categories.count()


@pytest.mark.parametrize("path", PAGES)
def test_everybody_logged_in_reads_and_nobody_else(reader: Client, path: str) -> None:
    assert reader.get(f"/standards/{path}", follow=True).status_code == 200
    assert Client().get(f"/standards/{path}").headers["Location"].startswith("/login/")


def test_before_anything_is_published_the_page_says_so(reader: Client, hengyang: Catalogue) -> None:
    Catalogue.objects.filter(pk=hengyang.pk).update(state="superseded")
    assert "还没有发布标准目录" in reader.get("/standards/").content.decode()
    assert reader.get("/standards/lists/X/").status_code == 404


def test_a_list_is_exported_and_the_export_is_on_record(reader: Client) -> None:
    answer = reader.get("/standards/lists/X/export/")
    assert answer.headers["Content-Type"].endswith("spreadsheetml.sheet")
    assert TrailEntry.objects.get(action="standards.list_exported").result == TrailEntry.READ


@pytest.mark.parametrize("path", ["lists/X/", "items/X1.1/", "categories/X1/", "lists/X/print/"])
def test_a_page_costs_few_queries(reader: Client, path: str, django_assert_max_num_queries: object) -> None:
    with django_assert_max_num_queries(14):  # type: ignore[operator]
        reader.get(f"/standards/{path}")


def test_the_command_is_reached_through_lianheng(hengyang: Catalogue) -> None:
    from lianheng.cli.server import COMMANDS

    call_command(COMMANDS["standards", "load"][0])
    assert Catalogue.objects.count() == 1
