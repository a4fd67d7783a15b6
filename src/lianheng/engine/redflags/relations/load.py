"""The relation graph of an office's loaded registers."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from lianheng.engine.redflags.entities.names import FirmName, Regions, parse_firm_name, squeezed
from lianheng.engine.redflags.problems import RunError
from lianheng.engine.redflags.register import Register
from lianheng.engine.redflags.relations.graph import HUBS, Graph, Holding, Tie
from lianheng.engine.redflags.trace.registers import Reader

Spelling = tuple[object, ...]
# What each register gives; of people only where people are asked for.
READ = ("firm", "firm_person", "business", "bid")
READ_OF_PEOPLE = ("kin", "payment")


@dataclass(frozen=True, slots=True)
class Relations:
    """The graph, names of its firms, which registers it was made of (with rows), and which are not loaded."""

    graph: Graph
    names: dict[str, str]
    read: dict[str, int]
    missing: tuple[str, ...]
    spelt: Callable[[str], str | None]  # the node of a firm whose name is written in another way


def load_relations(
    reader: Reader,
    registers: Mapping[str, Register],
    regions: Regions,
    *,
    people: bool = False,
    on: dt.date | None = None,
    hubs: Mapping[str, int] = HUBS,
) -> Relations:
    """Read the registers that say who is tied to whom.

    Parameters
    ----------
    reader : the loaded registers, wherever they lie.
    registers : their declarations.
    regions : names of places in firms' names, to find the code of a firm that a register names.
    people : with people as nodes, kin and accounts of people. Without, a person only ties firms, and is nowhere named.
    on : only what holds on this day.
    hubs : how many may share a value of each kind.

    Returns
    -------
    The graph and what it was made of; a register that is not loaded is named in `missing`.
    """
    wanted = (*READ, *(READ_OF_PEOPLE if people else ()))
    there = {name: rows for name, rows in reader.there().items() if name in wanted and rows}
    try:
        source = _Source(reader, set(there), registers, regions, people, hubs)
        graph = Graph(source.ties(), source.holdings(), on, hubs)
    except RunError:
        raise
    except Exception as error:  # each driver has its own errors
        raise RunError(f"the registers cannot be read: {str(error).splitlines()[0]}") from error
    read = {name: there[name] for name in wanted if name in there}
    return Relations(graph, source.names, read, tuple(name for name in wanted if name not in there), source.spelt)


class _Source:
    """Rows of registers as ties and holdings."""

    def __init__(
        self,
        reader: Reader,
        there: set[str],
        registers: Mapping[str, Register],
        regions: Regions,
        people: bool,
        hubs: Mapping[str, int],
    ) -> None:
        self.reader, self.there, self.people, self.regions, self.hubs = reader, there, people, regions, hubs
        self.titles = {name: register.title for name, register in registers.items()}
        self.names = {
            f"firm:{code}": name
            for register, sql in (
                ("bid", "SELECT bidder, max(bidder_name) AS name FROM bid GROUP BY bidder"),
                ("firm", "SELECT firm, max(firm_name) AS name FROM firm GROUP BY firm"),  # the later one wins
            )
            for code, name in self._rows(register, sql)
            if name
        }
        self._codes = self._by_name()

    def _rows(self, register: str, sql: str) -> Iterator[tuple[Any, ...]]:
        """The rows of a query over one register; none where it is not loaded."""
        return self.reader.select(sql) if register in self.there else iter(())

    def _by_name(self) -> dict[Spelling, str]:
        """Node by the parts of a name; a name that two firms have leads to neither."""
        found: dict[Spelling, str] = {}
        twice = set()
        for node, name in self.names.items():
            parts = _spelling(parse_firm_name(name, self.regions))
            if found.setdefault(parts, node) != node:
                twice.add(parts)
        return {parts: node for parts, node in found.items() if parts not in twice}

    def firm_node(self, name: str) -> str:
        """The node of a firm that a register names: its code where exactly one firm has that name, else the name."""
        node = self.spelt(name) or f"firm:{name}"
        self.names.setdefault(node, name)
        return node

    def spelt(self, name: str) -> str | None:
        """The node of the one firm of that name, however written."""
        return self._codes.get(_spelling(parse_firm_name(name, self.regions)))

    def ties(self) -> Iterator[Tie]:
        """Declared ties: successors, and with people kin, roles and holdings."""
        for after, before in self._rows("firm", "SELECT firm, successor_of FROM firm WHERE NOT successor_of IS NULL"):
            yield Tie(f"firm:{before}", f"firm:{after}", "successor", source=self.titles["firm"])
        if not self.people:
            return
        kin = "SELECT DISTINCT person_a, person_b, relation, from_date, to_date FROM kin ORDER BY 1, 2, 3, 4, 5"
        for a, b, relation, start, end in self._rows("kin", kin):
            yield Tie(f"person:{a}", f"person:{b}", "kin", relation or "", self.titles["kin"], start, end)
        for person, firm, detail, source, start, end in self._roles:
            if person not in self._busy:
                yield Tie(f"person:{person}", firm, "role", detail, source, start, end)

    @cached_property
    def _busy(self) -> set[str]:
        """People in so many firms that they tie none of them: agents who register firms for others."""
        firms = defaultdict(set)
        for person, firm, *_ in self._roles:
            firms[person].add(firm)
        return {person for person, found in firms.items() if len(found) > self.hubs.get("person", 5)}

    @cached_property
    def _roles(self) -> list[tuple[str, str, str, str, dt.date | None, dt.date | None]]:
        """Person, firm, what the person is there, register, from, to."""
        return list(self._read_roles())

    def _read_roles(self) -> Iterator[tuple[str, str, str, str, dt.date | None, dt.date | None]]:
        people = "SELECT DISTINCT firm, person_id, role, from_date, to_date FROM firm_person ORDER BY 1, 2, 3, 4, 5"
        for firm, person, role, start, end in self._rows("firm_person", people):
            yield person, f"firm:{firm}", role, self.titles["firm_person"], start, end
        shares = self._shares()
        sql = (
            "SELECT DISTINCT firm, owner_id, role, capital, from_date, to_date FROM business ORDER BY 1, 2, 3, 4, 5, 6"
        )
        for name, person, role, capital, start, end in self._rows("business", sql):
            whole = shares.get(name)
            part = f"，出资占{capital / whole:.1%}" if role == "股东" and capital is not None and whole else ""
            yield person, self.firm_node(name), f"{role}{part}", self.titles["business"], start, end

    def _shares(self) -> dict[str, Decimal]:
        """What the present shareholders of a firm have put in, where it is known of each of them."""
        sql = """SELECT firm, sum(capital) AS whole FROM business WHERE role = '股东' AND to_date IS NULL
            GROUP BY firm HAVING count(*) = count(capital) AND sum(capital) > 0"""
        return dict(self._rows("business", sql))

    def holdings(self) -> Iterator[Holding]:
        """Values that several may share."""
        titles = self.titles
        firms = "SELECT firm, address, phone, group_name, contact_from, contact_to FROM firm"
        for firm, address, phone, group, start, end in self._rows("firm", firms):
            node = f"firm:{firm}"
            yield Holding(node, "phone", phone or "", "", titles["firm"], start, end)
            yield Holding(node, "address", squeezed(address or ""), "", titles["firm"], start, end)
            yield Holding(node, "group", squeezed(group or ""), source=titles["firm"])
        for person, firm, detail, source, start, end in self._roles:
            # With people as nodes only those are given here whom the graph then lists as hubs.
            if not self.people or person in self._busy:
                # A share is something about the person: it stays out where people are not asked for.
                yield Holding(firm, "person", person, detail.partition("，")[0], source, start, end)
        accounts = (
            "SELECT bidder, bond_account, min(open_date) AS since FROM bid WHERE NOT bond_account IS NULL "
            "GROUP BY bidder, bond_account"
        )
        for bidder, account, day in self._rows("bid", accounts):
            yield Holding(f"firm:{bidder}", "account", account, source=titles["bid"], from_date=day)
        if self.people:
            yield from self._accounts_of_people()

    def _accounts_of_people(self) -> Iterator[Holding]:
        """Accounts that more than one person is paid into; the millions that have one payee tie nobody."""
        sql = """SELECT person_id, account, min(pay_date) AS since FROM payment WHERE account IN (
              SELECT account FROM payment WHERE NOT account IS NULL GROUP BY account
              HAVING count(DISTINCT person_id) > 1)
            GROUP BY person_id, account"""
        for person, account, day in self._rows("payment", sql):
            yield Holding(f"person:{person}", "account", account, source=self.titles["payment"], from_date=day)


def _spelling(name: FirmName) -> Spelling:
    # 湖南省衡阳市 and 衡阳 are one place: the last of them says it.
    return name.core, name.form, name.branch, *name.region[-1:]


def find_node(relations: Relations, text: str) -> list[str]:
    """The nodes that a user may mean: a firm's code or name, or `person:` and at least eight characters of a hash.

    Returns
    -------
    Every fitting node in order; a code or name that fits exactly comes alone.
    """
    kind, mark, start = text.partition(":")
    if kind == "person" and mark:
        # Short beginnings would let one leaf through people.
        return [node for node in relations.graph.nodes if len(start) >= 8 and node.startswith(text)]
    if f"firm:{text}" in relations.names or relations.graph.ties(f"firm:{text}"):
        return [f"firm:{text}"]
    wanted = squeezed(text)
    same = defaultdict(list)
    for node, name in relations.names.items():
        same[squeezed(name)].append(node)
    spelt = relations.spelt(text)
    return sorted(same.get(wanted) or ([spelt] if spelt else []))
