"""What a survey body (第三方机构) reads: the register and its own work, nothing handed in or found (decision 0007)."""

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from lianheng.web.accounts.roles import Role
from lianheng.web.assessment.models import ConfirmedEvent, Sheet
from lianheng.web.assessment.services import events
from lianheng.web.assessment.tests import year
from lianheng.web.assessment.tests.conftest import City
from lianheng.web.conftest import MakeUser
from lianheng.web.evidence.models import Evidence
from lianheng.web.evidence.services import add_evidence
from lianheng.web.measures.models import MeasureValue
from lianheng.web.measures.queries import supplied_measures
from lianheng.web.measures.services import enter_values

pytestmark = pytest.mark.django_db


def _event(city: City) -> ConfirmedEvent:
    event = events.enter_event(
        actor=city.people["room"],
        institution_id=city.units["X1"].pk,
        kind="D1",
        found=ConfirmedEvent.OUTSIDE,
        date=dt.date(2026, 6, 1),
        facts="收受购物卡一张",
    )
    return events.confirm_event(
        actor=city.people["office"], event_id=event.pk, revision=event.revision, document="衡纪认〔2026〕3号"
    )


def test_events_and_sheets_of_its_place_are_not_there(city: City, log_in) -> None:  # type: ignore[no-untyped-def]
    year.launched(city)
    event, sheet = _event(city), Sheet.objects.filter(institution=city.units["X1"]).get()
    browser = log_in(city.people["third"])
    for page in (reverse("assessment:event", args=[event.pk]), reverse("assessment:sheet", args=[sheet.pk])):
        assert browser.get(page).status_code == 404
    for page in ("events", "sheets", "results", "objections"):
        said = browser.get(reverse(f"assessment:{page}")).content.decode()
        assert "收受购物卡" not in said and "演示第一中学" not in said
    home = browser.get("/").content.decode()
    for place in ("sheets", "results", "objections", "events"):
        assert f'href="{reverse(f"assessment:{place}")}"' not in home, place
    assert "演示第一中学" in browser.get(reverse("units:institution", args=[city.units["X1"].pk])).content.decode()


def test_its_own_files_and_numbers_are_there_those_of_others_not(
    city: City,
    make_user: MakeUser,
    log_in,  # type: ignore[no-untyped-def]
) -> None:
    year.launched(city)
    house = city.units["H1"]
    first = make_user("survey1", Role.THIRD_PARTY, division="4304")
    colleague = make_user("survey2", Role.THIRD_PARTY, division="4304")
    type(first).objects.filter(pk__in=[first.pk, colleague.pk]).update(institution=house)
    first.refresh_from_db()
    colleague.refresh_from_db()

    def upload(name: str) -> SimpleUploadedFile:
        return SimpleUploadedFile(f"{name}.pdf", f"%PDF-1.4\n%{name}\n%%EOF\n".encode(), "application/pdf")

    unit = city.units["X1"]
    own = add_evidence(actor=first, institution_id=unit.pk, upload=upload("survey"), title="访问记录")
    theirs = add_evidence(actor=city.people["x1"], institution_id=unit.pk, upload=upload("unit"), title="谈话名单")
    values: dict[str, int] = {}
    surveyed = supplied_measures(city.units["A1"], "2026")
    for person, whose, measure in zip((first, city.people["office"]), ("own", "office"), surveyed, strict=False):
        enter_values(
            actor=person,
            institution_id=city.units["A1"].pk,
            period="2026",
            values={measure.code: "71"},
            source="民意调查",
        )
        values[whose] = MeasureValue.objects.get(measure=measure, institution=city.units["A1"]).pk
    browser = log_in(colleague)
    seen = {
        row.pk: browser.get(reverse("evidence:download", args=[row.pk])).status_code for row in Evidence.objects.all()
    }
    assert seen == {own.pk: 200, theirs.pk: 404}
    # Of its own house's work, too, only what lies in its place.
    elsewhere = make_user("survey3", Role.THIRD_PARTY, division="430424")
    type(first).objects.filter(pk=elsewhere.pk).update(institution=house)
    assert log_in(elsewhere).get(reverse("evidence:download", args=[own.pk])).status_code == 404
    browser = log_in(colleague)
    assert browser.get(reverse("measures:value", args=[values["own"]])).status_code == 200
    assert browser.get(reverse("measures:value", args=[values["office"]])).status_code == 404


def test_why_it_does_not_see_is_said(city: City, make_user: MakeUser, log_in) -> None:  # type: ignore[no-untyped-def]
    year.launched(city)
    event, security = _event(city), make_user("security", Role.SECURITY_ADMIN)
    question = {"person": "third", "kind": "assessment.confirmedevent", "thing": event.pk}
    page = log_in(security).get(reverse("people:why"), question).content.decode()
    assert "看不到：" in page and "第三方机构不看报送和查实的内容" in page
    page = log_in(security).get(reverse("people:why"), {**question, "person": "office"}).content.decode()
    assert "能看到：" in page and "在范围内" in page
