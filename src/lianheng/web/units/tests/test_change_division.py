import datetime as dt

import pytest

from lianheng.web.accounts.models import User
from lianheng.web.shell.errors import Forbidden
from lianheng.web.trail.models import TrailEntry
from lianheng.web.units import queries, services
from lianheng.web.units.models import Division, Institution

SAYS = {"date": "2026-11-01", "basis": "湘政函〔2026〕1号"}


@pytest.fixture
def office(make_user, hengyang) -> User:
    return make_user("office", "special_office", division="4304")


def send(browser, code: str, act: str, revision: int = 0, **values: str):
    data = {"revision": revision, **SAYS, **values}
    return browser.post(f"/units/{code}/{act}/", {f"{act}-{key}": value for key, value in data.items()})


def last_action() -> str:
    return TrailEntry.objects.order_by("seq").last().action


def test_it_renames_and_keeps_the_old_name(office, log_in):
    browser = log_in(office)
    assert send(browser, "430421100", "rename", name="西渡街道").status_code == 302
    text = browser.get("/units/430421100/").content.decode()
    assert "西渡街道" in text
    assert "原名西渡镇" in text
    assert last_action() == "units.division_renamed"


def test_a_move_takes_villages_institutions_and_scope_along(office, log_in, city_bodies, make_user):
    other = log_in(make_user("other", "responsible_department", division="430424"))
    school = city_bodies["X-421"]
    assert other.get(f"/institutions/{school.pk}/").status_code == 404
    assert send(log_in(office), "430421100", "move", parent="430424").status_code == 302
    village = Division.objects.get(pk="430421100001")
    assert (village.county, village.town, village.parent_id) == ("430424", "430421100", "430421100")
    assert other.get(f"/institutions/{school.pk}/").status_code == 200
    assert "西渡镇" in other.get("/units/430424/").content.decode()
    assert last_action() == "units.division_moved"


def test_a_merger_hands_over_children_and_institutions(office, log_in, city_bodies):
    assert send(log_in(office), "430421100", "merge", into="430424100").status_code == 302
    old = Division.objects.get(pk="430421100")
    assert str(old.valid_to) == "2026-11-01"
    assert Division.objects.get(pk="430421100001").parent_id == "430424100"
    school = Institution.objects.get(pk=city_bodies["X-421"].pk)
    assert (school.division_id, school.county, school.town) == ("430424100", "430424", "430424100")
    assert old.changes.get().successor == "430424100"


def test_an_unknown_successor_is_said_at_its_field(office, log_in):
    answer = send(log_in(office), "430421100", "merge", into="430499999")
    assert answer.status_code == 422 and list(answer.context["forms"]["merge"].errors) == ["into"]


def test_it_does_not_end_what_still_holds_something(office, log_in, city_bodies):
    answer = send(log_in(office), "430421100", "end")
    assert answer.status_code == 409
    assert "还有 1 个区划、1 个单位" in answer.content.decode()
    assert Division.objects.get(pk="430421100").valid_to is None


def test_it_ends_an_empty_place(office, log_in):
    assert send(log_in(office), "430424100001", "end").status_code == 302
    assert Division.objects.get(pk="430424100001").valid_to == dt.date(2026, 11, 1)
    assert send(log_in(office), "430424100001", "rename", revision=1, name="又一个村").status_code == 409


@pytest.mark.parametrize(("act", "values", "words"), [
    ("rename", {"name": "新名称", "date": "2027-01-01"}, "晚于今天"),
    ("rename", {"name": "西渡镇"}, "新名称与现在的名称相同"),
    ("move", {"parent": "4304"}, "没有代码为 4304 的县级区划"),
    ("move", {"parent": "430421"}, "现在就属于"),
    ("merge", {"into": "430421100"}, "没有代码为"),
    ("rename", {"name": "新名称", "basis": ""}, "这一项还没有填"),
])  # fmt: skip
def test_a_refused_value_comes_back_in_its_form(office, log_in, act, values, words):
    answer = send(log_in(office), "430421100", act, **values)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not Division.objects.get(pk="430421100").changes.exists()


