"""5 % of the self-reported numerators are looked at again; over 10 % error the found value counts for the year."""

import pytest
from django.urls import reverse

from lianheng.web.assessment.models import Sheet
from lianheng.web.assessment.tests import year
from lianheng.web.assessment.tests.conftest import City
from lianheng.web.measures.models import MeasureValue, Recheck, RecheckDraw
from lianheng.web.measures.services import rechecks
from lianheng.web.trail.models import TrailEntry
from lianheng.web.units.models import Division

pytestmark = pytest.mark.django_db


@pytest.fixture
def sheet(city: City) -> Sheet:
    sheet = year.launched(city).sheets.get(institution=city.units["X1"])
    year.filled_in(city, sheet)
    return sheet


def draw(client):  # type: ignore[no-untyped-def]
    return client.post(reverse("measures:draw_recheck"), {"period": "2026", "part": "X"})


def found(client, row: Recheck, text: str, **more: object):  # type: ignore[no-untyped-def]
    data = {"found": text, "note": "查会议记录", "revision": row.revision, **more}
    return client.post(reverse("measures:enter_recheck", args=[row.pk]), data)


@pytest.mark.parametrize(("population", "size"), [(0, 0), (1, 1), (20, 1), (21, 2), (100, 5), (101, 6)])
def test_the_sample_is_five_per_cent_and_at_least_one(population: int, size: int) -> None:
    assert rechecks.sample_size(population) == size
    rows = [(n, f"U{n:03}", "m") for n in range(population)]
    assert len(set(rechecks.drawn("seed", rows))) == size


def test_the_same_seed_draws_the_same_in_any_order() -> None:
    rows = [(n, f"U{n:03}", "m") for n in range(200)]
    assert rechecks.drawn("a", rows) == rechecks.drawn("a", rows[::-1]) != rechecks.drawn("b", rows)


def test_it_draws_numerators_only_and_keeps_the_seed(city: City, sheet: Sheet, log_in) -> None:  # type: ignore[no-untyped-def]
    assert draw(log_in(city.people["office"])).status_code == 302
    row = RecheckDraw.objects.get()
    population = rechecks.population_of(Division.objects.get(pk="4304"), "2026", "X")
    codes = {measure for _, _, measure in population}
    assert "form.x1_1.list_items_done" in codes and "form.x1_1.list_items" not in codes
    assert row.population == len(population) and row.size == 1 and len(row.seed) == 32
    assert list(row.rechecks.values_list("value", flat=True)) == rechecks.drawn(row.seed, population)
    page = log_in(city.people["office"]).get(reverse("measures:draw", args=[row.pk])).content.decode()
    assert row.seed in page and "待核" in page


def test_nobody_draws_twice(city: City, sheet: Sheet, log_in) -> None:  # type: ignore[no-untyped-def]
    client = log_in(city.people["office"])
    draw(client)
    assert draw(client).status_code == 409 and RecheckDraw.objects.count() == 1
    assert draw(log_in(city.people["lead"])).status_code == 403


@pytest.mark.parametrize(
    ("text", "replaces"), [("80", False), ("73", False), ("72", True), ("0", True), ("90", True), ("88", False)]
)
def test_over_ten_per_cent_the_found_value_counts(city: City, sheet: Sheet, log_in, text: str, replaces: bool) -> None:  # type: ignore[no-untyped-def]
    # Counts are whole numbers: 80 of 100, so that ten per cent can be missed by one.
    for reported in ("8", "10"):
        MeasureValue.objects.filter(value=reported).update(value=reported + "0")
    office = log_in(city.people["office"])
    draw(office)
    row = Recheck.objects.get()
    assert found(office, row, text).status_code == 302
    value = MeasureValue.objects.get(pk=row.value_id)
    assert (value.value, value.source) == ((text, "复核") if replaces else ("80", "单位填报"))
    row.refresh_from_db()
    assert row.replaces == replaces and TrailEntry.objects.filter(action="measures.value_rechecked").count() == 1
    page = log_in(city.people["x1"]).get(reverse("measures:value", args=[value.pk])).content.decode()
    assert f"填报 80，现场核到 {text}" in page and ("本年度按复核的数计" in page) == replaces


def test_the_rechecked_value_stays(city: City, sheet: Sheet, log_in) -> None:  # type: ignore[no-untyped-def]
    from lianheng.web.assessment.services import sheets
    from lianheng.web.measures.services import InvalidValues

    office = log_in(city.people["office"])
    draw(office)
    row = Recheck.objects.select_related("value").get()
    found(office, row, "4")
    sheet.refresh_from_db()
    sheet = sheets.return_sheet(actor=city.people["office"], sheet_id=sheet.pk, revision=sheet.revision, reason="再核")
    with pytest.raises(InvalidValues, match="以复核值 4 为准"):
        sheets.fill_sheet(
            actor=city.people["x1"], sheet_id=sheet.pk, revision=sheet.revision, values={row.value.measure_id: "8"}
        )


@pytest.mark.parametrize(
    ("text", "message"), [("11", "还大，请核对"), ("-1", "不能是负数"), ("几个", "要填数字"), ("", "还没有填")]
)
def test_it_refuses_what_cannot_be(city: City, sheet: Sheet, log_in, text: str, message: str) -> None:  # type: ignore[no-untyped-def]
    office = log_in(city.people["office"])
    draw(office)
    row = Recheck.objects.get()
    response = found(office, row, text)
    assert response.status_code == 422 and message in response.content.decode()
    assert Recheck.objects.get().checked_at is None and MeasureValue.objects.get(pk=row.value_id).value == "8"


def test_once_and_never_by_who_reported(city: City, sheet: Sheet, log_in) -> None:  # type: ignore[no-untyped-def]
    office = log_in(city.people["office"])
    draw(office)
    row = Recheck.objects.get()
    assert found(log_in(city.people["x1"]), row, "8").status_code == 404
    MeasureValue.objects.filter(pk=row.value_id).update(entered_by=city.people["office"])
    assert found(office, row, "8").status_code == 403
    form = reverse("measures:enter_recheck", args=[row.pk])
    page = office.get(reverse("measures:draw", args=[row.draw_id])).content.decode()
    assert office.get(form).status_code == 403 and form not in page and "填报的人不能复核自己的数" in page
    office2 = log_in(city.people["office2"])
    assert found(office2, row, "8").status_code == 302
    assert found(office2, row, "8", revision=1).status_code == 409
