"""The receipt of a score ends at the grade that the page shows, also where the quota of 优秀 changed it."""

from collections.abc import Callable

from django.test import Client

from lianheng.web.accounts.models import User
from lianheng.web.assessment.declared import engine_scheme
from lianheng.web.assessment.models import ItemScore, Result, Seat
from lianheng.web.assessment.services import computing
from lianheng.web.assessment.tests import year
from lianheng.web.assessment.tests.conftest import City
from lianheng.web.assessment.views.results import explained

LogIn = Callable[[User], Client]


def _give_schools_full_marks() -> None:
    """Let both schools tie at the top, so that the tie lies across the one place of the quota."""
    for seat in Seat.objects.filter(sheet__list_code="X"):
        seat.scores.all().delete()
        items = engine_scheme(seat.sheet.scheme).items
        ItemScore.objects.bulk_create(
            ItemScore(seat=seat, item=item.code, points=item.points, reason="现场核实") for item in items
        )


def test_the_quota_stands_between_threshold_and_grade(city: City, log_in: LogIn) -> None:
    round_ = year.moderating(city)
    _give_schools_full_marks()
    computing.compute_results(actor=city.people["office"], round_id=round_.pk, revision=round_.revision)
    result = Result.objects.get(institution=city.units["X1"], current=True)
    assert (result.grade, result.place) == ("良好", 1)
    steps = {step.name: step.result for step in explained(result).steps}
    assert (steps["grade"], steps["quota"], steps["veto"]) == ("优秀", "良好", "良好")
    page = log_in(city.people["office"]).get(f"/results/{result.pk}/").content.decode()
    assert "优秀比例" in page
    assert "线上同分的一并不列入，改为良好" in page


def test_every_receipt_ends_at_the_grade(city: City) -> None:
    year.computed(city)
    results = Result.objects.exclude(score=None)
    assert results
    for result in results:
        assert explained(result).steps[-1].result == result.grade, result.name
