"""Walking the tickets: stage after stage, everything that was decided is written into a log and never changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass
from heapq import heapify, heappop, heapreplace
from typing import Any

from .errors import DrawError
from .plan import WHOLE, Plan, Skip
from .selection import select_whole, size_of
from .tickets import Ticket, hash_of, next_ticket, ticket_maker, value_of

DRAWN, SKIPPED, WITHDRAWN = "drawn", "skipped", "withdrawn"


@dataclass(frozen=True, slots=True)
class Stage:
    """One run: how many are wanted in all from now on, and who has turned out absent since the stage before."""

    sizes: dict[str, int]
    absent: Sequence[Skip] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """One decision. ``group`` is the stratum of an object, or the object that a member of staff is drawn for."""

    stage: int
    side: str
    group: str
    id: str
    generation: int
    ticket: str
    outcome: str
    reason: str = ""

    def to_row(self) -> list[Any]:
        """The row as in a bundle, in the order of the fields."""
        return list(astuple(self))


class Walk:
    """The state of a draw: urns of tickets, who holds a place, and the log.

    >>> walk = Walk(Plan.of(["F01", "F02", "F03"], 1), "2026")
    >>> walk.run(Stage({"": 1}))
    >>> walk.run(Stage({"": 2}))
    >>> [(entry.stage, entry.id) for entry in walk.log]
    [(1, 'F01'), (2, 'F03')]
    """

    def __init__(self, plan: Plan, seed: str) -> None:
        self.plan, self.seed = plan, seed
        self.log: list[Entry] = []
        self._members = plan.by_stratum
        self.objects: dict[str, list[Ticket]] = {stratum: [] for stratum in self._members}
        self.teams: dict[str, list[str]] = {}
        self._load: Counter[str] = Counter()
        self._make = ticket_maker(seed, plan.method)
        self._stage = 0
        self._out = {(skip.side, skip.id): skip.reason for skip in plan.avoid}
        self._pairs = {(pair.staff, pair.object): pair.reason for pair in plan.pairs}
        self._urns: dict[str, Iterator[Ticket]] = {}
        self._queues: dict[str, Iterator[Ticket]] = {}

    def run(self, stage: Stage) -> None:
        """Do one more stage."""
        self._stage += 1
        if self.plan.design in WHOLE and (self._stage > 1 or any(skip.side == "object" for skip in stage.absent)):
            raise DrawError(
                f"a {self.plan.design} sample is settled as a whole: it has no next ticket for an absent object and "
                "cannot be extended; leave absent objects in as not answering, or plan simple or pps_sequential"
            )
        for skip in stage.absent:
            self._out.setdefault((skip.side, skip.id), skip.reason)
        self._withdraw()
        for stratum in self.objects:
            self._fill(stratum, stage.sizes.get(stratum, 0))
        if self.plan.staff:
            for stratum in self.objects:
                for ticket in self.objects[stratum]:
                    self._fill_team(ticket.id)

    def _withdraw(self) -> None:
        """Those who hold a place and are out now leave it, in the order in which they were drawn."""
        for stratum, held in self.objects.items():
            for ticket in [t for t in held if ("object", t.id) in self._out]:
                held.remove(ticket)
                self._load.subtract(self.teams.pop(ticket.id, ()))
                self._note("object", stratum, ticket, WITHDRAWN, self._out["object", ticket.id])
        for object, team in self.teams.items():
            for id in [member for member in team if ("staff", member) in self._out]:
                team.remove(id)
                self._load[id] -= 1
                ticket = Ticket(self._make(f"{object}\x1f{id}"), id)
                self._note("staff", object, ticket, WITHDRAWN, self._out["staff", id])

    def _fill(self, stratum: str, wanted: int) -> None:
        held = self.objects[stratum]
        if self.plan.design in WHOLE:
            for ticket in select_whole(self.plan, stratum, self._members[stratum], self.seed):
                held.append(ticket)
                self._note("object", stratum, ticket, DRAWN)
            return
        urn = self._urns.setdefault(stratum, self._urn(stratum))
        while len(held) < wanted:
            ticket = self._next(urn, f"the stratum {stratum!r}" if stratum else "the roster", wanted - len(held))
            reason = self._out.get(("object", ticket.id))
            if reason is None:
                held.append(ticket)
            self._note("object", stratum, ticket, SKIPPED if reason else DRAWN, reason or "")

    def _fill_team(self, object: str) -> None:
        """Give an object its staff; the next ticket's holder where one is out, related to it, or has enough to do."""
        team = self.teams.setdefault(object, [])
        queue = self._queues.setdefault(object, self._queue(object))
        while len(team) < self.plan.per_object:
            ticket = self._next(queue, f"the staff register for {object}", self.plan.per_object - len(team))
            reason = self._why_not(ticket.id, object)
            if not reason:
                team.append(ticket.id)
                self._load[ticket.id] += 1
            self._note("staff", object, ticket, SKIPPED if reason else DRAWN, reason)

    def _why_not(self, staff: str, object: str) -> str:
        reason = self._out.get(("staff", staff)) or self._pairs.get((staff, object))
        if reason:
            return reason
        load = self._load[staff]
        return f"already has {load} objects" if self.plan.max_load and load >= self.plan.max_load else ""

    def _urn(self, stratum: str) -> Iterator[Ticket]:
        """Tickets of a stratum in the order of the draw; with replacement without end unless everybody is out."""
        by_size = self.plan.design == "pps_sequential"
        urn: list[tuple[Any, str, str, int]] = []
        for candidate in self._members[stratum]:
            number = self._make(candidate.id)
            key = value_of(number) / size_of(candidate) if by_size else number
            urn.append((key, number, candidate.id, 1))
        heapify(urn)
        function = hash_of(self.plan.method)
        while urn:
            ticket = Ticket(*urn[0][1:])
            if self.plan.design == "with_replacement" and ("object", ticket.id) not in self._out:
                yield ticket
                number = next_ticket(ticket.number, function)
                heapreplace(urn, (number, number, ticket.id, ticket.generation + 1))
            else:
                heappop(urn)
                yield ticket

    def _queue(self, object: str) -> Iterator[Ticket]:
        return iter(sorted(Ticket(self._make(f"{object}\x1f{id}"), id) for id in self.plan.staff))

    def _next(self, tickets: Iterator[Ticket], where: str, short: int) -> Ticket:
        ticket = next(tickets, None)
        if ticket is None:
            raise DrawError(
                f"{where} runs out with {short} still to be drawn, because of avoidance, absence or load; "
                "draw fewer, or add candidates in a new plan"
            )
        return ticket

    def _note(self, side: str, group: str, ticket: Ticket, outcome: str, reason: str = "") -> None:
        self.log.append(Entry(self._stage, side, group, ticket.id, ticket.generation, ticket.number, outcome, reason))
