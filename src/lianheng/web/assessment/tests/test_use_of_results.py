"""Praise and interview lists of a class, frozen by an open objection; a village under a veto."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.test import Client

from lianheng.web.accounts.models import User
from lianheng.web.assessment.models import Result, Sheet
from lianheng.web.assessment.services import events, objections
from lianheng.web.assessment.tests import year
from lianheng.web.assessment.tests.conftest import City, institution
from lianheng.web.conftest import MakeUser
from lianheng.web.units.models import Division

pytestmark = pytest.mark.django_db
LogIn = Callable[[User], Client]


@pytest.mark.seed("S77")
def test_a_class_of_20_praises_2_and_interviews_1_and_an_objection_freezes_both(
    city: City, make_user: MakeUser, log_in: LogIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    county = Division.objects.get(code="430424")
    for number in range(18):
        name = f"Y{number:02}"
        city.units[name] = institution(f"X430424-1{number:02}", f"演示学校{number:02}", "X", county)
        city.people[name.lower()] = make_user(name.lower(), "unit_admin", institution=city.units[name])
    rates = iter(range(100))

    def rated(city: City, sheet: Sheet) -> None:
        # Every school reports another share, so that no two have the same score.
        done = str(80 + next(rates) % 20) if sheet.list_code == "X" else "80"
        year.filled_in(city, sheet, part=done, whole="100")

    monkeypatch.setattr(year, "fill", rated)
    round_ = year.in_notice(city)
    schools = Result.objects.filter(list_code="X", current=True)
    assert schools.count() == 20
    assert schools.filter(praised=True).count() == 2 and schools.filter(interviewed=True).count() == 1
    office = log_in(city.people["office"])
    page = office.get(f"/assessment/{round_.pk}/use/").content.decode()
    assert "名单冻结" not in page
    result = schools.get(institution=city.units["X1"])
    objections.raise_objection(
        actor=city.people["x1"], result_id=result.pk, item="X1.1", reason="年底已全部完成，附件为完成记录"
    )
    page = office.get(f"/assessment/{round_.pk}/use/").content.decode()
    assert "名单冻结" in page
    # Units, no persons: nobody's name stands on the page but the reader's own.
    assert not [person.name for person in User.objects.exclude(username="office") if person.name in page]


@pytest.mark.seed("S25")
def test_a_confirmed_no_caps_the_village_and_its_score_stays_visible(
    city: City, make_user: MakeUser, log_in: LogIn
) -> None:
    village = Division.objects.get(code="430424100001")
    city.units["C1"] = institution("C430424100001", "演示乙村", "C", village)
    city.people["c1"] = make_user("c1", "unit_admin", institution=city.units["C1"])
    content = year.Catalogue.objects.get().content["schemes"]["C"]
    assert len(content["categories"]) == 5
    assert len([row for row in content["negatives"] if row["code"].startswith("N-C")]) == 5
    round_ = year.moderating(city)
    event = events.enter_event(
        actor=city.people["office"],
        institution_id=city.units["C1"].pk,
        kind="N-C3",
        found="outside",
        date=dt.date(2026, 7, 1),
        facts="虚报补贴，已查实",
    )
    events.confirm_event(actor=city.people["room"], event_id=event.pk, revision=0, document="认定书〔2026〕3号")
    year.set_village_to_93(city)
    round_.refresh_from_db()
    office = log_in(city.people["office"])
    office.post(f"/assessment/{round_.pk}/step/", {"step": "compute", "revision": round_.revision})
    result = Result.objects.get(institution=city.units["C1"], current=True)
    page = office.get(f"/results/{result.pk}/").content.decode()
    assert f"{result.score}" == "93.00" and result.grade == "较差" and result.vetoes == "N-C3"
    assert "93.00" in page and "较差" in page and "N-C3" in page
