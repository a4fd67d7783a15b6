"""A form that could not be sent is not shown: its page answers as the act would, and no link leads there."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from lianheng.web.accounts.models import User
from lianheng.web.assessment.declared import engine_scheme
from lianheng.web.assessment.models import Objection, Result, Round, Seat, Sheet
from lianheng.web.assessment.queries import supplied_measures
from lianheng.web.assessment.services import objections, seats, sheets
from lianheng.web.assessment.tests import year
from lianheng.web.assessment.tests.conftest import City
from lianheng.web.conftest import MakeUser

pytestmark = pytest.mark.django_db
LogIn = Callable[[User], Client]


def _both(client: Client, url: str) -> tuple[int, int]:
    return client.get(url).status_code, client.post(url).status_code


def _sheet(round_: Round) -> Sheet:
    return round_.sheets.get(institution__code="X430421-001", list_code="X")


def test_sending_back(city: City, log_in: LogIn) -> None:
    round_ = year.launched(city)
    sheet = _sheet(round_)
    form, page = reverse("assessment:return_sheet", args=[sheet.pk]), reverse("assessment:sheet", args=[sheet.pk])
    unit, lead = log_in(city.people["x1"]), log_in(city.people["lead"])
    assert _both(lead, form) == (409, 409)
    year.fill(city, sheet)
    assert lead.get(form).status_code == 200 and form in lead.get(page).content.decode()
    assert _both(unit, form) == (403, 403) and form not in unit.get(page).content.decode()
    assert "退回考评表由工作专班、牵头部门办理" in unit.get(form).content.decode()
    assert _both(log_in(city.people["county"]), form) == (404, 404)
    seats.seat_assessors(actor=city.people["office"], round_id=round_.pk, revision=round_.revision)
    year.score_seat(sheet.seats.get(number=1))
    assert _both(lead, form) == (409, 409)
    said = lead.get(page).content.decode()
    assert form not in said and "已经有考评人员打完分，不能再退回" in said


def test_asking_for_more_time(city: City, log_in: LogIn) -> None:
    sheet = _sheet(year.launched(city))
    form, page = reverse("assessment:request_extension", args=[sheet.pk]), reverse("assessment:sheet", args=[sheet.pk])
    unit, lead = log_in(city.people["x1"]), log_in(city.people["lead"])
    assert unit.get(form).status_code == 200 and form in unit.get(page).content.decode()
    assert _both(lead, form) == (403, 403) and form not in lead.get(page).content.decode()
    for day in (20, 25):
        due = sheet.due.replace(day=day)
        sheets.request_extension(actor=city.people["x1"], sheet_id=sheet.pk, revision=0, new_due=due, reason="停电")
    assert _both(unit, form) == (409, 409) and form not in unit.get(page).content.decode()
    assert "最多申请两次延期" in unit.get(form).content.decode()


def test_the_seat_of_a_finished_sheet(city: City, log_in: LogIn) -> None:
    year.assessing(city)
    seat = Seat.objects.filter(number=1).first()
    assert seat is not None
    office, form = log_in(city.people["office"]), reverse("assessment:replace_assessor", args=[seat.pk])
    assert office.get(form).status_code == 200
    year.score_seat(seat)
    assert _both(office, form) == (409, 409)


def _office_with_seat(city: City, make_user: MakeUser, seat: Seat) -> User:
    """An office's person who was an assessor first."""
    both = make_user("both", "special_office", division="4304")
    Seat.objects.filter(pk=seat.pk).update(assessor=both)
    return both


def test_steps_that_the_own_seat_leaves_to_others(city: City, make_user: MakeUser, log_in: LogIn) -> None:
    round_ = year.moderating(city)
    seat = Seat.objects.filter(sheet__round=round_).first()
    assert seat is not None
    client = log_in(_office_with_seat(city, make_user, seat))
    url = reverse("assessment:round", args=[round_.pk])
    page = client.get(url).content.decode()
    assert "您在2026年度清廉建设考评有考评席位，打分的人不办理“计算结果”，由没有席位的市级工作专班办理" in page
    assert 'value="compute"' not in page and "这个年度已经办完" not in page
    step = reverse("assessment:take_step", args=[round_.pk])
    assert client.post(step, {"step": "compute", "revision": round_.revision}).status_code == 403
    assert 'value="compute"' in log_in(city.people["office"]).get(url).content.decode()


