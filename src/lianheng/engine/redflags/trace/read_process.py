"""Reads a process from its YAML. Strict: what is not known, misspelt or missing is named, all of it at once."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from lianheng.engine.redflags.fields import NAME, Fields
from lianheng.engine.redflags.trace.process import (
    BELOW,
    ORIGINS,
    UNITS,
    AmountRule,
    EventSource,
    Limit,
    Need,
    Process,
    Step,
    Words,
)


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
    needs = tuple(_need(name, fields, steps) for name, fields in row.named("needs", required=False))
    row.close()
    if len(steps) < 2:
        row.note("steps", "give at least two")
    _unique_names(row, steps)
    row.refuse()
    return Process(id_, version, title, case, meaning, steps, limits, amounts, needs)


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


def _need(name: str, row: Fields, steps: dict[str, Step]) -> Need:
    title, step, amount_of, at_least = (
        row.text("title"), row.text("step"), row.texts("amount_of"), row.number("at_least")
    )  # fmt: skip
    need = Need(
        **_rule(name, row), title=title, step=step, amount_of=amount_of,
        at_least=Decimal(-1) if at_least is None else at_least, below=row.choice("below", BELOW, default="clear"),
    )  # fmt: skip
    _known(row, "step", (step,), steps)
    _known(row, "amount_of", amount_of, steps)
    if need.at_least < 0:
        row.note("at_least", "give the amount in yuan from which the step is needed, at least 0")
    if step in steps and steps[step].required:
        row.note("step", f"{step} is required in every case already")
    row.close()
    return need


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
