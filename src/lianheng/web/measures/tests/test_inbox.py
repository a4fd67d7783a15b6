"""待办 of the numbers: whoever may enter one that is owed is told so, and its count is that of the page it opens."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from lianheng.web.accounts.models import Assignment, User
from lianheng.web.assessment.inbox import office_items, own_items
from lianheng.web.assessment.models import Round, Sheet
from lianheng.web.assessment.services import rounds
from lianheng.web.assessment.tests import year
from lianheng.web.assessment.tests.conftest import City
from lianheng.web.measures.models import MeasureValue, Recheck
from lianheng.web.measures.queries import supplied_measures
from lianheng.web.measures.services import draw_recheck, enter_recheck, enter_values
from lianheng.web.shell.asked import Asked
from lianheng.web.shell.clock import today

pytestmark = pytest.mark.django_db
LogIn = Callable[[User], Client]
MAY_CHECK = {"office", "office2", "lead"}


def _asked(city: City, words: str) -> dict[str, Asked]:
    """Return each person's row with these words."""
    rows = {}
    for name, row in city.people.items():
        user = User.objects.get(pk=row.pk)
        found = [item for item in (*office_items(user, today()), *own_items(user, today())) if words in item.title]
        assert len(found) <= 1
        if found:
            rows[name] = found[0]
    return rows


def _rechecks(city: City) -> dict[str, Asked]:
    return _asked(city, "个填报数")


def _drawn(city: City) -> Recheck:
    sheet = year.launched(city).sheets.get(institution=city.units["X1"])
    year.filled_in(city, sheet)
    assert not _rechecks(city)
    draw_recheck(actor=city.people["office"], period="2026", part="X")
    return Recheck.objects.get()


def test_a_sample_drawn_is_asked_of_exactly_those_whose_page_has_the_button(city: City, log_in: LogIn) -> None:
    row = _drawn(city)
    asked, form = _rechecks(city), reverse("measures:enter_recheck", args=[row.pk])
    for name, person in city.people.items():
        page = log_in(person).get(reverse("measures:draw", args=[row.draw_id]))
        offered = page.content.decode().count(f'href="{form}"') if page.status_code == 200 else 0
        assert (name in asked) == bool(offered) == (name in MAY_CHECK), name
        if offered:
            assert asked[name].title == f"复核 {offered} 个填报数"
            assert asked[name].url == reverse("measures:draw", args=[row.draw_id])
    assert "复核 1 个填报数" in log_in(city.people["lead"]).get("/").content.decode()


def test_a_sample_is_not_asked_of_who_entered_it_may_only_look_or_is_late(city: City) -> None:
    row = _drawn(city)
    Assignment.objects.filter(user=city.people["lead"]).update(capture=False)
    MeasureValue.objects.filter(pk=row.value_id).update(entered_by=city.people["office2"])
    assert set(_rechecks(city)) == {"office"}
    Round.objects.update(state=Round.PUBLISHED)
    assert not _rechecks(city)
    Round.objects.update(state=Round.ASSESSING)
    enter_recheck(actor=city.people["office"], recheck_id=row.pk, revision=0, found="8")
    assert not _rechecks(city)


def _surveys(city: City) -> dict[str, Asked]:
    return _asked(city, "录入调查数")


def _enter(city: City, unit: str, text: str) -> None:
    """Enter every number that others supply for a unit."""
    values = {row.code: text for row in supplied_measures(city.units[unit], "2026")}
    assert values
    enter_values(
        actor=city.people["third"], institution_id=city.units[unit].pk, period="2026", values=values, source="民意调查"
    )


def test_survey_numbers_owed_are_asked_of_who_may_enter_them(city: City, log_in: LogIn) -> None:
    round_ = year.prepared(city)
    assert not _surveys(city)
    rounds.launch_round(actor=city.people["office"], round_id=round_.pk, revision=round_.revision)
    lacking = [name for name in ("X1", "X2", "J1", "A1") if supplied_measures(city.units[name], "2026")]
    asked = _surveys(city)
    # The county of the second school lies outside what is lacking.
    assert lacking == ["J1", "A1"] and set(asked) == {"third", "office", "office2"}
    assert asked["third"].title == f"给 {len(lacking)} 个单位录入调查数"
    for name, item in asked.items():
        page = log_in(city.people[name]).get(item.url).content.decode()
        listed = page.partition('id="lacking"')[2].partition("</section>")[0].count("<li>")
        assert item.title == f"给 {listed} 个单位录入调查数", name
    for done, name in enumerate(lacking, 1):
        _enter(city, name, "80")
        left = len(lacking) - done
        found = _surveys(city).get("third")
        assert (found.title if found else "") == (f"给 {left} 个单位录入调查数" if left else "")
    page = log_in(city.people["third"]).get(reverse("measures:enter")).content.decode()
    assert "还缺数的单位" not in page


def test_one_of_several_numbers_or_an_empty_one_is_still_owed_until_the_year_is_final(city: City) -> None:
    year.launched(city)
    before = _surveys(city)["third"].title
    measures = supplied_measures(city.units["A1"], "2026")
    for measure in measures:
        assert _surveys(city)["third"].title == before
        given = {measure.code: "70"}
        enter_values(
            actor=city.people["third"], institution_id=city.units["A1"].pk, period="2026", values=given, source="调查"
        )
    gone = _surveys(city).get("third")
    assert (gone.title if gone else "") != before
    MeasureValue.objects.filter(measure=measures[0]).update(value="")
    assert _surveys(city)["third"].title == before
    assert Sheet.objects.filter(institution=city.units["A1"]).exists()
    Round.objects.update(state=Round.PUBLISHED)
    assert not _surveys(city)
