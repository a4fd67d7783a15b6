"""The assessor's desk: own seats only, the computed value comes first, a change needs a reason."""

import pytest
from django.urls import reverse

from lianheng.web.assessment.inbox import own_items
from lianheng.web.assessment.models import Round, Seat
from lianheng.web.assessment.services import rounds
from lianheng.web.assessment.tests import year
from lianheng.web.assessment.tests.conftest import City
from lianheng.web.conftest import TODAY
from lianheng.web.evidence.models import Evidence
from lianheng.web.trail.models import TrailEntry
from lianheng.web.units.models import Institution

pytestmark = pytest.mark.django_db


@pytest.fixture
def seat(city: City) -> Seat:
    year.assessing(city)
    return Seat.objects.select_related("assessor", "sheet").get(sheet__institution=city.units["X1"], number=1)


def send(client, seat: Seat, **data: str):  # type: ignore[no-untyped-def]
    seat.refresh_from_db()
    return client.post(reverse("assessment:save_scores", args=[seat.pk]), {"revision": seat.revision, **data})


def page_of(client, seat: Seat) -> str:  # type: ignore[no-untyped-def]
    return client.get(reverse("assessment:seat", args=[seat.pk])).content.decode()


def test_it_prefills_the_computed_value(city: City, seat: Seat, log_in) -> None:  # type: ignore[no-untyped-def]
    page = page_of(log_in(seat.assessor), seat)
    # 8 of 10 list items done: 10 × 8 ÷ 10.
    assert 'name="p.X1.1" value="8.00"' in page and "系统按填报和认定事件算得 8.00" in page
    assert 'name="p.X5.2"' in page and "B 4.8" in page


def test_a_change_needs_a_reason(city: City, seat: Seat, log_in) -> None:  # type: ignore[no-untyped-def]
    client = log_in(seat.assessor)
    response = send(client, seat, **{"p.X1.1": "5", "p.X5.2": "A"})
    page = response.content.decode()
    assert response.status_code == 422 and "与系统计算的 8.00 不同，请写明理由" in page and 'value="5"' in page
    assert not seat.scores.exists()
    assert send(client, seat, **{"p.X1.1": "5", "r.X1.1": "三项没有完成记录", "p.X5.2": "A"}).status_code == 302
    score = seat.scores.get(item="X1.1")
    assert (str(score.points), str(score.computed), score.reason) == ("5.00", "8.00", "三项没有完成记录")
    assert seat.scores.get(item="X5.2").points == 6
    assert TrailEntry.objects.filter(action="assessment.scores_saved").count() == 1


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"p.X1.1": "11", "r.X1.1": "好"}, "要在 0 到 10 之间"),
        ({"p.X1.1": "好"}, "请填数字"),
        ({"p.X5.2": "5"}, "只能是 A、B、C、D 四档的分值"),
    ],
)
def test_it_refuses_points_that_cannot_be(city: City, seat: Seat, log_in, typed, message) -> None:  # type: ignore[no-untyped-def]
    response = send(log_in(seat.assessor), seat, **typed)
    assert response.status_code == 422 and message in response.content.decode()
    assert not seat.scores.exists()


def test_finishing_leads_to_the_next(city: City, seat: Seat, log_in) -> None:  # type: ignore[no-untyped-def]
    client = log_in(seat.assessor)
    own = Seat.objects.filter(assessor=seat.assessor)
    count = own.count()
    assert [item.title for item in own_items(seat.assessor, TODAY)] == [f"给 {count} 份考评表打分"]
    listed = client.get(reverse("assessment:seats")).content.decode()
    assert f"已打完 0 / {count} 份" in listed and f"共 {count} 行" in listed
    data = {f"p.X{n}": "" for n in ()}
    page = client.get(reverse("assessment:seat", args=[seat.pk])).context["page"]
    data = {f"p.{row.item.code}": row.points or "B" for row in page.rows}
    response = send(client, seat, finish="yes", **data)
    assert response.status_code == 302
    seat.refresh_from_db()
    assert seat.done_at is not None
    assert f"已打完 1 / {count} 份" in client.get(reverse("assessment:seats")).content.decode()


def test_nobody_else_opens_a_seat(city: City, seat: Seat, log_in) -> None:  # type: ignore[no-untyped-def]
    other = next(city.people[name] for name in ("p1", "p2", "p3") if city.people[name] != seat.assessor)
    for person in (other, city.people["office"], city.people["x1"]):
        client = log_in(person)
        assert client.get(reverse("assessment:seat", args=[seat.pk])).status_code == 404
        assert send(client, seat, **{"p.X1.1": "8"}).status_code == 404
    assert not seat.scores.exists()


def test_an_assessor_who_moved_to_the_county_is_refused(city: City, seat: Seat, log_in) -> None:  # type: ignore[no-untyped-def]
    client = log_in(seat.assessor)
    seat.assessor.institution = Institution.objects.get(pk=city.units["A1"].pk)
    seat.assessor.save()
    page = page_of(client, seat)
    assert "不能考评自己所在县（市、区）的单位" in page and 'name="p.X1.1"' not in page
    assert send(client, seat, **{"p.X1.1": "8"}).status_code == 403


