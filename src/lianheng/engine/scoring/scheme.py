"""百分制评分方案: a scheme as declared and checked, ready to score with.

A scheme is refused as a whole, with every problem named at once, so that whoever writes it mends it in one go.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from lianheng.engine.scoring.declared import (
    Category,
    Charge,
    Daily,
    Grade,
    Item,
    MeasureUse,
    Negative,
    Problem,
    SchemeError,
    VetoRule,
)
from lianheng.engine.scoring.reading import check_sum, read_categories
from lianheng.engine.scoring.ruleset import read_charges, read_daily, read_grades, read_negatives, read_vetoes
from lianheng.engine.scoring.sheet import Sheet, plain

__all__ = ["MeasureUse", "Problem", "Scheme", "SchemeError"]

Problems = list[Problem]
_REQUIRED = ("id", "list", "name", "points", "kind", "categories", "grades")
_OPTIONAL = ("negatives", "rules", "excellent_share", "praise_share", "daily")


@dataclass(frozen=True, eq=False)
class Scheme:
    """A checked scheme: points add up at every level, all rules, variables and grades are known.

    Two schemes are compared by identity: what is in use stays frozen at its version.
    """

    id: str
    list: str
    name: str
    points: Decimal
    kind: str
    categories: tuple[Category, ...]
    negatives: tuple[Negative, ...]
    deductions: tuple[Charge, ...]
    bonus: tuple[Charge, ...]
    vetoes: tuple[VetoRule, ...]
    grades: tuple[Grade, ...]
    excellent_share: Decimal | None
    praise_share: Decimal | None
    daily: Daily | None

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Scheme:
        """Read and check a declaration.

        Parameters
        ----------
        data : the declared form as plain dicts and lists (from YAML); numbers as int, float, text or Decimal.

        Returns
        -------
        The scheme. An absent `excellent_share`, `praise_share` or `daily` means: none declared.

        Raises
        ------
        SchemeError naming every problem with its place.

        References
        ----------
        docs/reference/scoring-rules.md
        """
        sheet = Sheet()
        entry = sheet.mapping("scheme", data, _REQUIRED, _OPTIONAL)
        rules = sheet.mapping("rules", entry.get("rules") or {}, (), ("deductions", "bonus", "vetoes"))
        grades = read_grades(sheet, entry.get("grades"))
        scheme = cls(
            id=str(entry.get("id")),
            list=str(entry.get("list")),
            name=str(entry.get("name")),
            points=sheet.number("scheme", entry.get("points")) or Decimal(0),
            kind=str(entry.get("kind")),
            categories=read_categories(sheet, "", entry.get("categories")),
            negatives=read_negatives(sheet, entry.get("negatives"), grades),
            deductions=read_charges(sheet, "deductions", rules.get("deductions")),
            bonus=read_charges(sheet, "bonus", rules.get("bonus")),
            vetoes=read_vetoes(sheet, rules.get("vetoes"), grades),
            grades=grades,
            excellent_share=sheet.share("excellent_share", entry.get("excellent_share")),
            praise_share=sheet.share("praise_share", entry.get("praise_share")),
            daily=read_daily(sheet, entry.get("daily")),
        )
        scheme._check(sheet)
        if sheet.problems:
            raise SchemeError(sheet.problems)
        return scheme

    @cached_property
    def items(self) -> tuple[Item, ...]:
        """All items in declared order."""
        return tuple(item for category in self.all_categories for item in category.items)

    @cached_property
    def all_categories(self) -> tuple[Category, ...]:
        """All categories, each before those inside it."""
        return tuple(_walk(self.categories))

    @cached_property
    def _by_code(self) -> dict[str, Item]:
        return {item.code: item for item in self.items}

    def item(self, code: str) -> Item:
        """The item with this code; KeyError if the scheme has none."""
        return self._by_code[code]

    def measures(self) -> tuple[MeasureUse, ...]:
        """Every use of a measure, in the order of items; a measure read by two items stands twice."""
        return self._uses

    @cached_property
    def _uses(self) -> tuple[MeasureUse, ...]:
        return tuple(
            MeasureUse(variable.measure, item.code, key, variable.name, variable.kind, variable.part_of)
            for item in self.items
            for key in item.used
            for variable in (item.variable(key),)
        )

    def check_measures(self, known: Collection[str]) -> Problems:
        """Problems for measures that nobody registers; empty when all are known."""
        return [
            Problem(f"{use.item}.{use.variable}", f"未登记的指标 {use.code}（{use.name}）")
            for use in self.measures()
            if use.code not in known
        ]

    @cached_property
    def event_kinds(self) -> frozenset[str]:
        """Every kind under which a confirmed event may be registered."""
        return frozenset([*self._rule_codes, *(item.code for item in self.items if item.has_deduction_part)])

    @property
    def _rule_codes(self) -> tuple[str, ...]:
        charges = (*self.deductions, *self.bonus)
        return (
            *(row.code for row in self.negatives),
            *(charge.code for charge in charges),
            *(row.code for row in self.vetoes),
        )

    def grade_rank(self, name: str) -> int:
        """Place of a grade in the table, the best being 0."""
        return next(n for n, grade in enumerate(self.grades) if grade.name == name)

    def _check(self, sheet: Sheet) -> None:
        if self.points != 100:
            sheet.problem("scheme", f"方案总分应为 100，实为 {plain(self.points)}")
        if self.kind not in ("list", "evaluation"):
            sheet.problem("scheme", f"不认识的方案类型 {self.kind}（可用 list、evaluation）")
        if not self.categories:
            sheet.problem("scheme", "方案没有类别")
        check_sum(sheet, "scheme", self.points, [category.points for category in self.categories])
        codes = [category.code for category in self.all_categories] + [item.code for item in self.items]
        codes.extend(self._rule_codes)
        for code, times in Counter(codes).items():
            if times > 1 and code:
                sheet.problem(code, f"编码重复 {times} 次")
        if self.excellent_share is not None and len(self.grades) < 2:
            sheet.problem("excellent_share", "限定优秀比例时至少要有两个等次")


def _walk(categories: Iterable[Category]) -> Iterable[Category]:
    for category in categories:
        yield category
        yield from _walk(category.categories)
