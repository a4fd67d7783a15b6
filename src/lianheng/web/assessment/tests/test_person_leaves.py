"""A person leaves: what lies open is handed over, told where it cannot go, or found by the office; never lost."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from lianheng.web.accounts.models import Assignment, User
from lianheng.web.accounts.roles import Role
from lianheng.web.assessment.models import Seat
from lianheng.web.assessment.open_seats import vacant
from lianheng.web.assessment.services import seats
from lianheng.web.assessment.tests import year
from lianheng.web.assessment.tests.conftest import City
from lianheng.web.conftest import TODAY, MakeUser
from lianheng.web.shell.clock import now
from lianheng.web.trail.models import TrailEntry

pytestmark = pytest.mark.django_db
LogIn = Callable[[User], Client]


def _post(client: Client, act: str, person: User, **data: object) -> tuple[int, str]:
    person.refresh_from_db()
    url = reverse(f"people:{act}", args=[person.pk])
    answer = client.post(url, {"revision": person.revision, **data}, follow=True)
    return answer.status_code, answer.content.decode()


def test_what_cannot_go_is_told_with_its_reason(city: City, make_user: MakeUser, log_in: LogIn) -> None:
    round_ = year.launched(city)
    seats.seat_assessors(actor=city.people["office"], round_id=round_.pk, revision=round_.revision)
    leaving = city.people["p1"]
    near = make_user("near", "assessor", division="4304")
    User.objects.filter(pk=near.pk).update(institution=city.units["X1"])
    mine = Seat.objects.filter(assessor=leaving)
    stays = mine.filter(sheet__county="430421").count()
    goes = mine.count() - stays
    assert stays and goes
    system = log_in(make_user("sys", "system_admin"))
    status, page = _post(system, "hand_over", leaving, to="near")
    assert status == 200 and f"已把 {goes} 件在办事项移交给" in page
    assert f"还有 {stays} 件没有移交" in page and "请再移交给另一个人" in page and "自动安排空着的席位" in page
    assert mine.count() == stays
    # Nothing goes to who is no assessor, or a second time to the same person: refused with the reason.
    status, page = _post(system, "hand_over", leaving, to="near")
    assert status == 422 and "没有一件能移交给" in page
    status, page = _post(system, "hand_over", leaving, to="x2")
    assert status == 422 and f"这个人不是本市的考评人员（{stays} 件）" in page


def test_switching_off_an_account_with_work_leaves_empty_seats(city: City, make_user: MakeUser, log_in: LogIn) -> None:
    round_ = year.assessing(city)
    leaving = city.people["p1"]
    done = Seat.objects.filter(assessor=leaving).order_by("pk").first()
    assert done is not None
    year.score_seat(done)
    count = Seat.objects.filter(assessor=leaving, done_at=None).count()
    system, office = log_in(make_user("sys", "system_admin")), log_in(city.people["office"])
    status, page = _post(system, "disable", leaving, reason="退休")
    assert status == 422 and f"名下还有考评席位 {count} 件" in page and 'name="leave_open"' in page
    assert User.objects.get(pk=leaving.pk).is_active
    status, page = _post(system, "disable", leaving, reason="退休", leave_open="on")
    assert status == 200 and not User.objects.get(pk=leaving.pk).is_active
    entry = TrailEntry.objects.get(action="accounts.account_disabled")
    assert f"考评席位 {count} 件" in entry.payload.content
    # Neither the page nor the act offers what a disabled account has no use for.
    assert reverse("people:reset", args=[leaving.pk]) not in page
    assert _post(system, "reset", leaving)[0] == 409
    overview = reverse("assessment:seating", args=[round_.pk])
    page = office.get(overview, {"seats": "lacking"}).content.decode()
    assert page.count("调到了本单位或本县，或者当了本单位管理员，要换人") == count and "自动安排空着的席位" in page
    fill = reverse("assessment:seat_assessors", args=[round_.pk])
    page = office.post(fill, {"revision": round_.revision}, follow=True).content.decode()
    assert f"安排了 {count} 个席位" in page
    assert Seat.objects.get(pk=done.pk).assessor_id == leaving.pk
    assert not Seat.objects.filter(assessor=leaving, done_at=None).exists()
    # Nothing to fill, nothing to tell.
    told = TrailEntry.objects.filter(action="assessment.assessors_seated").count()
    assert "席位已经都安排好了" in office.post(fill, {"revision": round_.revision}, follow=True).content.decode()
    assert TrailEntry.objects.filter(action="assessment.assessors_seated").count() == told


def test_an_assessor_without_the_role_leaves_an_empty_seat(city: City, log_in: LogIn) -> None:
    round_ = year.assessing(city)
    city.people["p2"].assignments.update(ended="2026-12-01T00:00:00+08:00")
    page = log_in(city.people["office"]).get(reverse("assessment:round", args=[round_.pk])).content.decode()
    assert 'value="seat"' in page


def test_who_alone_has_a_role_is_told_before_the_account_goes(city: City, make_user: MakeUser, log_in: LogIn) -> None:
    year.launched(city)
    system, leaving = log_in(make_user("sys", "system_admin")), city.people["x1"]
    status, page = _post(system, "disable", leaving, reason="调离")
    assert status == 422 and "待办里有 1 项按角色办理，“单位管理员”只有" in page
    make_user("x1b", Role.UNIT_ADMIN, institution=city.units["X1"])
    status, page = _post(system, "disable", leaving, reason="调离")
    assert status == 200 and "账号已停用" in page


def test_nothing_to_hand_over_shows_no_form(city: City, make_user: MakeUser, log_in: LogIn) -> None:
    person = city.people["lead"]
    page = log_in(make_user("sys", "system_admin")).get(reverse("people:person", args=[person.pk])).content.decode()
    assert reverse("people:hand_over", args=[person.pk]) not in page and "没有要移交的事" in page


def test_a_dispute_whose_third_person_left_is_given_to_another(city: City, make_user: MakeUser, log_in: LogIn) -> None:
    round_ = year.assessing(city)
    sheet = round_.sheets.get(institution=city.units["X1"])
    scheme = year.engine_scheme(sheet.scheme)
    code, points = next((item.code, item.points) for item in scheme.items if item.points >= 2)
    for row in sheet.seats.order_by("number"):
        year.score_seat(row, **{code.replace(".", "_"): str(points if row.number == 1 else 0)})
    office = log_in(city.people["office"])
    make_user("p4", "assessor", division="4304")
    name = reverse("assessment:seat_thirds", args=[round_.pk])
    assert "为 1 份考评表指定了第三人" in office.post(name, follow=True).content.decode()
    third = sheet.seats.get(number=3).assessor
    assert office.post(name).status_code == 409
    User.objects.filter(pk=third.pk).update(is_active=False)
    assert "给 1 份考评表指定第三人" in office.get("/").content.decode()
    assert "为 1 份考评表指定了第三人" in office.post(name, follow=True).content.decode()
    assert sheet.seats.get(number=3).assessor_id != third.pk


def test_handing_over_tells_what_only_a_role_does(city: City, make_user: MakeUser, log_in: LogIn) -> None:
    round_ = year.launched(city)
    make_user("both", Role.ASSESSOR, division="4304")
    both = User.objects.get(username="both")
    city.people["x2"].assignments.update(user=both)
    seats.seat_assessors(actor=city.people["office"], round_id=round_.pk, revision=round_.revision)
    assert Seat.objects.filter(assessor=both).exists()
    make_user("p4", Role.ASSESSOR, division="4304")
    status, page = _post(log_in(make_user("sys", "system_admin")), "hand_over", both, to="p4")
    assert status == 200 and "“单位管理员”只有" in page and "请安全管理员先授予接手的人" in page


def test_who_moves_into_the_county_leaves_the_seats_there_empty(city: City, log_in: LogIn) -> None:
    round_ = year.assessing(city)
    moved, office = city.people["p1"], log_in(city.people["office"])
    mine = Seat.objects.filter(assessor=moved)
    near = set(mine.filter(sheet__county="430421").values_list("pk", flat=True))
    kept = set(mine.values_list("pk", flat=True)) - near
    assert near and kept
    assert "份考评表安排考评人员" not in office.get("/").content.decode()
    User.objects.filter(pk=moved.pk).update(institution=city.units["X1"])
    assert f"给 {len(near)} 份考评表安排考评人员" in office.get("/").content.decode()
    assert "要换人" in office.get(f"/assessment/{round_.pk}/seats/?seats=lacking").content.decode()
    round_.refresh_from_db()
    data = {"step": "seat", "revision": round_.revision}
    assert office.post(f"/assessment/{round_.pk}/step/", data).status_code == 302
    assert set(mine.values_list("pk", flat=True)) == kept
    assert "份考评表安排考评人员" not in office.get("/").content.decode()


@pytest.mark.parametrize(
    ("right", "empty"),
    [
        ({"role": "unit_admin", "institution": "X1"}, {"X1"}),
        ({"role": "unit_leader", "institution": "J1"}, {"J1"}),
        ({"role": "special_office", "division": "430424"}, {"X2"}),
        ({"role": "special_office", "division": "4304", "business_line": "school"}, {"X1", "X2"}),
        ({"role": "unit_admin", "institution": "X1", "valid_from": dt.date(2027, 5, 1)}, set()),
        ({"role": "unit_admin", "institution": "X1", "ended": "2026-12-01T00:00:00+08:00"}, set()),
        ({"role": "lead_department", "division": "430424"}, set()),
    ],
)
def test_who_came_to_work_for_a_unit_leaves_the_seat_of_its_sheet_empty(
    city: City, right: dict[str, Any], empty: set[str]
) -> None:
    """As `why_not` refuses to seat them, so the seat that they have counts as empty."""
    round_ = year.assessing(city)
    person = city.people["p1"]
    for sheet in round_.sheets.all():
        if not sheet.seats.filter(assessor=person).exists():
            sheet.seats.filter(number=1).update(assessor=person)
    assert not Seat.objects.filter(vacant()).exists()
    unit = {"institution": city.units[right["institution"]]} if "institution" in right else {}
    Assignment.objects.create(**{"user": person, "valid_from": TODAY, **right, **unit})
    left = Seat.objects.filter(vacant())
    names = {name for name, row in city.units.items() if left.filter(sheet__institution=row).exists()}
    assert names == empty and set(left.values_list("assessor", flat=True)) <= {person.pk}
    if not right.get("ended") and "valid_from" not in right:
        person = User.objects.get(pk=person.pk)
        refused = {sheet.institution_id for sheet in round_.sheets.all() if seats.why_not(person, sheet)}
        assert refused == {city.units[name].pk for name in empty}
    # One whose seat is done stays: the points were given before.
    Seat.objects.filter(assessor=person).update(done_at=now())
    assert not Seat.objects.filter(vacant()).exists()


def test_moving_a_person_tells_which_seats_are_left(city: City, make_user: MakeUser, log_in: LogIn) -> None:
    year.assessing(city)
    moved, system = city.people["p1"], log_in(make_user("sys", "system_admin"))
    near = Seat.objects.filter(assessor=moved, sheet__county="430421").count()
    assert near
    status, page = _post(system, "move", moved, institution=city.units["X1"].code)
    assert status == 200 and f"名下有考评席位 {near} 件要回避，已算空着：请移交给别人" in page
    status, page = _post(system, "move", moved, institution=city.units["H1"].code)
    assert status == 200 and "已调整所在单位" in page and "要回避" not in page
