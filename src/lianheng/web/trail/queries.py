"""Reads of the trail: what happened to a thing, in words."""

import datetime as dt
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import models
from django.db.models.expressions import RawSQL

from lianheng.web.trail.models import TrailEntry

# action → Chinese words; each room adds its own at start-up through `name_actions`.
_ACTION_NAMES: dict[str, str] = {}
_NAME_OF_ACTOR: list[str] = []
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
    times: int = 1  # how many equal acts in a row this line stands for; `time` is that of the newest


def name_actions(names: dict[str, str]) -> None:
    """Register the Chinese words of a room's actions."""
    _ACTION_NAMES.update(names)


def action_name(action: str) -> str:
    return _ACTION_NAMES.get(action, action)


def name_actors(sql: str) -> None:
    """Register the SQL that gives the name of an actor id, "{actor}"; accounts, which lies above, does so."""
    _NAME_OF_ACTOR[:] = [sql]


def with_names(entries: models.QuerySet[TrailEntry]) -> models.QuerySet[Any]:
    """Add `name` to entries: the name of the account that acted, None for the program and for unknown numbers."""
    column = '"trail_trailentry"."actor"'
    sql = _NAME_OF_ACTOR[0].format(actor=column) if _NAME_OF_ACTOR else "NULL"
    return entries.annotate(name=RawSQL(sql, (), models.CharField()))


def name_of(actor: str, name: str | None) -> str:
    """Return what a page calls an actor whose entry was read `with_names`; an unknown one keeps its number."""
    return "系统" if actor == "system" else name or _nameless(actor)


def timeline(subject: models.Model, limit: int = 20, hidden: Collection[str] = ()) -> Sequence[TimelineRow]:
    """Return the newest acts on one thing in words, newest first, `hidden` actions left out.

    Ask for the thing's visibility before.
    """
    return _folded(_in_words([models.Q(**_is_subject(subject)) & ~models.Q(action__in=hidden)], limit), limit)


def joined_timeline(parts: Sequence[models.Q], limit: int = 20) -> Sequence[TimelineRow]:
    """Return the newest acts of several things as one line of time: one query, each part along its own index."""
    return _folded(_in_words(parts, limit), limit)


def acts_on(model: type[models.Model], *ids: int) -> models.Q:
    """Return the acts on things of one kind, as a part of a `joined_timeline`."""
    return models.Q(subject_type=model._meta.label_lower, subject_id__in=[str(number) for number in ids])


def unit_timeline(subject: models.Model, unit: str, shown: models.Q, limit: int = 20) -> Sequence[TimelineRow]:
    """Return the newest acts on a thing and, of those that belong to it as a unit, the `shown` ones.

    Two queries, each along an index of its own: one over both would walk the log.
    """
    own = models.Q(**_is_subject(subject))
    rows = [*_in_words([own], limit), *_in_words([shown & models.Q(unit=unit) & ~own], limit)]
    return _folded(sorted(rows, key=lambda row: row.seq, reverse=True), limit)


# Equal neighbours are one line: so many more entries than lines are read.
_READ_FOR_ONE = 5


def _folded(rows: Sequence[TimelineRow], limit: int) -> list[TimelineRow]:
    """Make one line of neighbours that say the same; the newest stands for them."""
    lines: list[TimelineRow] = []
    for row in rows:
        if lines and _said(lines[-1]) == _said(row):
            lines[-1] = replace(lines[-1], times=lines[-1].times + 1)
        else:
            lines.append(row)
    return lines[:limit]


def _said(row: TimelineRow) -> tuple[object, ...]:
    return row.actor, row.code, row.result, row.comment, row.erased


def _is_subject(subject: models.Model) -> dict[str, str]:
    return {"subject_type": subject._meta.label_lower, "subject_id": str(subject.pk)}


def _in_words(parts: Sequence[models.Q], limit: int) -> list[TimelineRow]:
    first, *rest = [
        with_names(TrailEntry.objects.filter(part))
        .exclude(result=TrailEntry.READ)
        .values_list("seq", "time", "actor", "name", "action", "result", "payload__content")
        for part in parts
    ]
    rows = (first.union(*rest, all=True) if rest else first).order_by("-seq")[: limit * _READ_FOR_ONE]
    return [
        TimelineRow(
            seq=seq,
            time=time,
            actor=name_of(actor, name),
            action=action_name(action),
            code=action,
            result=result,
            comment=ERASED_TEXT if content is None else _comment(content),
            erased=content is None,
        )
        for seq, time, actor, name, action, result, content in rows
    ]


def _comment(content: str) -> str:
    details = json.loads(content)
    return next((str(details[key]) for key in _COMMENT_KEYS if details.get(key)), "")


def _nameless(actor: str) -> str:
    kind, _, number = actor.partition(":")
    return f"账号 {number}" if kind == "user" else actor
