"""Turns the trail's actor ids into names."""

from collections.abc import Collection, Mapping

from lianheng.web.accounts.models import User


def names_of(actors: Collection[str]) -> Mapping[str, str]:
    """Return "user:7" → name for those that are accounts."""
    ids = [int(actor[5:]) for actor in actors if actor.startswith("user:") and actor[5:].isdecimal()]
    return {f"user:{pk}": name for pk, name in User.objects.filter(pk__in=ids).values_list("pk", "name")}
