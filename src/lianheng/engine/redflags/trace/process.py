"""流程 process: the steps of a kind of case in order, where their events come from, limits and sums between them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from lianheng.engine.redflags.fields import NAME, Fields

UNITS = ("day", "workday", "month")
ORIGINS = ("public", "draft", "office")
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
    def links(self) -> frozenset[str]:
        """The kinds of number that lead to a case."""
        return frozenset(source.link for step in self.steps.values() for source in step.sources if source.link)


def read_process(document: Any, file: str) -> Process:
    """A process from its YAML's value.

    Parameters
    ----------
    document : the value of the YAML file.
    file : its name, for messages; its stem is the process's id.

    Returns
    -------
    The process.

    Raises
    ------
    DeclarationError with every problem: unknown and missing keys, limits and sums that name no step.

    Example
    -------
    >>> process = read_process(
    ...     {"id": "buy", "version": 1, "title": "采购", "case": "采购编号", "meaning": "每次采购一案",
    ...      "steps": {"plan": {"title": "计划"}, "pay": {"title": "付款", "repeats": True}},
    ...      "limits": {"paid": {"from": "plan", "to": "pay", "at_most": 30, "basis": "内部规定", "origin": "draft"}},
    ...      "amounts": {"within": {"title": "付款不超过计划", "left": ["pay"], "right": ["plan"],
    ...                             "basis": "内部规定", "origin": "draft"}}}, "buy.yaml")
    >>> list(process.steps), process.limits[0].unit, process.amounts[0].percent
    (['plan', 'pay'], 'day', Decimal('100'))
    """
    row = Fields(document, file)
    id_ = row.text("id", pattern=NAME)
    expected = file.rsplit("/", 1)[-1].removesuffix(".yaml")
    if id_ and id_ != expected:
        row.note("id", f"is {id_!r}, but the file is named {expected}.yaml")
    version, title, case, meaning = (row.text(key) for key in ("version", "title", "case", "meaning"))
    steps = {name: _step(name, fields) for name, fields in row.named("steps")}
    limits = tuple(_limit(name, fields, steps) for name, fields in row.named("limits", required=False))
    amounts = tuple(_amount(name, fields, steps) for name, fields in row.named("amounts", required=False))
    row.close()
    if len(steps) < 2:
        row.note("steps", "give at least two")
    _unique_names(row, steps)
    row.refuse()
    return Process(id_, version, title, case, meaning, steps, limits, amounts)


def _step(name: str, row: Fields) -> Step:
    step = Step(
        id=name,
        title=row.text("title"),
        required=row.flag("required", True),
        repeats=row.flag("repeats", False),
        ordered=row.flag("ordered", True),
        negative=row.flag("negative", False),
        also=row.texts("also", required=False),
        sources=tuple(_source(fields) for fields in row.rows("sources", required=False)),
    )
    row.close()
    return step


def _source(row: Fields) -> EventSource:
    source = EventSource(
        register=row.text("register", pattern=NAME),
        key=row.text("key", pattern=NAME),
        date=row.text("date", pattern=NAME),
        link=row.text("link", default=""),
        amount=row.text("amount", default=""),
        document=row.text("document", default=""),
        actor=row.text("actor", default=""),
        linked=row.flag("linked", False),
        only=_words(row, "only"),
        besides=_words(row, "besides"),
    )
    if source.linked and not source.link:
        row.note("linked", "is for a source whose key is a number of another kind: give link")
    row.close()
    return source


def _words(row: Fields, key: str) -> Words:
    inner = row.inner(key, required=False)
    return () if inner is None else tuple((column, inner.texts(column)) for column in inner.written())


def _limit(name: str, row: Fields, steps: dict[str, Step]) -> Limit:
    start, end = row.text("from"), row.text("to")
    at_most = row.whole("at_most", at_least=0) if row.has("at_most") else None
    at_least = row.whole("at_least", at_least=0) if row.has("at_least") else None
    if at_most is None and at_least is None:
        row.note("at_most", "give at_most or at_least, or both")
    unit, last = row.choice("unit", UNITS, default="day"), row.flag("last", False)
    _known(row, "from", (start,), steps)
    _known(row, "to", (end,), steps)
    limit = Limit(**_rule(name, row), start=start, end=end, at_most=at_most, at_least=at_least, unit=unit, last=last)
    row.close()
    return limit


def _amount(name: str, row: Fields, steps: dict[str, Step]) -> AmountRule:
    percent = row.number("percent")
    title, left, right = row.text("title"), row.texts("left"), row.texts("right")
    share = Decimal(100) if percent is None else percent
    rule = AmountRule(**_rule(name, row), title=title, left=left, right=right, percent=share)
    _known(row, "left", left, steps)
    _known(row, "right", right, steps)
    if rule.percent <= 0:
        row.note("percent", "is above 0")
    row.close()
    return rule


def _known(row: Fields, key: str, names: tuple[str, ...], steps: dict[str, Step]) -> None:
    for name in names:
        if name and name not in steps:
            row.note(key, f"{name!r} is no step; there are {', '.join(steps)}")


def _rule(name: str, row: Fields) -> dict[str, Any]:
    """What every rule says: its basis, whose it is, and from when to when it holds."""
    rule = {
        "id": name,
        "basis": row.text("basis"),
        "article": row.text("article", default=""),
        "origin": row.choice("origin", ORIGINS),
        "valid_from": row.day("valid_from"),
        "valid_to": row.day("valid_to"),
    }
    if rule["origin"] == "public" and rule["valid_from"] is None:
        row.note("valid_from", "is missing: a published rule holds from a day on")
    return rule


def _unique_names(row: Fields, steps: dict[str, Step]) -> None:
    seen: dict[str, str] = {}
    for step in steps.values():
        for name in dict.fromkeys((step.id, step.title, *step.also)):
            if seen.setdefault(name, step.id) != step.id:
                row.note(f"steps.{step.id}", f"{name!r} also names the step {seen[name]}")
