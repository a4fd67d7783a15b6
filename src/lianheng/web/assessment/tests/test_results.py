"""Results: who sees them when, what each point comes from, objection, correction, use."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from django.test import Client

from lianheng.web.accounts.models import User
from lianheng.web.assessment.models import Inclusion, Linkage, Objection, Result, ResultRun, Round
from lianheng.web.assessment.services import computing, events, rounds, use
from lianheng.web.assessment.tests import year
from lianheng.web.assessment.tests.conftest import City
from lianheng.web.shell.errors import Forbidden
from lianheng.web.trail.models import TrailEntry
from lianheng.web.trail.testing import sign_as_it_stands

pytestmark = pytest.mark.django_db
LogIn = Callable[[User], Client]


def result_of(city: City, name: str) -> Result:
    return Result.objects.filter(institution=city.units[name], current=True).exclude(list_code="E").get()


def confirmed(city: City, name: str, kind: str, found: str = "outside", **more: object) -> None:
    day = dt.date(2026, 6, 1)
    event = events.enter_event(
        actor=city.people["office"],
        institution_id=city.units[name].pk,
        kind=kind,
        found=found,
        date=day,
        facts="检查中发现的问题，已查实",
        **more,  # type: ignore[arg-type]
    )
    events.confirm_event(actor=city.people["room"], event_id=event.pk, revision=0, document="认定书〔2026〕1号")


def recompute(city: City, round_: Round) -> Round:
    round_.refresh_from_db()
    computing.compute_results(actor=city.people["office"], round_id=round_.pk, revision=round_.revision)
    round_.refresh_from_db()
    return round_


def test_units_see_results_from_the_notice_on_and_only_their_own(city: City, log_in: LogIn) -> None:
    round_ = year.computed(city)
    own, other = result_of(city, "X1"), result_of(city, "X2")
    unit = log_in(city.people["x1"])
    assert unit.get(f"/results/{own.pk}/").status_code == 404
    round_ = rounds.review_round(
        actor=city.people["office2"], round_id=round_.pk, revision=round_.revision, opinion="同意"
    )
    rounds.open_notice_period(actor=city.people["office"], round_id=round_.pk, revision=round_.revision)
    page = unit.get(f"/results/{own.pk}/")
    assert page.status_code == 200 and "演示第一中学" in page.content.decode()
    assert unit.get(f"/results/{other.pk}/").status_code == 404
    listed = unit.get("/results/").content.decode()
    assert "演示第一中学" in listed and "演示第二中学" not in listed
    county = log_in(city.people["county"]).get("/results/").content.decode()
    assert "演示第二中学" in county and "演示第一中学" not in county


def test_the_page_explains_every_point(city: City, log_in: LogIn) -> None:
    year.in_notice(city)
    result = result_of(city, "X1")
    page = log_in(city.people["x1"]).get(f"/results/{result.pk}/").content.decode()
    assert f"{result.score:.2f}" in page
    assert "得分 = 10 × min(1, 已完成的责任清单事项数 ÷ 责任清单事项数)" in page
    for form in ("docx", "pdf"):
        assert log_in(city.people["x1"]).get(f"/results/{result.pk}/sheet/{form}/").status_code == 200


@pytest.mark.seed("S72")
def test_confirmed_cases_cap_and_deduct_and_unconfirmed_ones_do_nothing(city: City) -> None:
    round_ = year.computed(city)
    before = result_of(city, "X1").score
    assert before is not None
    # 1 passive case takes 2 points, 1 self-found and mended takes none.
    confirmed(city, "X1", "D1")
    confirmed(city, "X1", "D1", found="self", mended=True)
    # A case of a member of the team: entered, but not confirmed by the competent body.
    unconfirmed = events.enter_event(
        actor=city.people["office"],
        institution_id=city.units["X1"].pk,
        kind="V1",
        found="outside",
        date=dt.date(2026, 6, 1),
        facts="班子成员违纪，待认定",
    )
    round_ = recompute(city, round_)
    result = result_of(city, "X1")
    assert result.score == before - 2 and result.grade != "较差"
    events.confirm_event(actor=city.people["room"], event_id=unconfirmed.pk, revision=0, document="处分决定〔2026〕2号")
    recompute(city, round_)
    result = result_of(city, "X1")
    assert result.score == before - 2 and result.grade == "较差" and result.vetoes == "V1" and result.place is None


def test_who_entered_an_event_may_not_confirm_it(city: City) -> None:
    year.prepared(city)
    event = events.enter_event(
        actor=city.people["office"],
        institution_id=city.units["X1"].pk,
        kind="D1",
        found="outside",
        date=dt.date(2026, 6, 1),
        facts="检查中发现的问题",
    )
    with pytest.raises(Forbidden):
        events.confirm_event(actor=city.people["office"], event_id=event.pk, revision=0, document="认定书")


@pytest.mark.seed("S29")
def test_an_unconfirmed_complaint_changes_no_negative_row(city: City, log_in: LogIn) -> None:
    round_ = year.computed(city)
    organ = Result.objects.get(institution=city.units["J1"], list_code="J", current=True)
    events.enter_event(
        actor=city.people["office"],
        institution_id=city.units["J1"].pk,
        kind="N-J1",
        found="outside",
        date=dt.date(2026, 6, 1),
        facts="收到一封反映信，没有核实",
    )
    recompute(city, round_)
    again = Result.objects.get(institution=city.units["J1"], list_code="J", current=True)
    assert (again.score, again.grade, again.vetoes) == (organ.score, organ.grade, "")
    scheme = year.scheme("J").content
    assert len(scheme["categories"]) == 5 and len(scheme["negatives"]) == 4


def test_an_objection_is_answered_by_another_and_both_results_stay(city: City, log_in: LogIn, on_day) -> None:  # type: ignore[no-untyped-def]
    round_ = year.in_notice(city)
    result = result_of(city, "X1")
    first = result.score
    unit = log_in(city.people["x1"])
    response = unit.post(
        f"/results/{result.pk}/objection/", {"item": "X1.1", "reason": "年底已全部完成，附件为完成记录"}
    )
    assert response.status_code == 302
    objection = Objection.objects.get()
    office = log_in(city.people["office"])
    bad = office.post(f"/objections/{objection.pk}/answer/", {"revision": 0, "upheld": "yes", "answer": "经核实采纳"})
    assert bad.status_code == 422 and "改为多少分" in bad.content.decode()
    good = {"revision": 0, "upheld": "yes", "answer": "经核实采纳", "points": "10"}
    assert office.post(f"/objections/{objection.pk}/answer/", good).status_code == 302
    on_day("2026-12-20")
    refused = log_in(city.people["leader"]).post(
        f"/assessment/{round_.pk}/step/", {"step": "publish", "revision": round_.revision}
    )
    assert refused.status_code == 409 and "重新计算" in refused.content.decode()
    on_day("2026-12-03")
    recompute(city, round_)
    again = result_of(city, "X1")
    assert first is not None and again.score == first + 2
    assert ResultRun.objects.count() == 2
    old = Result.objects.get(pk=result.pk)
    assert old.score == first and not old.current


def test_an_assessor_of_the_sheet_may_not_answer(city: City) -> None:
    from lianheng.web.accounts.services import grant_role
    from lianheng.web.assessment.models import Seat
    from lianheng.web.assessment.services import objections

    year.in_notice(city)
    result = result_of(city, "X1")
    objection = objections.raise_objection(
        actor=city.people["x1"], result_id=result.pk, item="X1.1", reason="年底已全部完成，附件为完成记录"
    )
    assessor = Seat.objects.filter(sheet=result.sheet).first().assessor  # type: ignore[union-attr]
    # Both at once is refused; afterwards it may be: what one scored stays scored.
    assessor.assignments.update(ended=dt.datetime(2026, 12, 2, tzinfo=dt.UTC))
    grant_role(actor=None, user_id=assessor.pk, role="special_office", valid_from=dt.date(2026, 1, 1), division="4304")
    with pytest.raises(Forbidden, match="打过分"):
        objections.answer_objection(
            actor=User.objects.get(pk=assessor.pk),
            objection_id=objection.pk,
            revision=0,
            upheld=False,
            answer="不予采纳",
        )


@pytest.mark.seed("S18")
def test_three_of_four_inclusions_are_75_percent(city: City, log_in: LogIn) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    from lianheng.web.evidence.services import add_evidence

    unit = city.people["x1"]
    evidence = add_evidence(
        actor=unit, institution_id=city.units["X1"].pk, upload=SimpleUploadedFile("规划.txt", "纳入规划".encode())
    )
    client = log_in(unit)
    address = f"/assessment/inclusions/{city.units['X1'].pk}/2026/"
    for kind, _ in Inclusion.KINDS[:3]:
        client.post(address + "file/", {"kind": kind, "date": "2026-03-01", "evidence": evidence.pk})
    page = client.get(address).content.decode()
    assert "75%" in page and "民意调查与述责述廉" in page.split("还缺：")[1][:20]
    # A slot without date or document counts as missing.
    client.post(address + "file/", {"kind": Inclusion.KINDS[3][0], "date": "", "evidence": evidence.pk})
    assert "75%" in client.get(address).content.decode()
    # From a page opened before that nothing is overwritten.
    last = {"kind": Inclusion.KINDS[3][0], "date": "2026-03-02", "evidence": evidence.pk}
    assert client.post(address + "file/", last).status_code == 409
    assert "75%" in client.get(address).content.decode()
    client.post(address + "file/", last | {"revision": 1})
    assert "100%" in client.get(address).content.decode()


@pytest.mark.seed("S19")
def test_a_result_is_exported_on_the_other_scale(city: City, log_in: LogIn, on_day) -> None:  # type: ignore[no-untyped-def]
    assert use.converted(Decimal("88.6"), Decimal(5)) == Decimal("4.43")
    round_ = year.in_notice(city)
    on_day("2026-12-20")
    rounds.publish_round(actor=city.people["leader"], round_id=round_.pk, revision=round_.revision)
    client = log_in(city.people["office"])
    Result.objects.filter(institution=city.units["A1"]).update(score=Decimal("88.60"))
    data = {"kind": "party_building", "scale": "5", "office": "市委组织部"}
    assert client.post(f"/assessment/{round_.pk}/use/export/", data).status_code == 302
    linkage = Linkage.objects.get()
    book = client.get(f"/assessment/linkages/{linkage.pk}/file/")
    from io import BytesIO

    from openpyxl import load_workbook

    rows = list(load_workbook(BytesIO(b"".join(book.streaming_content))).active.values)  # type: ignore[attr-defined, union-attr]
    assert ["A430421", "衡阳县", "县（市、区）百分制考评", 88.6, 4.43] in [list(row) for row in rows]
    receipt = {"revision": 0, "receipt": "收文〔2027〕8号", "receipt_on": "2026-12-19"}
    client.post(f"/assessment/linkages/{linkage.pk}/receipt/", receipt)
    linkage.refresh_from_db()
    assert linkage.receipt == "收文〔2027〕8号"


def test_opening_a_package_is_for_offices_and_recorded(city: City, log_in: LogIn, trail_key: Path) -> None:
    year.computed(city)
    # The test's transaction is open; the worker, which has none, signs by itself.
    sign_as_it_stands()
    run = ResultRun.objects.get()
    address = f"/assessment/runs/{run.pk}/package/"
    office, unit = log_in(city.people["office"]), log_in(city.people["x1"])
    assert office.get(address).status_code == 404  # not made yet
    assert unit.post(address + "make/").status_code == 404
    assert office.post(address + "make/").status_code == 302
    assert office.get(address).status_code == 200 and unit.get(address).status_code == 404
    assert TrailEntry.objects.filter(action="assessment.package_downloaded", result="read").count() == 1
