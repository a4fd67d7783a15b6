"""Reads of places and institutions, each for a person who asks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.http import Http404
from django.shortcuts import get_object_or_404

from lianheng.web.accounts.models import User
from lianheng.web.accounts.prepared import ask_for
from lianheng.web.accounts.roles import ADMINISTRATORS, Role
from lianheng.web.accounts.scope import LEVEL_COLUMN, grant_for, grants_of
from lianheng.web.shell.prepared import ask, one_or_404
from lianheng.web.units.models import COLUMN_OF_LEVEL, NOW, CityProfile, Division, Institution, UnitType
from lianheng.web.units.naming import named_like


def visible_divisions(user: User) -> QuerySet[Division]:
    """Return the places in this person's scope: the subtrees of grants, and the place of an own institution."""
    q = Q(pk__in=())
    own: list[int] = []
    for grant in grants_of(user):
        if grant.role in ADMINISTRATORS:
            continue
        if grant.division:
            q |= Q(**{LEVEL_COLUMN[len(grant.division)]: grant.division})
        elif grant.institution_id:
            own.append(grant.institution_id)
        elif grant.business_line:
            q |= Q(level__gte=1)
    if own:
        q |= Q(pk__in=Institution.objects.filter(pk__in=own).values("division_id"))
    return Division.objects.filter(q)


def get_division_for(user: User, code: str) -> Division:
    """Return one place, or 404 when it is outside the person's scope."""
    return get_object_or_404(visible_divisions(user), pk=code)


def roots_for(user: User) -> list[Division]:
    """Return where this person's tree begins: the highest places of the scope."""
    codes = {grant.division for grant in grants_of(user) if grant.division and grant.role not in ADMINISTRATORS}
    if not codes:
        found = visible_divisions(user).filter(NOW).order_by("level", "pk")
        first = found.first()
        return list(found.filter(level=first.level)[:50]) if first else []
    places = Division.objects.filter(NOW, pk__in=codes).order_by("level", "pk")
    tops: list[Division] = []
    for place in places:
        line = {place.province, place.city, place.county, place.town}
        if not any(top.pk in line for top in tops):
            tops.append(place)
    return tops


def divisions_below(division: Division | None, level: int) -> QuerySet[Division]:
    """Return every place of a level under a subtree (None: the country), by code."""
    rows = Division.objects.filter(NOW, level=level).order_by("pk")
    if division is None:
        return rows
    return rows.filter(**{COLUMN_OF_LEVEL[division.level]: division.pk})


def levels_below(division: Division) -> list[tuple[int, str, int]]:
    """Return (level, label, count) of the places below, level by level; zones are counted among the counties."""
    counts = dict(ask(_levels, division.pk, form=(division.level,)))
    return [(level, label, counts[level]) for level, label in Division.LEVELS if counts.get(level)]


def _levels(code: str, level: int) -> QuerySet[Division, Any]:
    rows = Division.objects.filter(NOW, level__gt=level, **{COLUMN_OF_LEVEL[level]: code})
    return rows.order_by().values_list("level").annotate(n=Count("pk"))


def get_place_for(user: User, code: str) -> tuple[Division, list[Division]]:
    """Return a place with the places directly below as they are now, in one query; 404 outside the person's scope."""
    found: list[Division] = ask_for(user, _place, code)
    place = next((row for row in found if row.pk == code), None)
    if place is None:
        raise Http404
    return place, [row for row in found if row.pk != code]


def _place(user: User, code: str) -> QuerySet[Division]:
    return visible_divisions(user).filter(Q(pk=code) | (Q(parent=code) & NOW)).order_by("pk")


def path_of(user: User, division: Division) -> list[Division]:
    """Return the places above that lie in the person's scope, from the top; a moved place keeps its code."""
    codes = sorted({division.province, division.city, division.county, division.town} - {"", division.pk})
    grants = [g for g in grants_of(user) if g.role not in ADMINISTRATORS and (g.division or not g.institution_id)]
    return [
        above
        for above in (ask(_by_level, *codes) if codes else ())
        if any(not g.division or getattr(above, LEVEL_COLUMN[len(g.division)]) == g.division for g in grants)
    ]


def _by_level(*codes: str) -> QuerySet[Division]:
    return Division.objects.filter(pk__in=codes).order_by("level")


@dataclass(frozen=True)
class BodyCounts:
    """How many institutions lie under a place: by unit type and by the place directly below."""

    by_type: dict[str, int]
    type_names: dict[str, str]
    by_place: dict[str, int]
    total: int


def count_bodies(user: User, division: Division, child_column: str) -> BodyCounts:
    """Count this person's institutions under a place, in one query."""
    groups = ask_for(user, _bodies, division.pk, form=(division.level, child_column))
    by_type: dict[str, int] = {}
    by_place: dict[str, int] = {}
    names: dict[str, str] = {}
    for code, name, place, count in groups:
        by_type[code] = by_type.get(code, 0) + count
        by_place[place] = by_place.get(place, 0) + count
        names[code] = name or "地区"
    return BodyCounts(by_type, names, by_place, sum(by_type.values()))


def _bodies(user: User, code: str, level: int, child_column: str) -> QuerySet[Institution, Any]:
    kind = UnitType.objects.filter(pk=OuterRef("unit_type")).values("name")
    rows = institutions_for(user).filter(**{COLUMN_OF_LEVEL[level]: code}).order_by().annotate(kind=Subquery(kind))
    return rows.values_list("unit_type", "kind", child_column).annotate(n=Count("pk"))


