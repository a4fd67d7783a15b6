"""对象比对: which rows of two registers are the same firm or person, ids first, then names.

A name alone decides nothing about a person, and what several fit equally well is left to a person to decide.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

from lianheng.engine.redflags.entities.near import NearIndex
from lianheng.engine.redflags.entities.weights import (
    FIRM_LIMITS,
    PERSON_LIMITS,
    Finding,
    Record,
    compare_firms,
    compare_ids,
    compare_people,
    older_id,
    one_apart,
    regions_differ,
)
from lianheng.engine.redflags.loading.clear_ids import mask_clear_ids

DECISIONS = {"same": "同一", "possible": "可能", "different": "不同", "cannot_tell": "不能判断"}
MARGIN = 3.0  # so far ahead of the next must the best one be
MOST = 200  # of one name are compared; above, nothing is told
HUB = 5  # phones and addresses of more names than this say nothing
TOP = 5  # pairs told for one row


@dataclass(frozen=True, slots=True)
class Match:
    """One row of A beside one of B (none where `b` is None), with the decision and why."""

    a: Record
    b: Record | None
    decision: str
    by: str
    weight: float | None
    explanation: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was found; `unmatched` are rows of A that nothing in B resembles."""

    matches: list[Match]
    unmatched: list[Record]

    def count(self, decision: str) -> int:
        """How many rows of A have a match of this decision as their best."""
        return len({match.a.row for match in self.matches if match.decision == decision})


def match_registers(
    a: Sequence[Record], b: Sequence[Record], *, firms: bool, progress: Callable[[str], None] = lambda text: None
) -> Outcome:
    """Match every row of A with rows of B.

    Parameters
    ----------
    a, b : rows of two registers (`reading.firm_record`, `reading.person_record`).
    firms : firms, or people.
    progress : called with a line of text now and then.

    Returns
    -------
    The outcome; its order is that of A. Empty registers give an empty one.

    References
    ----------
    Fellegi and Sunter (1969), A Theory for Record Linkage, JASA 64, 1183–1210.

    Example
    -------
    >>> from lianheng.engine.redflags.entities.names import Regions
    >>> from lianheng.engine.redflags.entities.reading import firm_record
    >>> places = Regions.of([("湖南省", 1), ("衡阳市", 2)])
    >>> ours = firm_record(2, {"name": "衡阳宏达建筑有限公司"}, places)
    >>> theirs = firm_record(7, {"name": "湖南省衡阳市宏达建筑有限责任公司"}, places)
    >>> found = match_registers([ours], [theirs], firms=True).matches[0]
    >>> found.decision, found.weight
    ('same', 14.0)
    """
    return _Matching(b, _hubs(a) | _hubs(b), firms).run(a, progress)


def _hubs(records: Iterable[Record]) -> frozenset[str]:
    users: dict[str, set[str]] = defaultdict(set)
    for record in records:
        for value in (record.phone, record.address):
            if value and len(users[value]) <= HUB:
                users[value].add(record.key)
    return frozenset(value for value, names in users.items() if len(names) > HUB)


class _Scored(NamedTuple):
    """A row of B with what it has in common with one of A."""

    weight: float
    place: int
    findings: list[Finding]


