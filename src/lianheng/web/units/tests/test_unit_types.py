import pytest

from lianheng.library.city_profile import shipped_profile
from lianheng.web.accounts.models import User
from lianheng.web.trail.models import TrailEntry
from lianheng.web.units import services
from lianheng.web.units.models import CityProfile, Division, UnitType

SHAANXI = [("61", "陕西省", 1, None), ("6104", "咸阳市", 2, "61")]
SIX = ["机关", "学校", "医院", "村居", "企业", "家庭"]


@pytest.fixture
def office(make_user, hengyang) -> User:
    return make_user("office", "special_office", division="4304")


@pytest.fixture
def xianyang(hengyang) -> None:
    """The other city's place in the tree."""
    for code, name, level, parent in SHAANXI:
        Division.objects.create(code=code, name=name, level=level, parent_id=parent, province="61")


def offered(browser) -> list[str]:
    """The unit types that the form for a new institution offers."""
    form = browser.get("/institutions/new/").context["form"]
    return [label for _, label in form.fields["unit_type"].choices]


@pytest.mark.seed("S01")
def test_xianyang_runs_six_types_and_hengyang_seven(office, log_in, xianyang):
    browser = log_in(office)
    services.load_city_profile(actor=None, path=shipped_profile("xianyang"))
    assert offered(browser) == SIX
    services.load_city_profile(actor=None, path=shipped_profile("hengyang"))
    assert offered(browser) == [*SIX, "文化"]


@pytest.mark.seed("S01")
def test_a_type_switched_off_leaves_new_forms_but_old_rows_open(office, log_in, make_institution):
    site = make_institution("W-1", "船山廉政文化园", "430421", "culture", "W")
    browser = log_in(office)
    shown = UnitType.objects.get(pk="culture")
    answer = browser.post(
        "/unit-types/culture/set/",
        {"culture-revision": shown.revision, "culture-lead_department": shown.lead_department},
    )
    assert answer.status_code == 302
    assert offered(browser) == SIX
    assert "船山廉政文化园" in browser.get("/institutions/?type=culture").content.decode()
    assert browser.get(f"/institutions/{site.pk}/").status_code == 200
    assert TrailEntry.objects.filter(action="units.unit_type_set", actor=f"user:{office.pk}").count() == 1
    refused = browser.post("/institutions/new/", {
        "revision": 0, "name": "新文化馆", "code": "W-2", "unit_type": "culture", "division": "430421",
        "date": "2026-12-01",
    })  # fmt: skip
    assert refused.status_code == 422


@pytest.mark.seed("S03")
def test_the_profile_of_xianyang_names_25_lead_departments(office, log_in, xianyang):
    services.load_city_profile(actor=None, path=shipped_profile("xianyang"))
    assert len(CityProfile.objects.get().content["lead_departments"]) == 25
    text = log_in(office).get("/unit-types/").content.decode()
    assert "牵头部门 25 个" in text
    assert "市行政审批服务局" in text


def test_a_stale_form_is_refused(office, log_in):
    browser = log_in(office)
    form = {"organ-revision": 0, "organ-enabled": "on", "organ-lead_department": "市委直属机关工委"}
    assert browser.post("/unit-types/organ/set/", form).status_code == 302
    assert browser.post("/unit-types/organ/set/", form).status_code == 409


def test_the_last_type_cannot_be_switched_off(office, log_in):
    UnitType.objects.exclude(pk="organ").update(enabled=False)
    form = {"organ-revision": 0, "organ-lead_department": "市委直属机关工委"}
    answer = log_in(office).post("/unit-types/organ/set/", form)
    assert answer.status_code == 422
    assert "至少要有一个启用的单元类型" in answer.content.decode()


@pytest.mark.parametrize(("role", "where"), [
    ("system_admin", {}), ("lead_department", {"division": "4304"}), ("special_office", {"division": "430421"}),
])  # fmt: skip
def test_only_the_office_of_the_city_may(make_user, hengyang, log_in, role, where):
    browser = log_in(make_user("other", role, **where))
    form = {"organ-revision": 0, "organ-enabled": "on", "organ-lead_department": "别的部门"}
    assert browser.post("/unit-types/organ/set/", form).status_code == 403
    assert UnitType.objects.get(pk="organ").lead_department == "市委直属机关工委"
