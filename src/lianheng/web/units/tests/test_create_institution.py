import json

import pytest

from lianheng.web.accounts.models import User
from lianheng.web.trail.models import TrailPayload
from lianheng.web.units.models import Institution

GIVEN = {"revision": 0, "code": "X-9", "name": "西渡镇第二中学", "unit_type": "school", "list_code": "X"}
GIVEN |= {"division": "430421100", "date": "2026-11-01", "basis": "衡编办〔2026〕9号"}


@pytest.fixture
def office(make_user, hengyang) -> User:
    return make_user("office", "special_office", division="4304")


def test_it_sets_up_and_keeps_the_document_on_which_that_rests(office, log_in):
    assert log_in(office).post("/institutions/new/", GIVEN).status_code == 302
    made = Institution.objects.get(code="X-9")
    assert (made.town, made.unit_type, str(made.valid_from)) == ("430421100", "school", "2026-11-01")
    entry = TrailPayload.objects.get(entry__action="units.institution_created")
    assert json.loads(entry.content)["basis"] == "衡编办〔2026〕9号"


def test_a_code_that_is_taken_is_said_at_its_field(office, log_in):
    browser = log_in(office)
    browser.post("/institutions/new/", GIVEN)
    again = browser.post("/institutions/new/", GIVEN)
    assert again.status_code == 422 and "已经有单位用了" in str(again.context["form"].errors["code"])
    assert Institution.objects.count() == 1


def test_only_an_office_sets_up(make_user, hengyang, log_in):
    lead = log_in(make_user("lead", "lead_department", division="4304"))
    assert lead.post("/institutions/new/", GIVEN).status_code == 403
    assert not Institution.objects.exists()