def test_a_stale_form_is_refused(office, log_in):
    browser = log_in(office)
    send(browser, "430421100", "rename", name="西渡街道")
    answer = send(browser, "430421100", "rename", name="西渡新城")
    assert answer.status_code == 409
    assert Division.objects.get(pk="430421100").name == "西渡街道"


@pytest.mark.parametrize(("role", "division", "status"), [
    ("special_office", "430421", 403), ("lead_department", "4304", 403),
    ("special_office", "430424", 404),
])  # fmt: skip
def test_only_the_office_of_the_city_changes_places(make_user, hengyang, log_in, role, division, status):
    browser = log_in(make_user("other", role, division=division))
    assert send(browser, "430421100", "rename", name="西渡街道").status_code == status
    assert Division.objects.get(pk="430421100").name == "西渡镇"


@pytest.mark.parametrize(("role", "division", "status"), [
    ("special_office", "4304", 200), ("special_office", "430421", 403), ("lead_department", "4304", 403),
    ("special_office", "430424", 404),
])  # fmt: skip
def test_the_forms_are_for_who_may_send_them(make_user, hengyang, log_in, role, division, status):
    browser = log_in(make_user("other", role, division=division))
    page = browser.get("/units/430421100/change/")
    assert page.status_code == status
    assert ("区划" in page.content.decode()) == (status != 404)
    if status == 403:
        assert "由工作专班办理" in page.content.decode()


def test_a_place_that_has_ended_has_no_forms(office, log_in):
    Division.objects.filter(pk="430421100").update(valid_to=dt.date(2026, 11, 1))
    assert log_in(office).get("/units/430421100/change/").status_code == 409


def test_a_system_administrator_does_not(make_user, hengyang):
    admin = make_user("admin", "system_admin")
    with pytest.raises(Forbidden):
        services.rename_division(
            actor=admin, code="430421100", revision=0, name="西渡街道", date=dt.date(2026, 11, 1), basis="一号文",
            today=dt.date(2026, 12, 3),
        )  # fmt: skip
    assert Division.objects.get(pk="430421100").name == "西渡镇"


def test_a_zone_counts_once_in_the_city_alone_or_under_a_county(office, log_in, hengyang):
    values = {"430421": 5, "430424": 3, "430473": 2}
    before = queries.roll_up(hengyang["4304"], values)
    assert [(row.division.pk, row.total) for row in before.rows] == [("430421", 5), ("430424", 3), ("430473", 2)]
    assert before.total == 10
    answer = log_in(office).post("/units/430473/zone/", {"zone-revision": 0, "zone-under": "430424"})
    assert answer.status_code == 302
    after = queries.roll_up(hengyang["4304"], values)
    assert [(row.division.pk, row.total) for row in after.rows] == [("430421", 5), ("430424", 5), ("430473", 2)]
    assert after.total == 10
    assert after.rows[2].counted_under.pk == "430424"


def test_a_county_is_no_zone(office, log_in):
    answer = log_in(office).post("/units/430421/zone/", {"zone-revision": 0, "zone-under": "430424"})
    assert answer.status_code == 409


@pytest.mark.parametrize(("act", "field"), [("move", "parent"), ("merge", "into")])
def test_nothing_goes_to_another_city(office, log_in, act, field):
    """The office of one city neither gives places away nor hands its institutions over to another."""
    Division.objects.create(code="4305", name="邵阳市", level=2, parent_id="43", province="43", city="4305")
    place = {"province": "43", "city": "4305", "county": "430521"}
    Division.objects.create(code="430521", name="邵东市", level=3, parent_id="4305", **place)
    Division.objects.create(code="430521100", name="大禾塘街道", level=4, parent_id="430521", town="430521100", **place)
    target = {"parent": "430521", "into": "430521100"}[field]
    answer = send(log_in(office), "430421100", act, **{field: target})
    assert answer.status_code == 403 and "到邵阳市" in answer.content.decode()
    place = Division.objects.get(pk="430421100")
    assert (place.city, place.valid_to) == ("4304", None)
