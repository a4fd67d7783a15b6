"""Excel in and out: a dry run names each bad cell, the import is all or nothing, a draft can be undone."""

import re
from collections.abc import Callable
from io import BytesIO

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from lianheng.web.accounts.models import User
from lianheng.web.standards.models import Catalogue, Category, Item, ProblemDescription
from lianheng.web.standards.tests.conftest import Workbook
from lianheng.web.trail.models import TrailEntry

URL = "/standards/import/"
CHARACTERS_24 = "书记校长带头担起责任，大事要事全由集体商量来决策"


def dry_run(client: Client, upload: SimpleUploadedFile, version: str = "2026.2") -> tuple[int, str]:
    answer = client.post(URL, {"version": version, "file": upload})
    return answer.status_code, answer.content.decode()


def confirm(client: Client, page: str) -> object:
    token = re.search(r'name="token" value="([^"]+)"', page)
    assert token, page
    return client.post("/standards/import/confirm/", {"token": token[1]})


def publish(client: Client, version: str) -> None:
    draft = Catalogue.objects.get(version=version)
    client.post(f"/standards/versions/{draft.pk}/publish/", {"revision": draft.revision})


def errors(page: str) -> list[tuple[str, str, str, str]]:
    cell = r'<td class="[^>]*">([^<]*)</td>'
    return re.findall(rf"<tr>{cell}{cell}{cell}{cell}</tr>", page)


def test_a_dry_run_writes_nothing_and_the_import_makes_a_draft(
    office: Client, publisher: Client, school_book: Workbook
) -> None:
    school_book.set("条目", "X1.1", "标准内容", "学校党组织每学期检查一次责任清单完成情况。")
    status, page = dry_run(office, school_book.upload())
    assert status == 200 and "共 1 处改动" in page and "每学期检查一次" in page
    assert Catalogue.objects.count() == 1
    confirm(office, page)
    draft = Catalogue.objects.get(version="2026.2")
    assert draft.state == "draft" and draft.based_on is not None
    new = Item.objects.get(category__standard_list__catalogue=draft, code="X1.1")
    assert new.standard == "学校党组织每学期检查一次责任清单完成情况。"
    assert {change["code"] for change in draft.changes} == {"X1.1", "catalogue"}
    entry = TrailEntry.objects.get(action="standards.workbook_imported")
    assert '"sha256":' in entry.payload.content
    publish(publisher, "2026.2")
    assert "每学期检查一次" in office.get("/standards/items/X1.1/").content.decode()


def test_an_export_imported_as_it_is_changes_nothing(office: Client, hengyang: Catalogue) -> None:
    for sheet in hengyang.lists.all():
        book = Workbook(office.get(f"/standards/lists/{sheet.code}/export/").content)
        status, page = dry_run(office, book.upload())
        assert status == 422 and "完全一样" in page


@pytest.mark.seed("S27")
def test_a_short_form_of_24_characters_is_saved_and_of_25_refused(
    office: Client, publisher: Client, reader: Client, hengyang: Catalogue, school_book: Workbook
) -> None:
    assert Category.objects.filter(standard_list__catalogue=hengyang).count() == 43
    assert not Category.objects.filter(mnemonic="").exists()

    number = school_book.set("类别", "X1", "短句", CHARACTERS_24 + "吗")
    status, page = dry_run(office, school_book.upload())
    assert status == 422
    assert errors(page) == [("类别", f"第 {number} 行", "短句", "有 25 个字，最多 24 个字")]

    school_book.set("类别", "X1", "短句", CHARACTERS_24)
    confirm(office, dry_run(office, school_book.upload())[1])
    publish(publisher, "2026.2")
    assert Category.objects.get(standard_list__catalogue__version="2026.2", code="X1").mnemonic == CHARACTERS_24

    phone = {"HTTP_USER_AGENT": "Mozilla/5.0 (Linux; Android 10; Mobile) MicroMessenger"}
    shown = reader.get("/standards/categories/X1/", **phone).content.decode()
    assert shown.index(CHARACTERS_24) < shown.index('data-item="X1.1"')
    assert "拟稿" in shown[shown.index(CHARACTERS_24) : shown.index('data-item="X1.1"')]


@pytest.mark.seed("S21")
def test_an_item_without_lead_department_or_problem_description_is_refused_by_name(
    office: Client, school_book: Workbook
) -> None:
    lead = school_book.set("条目", "X1.1", "牵头部门", None)
    page = school_book.book["问题描述"]
    for code in ("X1.2-a", "X1.2-b"):
        page.delete_rows(school_book.row("问题描述", code))
    item = school_book.row("条目", "X1.2")
    status, shown = dry_run(office, school_book.upload())
    assert status == 422
    assert ("条目", f"第 {lead} 行", "牵头部门", "缺少牵头部门") in errors(shown)
    assert ("条目", f"第 {item} 行", "条目代码", "X1.2 缺少问题描述：在“问题描述”表中至少写一行") in errors(shown)
    assert Catalogue.objects.count() == 1


