"""A scheme made ready for speed: each part a function from a unit's values to its share, looked up once.

The fast path reads plain whole numbers and calls the rule. Whatever is not plainly fine (missing, text, decimals,
a contradiction) raises `TroubleError` or goes through the careful readers; `diagnosis` then says in full what is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any

from lianheng.engine.scoring import inputs, rules
from lianheng.engine.scoring.declared import Category, Item, Part, VetoRule
from lianheng.engine.scoring.rules import Share
from lianheng.engine.scoring.scheme import Scheme

Values = Mapping[str, Any]
Reader = Callable[[Values], Share | None]
Node = tuple[tuple[int, ...], tuple[Any, ...], int, int]


class TroubleError(Exception):
    """A value is missing or bad, so this item has no share."""


@dataclass(frozen=True, slots=True, eq=False)
class Compiled:
    """What scoring needs of a scheme, flat. `weights` are item points as whole numbers on the scheme's scale.

    `nodes` is the tree: each node holds its children's weights, its child nodes, and the slice of items below it.
    """

    readers: tuple[tuple[str, Reader], ...]
    weights: tuple[int, ...]
    root: Node
    grade_cents: tuple[int, ...]
    low_scores: tuple[tuple[VetoRule, Fraction], ...]


@lru_cache(maxsize=256)
def compile_scheme(scheme: Scheme) -> Compiled:
    """The scheme as functions and whole numbers; made once for each scheme."""
    scale = _scale(scheme)
    readers = tuple((item.code, _item_reader(item)) for item in scheme.items)
    weights = tuple(int(Fraction(item.points) * scale) for item in scheme.items)
    children, _ = _nodes(scheme.categories, 0, scale)
    root: Node = (tuple(int(Fraction(category.points) * scale) for category in scheme.categories), children, 0, 0)
    # A threshold with more than two decimals is reached by the next whole hundredth.
    cents = tuple(-int(-Fraction(grade.at_least) * 100 // 1) for grade in scheme.grades)
    low = tuple((row, Fraction(row.below) * 100) for row in scheme.vetoes if row.below is not None)
    return Compiled(readers, weights, root, cents, low)


def part_share(part: Part, item: Item, values: Values) -> Share | None:
    """The share of one part, as batch scoring computes it; raises what the readers and rules raise."""
    return _part_reader(part, item)(values)


def _scale(scheme: Scheme) -> int:
    """The power of ten that makes all points whole numbers."""
    points = [category.points for category in scheme.all_categories] + [item.points for item in scheme.items]
    return _power([*points, Decimal(0)])


def _power(points: list[Decimal]) -> int:
    scale: int = 10 ** max(max(0, -int(number.as_tuple().exponent)) for number in points)
    return scale


def _nodes(categories: tuple[Category, ...], start: int, scale: int) -> tuple[tuple[Node, ...], int]:
    nodes: list[Node] = []
    for category in categories:
        below = category.categories or category.items
        weights = tuple(int(Fraction(child.points) * scale) for child in below)
        if category.items:
            stop = start + len(category.items)
            nodes.append((weights, (), start, stop))
        else:
            children, stop = _nodes(category.categories, start, scale)
            nodes.append((weights, children, start, stop))
        start = stop
    return tuple(nodes), start


def _item_reader(item: Item) -> Reader:
    """One part is read directly; several are summed by their points, each one re-scaled away if not applicable."""
    readers = [_part_reader(part, item) for part in item.parts]
    checks = _part_of_checks(item)
    if len(readers) == 1 and not checks:
        return readers[0]
    scale = _power([part.points for part in item.parts])
    weights = [int(Fraction(part.points) * scale) for part in item.parts]

    def read(values: Values) -> Share | None:
        for smaller, larger in checks:
            if inputs.number(values.get(smaller)) > inputs.number(values.get(larger)):
                raise TroubleError
        return rules.weighted(weights, [reader(values) for reader in readers])

    return read


def _part_of_checks(item: Item) -> list[tuple[str, str]]:
    """Pairs of measures where the first may not be above the second and no single Q part looks at both."""
    bounded = {tuple(part.operands) for part in item.parts if part.rule == "Q"}
    return [
        (item.variable(key).measure, item.variable(larger).measure)
        for key in item.used
        for larger in (item.variable(key).part_of,)
        if larger is not None and (key, larger) not in bounded and larger in item.used
    ]


def _part_reader(part: Part, item: Item) -> Reader:
    return _BUILDERS[part.rule](part, item)


def _ratio(part: Part, item: Item) -> Reader:
    upper, lower = part.operands
    bounded = isinstance(lower, str) and item.variable(str(upper)).part_of == lower
    top = item.variable(str(upper)).measure
    bottom = item.variable(lower).measure if isinstance(lower, str) else ""
    constant = None if isinstance(lower, str) else _plain_constant(lower)
    q = rules.q

    def read(values: Values) -> Share | None:
        x = values.get(top)
        y = values.get(bottom) if constant is None else constant
        if type(x) is not int or type(y) is not int or x < 0 or y < 0:
            x, y = _one_scale(x, y)
        if bounded and x > y:
            raise TroubleError
        return q(x, y)

    return read


def _plain_constant(number: Decimal) -> int | Decimal:
    """A whole constant as an int, so that the fast path takes it."""
    return int(number) if number == int(number) else number


def _one_scale(x: Any, y: Any) -> tuple[int, int]:
    """Both halves of a ratio as whole numbers on one scale."""
    whole_x, whole_y = inputs.whole(x), inputs.whole(y)
    if whole_x is not None and whole_y is not None:
        return whole_x, whole_y
    exact_x, exact_y = inputs.number(x), inputs.number(y)
    return exact_x.numerator * exact_y.denominator, exact_y.numerator * exact_x.denominator


def _grade(part: Part, item: Item) -> Reader:
    measure = item.variable(str(part.operands[0])).measure
    return lambda values: rules.g(inputs.grade(values.get(measure)))


def _yes_no(part: Part, item: Item) -> Reader:
    measure = item.variable(str(part.operands[0])).measure
    return lambda values: rules.f(inputs.yes_no(values.get(measure)))


def _deduction(part: Part, item: Item) -> Reader:
    scale = _power([part.points, *(term.points for term in part.terms)])
    points = int(Fraction(part.points) * scale)
    terms = [(int(Fraction(term.points) * scale), item.variable(term.count).measure) for term in part.terms]
    d, count = rules.d, inputs.count

    def read(values: Values) -> Share | None:
        losses = []
        for each, measure in terms:
            value = values.get(measure)
            if type(value) is not int or value < 0:
                plain = inputs.whole(value)
                value = count(value) if plain is None else plain
            losses.append((each, value))
        return d(points, losses)

    return read


def _survey(part: Part, item: Item) -> Reader:
    first = item.variable(str(part.operands[0])).measure
    if len(part.operands) == 1:

        def read(values: Values) -> Share | None:
            return rules.s(*inputs.index(values.get(first)).as_integer_ratio())

        return read
    target = part.operands[1]
    measure = item.variable(target).measure if isinstance(target, str) else None
    constant = None if isinstance(target, str) else Fraction(target)

    def rescale(values: Values) -> Share | None:
        goal = inputs.number(values.get(measure)) if measure else constant
        assert goal is not None
        return rules.s(*rules.rescaled(inputs.number(values.get(first)), goal).as_integer_ratio())

    return rescale


_BUILDERS: dict[str, Callable[[Part, Item], Reader]] = {
    "Q": _ratio,
    "G": _grade,
    "F": _yes_no,
    "D": _deduction,
    "S": _survey,
}
