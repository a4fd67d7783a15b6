"""The things that "why can X see this" is asked about: found by unit and year or by number, named in Chinese.

Administrators read no business data: a name says whose thing it is, of which year, of what kind; never what is in it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Model, Q, QuerySet

from lianheng.web.units.models import Institution

# More of one unit are not offered; the year narrows them.
MOST = 100


def period_words(period: str) -> str:
    """Return 2026 年度, 2026 年第 2 季度, 2026 年上半年 or 2026 年 7 月: the four ways in which a period is written."""
    year, rest = period[:4], period[4:]
    if rest.startswith("Q"):
        return f"{year} 年第 {rest[1:]} 季度"
    if rest.startswith("H"):
        return f"{year} 年{'上' if rest == 'H1' else '下'}半年"
    return f"{year} 年 {int(rest[1:])} 月" if rest.startswith("-") else f"{year} 年度"


@dataclass(frozen=True)
class Naming:
    """How rows of one kind are named, which rows that needs, and how a year picks among them."""

    words: Callable[[Any], str]
    needs: tuple[str, ...] = ()
    year: Callable[[int], Q] | None = None


NAMINGS: Mapping[str, Naming] = {
    "assessment.sheet": Naming(
        lambda row: f"{period_words(row.period)}，{row.scheme.name}",
        ("scheme",),
        lambda year: Q(period__startswith=str(year)),
    ),
    "assessment.result": Naming(
        lambda row: f"{row.year} 年度，第 {row.run.number} 次计算", ("run",), lambda year: Q(year=year)
    ),
    "assessment.confirmedevent": Naming(lambda row: f"{row.date} 的事件", (), lambda year: Q(date__year=year)),
    "assessment.inclusion": Naming(
        lambda row: f"{row.year} 年度，{row.get_kind_display()}", (), lambda year: Q(year=year)
    ),
    "evidence.evidence": Naming(lambda row: f"“{row.title}”", (), lambda year: Q(created__year=year)),
    "measures.measurevalue": Naming(
        lambda row: f"{period_words(row.period)}，{row.measure.name}",
        ("measure",),
        lambda year: Q(period__startswith=str(year)),
    ),
    "measures.recheck": Naming(
        lambda row: f"{period_words(row.period)}，{row.value.measure.name}",
        ("value__measure",),
        lambda year: Q(period__startswith=str(year)),
    ),
}
OTHERWISE = Naming(lambda row: "")


def words_of(row: Model) -> str:
    """Return e.g. 衡阳县第一中学，2026 年度，第 1 次计算（编号 3018）."""
    if isinstance(row, Institution):
        return f"{row.name}（{row.code}）"
    what = NAMINGS.get(row._meta.label_lower, OTHERWISE).words(row)
    parts = [row.institution.name, what]  # type: ignore[attr-defined]
    return f"{'，'.join(part for part in parts if part)}（编号 {row.pk}）"


def find_things(rows: QuerySet[Any], text: str, year: str) -> list[Any]:
    """Return the rows that a number, a unit's code or a unit's full name stands for; of a unit those of a year."""
    if rows.model is Institution:
        return list(rows.filter(code=text)[:1]) or list(rows.filter(name=text).order_by("code")[:MOST])
    naming = NAMINGS.get(rows.model._meta.label_lower, OTHERWISE)
    rows = rows.select_related("institution", *naming.needs)
    if text.isascii() and text.isdecimal() and len(text) < 18:
        # The number of a thing; a unit's code may be a number, too.
        found = list(rows.filter(pk=int(text)))
        if found:
            return found
    own = rows.filter(institution__code=text)
    own = own if own.exists() else rows.filter(institution__name=text)
    if year and naming.year:
        own = own.filter(naming.year(int(year)))
    return list(own.order_by("-pk")[:MOST])