class _Matching:
    """Register B, indexed; made for one run."""

    def __init__(self, b: Sequence[Record], hubs: frozenset[str], firms: bool) -> None:
        self.b, self.hubs, self.firms = b, hubs, firms
        self.compare = compare_firms if firms else compare_people
        self.limits = FIRM_LIMITS if firms else PERSON_LIMITS
        self.by_id: dict[str, list[int]] = defaultdict(list)
        self.by_key: dict[str, list[int]] = defaultdict(list)
        self.by_phone: dict[str, list[int]] = defaultdict(list)
        for place, record in enumerate(b):
            for id_ in _ids(record, firms):
                self.by_id[id_].append(place)
            if record.key:
                self.by_key[self._block(record)].append(place)
            if firms and record.phone and record.phone not in hubs:
                self.by_phone[record.phone].append(place)

    def _block(self, record: Record) -> str:
        return record.key if self.firms else f"{record.key}|{record.birth[:4]}"

    def run(self, a: Sequence[Record], progress: Callable[[str], None]) -> Outcome:
        found: dict[int, list[Match]] = {}
        open_: list[int] = []
        for place, record in enumerate(a):
            if place % 50_000 == 49_999:
                progress(f"{place + 1:,} of {len(a):,} rows compared")
            found[place] = self._by_id(record) or self._by_name(record, self._candidates(record))
            if self.firms and not any(match.decision in ("same", "possible") for match in found[place]):
                open_.append(place)
        if open_:
            progress(f"looking for spellings of {len(open_):,} names that were not found")
            index = NearIndex([record.key for record in self.b])
            for at, places in index.sharing([a[place].key for place in open_]):
                more = self._by_name(
                    a[open_[at]], [place for place in places if self._spelt_alike(a[open_[at]], place)]
                )
                if any(match.decision in ("same", "possible") for match in more):
                    found[open_[at]] = more
        matches = [match for place in range(len(a)) for match in found[place]]
        return Outcome(matches, [record for place, record in enumerate(a) if not found[place]])

    def _by_id(self, record: Record) -> list[Match]:
        places = {place: None for id_ in _ids(record, self.firms) for place in self.by_id.get(id_, ())}
        others = [self.b[place] for place in places]
        others = [other for other in others if compare_ids(record, other, firms=self.firms)]
        names = len({other.key for other in others})
        if names > HUB:
            told = f"另一登记中有{names}个不同名称使用这个代码，凭代码不能判断，请核对该代码。"
            return [Match(record, None, "cannot_tell", "id", None, told)]
        matches = []
        for other in others:
            told = f"判断：同一对象。证件号码（代码）相同“{_masked(record.id, self.firms)}”"
            if record.key and other.key and record.key != other.key:
                told += f"；名称不同“{record.name}”“{other.name}”，可能已更名或录错，请核对"
            matches.append(Match(record, other, "same", "id", None, told + "。"))
        return matches[:TOP]

    def _candidates(self, record: Record) -> list[int]:
        if not record.key:
            return []
        if self.firms:
            places = [*self.by_key.get(record.key, ()), *self.by_phone.get(record.phone, ())]
        elif record.birth:
            year = int(record.birth[:4])
            blocks = [f"{record.key}|{part}" for part in (year, year - 1, year + 1, "")]
            places = [place for block in blocks for place in self.by_key.get(block, ())]
        else:
            places = self.by_name.get(record.key, [])
        return list(dict.fromkeys(places))

    @cached_property
    def by_name(self) -> dict[str, list[int]]:
        """People of one name, whatever year they were born; made only where somebody's birth is unknown."""
        names: dict[str, list[int]] = defaultdict(list)
        for place, record in enumerate(self.b):
            names[record.key].append(place)
        return names

    def _by_name(self, record: Record, places: Sequence[int]) -> list[Match]:
        if not record.key:
            return [Match(record, None, "cannot_tell", "name", None, "名称为空，也没有可比的代码，不能判断。")]
        if len(places) > MOST:
            told = f"另一登记中同名的有{len(places)}个，超过{MOST}个，凭名称不能判断；请补充代码。"
            return [Match(record, None, "cannot_tell", "name", None, told)]
        scored = []
        for place in places:
            findings = self.compare(record, self.b[place], self.hubs)
            scored.append(_Scored(sum(finding.weight for finding in findings), place, findings))
        scored.sort(key=lambda row: (-row.weight, row.place))
        # Below the limit only the best is told; those of another id are no rivals.
        worth = [row for row in scored if row.weight >= self.limits["possible"]]
        live = [row for row in worth if compare_ids(record, self.b[row.place], firms=self.firms) is not False]
        return _told([self._decide(record, row, live) for row in (live or scored[:1])])

    def _decide(self, record: Record, row: _Scored, live: Sequence[_Scored]) -> Match:
        weight, place, findings = row
        other = self.b[place]
        said = compare_ids(record, other, firms=self.firms)
        if said is False:
            told = _sentence("different", weight, findings, "证件号码（代码）不同，是两个对象")
            return Match(record, other, "different", "id", weight, told)
        if not self.firms and all(finding.weight == 0 for finding in findings[1:]):
            told = _sentence("cannot_tell", weight, findings, "只有姓名相同，不能判断")
            return Match(record, other, "cannot_tell", "name", weight, told)
        rivals = sum(weight - one.weight < MARGIN and self._another(place, one.place) for one in live)
        note = ""
        decision = "different"
        if weight >= self.limits["possible"]:
            decision = "same" if weight >= self.limits["same"] and not rivals else "possible"
            note = f"另有{rivals}个同样相符的对象" if rivals else ""
        if record.id and other.id and said is None:
            note = f"{note}；代码无法比较（种类不同或校验码有误）".strip("；")
        return Match(record, other, decision, "name", weight, _sentence(decision, weight, findings, note))

    def _spelt_alike(self, record: Record, place: int) -> bool:
        other = self.b[place]
        if not record.firm or not other.firm or regions_differ(record.firm, other.firm):
            return False
        return one_apart(record.key, other.key)

    def _another(self, place: int, other: int) -> bool:
        """Whether two rows of B are two things: rows of one id, or with equal texts and no ids, are one."""
        a, b = self.b[place], self.b[other]
        if place == other or (a.id and a.id == b.id):
            return False
        if self.firms and a.firm and b.firm and regions_differ(a.firm, b.firm):
            return True
        return bool(a.id or b.id) or a != replace(b, row=a.row)


def _told(matches: list[Match]) -> list[Match]:
    """What is worth telling of one row: its best, and a difference only where nothing fits."""
    fits = [match for match in matches if match.decision in ("same", "possible")]
    if any(match.decision == "same" for match in fits):
        fits = [match for match in fits if match.decision == "same"]
    unsure = [match for match in matches if match.decision == "cannot_tell"][:1]
    return (fits or unsure or matches[:1])[:TOP]


def _ids(record: Record, firms: bool) -> list[str]:
    return [id_ for id_ in (record.id, older_id(record.id, firms=firms)) if id_]


def _masked(id_: str, firms: bool) -> str:
    """A person's id is never written out."""
    return mask_clear_ids(id_) if firms else f"{id_[:2]}…{id_[-2:]}" if len(id_) > 4 else "…"


def _sentence(decision: str, weight: float, findings: Sequence[Finding], note: str) -> str:
    parts = [f"{finding.told}（{finding.weight:+g}）" for finding in findings]
    words = {"same": "同一对象", "possible": "可能是同一对象，请人工核对", "different": "不同对象",
             "cannot_tell": "不能判断"}  # fmt: skip
    told = f"判断：{words[decision]}（合计{weight:+g}）。" + "；".join(parts)
    return f"{told}；{note}。" if note else f"{told}。"