def test_points_of_99_are_refused_saying_so(office: Client, school_book: Workbook) -> None:
    school_book.set("条目", "X1.1", "分值", 9)
    school_book.set("条目", "X1.1", "分值构成", "9")
    school_book.set("类别", "X1", "分值", 19)
    status, page = dry_run(office, school_book.upload())
    assert status == 422
    assert errors(page) == [("类别", "整表", "分值", "“清廉学校”（X）各类别合计 99 分，应为 100 分")]


def test_points_moved_between_items_reach_the_rule(office: Client, publisher: Client, school_book: Workbook) -> None:
    for code, points in (("X1.1", 9.5), ("X1.2", 10.5)):
        school_book.set("条目", code, "分值", points)
        school_book.set("条目", code, "分值构成", str(points))
    confirm(office, dry_run(office, school_book.upload())[1])
    draft = Catalogue.objects.get(version="2026.2")
    item = Item.objects.get(category__standard_list__catalogue=draft, code="X1.1")
    assert float(item.points) == item.rule["parts"][0]["points"] == 9.5
    publish(publisher, "2026.2")
    assert Catalogue.objects.get(version="2026.2").state == "published"


def test_every_bad_cell_is_named(office: Client, school_book: Workbook) -> None:
    school_book.set("条目", "X4.2", "分值构成", "4+4+6")
    school_book.set("条目", "X4.1", "分值", "十四")
    school_book.set("条目", "X3.1", "重点问题", "礼品礼金")
    school_book.set("条目", "X2.1", "条目代码", "X9.9")
    school_book.set("问题描述", "X5.1-b", "问题代码", "X5.1-a")
    school_book.set("问题描述", "X5.2-b", "问题代码", "别的代码")
    school_book.set("类别", "X5", "类别名称", "廉" * 41)
    status, page = dry_run(office, school_book.upload())
    messages = "\n".join(" ".join(error) for error in errors(page))
    assert status == 422
    for part in (
        "分值构成 X4.2 的规则有 2 部分",
        "分值 “十四”不是分值",
        "重点问题 没有“礼品礼金”这个重点问题",
        "条目代码 2026.1 版没有条目 X9.9",
        "问题代码 问题代码 X5.1-a 在第",
        "问题代码应以“X5.2-”开头",
        "类别名称 有 41 个字，最多 40 个字",
    ):
        assert part in messages, part
    assert Catalogue.objects.count() == 1


def test_a_removed_problem_description_is_kept_in_the_crosswalk(office: Client, school_book: Workbook) -> None:
    school_book.book["问题描述"].delete_rows(school_book.row("问题描述", "X4.2-d"))
    confirm(office, dry_run(office, school_book.upload())[1])
    draft = Catalogue.objects.get(version="2026.2")
    assert draft.crosswalk == [{"old": "X4.2-d", "new": [], "reason": "导入工作簿时删去"}]


def test_the_template_is_read_and_its_sample_rows_are_left_out(office: Client) -> None:
    content = office.get("/standards/template/").content
    book = openpyxl.load_workbook(BytesIO(content))
    assert [cell.value for cell in book["条目"][1]][:4] == ["条目代码", "条目名称", "标准内容", "牵头部门"]
    assert len(book["条目"].data_validations.dataValidation) == 2
    status, page = dry_run(office, SimpleUploadedFile("模板.xlsx", content))
    assert status == 422 and "三张表都没有可导入的行" in page


def test_text_that_looks_like_a_formula_is_written_as_text(
    office: Client, publisher: Client, school_book: Workbook
) -> None:
    school_book.set("问题描述", "X1.1-a", "问题描述", "'=1+1")
    school_book.book["问题描述"].cell(school_book.row("问题描述", "X1.1-b"), 3).value = "@SUM(A1)"
    page = school_book.book["问题描述"]
    page.cell(school_book.row("问题描述", "X1.1-a"), 3).value = "-2+3"
    confirm(office, dry_run(office, school_book.upload())[1])
    publish(publisher, "2026.2")
    assert ProblemDescription.objects.filter(text="@SUM(A1)").exists()
    again = Workbook(office.get("/standards/lists/X/export/").content)
    for code, text in (("X1.1-a", "-2+3"), ("X1.1-b", "@SUM(A1)")):
        cell = again.book["问题描述"].cell(again.row("问题描述", code), 3)
        assert (cell.value, cell.data_type, cell.quotePrefix) == (text, "s", True)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("清单.xlsx", b"PK\x03\x04 broken", "打不开"),
        ("清单.xlsx", b"just some words", "内容却不是 XLSX 文件"),
        ("清单.xlsx", b"", "空"),
        ("清单.csv", b"a,b", ".xlsx"),
        ("清单.xlsx", b"%PDF-1.7", "对不上"),
        ("清单.xlsx", b"PK\x03\x04" + b"0" * (5 * 1024 * 1024), "超过 5 MB"),
    ],
)
def test_a_file_that_is_no_workbook_is_refused(office: Client, name: str, content: bytes, message: str) -> None:
    status, page = dry_run(office, SimpleUploadedFile(name, content))
    assert status == 422 and message in page


