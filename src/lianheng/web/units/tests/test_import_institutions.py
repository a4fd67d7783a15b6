import io
import zipfile

import pytest
from openpyxl import Workbook, load_workbook

from lianheng.web.accounts.models import User
from lianheng.web.shell.models import Job
from lianheng.web.trail.models import TrailEntry
from lianheng.web.units import services
from lianheng.web.units.models import Institution

HEADINGS = ["单位编码", "单位名称", "区划代码", "单元类型", "清单", "所有制", "上级单位编码", "主管条线"]


@pytest.fixture
def office(make_user, hengyang, settings, tmp_path) -> User:
    settings.DATA = tmp_path
    return make_user("office", "special_office", division="4304")


def sheet(*rows: list[object], headings: list[str] = HEADINGS) -> io.BytesIO:
    book = Workbook()
    for row in (headings, *rows):
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    file.seek(0)
    file.name = "单位.xlsx"
    return file


def check(browser, file):
    """Upload a file and return the page of its dry run, which the worker has done by then."""
    return browser.post("/institutions/import/", {"file": file}, follow=True)


def take_in(browser, checked):
    return browser.post("/institutions/import/run/", {"check": checked.context["job"].pk})


def findings(checked):
    return {(row, heading) for row, heading, _ in checked.context["job"].findings["problems"]}


SCHOOL = ["X-1", "西渡镇第二小学", 430421100, "学校", "X"]
BUREAU = ["J-1", "衡阳县教育局", "430421", "机关", "J"]


def test_it_checks_then_takes_in_the_whole_file(office, log_in):
    browser = log_in(office)
    checked = check(browser, sheet([*SCHOOL, "", "J-1"], BUREAU))
    assert "2 个单位都可以导入" in checked.content.decode()
    assert not Institution.objects.exists()
    assert "2 个单位" in browser.get(take_in(browser, checked).url).content.decode()
    school = Institution.objects.get(code="X-1")
    assert (school.parent.code, school.county, school.business_line) == ("J-1", "430421", "school")
    assert TrailEntry.objects.filter(action="units.institutions_imported").count() == 1
    assert [row.name for row in browser.get("/institutions/?q=第二").context["page"].objects] == ["西渡镇第二小学"]


def test_it_names_every_bad_row_and_cell_and_writes_nothing(office, log_in):
    answer = check(log_in(office), sheet(
        SCHOOL, SCHOOL, ["坏码", "某校", "430421100", "学校", "X"], ["X-3", "某校", "999999", "学校", "X"],
        ["X-4", "某校", "430421", "银行", ""], ["Q-1", "某企业", "430421", "企业", "Q", "民营"],
        ["X-5", "某校", "430421", "学校", "Y"], ["X-6", "某校", "430421", "学校", "X", "", "没有"],
    ))  # fmt: skip
    assert findings(answer) == {
        (3, "单位编码"), (4, "单位编码"), (5, "区划代码"), (6, "单元类型"), (7, "所有制"), (8, "清单"),
        (9, "上级单位编码"),
    }  # fmt: skip
    assert "7 行有错，一行都没有写入" in answer.content.decode()
    assert not Institution.objects.exists()


def test_a_county_that_is_assessed_as_an_area_is_a_row_of_its_own(office, log_in):
    browser = log_in(office)
    wrong = check(browser, sheet(["A430421", "衡阳县", "430421", "地区", "X"]))
    assert findings(wrong) == {(2, "清单")} and "地区不按清单考评" in wrong.content.decode()
    take_in(browser, check(browser, sheet(["A430421", "衡阳县", "430421", "地区", ""])))
    area = Institution.objects.get()
    assert area.is_area and (area.unit_type, area.list_code, area.county) == ("", "", "430421")
    notes = load_workbook(io.BytesIO(browser.get("/institutions/import/template/").content))["填写说明"]
    assert any("选“地区”" in str(row[0].value) for row in notes.iter_rows())


def test_places_outside_the_offices_scope_are_refused(make_user, hengyang, log_in, settings, tmp_path):
    settings.DATA = tmp_path
    browser = log_in(make_user("county", "special_office", division="430424"))
    answer = check(browser, sheet(SCHOOL))
    assert findings(answer) == {(2, "区划代码")}


def test_it_is_taken_back_while_nothing_rests_on_it(office, log_in):
    browser = log_in(office)
    take_in(browser, check(browser, sheet([*SCHOOL, "", "J-1"], BUREAU)))
    batch = browser.get("/institutions/import/").context["imports"][0]
    assert browser.post(f"/institutions/import/{batch.pk}/undo/").status_code == 302
    assert not Institution.objects.exists()
    assert browser.post(f"/institutions/import/{batch.pk}/undo/").status_code == 409


def test_it_is_not_taken_back_once_an_account_uses_it(office, log_in, make_user):
    browser = log_in(office)
    take_in(browser, check(browser, sheet(SCHOOL)))
    make_user("headmaster", "unit_admin", institution=Institution.objects.get())
    batch = browser.get("/institutions/import/").context["imports"][0]
    answer = browser.post(f"/institutions/import/{batch.pk}/undo/")
    assert answer.status_code == 409
    assert Institution.objects.count() == 1


