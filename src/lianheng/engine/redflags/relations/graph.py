"""关系图: who is tied to whom, each tie with its register and its dates; chains, neighbours and connected groups.

A tie is either declared (kin, a role, a holding, a successor) or follows from a value that two share (telephone,
address, account, person, group). A value that too many share says nothing about any two of them: an agent's telephone
would tie two hundred firms. Such values are left out and listed.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations

# So many may share a value; above, it ties nobody.
HUBS = {"phone": 5, "address": 5, "account": 5, "person": 20, "group": 50}


@dataclass(frozen=True, slots=True, order=True)
class Tie:
    """Two nodes and what ties them; `sharing` is how many share the value, 0 for a declared tie."""

    a: str
    b: str
    kind: str
    detail: str = ""
    source: str = ""
    from_date: dt.date | None = None
    to_date: dt.date | None = None
    sharing: int = 0

    def other(self, node: str) -> str:
        """The node at the other end."""
        return self.b if node == self.a else self.a


@dataclass(frozen=True, slots=True)
class Holding:
    """A node has a value that others may have too: a telephone, an address, an account, a person."""

    node: str
    kind: str
    value: str
    detail: str = ""
    source: str = ""
    from_date: dt.date | None = None
    to_date: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Hub:
    """A value that so many share that it ties nobody."""

    kind: str
    value: str
    sharing: int


class Graph:
    """Ties by node.

    Parameters
    ----------
    ties : declared ties; one from a node to itself is left out.
    holdings : values of nodes; any two of one value are tied, where their dates overlap.
    on : only what holds on this day; None: whenever.
    hubs : how many may share a value of each kind; a kind that is not named: five.

    Example
    -------
    >>> graph = Graph([Tie("甲", "乙", "kin")], [Holding("乙", "phone", "1"), Holding("丙", "phone", "1")])
    >>> [tie.kind for tie in graph.chain("甲", "丙")]
    ['kin', 'phone']
    """

    def __init__(
        self,
        ties: Iterable[Tie] = (),
        holdings: Iterable[Holding] = (),
        on: dt.date | None = None,
        hubs: Mapping[str, int] = HUBS,
    ) -> None:
        self._ties: dict[str, list[Tie]] = defaultdict(list)
        self.hubs: list[Hub] = []
        for tie in ties:
            if tie.a != tie.b and _holds(tie, on):
                self._add(tie)
        groups: dict[tuple[str, str], list[Holding]] = defaultdict(list)
        for holding in holdings:
            if holding.value and _holds(holding, on):
                groups[holding.kind, holding.value].append(holding)
        for (kind, value), holders in groups.items():
            self._share(kind, value, holders, hubs.get(kind, 5))
        self.hubs.sort(key=lambda hub: (-hub.sharing, hub.kind, hub.value))
        for found in self._ties.values():
            found.sort(key=_order)

    def _add(self, tie: Tie) -> None:
        self._ties[tie.a].append(tie)
        self._ties[tie.b].append(tie)

    def _share(self, kind: str, value: str, holders: list[Holding], most: int) -> None:
        nodes = {holding.node for holding in holders}
        if len(nodes) > most:
            self.hubs.append(Hub(kind, value, len(nodes)))
        elif len(nodes) > 1:
            for tie in _tied(kind, holders, len(nodes)):
                self._add(tie)

    @property
    def nodes(self) -> list[str]:
        """Every node that has a tie, in order."""
        return sorted(self._ties)

    def ties(self, node: str) -> list[Tie]:
        """The ties of a node; none for one that is not there."""
        return list(self._ties.get(node, ()))

    def chain(self, a: str, b: str, steps: int = 6) -> list[Tie] | None:
        """A shortest chain of ties from a to b of at most so many steps; None where there is none, empty for a = b.

        Of several the one is taken whose ties come first in order of kind and name, so that every run tells the same.
        """
        return self.chains(a, steps, b).get(b)

    def chains(self, start: str, steps: int, until: str | None = None) -> dict[str, list[Tie]]:
        """A shortest chain of ties to every node within so many steps (or to `until` alone); to itself an empty one.

        Example
        -------
        >>> found = Graph([Tie("甲", "乙", "kin"), Tie("乙", "丙", "kin")]).chains("甲", 1)
        >>> {node: len(chain) for node, chain in found.items()}
        {'甲': 0, '乙': 1}
        """
        came: dict[str, tuple[str, Tie] | None] = {start: None}
        depth = {start: 0}
        waiting = deque([start])
        while waiting and until not in came:
            node = waiting.popleft()
            if depth[node] == steps:
                break
            for tie in self._ties.get(node, ()):
                other = tie.other(node)
                if other not in came:
                    came[other] = node, tie
                    depth[other] = depth[node] + 1
                    waiting.append(other)
        wanted = came if until is None else {until} & came.keys()
        return {node: _walk_back(came, node) for node in wanted}

    def groups(self, least: int = 2) -> list[list[str]]:
        """Groups of nodes that hang together, the largest first; only those of so many nodes."""
        seen: set[str] = set()
        found = []
        for start in self.nodes:
            if start not in seen:
                group = self._reach(start)
                seen |= group
                if len(group) >= least:
                    found.append(sorted(group))
        return sorted(found, key=lambda group: (-len(group), group))

    def _reach(self, start: str) -> set[str]:
        group, waiting = {start}, [start]
        while waiting:
            node = waiting.pop()
            for tie in self._ties[node]:
                other = tie.other(node)
                if other not in group:
                    group.add(other)
                    waiting.append(other)
        return group


def _walk_back(came: Mapping[str, tuple[str, Tie] | None], node: str) -> list[Tie]:
    chain = []
    while (step := came[node]) is not None:
        node, tie = step
        chain.append(tie)
    return chain[::-1]


def _holds(what: Tie | Holding, on: dt.date | None) -> bool:
    if on is None:
        return True
    return (what.from_date is None or what.from_date <= on) and (what.to_date is None or what.to_date >= on)


def _tied(kind: str, holders: list[Holding], sharing: int) -> Iterable[Tie]:
    """One tie for every two nodes that have the value at the same time: the longest such time that is known."""
    best: dict[tuple[str, str], Tie] = {}
    for one, other in combinations(sorted(holders, key=_holding_order), 2):
        if one.node == other.node:
            continue
        start = max((day for day in (one.from_date, other.from_date) if day), default=None)
        end = min((day for day in (one.to_date, other.to_date) if day), default=None)
        if start and end and start > end:
            continue
        detail = "、".join(dict.fromkeys(text for text in (one.detail, other.detail) if text))
        source = "、".join(dict.fromkeys(text for text in (one.source, other.source) if text))
        tie = Tie(one.node, other.node, kind, detail, source, start, end, sharing)
        known = best.setdefault((tie.a, tie.b), tie)
        if _length(tie) > _length(known):
            best[tie.a, tie.b] = tie
    return best.values()


def _length(tie: Tie) -> dt.timedelta:
    """How long a tie held; an end that is not known lies beyond all others."""
    return (tie.to_date or dt.date.max) - (tie.from_date or dt.date.min)


def _holding_order(holding: Holding) -> tuple[str, dt.date, str]:
    return holding.node, holding.from_date or dt.date.min, holding.detail


def _order(tie: Tie) -> tuple[str, str, str, str, dt.date]:
    return tie.kind, tie.a, tie.b, tie.detail, tie.from_date or dt.date.min
