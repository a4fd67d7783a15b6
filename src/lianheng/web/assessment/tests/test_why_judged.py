"""Why an item has the points that people gave it: two scores and their mean, a third's, or an upheld objection."""

import html
import io
import re
import zipfile
from collections.abc import Callable

import pytest
from django.test import Client

from lianheng.web.accounts.models import User
from lianheng.web.assessment.models import Objection, Result, Round, Seat
from lianheng.web.assessment.services import computing, objections, rounds, scoring, thirds
from lianheng.web.assessment.tests import year
from lianheng.web.assessment.tests.conftest import City

pytestmark = pytest.mark.django_db
LogIn = Callable[[User], Client]


def result_of(city: City) -> Result:
    return Result.objects.filter(institution=city.units["X1"], current=True).exclude(list_code="E").get()


def disputed(city: City) -> Round:
    """Two scores of X1.1 whose mean counts (gap 10 %), two of X5.2 that a third person decides."""
    round_ = year.assessing(city)
    for seat in Seat.objects.filter(sheet__round=round_).select_related("assessor", "sheet"):
        first = seat.number == 1 and seat.sheet.institution_id == city.units["X1"].pk
        year.score_seat(seat, **({"X1_1": "9.00", "X5_2": "D"} if first else {}))
    office = city.people["office"]
    sheet = round_.sheets.get(institution=city.units["X1"])
    seated = set(sheet.seats.values_list("assessor_id", flat=True))
    free = next(city.people[name] for name in ("p1", "p2", "p3") if city.people[name].pk not in seated)
    third = thirds.seat_third(actor=office, sheet_id=sheet.pk, assessor_id=free.pk)
    scoring.save_scores(
        actor=free, seat_id=third.pk, revision=0, points={"X5.2": "C"}, reasons={"X5.2": "第三人到场核过"}, finish=True
    )
    round_.refresh_from_db()
    return rounds.start_moderation(actor=office, round_id=round_.pk, revision=round_.revision)


def noticed(city: City, round_: Round) -> Round:
    round_.refresh_from_db()
    office = city.people["office"]
    computing.compute_results(actor=office, round_id=round_.pk, revision=round_.revision)
    round_.refresh_from_db()
    round_ = rounds.review_round(
        actor=city.people["office2"], round_id=round_.pk, revision=round_.revision, opinion="同意"
    )
    return rounds.open_notice_period(actor=office, round_id=round_.pk, revision=round_.revision)


def item(page: str, code: str) -> str:
    """Return the row of one item as people read it."""
    row = page.split(f'<tr id="{code}">')[1].split('<tr id="')[0]
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", row)))


def document_text(client: Client, result: Result) -> str:
    data = b"".join(client.get(f"/results/{result.pk}/sheet/docx/").streaming_content)  # type: ignore[attr-defined]
    return re.sub(r"<[^>]+>", "", zipfile.ZipFile(io.BytesIO(data)).read("word/document.xml").decode())


def test_a_judged_item_shows_both_scores_the_rule_and_the_reasons(city: City, log_in: LogIn) -> None:
    noticed(city, disputed(city))
    result = result_of(city)
    people = [seat.assessor.name for seat in result.sheet.seats.select_related("assessor")]
    unit, office = (log_in(city.people[n]).get(f"/results/{result.pk}/").content.decode() for n in ("x1", "office"))
    mean, third = item(unit, "X1.1"), item(unit, "X5.2")
    assert "两名考评人员评 8.00 分和 9.00 分，取平均 8.50 分" in mean and "现场核实与填报不同" in mean
    assert "系统按填报数据计算为 8.00" in mean
    assert "两名考评人员评 0.00 分和 4.80 分，相差超过条目分值的 20%，以第三人评的 3.60 分为准" in third
    assert "第三人到场核过" in third and "4.80" in third
    # Who assessed is told to the offices only, and so is the way to the disputes.
    assert len(people) == 3 and not any(name in unit for name in people) and "/moderation/" not in unit
    assert (
        all(name in item(office, "X5.2") for name in people)
        and f"/assessment/{result.run.round_id}/moderation/" in office
    )
    words = document_text(log_in(city.people["office"]), result)
    assert "取平均 8.50 分" in words and not any(name in words for name in people) and "评分员" not in unit + words


def test_points_that_an_objection_set_say_so_and_lead_to_it(city: City, log_in: LogIn) -> None:
    round_ = disputed(city)
    noticed(city, round_)
    old = result_of(city)
    objection = objections.raise_objection(
        actor=city.people["x1"], result_id=old.pk, item="X1.1", reason="年底已全部完成，附件为完成记录"
    )
    objections.answer_objection(
        actor=city.people["office"], objection_id=objection.pk, revision=0, upheld=True, answer="经核实采纳",
        points=year.points("9.60"),
    )  # fmt: skip
    noticed(city, round_)
    new = result_of(city)
    unit = log_in(city.people["x1"])
    page = unit.get(f"/results/{new.pk}/").content.decode()
    told = item(page, "X1.1")
    assert "异议采纳，由 8.50 改为 9.60， 见异议" in told and f'href="/objections/{objection.pk}/"' in page
    assert "异议以前：两名考评人员评 8.00 分和 9.00 分，取平均 8.50 分" in told
    assert unit.get(f"/objections/{objection.pk}/").status_code == 200
    assert "异议采纳，由 8.50 改为 9.60，见异议" in document_text(unit, new)
    # The superseded run was computed before the answer: there the two assessors' mean counted.
    before = item(unit.get(f"/results/{old.pk}/").content.decode(), "X1.1")
    assert "取平均 8.50 分" in before and "异议采纳" not in before


def test_scores_changed_after_a_run_do_not_explain_it(city: City, log_in: LogIn) -> None:
    noticed(city, disputed(city))
    result = result_of(city)
    first = Seat.objects.get(sheet=result.sheet, number=1)
    first.scores.filter(item="X1.1").update(points=year.points("8.40"))
    told = item(log_in(city.people["x1"]).get(f"/results/{result.pk}/").content.decode(), "X1.1")
    assert "考评人员评定 8.50 分" in told and "8.40" not in told
    assert not Objection.objects.exists()


def test_page_and_sheet_say_how_rounded_parts_add_up(city: City, log_in: LogIn) -> None:
    """The parts on the page are rounded, so both say it; the receipt's own numbers give the score that it shows."""
    noticed(city, disputed(city))
    result, client = result_of(city), log_in(city.people["x1"])
    page = client.get(f"/results/{result.pk}/").content.decode()
    assert "合计按没有舍入的数计算" in page and "合计按没有舍入的数计算" in document_text(client, result)
    terms, total = re.search(r"得分 = ([\d.]+(?: \+ [\d.]+)+) [=≈] ([\d.]+)", page).groups()  # type: ignore[union-attr]
    added = sum(year.points(term) for term in terms.split(" + "))
    assert round(added, 2) == year.points(total) == result.score
