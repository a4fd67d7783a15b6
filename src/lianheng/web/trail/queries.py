"""Reads of the trail: what happened to a thing, in words."""

import datetime as dt
import json
from collections.abc import Collection, Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from django.db import models
from django.db.models.expressions import RawSQL

from lianheng.web.shell.prepared import ask_made
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


@dataclass(frozen=True)
class Acts:
    """A part of a timeline: the acts on things of one kind, or on all of a unit, that meet a condition."""

    subject_type: str
    subject_ids: tuple[str, ...]
    also: models.Q
    # The acts of this unit on other things, instead of those on the subjects themselves.
    unit: str = ""

    @property
    def form(self) -> tuple[Hashable, ...]:
        """What decides how the query is written; the numbers of the things are its values."""
        return self.subject_type, len(self.subject_ids), self.also, bool(self.unit)

    @property
    def values(self) -> list[str]:
        return [*self.subject_ids, *([self.unit] if self.unit else [])]


_ALL = models.Q()


def timeline(subject: models.Model, limit: int = 20, hidden: Collection[str] = ()) -> Sequence[TimelineRow]:
    """Return the newest acts on one thing in words, newest first, `hidden` actions left out.

    Ask for the thing's visibility before.
    """
    return joined_timeline([acts_on(type(subject), subject.pk, hidden=hidden)], limit)


def joined_timeline(parts: Sequence[Acts], limit: int = 20) -> Sequence[TimelineRow]:
    """Return the newest acts of several things as one line of time: one query, each part along its own index."""
    return _folded(_in_words(parts, limit), limit)


def acts_on(
    model: type[models.Model], *ids: int | str, only: Collection[str] = (), hidden: Collection[str] = ()
) -> Acts:
    """Return the acts on things of one kind, those of some names or without some, as a part of a `joined_timeline`."""
    also = models.Q(action__in=sorted(only)) if only else _ALL
    if hidden:
        also &= ~models.Q(action__in=sorted(hidden))
    return Acts(model._meta.label_lower, tuple(str(number) for number in ids), also)


def unit_timeline(subject: models.Model, unit: str, shown: models.Q, limit: int = 20) -> Sequence[TimelineRow]:
    """Return the newest acts on a thing and, of those that belong to it as a unit, the `shown` ones.

    Two queries, each along an index of its own: one over both would walk the log.
    """
    own = acts_on(type(subject), subject.pk)
    rows = [*_in_words([own], limit), *_in_words([replace(own, also=shown, unit=unit)], limit)]
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


def _in_words(parts: Sequence[Acts], limit: int) -> list[TimelineRow]:
    def entries(*values: str) -> models.QuerySet[TrailEntry, Any]:
        given = iter(values)
        first, *rest = [_entries_of(part, given) for part in parts]
        rows = first.union(*rest, all=True) if rest else first
        return rows.order_by("-seq")[: limit * _READ_FOR_ONE]

    values = [value for part in parts for value in part.values]
    form = ("timeline", *_NAME_OF_ACTOR, *(part.form for part in parts), limit)
    rows = ask_made(entries, *values, form=form)
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


def _entries_of(part: Acts, given: Iterator[str]) -> models.QuerySet[TrailEntry, Any]:
    ids = list(islice(given, len(part.subject_ids)))
    own = models.Q(subject_type=part.subject_type, subject_id__in=ids)
    where = part.also & models.Q(unit=next(given)) & ~own if part.unit else own & part.also
    rows = with_names(TrailEntry.objects.filter(where)).exclude(result=TrailEntry.READ)
    return rows.values_list("seq", "time", "actor", "name", "action", "result", "payload__content")


def _comment(content: str) -> str:
    details = json.loads(content)
    return next((str(details[key]) for key in _COMMENT_KEYS if details.get(key)), "")


def _nameless(actor: str) -> str:
    kind, _, number = actor.partition(":")
    return f"账号 {number}" if kind == "user" else actor
