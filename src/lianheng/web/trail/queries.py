"""Reads of the trail: what happened to a thing, in words."""

from collections.abc import Sequence

from django.db import models

from lianheng.web.trail.models import TrailEntry

# action → Chinese sentence; each room adds its own at start-up through `name_actions`.
_ACTION_NAMES: dict[str, str] = {}


def name_actions(names: dict[str, str]) -> None:
    """Register the Chinese words of a room's actions."""
    _ACTION_NAMES.update(names)


def action_name(action: str) -> str:
    return _ACTION_NAMES.get(action, action)


def timeline(subject: models.Model, limit: int = 20) -> Sequence[TrailEntry]:
    """Return the newest entries of one thing, newest first, with their payloads. Ask for the thing's visibility before."""
    return (
        TrailEntry.objects.filter(subject_type=subject._meta.label_lower, subject_id=str(subject.pk))
        .exclude(result=TrailEntry.READ)
        .select_related("payload")
        .order_by("-seq")[:limit]
    )
