from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.db import migrations
from django.db.migrations.state import StateApps
from django.db.models import Count, F, Max, Min, Q

# Two assessors whose points differ by more than this share of an item's points have a third decide.
TOLERANCE = Decimal("0.2")


def note_disputes(apps: StateApps, _: object) -> None:
    """Years begun before the mark: find the sheets that both have finished and on which a third person decides."""
    sheet, seat, score = (apps.get_model("assessment", name) for name in ("Sheet", "Seat", "ItemScore"))
    points = {row.pk: dict(_points(row.content)) for row in apps.get_model("assessment", "Scheme").objects.all()}
    unfinished = seat.objects.filter(number__lte=2, done_at=None).values("sheet")
    scores = score.objects.filter(seat__number__lte=2).exclude(seat__sheet__in=unfinished)
    # Where both left the computed value as it stood then, the computation counts and nobody decides.
    own = Count("pk", filter=Q(computed=None) | ~Q(points=F("computed")))
    gaps = scores.values("seat__sheet", "seat__sheet__scheme", "item").annotate(
        low=Min("points"), high=Max("points"), own=own
    )
    columns = ("seat__sheet", "seat__sheet__scheme", "item", "low", "high")
    differing = gaps.filter(high__gt=F("low"), own__gt=0).order_by().values_list(*columns)
    found = {row[0] for row in differing.iterator() if row[4] - row[3] > points[row[1]][row[2]] * TOLERANCE}
    sheet.objects.filter(disputed=False, pk__in=found).update(disputed=True)


def _points(content: dict[str, Any]) -> Iterator[tuple[str, Decimal]]:
    """Yield code and points of every item, at whatever level of the scheme it stands."""
    for category in content.get("categories", ()):
        yield from _points(category)
        yield from ((item["code"], Decimal(str(item["points"]))) for item in category.get("items", ()))


class Migration(migrations.Migration):
    dependencies = [("assessment", "0007_runs_shown_data")]
    operations = [migrations.RunPython(note_disputes, migrations.RunPython.noop)]
