"""Keep ancestor columns true when something moves: in divisions, institutions and every row that copies them."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist

from lianheng.web.units.division_search import index_again
from lianheng.web.units.models import COLUMN_OF_LEVEL, Division, Institution, Placed


def placed_models() -> Iterator[Any]:
    """Yield every table with ancestor columns, in whatever room it lies."""
    for model in apps.get_models():
        if issubclass(model, Placed):
            yield model


def place_subtree(code: str, parent: str) -> None:
    """Put a division with all below it under another parent. Codes stay; only ancestors above it change."""
    division = Division.objects.get(pk=code)
    above = Division.objects.filter(pk=parent).get()
    changed = {name: getattr(above, name) for level, name in COLUMN_OF_LEVEL.items() if level < division.level}
    own = COLUMN_OF_LEVEL[division.level]
    Division.objects.filter(**{own: code}).update(**changed)
    Division.objects.filter(pk=code).update(parent_id=parent or None)
    index_again(**{own: code})
    for model in placed_models():
        model._default_manager.filter(**{own: code}).update(**changed)


def place_at(institution: Institution, division: Division) -> None:
    """Take the ancestors of the division that the institution lies in."""
    institution.division = division
    for column in COLUMN_OF_LEVEL.values():
        setattr(institution, column, getattr(division, column))


def place_institution(institution_id: int) -> None:
    """Write an institution's place again, and that of all rows that copied it."""
    institution = Institution.objects.select_related("division").get(pk=institution_id)
    place_at(institution, institution.division)
    institution.save(update_fields=[*Placed.PLACE])
    place = {column: getattr(institution, column) for column in Placed.PLACE}
    for model in placed_models():
        try:
            model._meta.get_field("institution")
        except FieldDoesNotExist:
            continue
        model._default_manager.filter(institution_id=institution_id).update(**place)