def test_an_assessor_sees_the_files_of_own_sheets_only(city: City, seat: Seat, log_in) -> None:  # type: ignore[no-untyped-def]
    from django.core.files.uploadedfile import SimpleUploadedFile

    from lianheng.web.evidence.services import add_evidence

    for name in ("X1", "J1"):
        upload = SimpleUploadedFile(f"{name}.pdf", b"%PDF-1.4 " + name.encode())
        add_evidence(actor=city.people[name.lower()], institution_id=city.units[name].pk, upload=upload)
    Seat.objects.filter(assessor=seat.assessor).exclude(pk=seat.pk).delete()
    client = log_in(seat.assessor)
    seen = {row.institution.name: client.get(reverse("evidence:download", args=[row.pk])).status_code
            for row in Evidence.objects.select_related("institution")}  # fmt: skip
    assert seen == {"演示第一中学": 200, "演示市直机关": 404}


def test_the_unit_does_not_learn_who_scored(city: City, seat: Seat, log_in) -> None:  # type: ignore[no-untyped-def]
    send(log_in(seat.assessor), seat, **{"p.X1.1": "8"})
    url = reverse("assessment:sheet", args=[seat.sheet_id])
    assert seat.assessor.name in log_in(city.people["office"]).get(url).content.decode()
    other = Seat.objects.select_related("assessor").get(sheet=seat.sheet, number=2).assessor
    for person in (city.people["x1"], other):
        page = log_in(person).get(url).content.decode()
        assert seat.assessor.name not in page and "保存打分" not in page


def disputed(city: City) -> Round:
    round_ = year.assessing(city)
    for seat in Seat.objects.filter(sheet__round=round_).select_related("assessor", "sheet"):
        grade = {"X5_2": "D"} if seat.number == 1 and seat.sheet.institution == city.units["X1"] else {}
        year.score_seat(seat, **grade)
    return rounds.start_moderation(actor=city.people["office"], round_id=round_.pk, revision=round_.revision)


def test_a_third_person_decides_what_two_dispute(city: City, log_in) -> None:  # type: ignore[no-untyped-def]
    round_ = disputed(city)
    office = log_in(city.people["office"])
    url = reverse("assessment:moderation", args=[round_.pk])
    page = office.get(url).content.decode()
    assert "演示第一中学" in page and "演示第二中学" not in page and "还有 1 个条目等第三人打分" in page
    sheet = round_.sheets.get(institution=city.units["X1"])
    seated = set(sheet.seats.values_list("assessor_id", flat=True))
    free = next(city.people[name] for name in ("p1", "p2", "p3") if city.people[name].pk not in seated)
    # Only who may assess it is offered, and only who is offered is accepted.
    taken = office.post(reverse("assessment:seat_third", args=[sheet.pk]), {"assessor": min(seated)})
    assert taken.status_code == 422 and sheet.seats.count() == 2
    office.post(reverse("assessment:seat_third", args=[sheet.pk]), {"assessor": free.pk})
    third = sheet.seats.get(number=3)
    client = log_in(free)
    desk = page_of(client, third)
    assert 'name="p.X5.2"' in desk and 'name="p.X1.1"' not in desk
    assert "0.00 分：现场核实与填报不同" in desk and "4.80 分" in desk
    assert not any(person.name in desk for person in (city.people[n] for n in ("p1", "p2", "p3")) if person != free)
    assert send(client, third, finish="yes", **{"p.X5.2": "C"}).status_code == 302
    assert "第三人定为 3.60 分" in office.get(url).content.decode()


def test_the_office_seats_and_replaces(city: City, log_in) -> None:  # type: ignore[no-untyped-def]
    round_ = year.launched(city)
    office = log_in(city.people["office"])
    url = reverse("assessment:seating", args=[round_.pk])
    assert "还没有安排" in office.get(url).content.decode()
    office.post(reverse("assessment:seat_assessors", args=[round_.pk]), {"revision": round_.revision})
    assert Seat.objects.count() == 2 * round_.sheets.count()
    seat = Seat.objects.select_related("sheet").first()
    page = office.get(reverse("assessment:replace_assessor", args=[seat.pk]))
    choices = dict(page.context["form"].fields["assessor"].choices)
    seated = set(seat.sheet.seats.values_list("assessor_id", flat=True))
    assert len(choices) == 2 and not seated & set(choices)
    new = next(key for key in choices if key)
    data = {"revision": seat.revision, "assessor": new}
    assert office.post(reverse("assessment:replace_assessor", args=[seat.pk]), data).status_code == 302
    assert Seat.objects.get(pk=seat.pk).assessor_id == new
    for name in ("lead", "county", "x1"):
        assert log_in(city.people[name]).get(url).status_code == 403