def test_an_import_is_its_authors_alone(office, log_in, make_user):
    browser = log_in(office)
    take_in(browser, check(browser, sheet(SCHOOL)))
    batch = browser.get("/institutions/import/").context["imports"][0]
    other = log_in(make_user("second", "special_office", division="4304"))
    assert other.post(f"/institutions/import/{batch.pk}/undo/").status_code == 404
    assert log_in(make_user("lead", "lead_department", division="4304")).get("/institutions/import/").status_code == 403


@pytest.mark.parametrize(("content", "words"), [
    (b"not a workbook", "它不是完好的 .xlsx 表格"), (b"PK\x03\x04 broken", "它不是完好的 .xlsx 表格"),
])  # fmt: skip
def test_a_broken_file_is_said(office, log_in, content, words):
    file = io.BytesIO(content)
    file.name = "x.xlsx"
    answer = check(log_in(office), file)
    assert answer.context["job"].state == Job.FAILED
    assert words in answer.content.decode()


def test_a_missing_heading_is_said(office, log_in):
    answer = check(log_in(office), sheet(SCHOOL, headings=["编码", *HEADINGS[1:]]))
    assert "缺少标题“单位编码”" in answer.content.decode()


def test_a_cell_in_the_far_corner_is_refused_before_it_is_read(office, log_in):
    file = sheet(SCHOOL)
    with zipfile.ZipFile(file) as packed:
        members = {name: packed.read(name) for name in packed.namelist()}
    name = "xl/worksheets/sheet1.xml"
    far = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    members[name] = members[name].replace(b"</sheetData>", far)
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as packed:
        for member, content in members.items():
            packed.writestr(member, content)
    bomb.seek(0)
    bomb.name = "bomb.xlsx"
    answer = check(log_in(office), bomb)
    assert "超过 50,000" in answer.content.decode()


def test_a_file_that_unpacks_too_large_is_refused(office, log_in):
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as packed:
        for number in range(3):
            packed.writestr(f"xl/worksheets/sheet{number}.xml", b"0" * (70 << 20))
    bomb.seek(0)
    bomb.name = "bomb.xlsx"
    assert "解开后过大" in check(log_in(office), bomb).content.decode()


def test_the_template_has_the_headings(office, log_in):
    answer = log_in(office).get("/institutions/import/template/")
    assert [cell.value for cell in load_workbook(io.BytesIO(answer.content)).active[1]] == HEADINGS


def test_superiors_in_a_circle_are_found(office, log_in):
    answer = check(log_in(office), sheet([*SCHOOL, "", "J-1"], [*BUREAU, "", "X-1"]))
    assert findings(answer) == {(2, "上级单位编码"), (3, "上级单位编码")}
    assert "绕成了一圈" in answer.content.decode()


def test_the_service_refuses_what_the_check_would(office):
    from lianheng.web.shell.errors import InvalidInput
    from lianheng.web.units.institution_sheet import SheetRow

    row = SheetRow(2, services.InstitutionData(code="!", name="某", division="1", unit_type="x"))
    with pytest.raises(InvalidInput, match="一行都没有写入"):
        services.import_institutions(actor=office, rows=[row], file_name="f", sha256="0" * 64, valid_from=None)


def test_a_large_file_is_refused_before_it_is_kept(office, log_in, settings):
    settings.MAX_UPLOAD = 1 << 20
    file = io.BytesIO(b"0" * (3 << 20))
    file.name = "x.xlsx"
    answer = check(log_in(office), file)
    assert answer.status_code == 422 and "文件有 3 MB，超过 1 MB" in answer.content.decode()
    assert not Job.objects.exists()


def test_one_who_leads_into_a_circle_does_not_stand_on_it():
    from lianheng.web.units.institution_sheet import SheetRow
    from lianheng.web.units.services.importing import _circles

    above = {"A": "B", "B": "C", "C": "B", "D": "", "E": "A"}
    rows = [
        SheetRow(n, services.InstitutionData(code=code, name=code, division="1", parent=parent))
        for n, (code, parent) in enumerate(above.items(), 2)
    ]
    assert [problem.row for problem in _circles(rows)] == [3, 4]


def test_the_template_helps_and_its_sample_is_not_read(office, log_in):
    browser = log_in(office)
    book = load_workbook(io.BytesIO(browser.get("/institutions/import/template/").content))
    assert book.sheetnames == ["单位", "填写说明"]
    page, notes = book["单位"], [row[0] for row in book["填写说明"].values]
    assert page["A2"].value.startswith("（示例）") and any("下拉" in line for line in notes)
    offered = {str(rule.sqref)[0]: rule.formula1 for rule in page.data_validations.dataValidation}
    assert set(offered) == {"D", "E", "F", "H"} and "学校" in offered["D"] and "X" in offered["E"]
    for column, value in zip("ABCDE", ["X-9", "西渡镇第九小学", "４３０４２１", "学校", "X"], strict=True):
        page[f"{column}3"] = value
    file = io.BytesIO()
    book.save(file)
    file.seek(0)
    file.name = "单位.xlsx"
    assert "1 个单位都可以导入" in check(browser, file).content.decode()


def test_empty_codes_and_formulas_are_named(office, log_in):
    browser = log_in(office)
    rows = ["", *SCHOOL[1:]], ["", "西渡镇第三小学", *SCHOOL[2:]]
    problems = check(browser, sheet(*rows)).context["job"].findings["problems"]
    assert [message for *_, message in problems] == ["请填单位编码"] * 2
    assert "第 2 行 B 列是没有算过的公式" in check(browser, sheet(["X-1", "=A1", *SCHOOL[2:]])).content.decode()
