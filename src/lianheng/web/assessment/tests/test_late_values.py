"""A number changed after the last computation holds every step until the year is computed again, and pages say so."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from lianheng.web.accounts.models import User
from lianheng.web.assessment.models import Result, Round
from lianheng.web.assessment.queries import asked_measures, supplied_measures
from lianheng.web.assessment.tests import year
from lianheng.web.assessment.tests.conftest import City
from lianheng.web.assessment.tests.test_results import result_of
from lianheng.web.assessment.tests.test_uncounted import _asked, _recompute, _step
from lianheng.web.measures.models import MeasureValue, ValueImport
from lianheng.web.measures.services import enter_values, undo_import
from lianheng.web.shell.clock import now

pytestmark = pytest.mark.django_db
LogIn = Callable[[User], Client]
WHY = "有 {} 处数据在上次计算以后改过，还没有计入"


def _area(city: City) -> Result:
    return Result.objects.get(institution=city.units["A1"], current=True)


def _correct(city: City, text: str) -> int:
    """Correct a survey number of the county, as the survey body does; return the value's id."""
    sheet = _area(city).sheet
    code = supplied_measures(sheet.scheme)[0].code
    enter_values(
        actor=city.people["third"], institution_id=sheet.institution_id, period="2026", values={code: text},
        source="民意调查更正",
    )  # fmt: skip
    return MeasureValue.objects.get(measure=code, institution=sheet.institution_id).pk


def test_a_corrected_number_holds_every_step_until_computed_again(
    city: City, log_in: LogIn, on_day: Callable[[str], None]
) -> None:
    round_ = year.computed(city)
    before = _area(city).score
    office, office2, leader = (log_in(city.people[name]) for name in ("office", "office2", "leader"))
    title = f"重新计算{round_.name}结果"
    for number, (step, client) in enumerate((("review", office2), ("notice", office), ("publish", leader))):
        if step == "publish":
            on_day("2027-03-01")
        _correct(city, str(60 - number))
        status, text = _step(client, round_, step)
        assert status == 409 and f"{WHY.format(1)}，先重新计算" in text
        assert f"{WHY.format(1)}，先重新计算" in client.get(f"/assessment/{round_.pk}/").content.decode()
        assert _asked(city, "office") == {title: WHY.format(1)} and not _asked(city, "leader")
        _recompute(city, round_)
        assert title not in _asked(city, "office")
        if step != "review":
            assert _step(office2, round_, "review")[0] == 302
        if step == "publish":
            assert _step(office, round_, "notice")[0] == 302
            on_day("2027-05-01")
        assert _step(client, round_, step)[0] == 302
    after = _area(city).score
    assert before is not None and after is not None and after < before


def test_pages_name_what_changed(city: City, log_in: LogIn) -> None:
    round_ = year.computed(city)
    office, unit = log_in(city.people["office"]), log_in(city.people["a1"])
    page, which = (reverse(f"assessment:{name}", args=[round_.pk]) for name in ("round", "missing"))
    result = _area(city)
    shown = reverse("assessment:result", args=[result.pk])
    assert "改过" not in office.get(page).content.decode() + office.get(which).content.decode()
    assert "在计算以后改过" not in office.get(shown).content.decode()
    value = _correct(city, "61")
    assert f'{WHY.format(1)}。<a href="{which}#late">' in office.get(page).content.decode()
    listed = office.get(which).content.decode().partition('id="late"')[2].partition("</section>")[0]
    assert reverse("measures:value", args=[value]) in listed and ">61<" in listed and "民意调查更正" in listed
    assert "这个单位有 1 个数在计算以后改过" in office.get(shown).content.decode()
    other = reverse("assessment:result", args=[result_of(city, "X1").pk])
    assert "在计算以后改过" not in office.get(other).content.decode()
    # Nobody is shown other units' numbers: the school lists none, the county its own.
    school = log_in(city.people["x1"]).get(which).content.decode()
    assert 'id="late"' not in school and reverse("measures:value", args=[value]) in unit.get(which).content.decode()
    Round.objects.update(state=Round.LOCKED)
    assert "在计算以后改过" not in office.get(shown).content.decode()


def test_what_no_computation_reads_holds_nothing(city: City, log_in: LogIn) -> None:
    round_ = year.computed(city)
    sheet = _area(city).sheet
    asked, place = asked_measures(sheet.scheme)[0].code, sheet.institution
    for period, value in (("2025", "7"), ("2026Q1", "7")):
        row = MeasureValue(
            measure_id=asked, institution=place, period=period, value=value, source="x", as_of=dt.date(2026, 1, 1),
            entered_at=now(),
        )  # fmt: skip
        row.place_like(place)
        row.save()
    # Asked for, and never given.
    gone = MeasureValue.objects.filter(period="2026", institution=place)[0]
    MeasureValue.objects.filter(pk=gone.pk).update(value="", revision=0, entered_at=now())
    assert _step(log_in(city.people["office2"]), round_, "review")[0] == 302


def test_numbers_taken_back_are_missed_too(city: City, log_in: LogIn) -> None:
    """New numbers of an import leave no row when it is taken back: the import itself says when."""
    round_ = year.computed(city)
    batch = ValueImport.objects.create(
        file_name="a.xlsx", sha256="0" * 64, period="2026", list_code="E", year_state=Round.COMPUTED,
        created_by=city.people["office"], created=now(),
    )  # fmt: skip
    _recompute(city, round_)
    undo_import(actor=city.people["office"], import_id=batch.pk)
    status, text = _step(log_in(city.people["office2"]), round_, "review")
    assert status == 409 and WHY.format(1) in text
    _recompute(city, round_)
    assert _step(log_in(city.people["office2"]), round_, "review")[0] == 302
