"""Which real places the synthetic institutions stand on."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import TypeVar

from lianheng.web.units.models import NOW, Division

CITY = "4304"
# Shown in the tutorial, so they are there at every scale: the county of most demo people, and a rare character.
XIDU, MISHUI, XIDU_VILLAGE_PREFIX = "430421100", "430424100", "430421100"
# Statistical places at town level that are no town: a prison, parks.
NO_TOWN = ("监狱", "工业园", "开发区", "园区", "农场", "林场")
T = TypeVar("T")


@dataclass(frozen=True)
class Places:
    """The city's counties (zones too), towns and villages, each by code."""

    counties: Sequence[Division]
    towns: Sequence[Division]
    villages: Sequence[Division]
    names: dict[str, str]


def read_places() -> Places:
    rows = list(Division.objects.filter(NOW, city=CITY, level__gte=Division.COUNTY).order_by("pk"))
    towns = [row for row in rows if row.level == Division.TOWN and not row.name.endswith(NO_TOWN)]
    kept = {town.pk for town in towns}
    return Places(
        counties=[row for row in rows if row.level == Division.COUNTY],
        towns=towns,
        villages=[row for row in rows if row.level == Division.VILLAGE and row.town in kept],
        names={row.pk: row.name for row in rows},
    )


def chosen(rows: Sequence[T], count: int, rng: Random, first: Sequence[T] = ()) -> list[T]:
    """Return `count` rows in their own order: those named first, the others drawn."""
    wanted = list(first)[:count]
    others = [row for row in rows if row not in wanted]
    picked = wanted + rng.sample(others, max(0, min(count - len(wanted), len(others))))
    return [row for row in rows if row in picked]
