"""What a scheme declares: items, parts, negative rows, common rules, grades. Plain frozen values, no behaviour."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a scheme: where it stands and, in Chinese, what is wrong and what was expected."""

    where: str
    message: str


class SchemeError(ValueError):
    """A declaration that cannot be used; names every problem at once."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("\n".join(f"{problem.where}: {problem.message}" for problem in problems))


@dataclass(frozen=True, slots=True)
class Variable:
    """An input of one item, bound to the measure that fills it; local to its item."""

    key: str
    name: str
    part_of: str | None
    measure: str
    kind: str  # number | count | grade | yes_no | index


@dataclass(frozen=True, slots=True)
class Term:
    """What one confirmed event of a D part costs, and the variable that counts such events."""

    points: Decimal
    count: str


@dataclass(frozen=True, slots=True)
class Part:
    """A rule with its points. `operands` are the rule's inputs in order, each a variable key or a constant.

    Q: (x, y) · G: (grade,) · F: (yes,) · S: (index,) or (rate, target) · D: none, see `terms`.
    """

    rule: str
    points: Decimal
    operands: tuple[str | Decimal, ...] = ()
    terms: tuple[Term, ...] = ()

    @property
    def variables(self) -> tuple[str, ...]:
        """The keys of the variables that the rule reads, in order."""
        keys = [operand for operand in self.operands if isinstance(operand, str)]
        return tuple(dict.fromkeys([*keys, *(term.count for term in self.terms)]))


@dataclass(frozen=True, slots=True)
class Item:
    """A scored item: one part, or a sum of parts whose points add up to the item's."""

    code: str
    name: str
    points: Decimal
    parts: tuple[Part, ...]
    variables: tuple[Variable, ...]

    def variable(self, key: str) -> Variable:
        """The variable with this key."""
        return next(variable for variable in self.variables if variable.key == key)

    @property
    def used(self) -> tuple[str, ...]:
        """Keys of the variables that any part reads, in order of first use."""
        return tuple(dict.fromkeys(key for part in self.parts for key in part.variables))

    @property
    def has_deduction_part(self) -> bool:
        """Whether events can be registered under this item's code."""
        return any(part.rule == "D" for part in self.parts)


@dataclass(frozen=True, slots=True)
class Category:
    """A category (list) or an indicator of level 1 or 2 (evaluation): holds items or categories, never both."""

    code: str
    name: str
    points: Decimal
    categories: tuple[Category, ...] = ()
    items: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True)
class Negative:
    """A row of the negative list. Effect: veto (cap is a grade), deduction (points each, optional cap), shown."""

    code: str
    name: str
    effect: str
    grade_cap: str | None = None
    points: Decimal | None = None
    cap: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Charge:
    """A common rule that takes or gives points: `terms` are (label, points each), in the order of their counting."""

    code: str
    name: str
    terms: tuple[tuple[str, Decimal], ...]
    cap: Decimal | None = None
    counts: str = "events"  # events | found (outside, self, concealed) | overdue (blocks of 30 days)
    zeroes_item: bool = False


@dataclass(frozen=True, slots=True)
class VetoRule:
    """A common veto: by a registered event, or (when_list_score_below) by the list score itself."""

    code: str
    name: str
    grade_cap: str
    below: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Grade:
    """A grade and the rounded score from which it is given."""

    name: str
    at_least: Decimal


@dataclass(frozen=True, slots=True)
class Daily:
    """Shares of the year-end score and of the mean of the quarterly snapshots."""

    yearly: Decimal
    quarterly: Decimal


@dataclass(frozen=True, slots=True)
class MeasureUse:
    """One measure that a scheme reads, and the item and variable that read it."""

    code: str
    item: str
    variable: str
    name: str
    kind: str
    part_of: str | None
