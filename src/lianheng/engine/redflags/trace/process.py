"""流程 process: the steps of a kind of case in order, where their events come from, limits and sums between them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

UNITS = ("day", "workday", "month")
ORIGINS = ("public", "draft", "office")
BELOW = ("clear", "cannot_tell")
Words = tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class EventSource:
    """Which columns of a register are a step's events.

    `link`: the kind of number that `key` is, if not the case; `linked`: rows whose number leads to no case are left
    out; `only` and `besides`: words that a column must hold, and those that it must not hold (a blank is neither).
    """

    register: str
    key: str
    date: str
    link: str = ""
    amount: str = ""
    document: str = ""
    actor: str = ""
    linked: bool = False
    only: Words = ()
    besides: Words = ()


@dataclass(frozen=True, slots=True)
class Step:
    """环节: one step; `repeats`: it may happen more than once; `ordered`: it has its place in the order."""

    id: str
    title: str
    required: bool
    repeats: bool
    ordered: bool
    negative: bool
    also: tuple[str, ...]
    sources: tuple[EventSource, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule with its basis and the time it holds; `origin` draft: composed by us, office: the office's own."""

    id: str
    basis: str
    article: str
    origin: str
    valid_from: dt.date | None
    valid_to: dt.date | None

    def in_force(self, day: dt.date) -> bool:
        """Whether the rule held on that day."""
        return (self.valid_from is None or day >= self.valid_from) and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True, slots=True)
class Limit(Rule):
    """时限: at most or at least so long between two steps; `last`: to the last event of the second step."""

    start: str
    end: str
    at_most: int | None
    at_least: int | None
    unit: str
    last: bool


@dataclass(frozen=True, slots=True)
class AmountRule(Rule):
    """金额核对: the sum over some steps is at most a share of the sum over others."""

    title: str
    left: tuple[str, ...]
    right: tuple[str, ...]
    percent: Decimal


@dataclass(frozen=True, slots=True)
class Need(Rule):
    """须有的环节: an optional step that a case must have where its amount is large enough.

    The largest sum of the steps `amount_of` decides; below it the step is not needed, or that cannot be told (`below`).
    """

    title: str
    step: str
    amount_of: tuple[str, ...]
    at_least: Decimal
    below: str


@dataclass(frozen=True, slots=True)
class Process:
    """A declared process."""

    id: str
    version: str
    title: str
    case: str
    meaning: str
    steps: dict[str, Step]
    limits: tuple[Limit, ...]
    amounts: tuple[AmountRule, ...]
    needs: tuple[Need, ...] = ()

    def step_named(self, text: str) -> Step | None:
        """The step of an id, a title or another name; None where there is none."""
        for step in self.steps.values():
            if text in (step.id, step.title, *step.also):
                return step
        return None

    @property
    def registers(self) -> tuple[str, ...]:
        """The registers that its steps read, each once."""
        return tuple(dict.fromkeys(source.register for step in self.steps.values() for source in step.sources))

    @property
    def expected(self) -> frozenset[str]:
        """The steps whose silence in every case is worth an alert."""
        required = {step.id for step in self.steps.values() if step.required}
        return frozenset(required | {need.step for need in self.needs})

    @property
    def links(self) -> frozenset[str]:
        """The kinds of number that lead to a case."""
        return frozenset(source.link for step in self.steps.values() for source in step.sources if source.link)
