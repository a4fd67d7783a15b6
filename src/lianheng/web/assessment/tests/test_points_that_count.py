"""Points that an assessor gives count somewhere, or are refused in words: none vanishes."""

import re
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.test import Client

from lianheng.web.accounts.models import User
from lianheng.web.assessment.declared import engine_scheme
from lianheng.web.assessment.models import ItemScore, Seat, Sheet
from lianheng.web.assessment.prefill import prefill
from lianheng.web.assessment.services import scoring, seats, thirds
from lianheng.web.assessment.tests import year
from lianheng.web.assessment.tests.conftest import City
from lianheng.web.measures.services import enter_values

pytestmark = pytest.mark.django_db
LogIn = Callable[[User], Client]
# A ratio of the school list; reported as 0 of 0 it is not applicable.
RATIO = "X1.1"


def _sheet(city: City, unit: str = "X1", survey: str = "80", *, nothing_due: bool = False) -> Sheet:
    """One unit's sheet, handed in, with two assessors."""
    round_ = year.launched(city)
    sheet = Sheet.objects.get(institution=city.units[unit])
    uses = [use.code for use in engine_scheme(sheet.scheme).measures() if use.item == RATIO]
    year.fill(city, sheet, own=dict.fromkeys(uses, "0") if nothing_due else {}, survey=survey)
    seats.seat_assessors(actor=city.people["office"], round_id=round_.pk, revision=round_.revision)
    return sheet


def _seat(sheet: Sheet, number: int) -> Seat:
    rows = Seat.objects.select_related("assessor", "sheet__scheme", "sheet__institution", "sheet__round")
    return rows.get(sheet=sheet, number=number)


def _points(seat: Seat, **changed: str) -> dict[str, str]:
    """Return a form as the page shows it, every judged item with its best grade."""
    known, data = prefill(seat.sheet), {"revision": str(seat.revision)}
    for item in engine_scheme(seat.sheet.scheme).items:
        rules = {part.rule for part in item.parts}
        own = known.points[item.code]
        shown = "" if own is None else f"{own:.2f}"
        data[f"p.{item.code}"] = "A" if rules == {"G"} else str(item.points) if rules == {"F"} else shown
    return data | {key.replace("_", "."): value for key, value in changed.items()}


def _item_of(page: str, code: str) -> str:
    found = re.search(rf'id="i-{re.escape(code)}">(.*?)\n</div>', page, re.S)
    assert found
    return found.group(1)


def test_an_item_that_is_not_applicable_takes_no_points(city: City, log_in: LogIn) -> None:
    seat = _seat(_sheet(city, nothing_due=True), 1)
    client = log_in(seat.assessor)
    shown = _item_of(client.get(f"/seats/{seat.pk}/").content.decode(), "X1.1")
    assert "不适用，不打分" in shown and "数还没有到" not in shown and "<input" not in shown
    answer = client.post(f"/seats/{seat.pk}/scores/", _points(seat, p_X1_1="9") | {"finish": "yes"})
    shown = _item_of(answer.content.decode(), "X1.1")
    assert answer.status_code == 422 and "按填报不适用，不打分" in shown and 'value="9"' in shown
    seat.refresh_from_db()
    assert seat.done_at is None and not seat.scores.exists()
    assert client.post(f"/seats/{seat.pk}/scores/", _points(seat) | {"finish": "yes"}).status_code == 302
    assert not ItemScore.objects.filter(item="X1.1").exists()


def _survey_item(sheet: Sheet) -> str:
    return next(i.code for i in engine_scheme(sheet.scheme).items if any(part.rule == "S" for part in i.parts))


def test_a_number_that_is_still_out_takes_no_points_yet(city: City, log_in: LogIn) -> None:
    sheet = _sheet(city, "A1", survey="")
    seat, item = _seat(sheet, 1), _survey_item(sheet)
    client = log_in(seat.assessor)
    assert "数还没有到，不用打分" in _item_of(client.get(f"/seats/{seat.pk}/").content.decode(), item)
    answer = client.post(f"/seats/{seat.pk}/scores/", _points(seat) | {f"p.{item}": "1"})
    assert answer.status_code == 422 and "现在不能打分" in answer.content.decode()


def test_who_was_done_before_the_number_came_agrees_to_it(city: City) -> None:
    """The other's points are settled against the computed value instead of being dropped."""
    sheet = _sheet(city, "A1", survey="")
    item = _survey_item(sheet)
    year.score_seat(_seat(sheet, 1))
    assert not ItemScore.objects.filter(item=item).exists()
    supplied = [use.code for use in engine_scheme(sheet.scheme).measures() if use.item == item]
    enter_values(
        actor=city.people["third"], institution_id=sheet.institution_id, period=sheet.period,
        values=dict.fromkeys(supplied, "80"), source="民意调查",
    )  # fmt: skip
    second = _seat(sheet, 2)
    own = prefill(second.sheet).points[item]
    assert own is not None
    given = own - Decimal("0.10")
    year.score_seat(second, **{item.replace(".", "_"): str(given)})
    assert ItemScore.objects.get(item=item, seat__number=1).points == own
    outcome = scoring.settle(sheet, engine_scheme(sheet.scheme))[item]
    assert outcome.kind == "mean" and outcome.points == own - Decimal("0.05")


def test_an_emptied_field_agrees_with_the_computed_value(city: City, log_in: LogIn) -> None:
    sheet = _sheet(city)
    first, second = _seat(sheet, 1), _seat(sheet, 2)
    data = _points(first, p_X1_1="7") | {"r.X1.1": "少一份记录", "finish": "yes"}
    assert log_in(first.assessor).post(f"/seats/{first.pk}/scores/", data).status_code == 302
    data = _points(second, p_X1_1="") | {"finish": "yes"}
    assert log_in(second.assessor).post(f"/seats/{second.pk}/scores/", data).status_code == 302
    outcome = scoring.settle(sheet, engine_scheme(sheet.scheme))["X1.1"]
    assert (outcome.kind, outcome.points) == ("mean", Decimal("7.50"))


def test_a_third_person_leaves_nothing_to_the_computation(city: City, log_in: LogIn) -> None:
    sheet = _sheet(city)
    year.score_seat(_seat(sheet, 1))
    year.score_seat(_seat(sheet, 2), X1_1="2")
    seated = set(sheet.seats.values_list("assessor_id", flat=True))
    free = next(city.people[name] for name in ("p1", "p2", "p3") if city.people[name].pk not in seated)
    third = thirds.seat_third(actor=city.people["office"], sheet_id=sheet.pk, assessor_id=free.pk)
    data = {"revision": "0", "p.X1.1": "", "finish": "yes"}
    answer = log_in(free).post(f"/seats/{third.pk}/scores/", data)
    assert answer.status_code == 422 and "请打分" in answer.content.decode()
