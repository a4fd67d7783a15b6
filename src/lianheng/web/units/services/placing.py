"""Keep ancestor columns true when a place moves: in divisions, institutions and every row that copies them."""

from django.apps import apps

from lianheng.web.units.models import COLUMN_OF_LEVEL, Division, Placed


def place_subtree(code: str, parent: str) -> None:
    """Put a division with all below it under another parent. Codes stay; only ancestors above it change."""
    division = Division.objects.get(pk=code)
    above = Division.objects.filter(pk=parent).values("province", "city", "county", "town").get()
    changed = {name: above[name] for level, name in COLUMN_OF_LEVEL.items() if level < division.level}
    own = COLUMN_OF_LEVEL[division.level]
    Division.objects.filter(**{own: code}).update(**changed)
    Division.objects.filter(pk=code).update(parent_id=parent or None)
    for model in apps.get_models():
        if issubclass(model, Placed):
            model._default_manager.filter(**{own: code}).update(**changed)
