"""A second institution of one name in one place is asked about; a day to come is refused; so are circles."""

import pytest
from django import forms

from lianheng.web.accounts.models import User
from lianheng.web.desk.people_forms import InstitutionField
from lianheng.web.units.models import Institution
from lianheng.web.units.tests.test_import_institutions import SCHOOL, check, findings, sheet, take_in

GIVEN = {"revision": 0, "code": "X-9", "name": "西渡镇第二中学", "unit_type": "school", "list_code": "X"}
GIVEN |= {"division": "430421100", "date": "2026-11-01", "basis": "衡编办〔2026〕9号"}


@pytest.fixture
def office(make_user, hengyang, settings, tmp_path) -> User:
    settings.DATA = tmp_path
    return make_user("office", "special_office", division="4304")


def test_the_form_asks_once_more_and_takes_the_answer(office, log_in):
    browser = log_in(office)
    assert "同名的是另一个单位" not in browser.get("/institutions/new/").content.decode()
    browser.post("/institutions/new/", GIVEN)
    second = GIVEN | {"code": "X-10"}
    asked = browser.post("/institutions/new/", second)
    page = asked.content.decode()
    assert asked.status_code == 422 and "已经有叫“西渡镇第二中学”的单位（编码 X-9）" in page
    assert 'name="same_name"' in page and Institution.objects.count() == 1
    assert browser.post("/institutions/new/", second | {"same_name": "on"}).status_code == 302
    elsewhere = GIVEN | {"code": "X-11", "division": "430421"}
    assert browser.post("/institutions/new/", elsewhere).status_code == 302
    moved = Institution.objects.get(code="X-11")
    address = f"/institutions/{moved.pk}/edit/"
    assert browser.post(address, elsewhere | {"division": "430421100"}).status_code == 422
    assert browser.post(address, elsewhere | {"ownership": ""}).status_code == 302


def test_an_institution_of_a_day_to_come_is_refused(office, log_in):
    answer = log_in(office).post("/institutions/new/", GIVEN | {"date": "2030-12-08"})
    assert answer.status_code == 422 and "最迟是今天（2026-12-03）" in str(answer.context["form"].errors["date"])
    assert not Institution.objects.exists()


def test_a_file_is_warned_of_and_can_be_taken_in(office, log_in):
    browser = log_in(office)
    browser.post("/institutions/new/", GIVEN)
    rows = [["X-20", GIVEN["name"], *SCHOOL[2:]], SCHOOL, ["X-21", *SCHOOL[1:]]]
    checked = check(browser, sheet(*rows))
    doubts = {row: text for row, _, text in checked.context["job"].findings["doubts"]}
    assert "编码 X-9" in doubts[2] and "本表第 3 行" in doubts[4] and len(doubts) == 2
    assert "有 2 处请先看一眼" in checked.content.decode()
    take_in(browser, checked)
    assert Institution.objects.count() == 4


def test_a_superior_that_is_itself_is_one_fault_and_circles_show_beside_others(office, log_in):
    row = ["X-6", "演示六校", "430421100", "学校", "X", "", "X-6"]
    round_ = [[f"X-{n}", f"演示{n}校", "430421100", "学校", "X", "", f"X-{9 - n}"] for n in (4, 5)]
    other = ["X-7", "演示七校", "999999", "学校", "X"]
    checked = check(log_in(office), sheet(row, *round_, other))
    assert findings(checked) == {(2, "上级单位编码"), (3, "上级单位编码"), (4, "上级单位编码"), (5, "区划代码")}
    texts = [text for _, _, text in checked.context["job"].findings["problems"]]
    assert texts[0] == "上级单位不能是自己" and texts[1] == texts[2] == "上级单位绕成了一圈" and len(texts) == 4


def test_a_name_of_several_lists_their_codes(office, log_in, make_user):
    browser = log_in(office)
    for code, division in (("X-9", "430421100"), ("X-10", "430421")):
        browser.post("/institutions/new/", GIVEN | {"code": code, "division": division})
    field = InstitutionField()
    field.actor = make_user("sys", "system_admin")
    with pytest.raises(forms.ValidationError, match="X-10（衡阳县）；X-9（西渡镇）"):
        field.clean(GIVEN["name"])