def institutions_for(user: User) -> QuerySet[Institution]:
    """Return the institutions in this person's scope that exist now."""
    return Institution.objects.visible_to(user).current()


def get_institution_for(user: User, institution_id: int) -> Institution:
    """Return one institution, ended ones too, or 404 when it is outside the person's scope."""
    return one_or_404(ask_for(user, _institution, institution_id))


def _institution(user: User, institution_id: int) -> QuerySet[Institution]:
    kind = UnitType.objects.filter(pk=OuterRef("unit_type")).values("name")
    rows = Institution.objects.visible_to(user).filter(pk=institution_id).select_related("division", "parent")
    return rows.annotate(type_name=Subquery(kind))


def institutions_in(user: User, division: Division) -> QuerySet[Institution]:
    """Return this person's institutions anywhere under a place."""
    return institutions_for(user).filter(**{COLUMN_OF_LEVEL[division.level]: division.pk})


def search_institutions(user: User, text: str, limit: int = 20) -> list[Institution]:
    """Return institutions whose name holds the text (two characters or more), within the person's scope."""
    if len(text.strip()) < 2:
        return []
    return list(named_like(institutions_for(user), text).order_by("sort_key", "pk")[:limit])


def unit_types() -> list[UnitType]:
    """Return every unit type, the switched-off ones too: what was done under them stays readable."""
    return list(UnitType.objects.all())


def types_and_counties(user: User) -> tuple[list[tuple[str, str, bool]], dict[str, str]]:
    """Return unit types (code, name, enabled) and the counties of the scope (code → name), in one query.

    Wider scopes than a city get no counties: a list to choose from would have hundreds.
    """
    kinds = UnitType.objects.order_by().values_list("pk", "name", "enabled", "order")
    # Whoever sees a town or one institution reads the name of the county above; the places there stay out of sight.
    grants = grants_of(user)
    narrow = [grant for grant in grants if grant.role not in ADMINISTRATORS]
    towns = [grant.division[:6] for grant in narrow if len(grant.division) > 6]
    homes = Institution.objects.filter(pk__in=[grant.institution_id for grant in narrow if grant.institution_id])
    above = Division.objects.filter(Q(pk__in=towns) | Q(pk__in=homes.values("county")))
    places = (visible_divisions(user) | above).filter(NOW, level=Division.COUNTY).order_by()
    if any(len(grant.division) < 4 for grant in grants if not grant.institution_id):
        places = places.none()
    rows = list(kinds.union(places.values_list("pk", "name", "statistical", "level"), all=True))
    types = sorted((row for row in rows if not row[0].isdigit()), key=lambda row: row[3])
    return [row[:3] for row in types], dict(sorted(row[:2] for row in rows if row[0].isdigit()))


def lead_departments() -> list[str]:
    """Return the city's departments that may lead: those of its profile, and who leads a unit type now."""
    profile = CityProfile.objects.first()
    named = [row["name"] for row in profile.content.get("lead_departments", [])] if profile else []
    leading = UnitType.objects.exclude(lead_department="").values_list("lead_department", flat=True)
    return list(dict.fromkeys([*named, *leading]))


def city_of_profile() -> Division | None:
    """Return the city that this office runs."""
    profile = CityProfile.objects.first()
    return Division.objects.filter(pk=profile.division).first() if profile else None


def may_change_structure(user: User, division: Division) -> bool:
    """Say whether this person changes places: the special office of the whole city."""
    city = Division(pk=division.city or division.pk, province=division.province, city=division.city)
    return grant_for(user, [Role.SPECIAL_OFFICE], city) is not None


def may_change_institution(user: User, institution: Institution) -> bool:
    return grant_for(user, [Role.SPECIAL_OFFICE], institution) is not None


@dataclass(frozen=True)
class RollUpRow:
    """One county-level row of a roll-up; `counted_under` names the county that holds a zone's number."""

    division: Division
    own: float
    total: float
    counted_under: Division | None


@dataclass(frozen=True)
class RollUp:
    """One row for each county-level place, zones too, and the city's total in which each counts once."""

    rows: Sequence[RollUpRow]
    total: float
    at_city: float = 0  # what belongs to the city itself and to no county


def roll_up(city: Division, values: Mapping[str, float], counties: Sequence[Division] | None = None) -> RollUp:
    """Add numbers by county. A zone has a row of its own, or counts in the county that the office set; never both."""
    places = list(divisions_below(city, 3)) if counties is None else list(counties)
    by_code = {place.pk: place for place in places}
    totals = {place.pk: values.get(place.pk, 0) for place in places}
    for place in places:
        if place.statistical and place.counted_under in by_code:
            totals[place.counted_under] += values.get(place.pk, 0)
    rows = [
        RollUpRow(place, values.get(place.pk, 0), totals[place.pk], by_code.get(place.counted_under))
        for place in places
    ]
    at_city = values.get("", 0)
    return RollUp(rows, at_city + sum(row.total for row in rows if row.counted_under is None), at_city)


def counts_by(rows: QuerySet[Institution], column: str) -> dict[str, int]:
    """Return how many institutions there are by one of the ancestor columns or by unit type."""
    return dict(rows.order_by().values_list(column).annotate(n=Count("pk")))