def test_seating_by_who_has_a_seat(city: City, make_user: MakeUser, log_in: LogIn) -> None:
    round_ = year.assessing(city)
    seat = Seat.objects.filter(sheet__round=round_).first()
    assert seat is not None
    client = log_in(_office_with_seat(city, make_user, seat))
    replace = reverse("assessment:replace_assessor", args=[seat.pk])
    assert _both(client, replace) == (403, 403)
    page = client.get(reverse("assessment:seating", args=[round_.pk])).content.decode()
    assert "打分的人不能安排考评人员" in page and replace not in page
    page = log_in(city.people["office"]).get(reverse("assessment:seating", args=[round_.pk])).content.decode()
    assert replace in page and "打分的人" not in page
    other = next(sheet for sheet in round_.sheets.all() if sheet.pk != seat.sheet_id)
    for row in other.seats.order_by("number"):
        code, points = next((item.code, item.points) for item in engine_scheme(other.scheme).items if item.points >= 2)
        year.score_seat(row, **{code.replace(".", "_"): str(points if row.number == 1 else 0)})
    assert Sheet.objects.get(pk=other.pk).disputed
    page = client.get(reverse("assessment:moderation", args=[round_.pk])).content.decode()
    assert "打分的人不能指定第三人" in page and "自动安排第三人" not in page and ">指定<" not in page


def test_publishing_before_the_time_for_objections_is_over(city: City, log_in: LogIn) -> None:
    round_ = year.in_notice(city)
    page = log_in(city.people["leader"]).get(reverse("assessment:round", args=[round_.pk])).content.decode()
    assert "异议期到" in page and 'value="publish"' not in page


def test_answering_by_who_scored(city: City, make_user: MakeUser, log_in: LogIn) -> None:
    round_ = year.in_notice(city)
    result = Result.objects.get(sheet=_sheet(round_), current=True)
    objection: Objection = objections.raise_objection(
        actor=city.people["x1"], result_id=result.pk, item="", reason="这一项已经做过，请按附件重新核算", evidence=[]
    )
    seat = result.sheet.seats.get(number=1)
    client = log_in(_office_with_seat(city, make_user, seat))
    url, answer = (reverse(f"assessment:{n}", args=[objection.pk]) for n in ("objection", "answer_objection"))
    page = client.get(url).content.decode()
    assert "给这份表打过分的人不能答复" in page and answer not in page
    given = {"revision": 0, "upheld": "no", "answer": "核对无误，维持原分"}
    assert client.post(answer, given).status_code == 403
    leader = log_in(city.people["leader"])
    assert answer not in leader.get(url).content.decode() and leader.post(answer, given).status_code == 403
    assert answer in log_in(city.people["office"]).get(url).content.decode()


def test_a_quarter_that_is_not_over(city: City, on_day: Callable[[str], None], log_in: LogIn) -> None:
    round_ = year.launched(city)
    url, office = reverse("assessment:round", args=[round_.pk]), log_in(city.people["office"])
    page = office.get(url).content.decode()
    assert "第3季度</option>" in page and "第4季度</option>" not in page
    on_day("2026-03-31")
    assert "冻结季度快照" not in office.get(url).content.decode()


def test_lists_without_values_to_enter(city: City, log_in: LogIn) -> None:
    round_ = year.launched(city)
    third = log_in(city.people["third"])
    page = third.get(reverse("measures:enter"), {"period": "2026"}).content.decode()
    lists = {row.list_code for row in round_.schemes.all()}
    offered = {code for code in lists if reverse("measures:import_values", args=[code]) in page}
    assert offered == {row.list_code for row in round_.schemes.all() if supplied_measures(row)}
    assert "E" in offered and "X" not in offered
    empty = reverse("measures:import_values", args=["X"])
    page = third.get(empty, {"period": "2026"}).content.decode()
    assert "没有要由第三方或专班录入的数" in page and 'type="file"' not in page
    assert third.post(empty, {"period": "2026"}).status_code == 409


def test_what_another_administrator_does_on_ones_own_account(city: City, make_user: MakeUser, log_in: LogIn) -> None:
    both = make_user("two", "security_admin")
    page = log_in(both).get(reverse("people:person", args=[both.pk])).content.decode()
    grant = reverse("people:grant", args=[both.pk])
    assert "由另一位管理员办理" in page and grant not in page and "收回的事由" not in page
    assert _both(log_in(both), grant) == (403, 403)


def test_who_has_the_role_elsewhere_is_told_so(city: City, make_user: MakeUser, log_in: LogIn) -> None:
    round_ = year.launched(city)
    step, body = reverse("assessment:take_step", args=[round_.pk]), {"step": "remind", "revision": round_.revision}
    said = log_in(city.people["county"]).post(step, body)
    assert said.status_code == 403 and "您是“工作专班”，但这件事不在您管的范围内" in said.content.decode()
    looks = make_user("looks", "special_office", division="4304", capture=False)
    assert "您的“工作专班”只能看，不能办理" in log_in(looks).post(step, body).content.decode()
    assert "您的账号在这里没有这个角色" in log_in(city.people["x1"]).post(step, body).content.decode()
    create = log_in(city.people["county"]).post(reverse("assessment:create_round"), {})
    assert create.status_code == 403 and "由全市的工作专班办理，您只管其中一部分" in create.content.decode()
