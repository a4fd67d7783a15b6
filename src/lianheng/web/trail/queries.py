"""Reads of the trail: what happened to a thing, in words."""

import datetime as dt
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from django.db import models

from lianheng.web.trail.models import TrailEntry

# action → Chinese words; each room adds its own at start-up through `name_actions`.
_ACTION_NAMES: dict[str, str] = {}
ActorNames = Callable[[Collection[str]], Mapping[str, str]]
_ACTOR_NAMES: list[ActorNames] = []
# Where an act's words of explanation stand in its details, the first that is there counts.
_COMMENT_KEYS = ("comment", "reason", "opinion", "note", "message")
ERASED_TEXT = "内容已按规定清除"


@dataclass(frozen=True)
class TimelineRow:
    """One act as a person reads it."""

    seq: int
    time: dt.datetime
    actor: str
    action: str  # words
    code: str  # e.g. assessment.scored
    result: str
    comment: str
    erased: bool


def name_actions(names: dict[str, str]) -> None:
    """Register the Chinese words of a room's actions."""
    _ACTION_NAMES.update(names)


def action_name(action: str) -> str:
    return _ACTION_NAMES.get(action, action)


def name_actors(names_of: ActorNames) -> None:
    """Register the function that turns actor ids ("user:7") into names; accounts, which lies above, does so."""
    _ACTOR_NAMES[:] = [names_of]


def actor_names(actors: Collection[str]) -> dict[str, str]:
    """Return a name for each actor id, asking the registered function once; an unknown one keeps its number."""
    people = {actor for actor in actors if actor != "system"}
    known = _ACTOR_NAMES[0](people) if people and _ACTOR_NAMES else {}
    return {actor: "系统" if actor == "system" else known.get(actor) or _nameless(actor) for actor in actors}


def timeline(subject: models.Model, limit: int = 20) -> Sequence[TimelineRow]:
    """Return the newest acts on one thing in words, newest first. Ask for the thing's visibility before."""
    rows = (
        TrailEntry.objects.filter(subject_type=subject._meta.label_lower, subject_id=str(subject.pk))
        .exclude(result=TrailEntry.READ)
        .order_by("-seq")
        .values_list("seq", "time", "actor", "action", "result", "payload__content")[:limit]
    )
    names = actor_names({row[2] for row in rows})
    return [
        TimelineRow(
            seq=seq,
            time=time,
            actor=names[actor],
            action=action_name(action),
            code=action,
            result=result,
            comment=ERASED_TEXT if content is None else _comment(content),
            erased=content is None,
        )
        for seq, time, actor, action, result, content in rows
    ]


def _comment(content: str) -> str:
    details = json.loads(content)
    return next((str(details[key]) for key in _COMMENT_KEYS if details.get(key)), "")


def _nameless(actor: str) -> str:
    kind, _, number = actor.partition(":")
    return f"账号 {number}" if kind == "user" else actor
