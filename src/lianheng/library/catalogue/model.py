"""The standards catalogue as plain frozen values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Number = int | float


@dataclass(frozen=True, slots=True)
class ProblemDescription:
    """问题描述: one coded way of falling short of an item, usable as a finding type."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Item:
    """条目: what is asked, who leads, which evidence, and how it scores. `standard` is empty in an evaluation."""

    code: str
    name: str
    points: Number
    parts: tuple[Mapping[str, Any], ...]
    variables: Mapping[str, Mapping[str, str]]
    mark: str
    mark_note: str
    measures: Mapping[str, str]
    standard: str = ""
    problems: tuple[ProblemDescription, ...] = ()
    lead: str = ""
    evidence: str = ""
    observation: str = ""
    data_source: str = ""
    note: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Category:
    """类别 (or level 1 and 2 of an evaluation): holds items or categories, never both."""

    code: str
    name: str
    points: Number
    mark: str
    mnemonic: str = ""
    mnemonic_mark: str = ""
    mark_note: str = ""
    items: tuple[Item, ...] = ()
    categories: tuple[Category, ...] = ()


@dataclass(frozen=True, slots=True)
class Negative:
    """负面情形: a confirmed event that caps the grade (veto), takes points (deduction) or is only shown."""

    code: str
    name: str
    confirmed_by: str
    effect: str
    mark: str
    cap: str | None = None
    points: Number | None = None
    item: str | None = None
    mark_note: str = ""


@dataclass(frozen=True, slots=True)
class StandardList:
    """清单 (kind list) or 考评指标 (kind evaluation): a 100-point tree with its negative rows."""

    code: str
    kind: str
    name: str
    points: Number
    lead: str
    subject: str
    source: str
    mark: str
    categories: tuple[Category, ...]
    negatives: tuple[Negative, ...]
    extras: Mapping[str, tuple[Mapping[str, Any], ...]]

    def all_categories(self) -> Iterator[Category]:
        """Every category, each before those inside it."""
        pending = list(reversed(self.categories))
        while pending:
            category = pending.pop()
            yield category
            pending.extend(reversed(category.categories))

    def all_items(self) -> Iterator[Item]:
        """Every item in declared order."""
        for category in self.all_categories():
            yield from category.items


@dataclass(frozen=True, slots=True)
class ListChoice:
    """A list of a unit type, and the ownership that chooses it where the type has several."""

    list: str
    ownership: str | None = None


@dataclass(frozen=True, slots=True)
class UnitType:
    """清廉单元: a row of the first menu level."""

    code: str
    name: str
    title: str
    lead: str
    lists: tuple[ListChoice, ...]
    default: bool
    mark: str


@dataclass(frozen=True, slots=True)
class Topic:
    """重点问题: a topic of high risk or strong public concern that needs at least one tagged item (S96)."""

    code: str
    name: str
    unit_type: str
    mark: str


@dataclass(frozen=True, slots=True)
class Catalogue:
    """标准目录: lists, evaluation, common rules, unit types and topics of one version."""

    id: str
    version: str
    name: str
    effective: str
    source: str
    marks: tuple[Mapping[str, str], ...]
    seeds: tuple[Mapping[str, str], ...]
    unit_types: tuple[UnitType, ...]
    ownerships: tuple[Mapping[str, str], ...]
    topics: tuple[Topic, ...]
    lists: tuple[StandardList, ...]
    evaluation: StandardList | None
    rules: Mapping[str, Any]

    def sheets(self) -> tuple[StandardList, ...]:
        """The lists, then the evaluation."""
        return self.lists if self.evaluation is None else (*self.lists, self.evaluation)

    def sheet(self, code: str) -> StandardList:
        """The list or evaluation with this code; KeyError if there is none."""
        for sheet in self.sheets():
            if sheet.code == code:
                return sheet
        raise KeyError(code)

    def unit_type(self, code: str) -> UnitType:
        """The unit type with this code; KeyError if there is none."""
        for unit_type in self.unit_types:
            if unit_type.code == code:
                return unit_type
        raise KeyError(code)

    def list_for(self, unit_type: str, ownership: str | None = None) -> StandardList:
        """The list on which an institution is scored; KeyError if the type or the ownership is unknown."""
        for choice in self.unit_type(unit_type).lists:
            if choice.ownership in (None, ownership):
                return self.sheet(choice.list)
        raise KeyError(f"{unit_type}/{ownership}")

    def item(self, code: str) -> Item:
        """The item with this code, of a list or of the evaluation; KeyError if there is none."""
        for sheet in self.sheets():
            for item in sheet.all_items():
                if item.code == code:
                    return item
        raise KeyError(code)