def test_an_archive_that_is_no_workbook_is_refused(office: Client) -> None:
    import zipfile

    file = BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook>")
    status, page = dry_run(office, SimpleUploadedFile("清单.xlsx", file.getvalue()))
    assert status == 422 and "打不开" in page


def test_a_cell_in_the_far_corner_is_refused_before_it_is_read(office: Client, school_book: Workbook) -> None:
    school_book.book["条目"]["XFD1048576"] = 1
    status, page = dry_run(office, school_book.upload())
    assert status == 422 and "表里的行超过" in page


def test_a_version_that_is_taken_is_refused(office: Client, school_book: Workbook) -> None:
    school_book.set("条目", "X1.1", "佐证要求", "清单")
    status, page = dry_run(office, school_book.upload(), "2026.1")
    assert status == 422 and "已经有 2026.1 版" in page


def test_a_token_of_somebody_else_or_altered_is_refused(
    office: Client, school_book: Workbook, make_user: Callable[..., User], log_in: Callable[[User], Client]
) -> None:
    school_book.set("条目", "X1.1", "佐证要求", "清单")
    page = dry_run(office, school_book.upload())[1]
    colleague = log_in(make_user("tongshi", "special_office", division="4304"))
    assert confirm(colleague, page).status_code == 409  # type: ignore[attr-defined]
    assert office.post("/standards/import/confirm/", {"token": "x"}).status_code == 409
    assert Catalogue.objects.count() == 1


def test_an_import_on_a_version_that_is_no_longer_live_is_refused(
    office: Client, publisher: Client, school_book: Workbook
) -> None:
    school_book.set("条目", "X1.1", "佐证要求", "清单")
    first = dry_run(office, school_book.upload(), "2026.2")[1]
    second = dry_run(office, school_book.upload(), "2026.3")[1]
    confirm(office, first)
    publish(publisher, "2026.2")
    assert confirm(office, second).status_code == 409  # type: ignore[attr-defined]
    assert not Catalogue.objects.filter(version="2026.3").exists()


def test_it_is_the_citys_special_office_that_imports(
    reader: Client, school_book: Workbook, make_user: Callable[..., User], log_in: Callable[[User], Client]
) -> None:
    county = log_in(make_user("xianban", "special_office", division="430421"))
    for client in (reader, county):
        assert client.get(URL).status_code == 403
        assert dry_run(client, school_book.upload())[0] == 403
    assert Client().get(URL).status_code == 302


def test_who_imported_a_draft_does_not_publish_it(office: Client, publisher: Client, school_book: Workbook) -> None:
    school_book.set("条目", "X1.1", "标准内容", "学校党组织每学期检查一次责任清单完成情况。")
    confirm(office, dry_run(office, school_book.upload())[1])
    draft = Catalogue.objects.get(version="2026.2")
    address = f"/standards/versions/{draft.pk}/"
    assert "请工作专班的另一个人核对后发布" in office.get(address).content.decode()
    assert office.post(f"{address}publish/", {"revision": draft.revision}).status_code == 403
    assert Catalogue.objects.get(pk=draft.pk).state == "draft"
    assert f"{address}publish/" in publisher.get(address).content.decode()
    publish(publisher, "2026.2")
    assert Catalogue.objects.get(pk=draft.pk).state == "published"


def test_a_department_that_the_city_does_not_know_is_refused(office: Client, school_book: Workbook) -> None:
    row = school_book.set("条目", "X1.1", "牵头部门", "市教育局、不存在局")
    school_book.set("条目", "X1.2", "牵头部门", "市教育局、市妇联")
    status, page = dry_run(office, school_book.upload())
    found = errors(page)
    assert status == 422 and [place[:3] for place in found] == [("条目", f"第 {row} 行", "牵头部门")]
    assert "没有“不存在局”这个牵头部门" in found[0][3] and "市教育局" in found[0][3]
    assert Catalogue.objects.count() == 1


def test_a_formula_is_named_as_one(office: Client, school_book: Workbook) -> None:
    row = school_book.set("条目", "X1.1", "条目名称", "=1+1")
    status, page = dry_run(office, school_book.upload())
    assert status == 422 and f"第 {row} 行 B 列是没有算过的公式" in page and "缺少条目名称" not in page
