"""The trail as the auditor reads it: newest first, by number, in windows of bounded cost.

Actor and unit have indexes of the trail; the rarer conditions (action, result, kind) are tried on a window of the
newest 5,000 entries before the page's edge, so that a page costs the same at a million entries. A page that finds
too little says how far back it looked and leads on from there.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.expressions import RawSQL

from lianheng.web.accounts.models import User
from lianheng.web.desk.subject_words import (
    Names,
    names_of,
    role_words,
    subject_name_sql,
    subject_words,
    unit_name_sql,
    unit_words,
)
from lianheng.web.shell.clock import SHANGHAI
from lianheng.web.shell.prepared import ask
from lianheng.web.trail.models import TrailCheckpoint, TrailEntry
from lianheng.web.trail.queries import action_name, name_of, with_names

PAGE = 20
WINDOW = 5_000
RESULTS = ((TrailEntry.DONE, "已办"), (TrailEntry.REFUSED, "未办成"), (TrailEntry.READ, "查看"))
# Everything about getting in, for the log-in log.
LOG_IN_ACTIONS = (
    "accounts.logged_in",
    "accounts.logged_out",
    "accounts.log_in_failed",
    "accounts.second_factor_failed",
    "accounts.recovery_code_used",
)


@dataclass(frozen=True)
class Wanted:
    """The conditions of the list; empty means any."""

    actor: str = ""
    action: str = ""
    result: str = ""
    unit: str = ""
    first: dt.date | None = None
    last: dt.date | None = None
    log_ins: bool = False

    @property
    def scans(self) -> bool:
        """Whether a condition has no index behind it."""
        return bool(self.action or self.result or self.log_ins)

    def predicate(self) -> Q:
        q = Q()
        for name in ("actor", "action", "result", "unit"):
            if getattr(self, name):
                q &= Q(**{name: getattr(self, name)})
        return q & Q(action__in=LOG_IN_ACTIONS) if self.log_ins else q


@dataclass(frozen=True)
class TrailPage:
    """One page: its rows, where the next one begins (None: nothing older), and how far back it looked."""

    rows: list[TrailEntry]
    older: int | None
    looked_back_to: int | None


def read_page(wanted: Wanted, before: int | None) -> TrailPage:
    """Return the newest entries before a number that fit the conditions."""
    low, high = bounds(wanted)
    top = high if before is None else min(before, high)
    floor = max(low, top - WINDOW) if wanted.scans else low
    found = list(
        with_names(TrailEntry.objects.filter(wanted.predicate(), seq__gte=floor, seq__lt=top))
        .defer("commitment", "leaf")
        .order_by("-seq")[: PAGE + 1]
    )
    if len(found) > PAGE:
        return TrailPage(found[:PAGE], found[PAGE - 1].seq, None)
    return TrailPage(found, floor if floor > low else None, floor if floor > low else None)


def find_entry(seq: int) -> TrailEntry | None:
    """Return one entry with the name of who acted, its payload and the size of the newest checkpoint that covers it."""
    return next(iter(ask(_entry, seq)), None)


def _entry(seq: int) -> QuerySet[Any]:
    covering = TrailCheckpoint.objects.filter(size__gt=OuterRef("seq")).order_by("-size").values("size")[:1]
    rows: Any = with_names(TrailEntry.objects.annotate(covered_by=Subquery(covering)))
    named: QuerySet[Any, Any] = rows.annotate(
        subject_name=RawSQL(subject_name_sql(), ()), unit_name=RawSQL(unit_name_sql(), ())
    )
    return named.select_related("payload").filter(pk=seq)


def every_row(wanted: Wanted) -> QuerySet[TrailEntry]:
    """Return everything that fits, oldest first, for the export."""
    low, high = bounds(wanted)
    return TrailEntry.objects.filter(wanted.predicate(), seq__gte=low, seq__lt=high).order_by("seq")


def bounds(wanted: Wanted) -> tuple[int, int]:
    """Return the numbers between which the wanted days lie; times grow with numbers, so halving finds them."""
    newest = TrailEntry.objects.order_by("-seq").values_list("seq", flat=True).first()
    size = 0 if newest is None else newest + 1
    low = _first_at(_start(wanted.first), size) if wanted.first else 0
    high = _first_at(_start(wanted.last + dt.timedelta(days=1)), size) if wanted.last else size
    return low, high


def _start(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time.min, SHANGHAI)


def _first_at(moment: dt.datetime, size: int) -> int:
    """Return the number of the first entry at or after a moment."""
    low, high = 0, size
    # Plain SQL: twenty looks at the primary key, each a fraction of what building an object costs.
    wanted = connection.ops.adapt_datetimefield_value(moment)
    with connection.cursor() as cursor:
        while low < high:
            middle = (low + high) // 2
            cursor.execute("SELECT time < %s FROM trail_trailentry WHERE seq = %s", [wanted, middle])
            low, high = (middle + 1, high) if cursor.fetchone()[0] else (low, middle)
    return low


@dataclass(frozen=True)
class TrailRow:
    """An entry in words."""

    entry: TrailEntry
    actor: str
    action: str
    result: str
    subject: str
    unit: str
    role: str


def in_words(entries: list[TrailEntry], names: Names | None = None) -> list[TrailRow]:
    """Put entries that were read with names into words; one query for what they speak of, unless it is known."""
    results = dict(RESULTS)
    names = names_of(entries) if names is None else names
    return [
        TrailRow(
            entry=e,
            actor=name_of(e.actor, e.name),  # type: ignore[attr-defined]
            action=action_name(e.action),
            result=results.get(e.result, e.result),
            subject=subject_words(e, names),
            unit=unit_words(e, names),
            role=role_words(e),
        )
        for e in entries
    ]


def actor_id(username: str) -> str | None:
    """Return the trail's actor id of a user name, "system" for the program itself, None when nobody has it."""
    if username == "system":
        return username
    pk = User.objects.filter(username=username).values_list("pk", flat=True).first()
    return None if pk is None else f"user:{pk}"


def export_lines(wanted: Wanted, names: Mapping[str, str]) -> Iterator[tuple[object, ...]]:
    """Yield the lines of the export in constant memory; actors keep their id beside the name."""
    results = dict(RESULTS)
    for entry in every_row(wanted).iterator(chunk_size=2000):
        yield (
            entry.seq,
            entry.time,
            names.get(entry.actor, entry.actor),
            entry.actor,
            action_name(entry.action),
            entry.action,
            results.get(entry.result, entry.result),
            f"{entry.subject_type}:{entry.subject_id}".strip(":"),
            entry.unit,
        )
