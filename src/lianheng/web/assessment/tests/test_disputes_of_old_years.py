"""Sheets scored before the mark of a dispute was kept: the migration marks those that the act would have marked."""

import importlib

import pytest
from django.apps import apps

from lianheng.web.assessment.declared import engine_scheme
from lianheng.web.assessment.disputes import disputed_items
from lianheng.web.assessment.models import ItemScore, Seat, Sheet
from lianheng.web.assessment.tests import year
from lianheng.web.assessment.tests.conftest import City

pytestmark = pytest.mark.django_db
MIGRATION = importlib.import_module("lianheng.web.assessment.migrations.0008_disputes_data")


def _both_followed(sheet: Sheet) -> None:
    """Let the computation have said something else when the second left it as it stood."""
    row = ItemScore.objects.filter(seat__sheet=sheet, seat__number=2, computed__gte=4).first()
    assert row is not None and row.points == row.computed
    ItemScore.objects.filter(pk=row.pk).update(points=0, computed=0)


def test_they_are_marked_as_the_act_marks_them(city: City) -> None:
    round_ = year.assessing(city)
    wide, narrow, half, *rest = round_.sheets.order_by("pk")
    for sheet, gap in ((wide, 3), (narrow, 1), (half, 3)):
        item = next(item for item in engine_scheme(sheet.scheme).items if item.points >= 5)
        for seat in sheet.seats.order_by("number"):
            points = item.points if seat.number == 1 else item.points - item.points * gap / 10
            if sheet != half or seat.number == 1:
                year.score_seat(seat, **{item.code.replace(".", "_"): str(points)})
    for seat in Seat.objects.filter(sheet__in=rest):
        year.score_seat(seat)
    _both_followed(rest[0])
    assert set(Sheet.objects.filter(disputed=True)) == {wide} and set(disputed_items(round_)) == {wide.pk}
    Sheet.objects.update(disputed=False)
    MIGRATION.note_disputes(apps, None)
    assert set(Sheet.objects.filter(disputed=True)) == {wide}
