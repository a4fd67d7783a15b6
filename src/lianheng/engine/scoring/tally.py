"""Confirmed events of a unit, sorted into deductions, bonus, vetoes and zeroed items.

One event costs points once: under the item that names it, else under its D code. Events of an item are in that item's
measure already, so they cost nothing here; the same event registered under D1 as well is dropped from D1.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from lianheng.engine.scoring import rules
from lianheng.engine.scoring.declared import Charge, Negative
from lianheng.engine.scoring.inputs import FOUND, Event
from lianheng.engine.scoring.scheme import Scheme


@dataclass(frozen=True, slots=True)
class Line:
    """One rule that took or gave points: terms are (label, points each, count), amount = min(cap, Σ points × count)."""

    code: str
    name: str
    terms: tuple[tuple[str, Fraction, int], ...]
    cap: Fraction | None
    amount: Fraction
    events: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Veto:
    """A veto in force and the grade that it allows at most; no events means that the list score itself caused it."""

    code: str
    name: str
    cap: str
    events: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Shown:
    """A negative row with a confirmed event that is shown and changes no score and no grade."""

    code: str
    name: str
    events: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tally:
    """What the events of one unit amount to."""

    deductions: tuple[Line, ...] = ()
    bonus: tuple[Line, ...] = ()
    vetoes: tuple[Veto, ...] = ()
    shown: tuple[Shown, ...] = ()
    zeroed: frozenset[str] = field(default_factory=frozenset)
    errors: tuple[str, ...] = ()


EMPTY = Tally()


def tally(scheme: Scheme, events: Sequence[Event]) -> Tally:
    """Sort a unit's confirmed events by the scheme's rules.

    Parameters
    ----------
    scheme : names the kinds that exist and what each costs.
    events : confirmed events in any order; none gives an empty tally.

    Returns
    -------
    The lines in the order of the scheme's rules. Events that fit no rule are named in `errors` and count nowhere.
    """
    if not events:
        return EMPTY
    errors = [error for event in events for error in _event_errors(scheme, event)] + _doubles(scheme, events)
    if errors:
        return Tally(errors=tuple(errors))
    by_kind = _by_kind(scheme, events)
    lines = [_line(charge, by_kind[charge.code]) for charge in scheme.deductions if charge.code in by_kind]
    lines += [_negative_line(row, by_kind[row.code]) for row in scheme.negatives if _takes(row) and row.code in by_kind]
    shown = [row for row in scheme.negatives if row.effect == "shown" and row.code in by_kind]
    zeroing = [charge.code for charge in scheme.deductions if charge.zeroes_item]
    return Tally(
        tuple(lines),
        tuple(_line(charge, by_kind[charge.code]) for charge in scheme.bonus if charge.code in by_kind),
        _vetoes(scheme, by_kind),
        tuple(Shown(row.code, row.name, _codes(by_kind[row.code])) for row in shown),
        frozenset(str(event.item) for code in zeroing for event in by_kind.get(code, ())),
    )


def _vetoes(scheme: Scheme, by_kind: dict[str, list[Event]]) -> tuple[Veto, ...]:
    caps = [(row.code, row.name, row.grade_cap) for row in scheme.negatives if row.grade_cap is not None]
    caps += [(row.code, row.name, row.grade_cap) for row in scheme.vetoes]
    return tuple(Veto(code, name, cap, _codes(by_kind[code])) for code, name, cap in caps if code in by_kind)


def _takes(row: Negative) -> bool:
    return row.effect == "deduction"


def _codes(events: Sequence[Event]) -> tuple[str, ...]:
    return tuple(event.code for event in events)


def _by_kind(scheme: Scheme, events: Sequence[Event]) -> dict[str, list[Event]]:
    """Events under each kind, in the order of their codes; D1 without those that an item names."""
    named = {event.code for event in events if _is_item(scheme, event.kind)}
    found = {charge.code for charge in scheme.deductions if charge.counts == "found"}
    kinds: dict[str, list[Event]] = {}
    for event in sorted(events, key=lambda event: (event.kind, event.code)):
        if not (event.kind in found and event.code in named):
            kinds.setdefault(event.kind, []).append(event)
    return kinds


def _is_item(scheme: Scheme, kind: str) -> bool:
    return any(item.code == kind for item in scheme.items)


def _line(charge: Charge, events: Sequence[Event]) -> Line:
    if charge.counts == "found":
        counted = Counter(_as_found(event) for event in events)
        counts = [counted[found] for found in FOUND]
    elif charge.counts == "overdue":
        counts = [rules.days_blocks(event.days_overdue or 0 for event in events)]
    else:
        counts = [len(events)]
    terms = [(label, Fraction(points), count) for (label, points), count in zip(charge.terms, counts, strict=True)]
    return _sized(charge.code, charge.name, terms, None if charge.cap is None else Fraction(charge.cap), events)


def _negative_line(row: Negative, events: Sequence[Event]) -> Line:
    cap = None if row.cap is None else Fraction(row.cap)
    return _sized(row.code, row.name, [("每次", Fraction(row.points or 0), len(events))], cap, events)


def _sized(
    code: str, name: str, terms: list[tuple[str, Fraction, int]], cap: Fraction | None, events: Sequence[Event]
) -> Line:
    amount = rules.b([(points, count) for _, points, count in terms], cap)
    return Line(code, name, tuple(terms), cap, amount, _codes(events))


def _as_found(event: Event) -> str:
    """Self-found counts as such only once mended (B2); before that it is charged like a case found by others."""
    return "outside" if event.found == "self" and not event.mended else event.found


def _event_errors(scheme: Scheme, event: Event) -> list[str]:
    if event.kind not in scheme.event_kinds:
        return [f"事件 {event.code} 的类别 {event.kind} 不在方案中，请更正类别"]
    if event.found not in FOUND:
        return [f"事件 {event.code} 的发现方式 {event.found} 不认识（可用 {'、'.join(FOUND)}）"]
    charge = next((charge for charge in scheme.deductions if charge.code == event.kind), None)
    if charge is None:
        return []
    errors = []
    if charge.zeroes_item and (event.item is None or not _is_item(scheme, event.item)):
        errors.append(f"事件 {event.code}（{event.kind}）应指明被清零的条目，现为 {event.item or '空'}")
    days = event.days_overdue
    if charge.counts == "overdue" and (type(days) is not int or days < 0):
        errors.append(f"事件 {event.code}（{event.kind}）的超期天数应为不小于 0 的整数，现为 {days}")
    return errors


def _doubles(scheme: Scheme, events: Sequence[Event]) -> list[str]:
    """The same event under two kinds that both cost points, which would make it cost twice."""
    found = {charge.code for charge in scheme.deductions if charge.counts == "found"}
    costing = {charge.code for charge in scheme.deductions} | {row.code for row in scheme.negatives if _takes(row)}
    kinds: dict[str, list[str]] = {}
    for event in events:
        kinds.setdefault(event.code, []).append(event.kind)
    errors = []
    for code, listed in kinds.items():
        if len(set(listed)) < len(listed):
            errors.append(f"事件 {code} 重复登记，请删去重复的一条")
        items = [kind for kind in listed if _is_item(scheme, kind)]
        charged = [kind for kind in listed if kind in costing and not (items and kind in found)]
        if len(items) + len(charged) > 1:
            errors.append(f"事件 {code} 同时登记为 {'、'.join([*items, *charged])}，一件事只扣一次分，请保留一种")
    return errors
