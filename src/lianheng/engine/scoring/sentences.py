"""得分说明: the Chinese sentences of an explanation, each a formula that can be followed by hand."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from lianheng.engine.scoring.declared import Part
from lianheng.engine.scoring.result import rounded
from lianheng.engine.scoring.sheet import plain
from lianheng.engine.scoring.tally import Line

RULE_TEXTS = {
    "Q": "按比例计分：分值 × min(1, 实有 ÷ 应有)；应有为 0 时不适用",
    "G": "按等次计分：A 得 100%，B 得 80%，C 得 60%，D 不得分",
    "F": "是则得满分，否则不得分",
    "D": "先计满分，每件确认事件扣分，扣完为止",
    "S": "按调查指数计分：分值 × 指数 ÷ 100",
}
_GRADE_PERCENT = {"A": 100, "B": 80, "C": 60, "D": 0}


def number_text(value: Fraction) -> str:
    """An exact number as people write it: a terminating decimal in full, any other as a fraction.

    Example
    -------
    >>> number_text(Fraction(25, 2)), number_text(Fraction(16)), number_text(Fraction(1, 3))
    ('12.5', '16', '1/3')
    """
    rest = value.denominator
    places = 0
    while rest % 10 == 0 or rest % 5 == 0 or rest % 2 == 0:
        rest //= 10 if rest % 10 == 0 else 5 if rest % 5 == 0 else 2
        places += 1
    if rest != 1:
        return str(value)
    return plain(Decimal(f"{int(value * 10**places)}e-{places}"))


def equals(value: Fraction) -> str:
    """`= 4.80`, or `≈ 2.67` where two places do not hold it."""
    shown = rounded(value)
    return f"{'=' if Fraction(shown) == value else '≈'} {shown}"


def part_sentence(part: Part, names: Sequence[str], values: Sequence[str], earned: Fraction | None) -> str:
    """How one part came to its points.

    Parameters
    ----------
    part : the part as declared.
    names, values : its inputs in order, as people read them.
    earned : its points, None where it is not applicable.
    """
    points = plain(part.points)
    if part.rule == "Q":
        formula = f"得分 = {points} × min(1, {names[0]} ÷ {names[1]})"
        if earned is None:
            return f"{formula}；{names[1]}为 0，不适用"
        if Fraction(values[0]) >= Fraction(values[1]):
            return f"{formula} = {points} × 1 {equals(earned)}（{values[0]} ÷ {values[1]} 不低于 1）"
        return f"{formula} = {points} × {values[0]} ÷ {values[1]} {equals(earned)}"
    assert earned is not None
    if part.rule == "G":
        return f"得分 = {points} × {names[0]} {values[0]}（{_GRADE_PERCENT[values[0]]}%）{equals(earned)}"
    if part.rule == "F":
        return f"{names[0]}：{values[0]}，{'得满分' if earned else '不得分'}；得分 {equals(earned)}"
    if part.rule == "D":
        lost = "".join(
            f" − {plain(term.points)} × {value}（{name}）"
            for term, name, value in zip(part.terms, names, values, strict=True)
        )
        return f"得分 = {points}{lost}{equals(earned)}{'（扣完为止）' if not earned else ''}"
    if len(values) == 1:
        return f"得分 = {points} × {names[0]} {values[0]} ÷ 100 {equals(earned)}"
    index = earned / Fraction(part.points) * 100
    return (
        f"指数 = min(100, {names[0]} ÷ {names[1]} × 100) = min(100, {values[0]} ÷ {values[1]} × 100) {equals(index)}；"
        f"得分 = {points} × 指数 ÷ 100 {equals(earned)}"
    )


def adding_up(numbers: Sequence[Fraction], factor: Fraction) -> list[str]:
    """Numbers as text, such that the shown ones give the shown result: their sum times `factor`, at two places.

    Example
    -------
    >>> adding_up([Fraction(1, 2), Fraction(1, 3)], Fraction(1)), adding_up([Fraction(2, 3)] * 4, Fraction(1))
    (['0.50', '0.33'], ['0.667', '0.667', '0.667', '0.667'])
    """
    result = rounded(factor * sum(numbers, Fraction(0)))
    for places in _PLACES:
        units = [_units(number, places) for number in numbers]
        if rounded(factor * Fraction(sum(units), 10**places)) == result:
            break
    return [_fixed(unit, places) for unit in units]


def weighted(terms: Sequence[tuple[Fraction, Fraction]]) -> list[str]:
    """The numbers of a sum of weight × number, with as few places, at least two, as it takes to give the sum shown.

    The sum is shown at two places. Six places of the numbers are enough, but where the exact sum lies on the very edge
    of rounding.
    """
    result = rounded(sum((weight * number for weight, number in terms), Fraction(0)))
    for places in _PLACES:
        units = [_units(number, places) for _, number in terms]
        added = sum((weight * unit for (weight, _), unit in zip(terms, units, strict=True)), Fraction(0))
        if rounded(added / 10**places) == result:
            break
    return [_fixed(unit, places) for unit in units]


_PLACES = range(2, 7)


def _units(number: Fraction, places: int) -> int:
    """The number in units of its last place, half up, like the points themselves; points are never below 0."""
    return int((2 * number.numerator * 10**places + number.denominator) // (2 * number.denominator))


def _fixed(units: int, places: int) -> str:
    return f"{units // 10**places}.{units % 10**places:0{places}d}"


def sum_sentence(whole: Decimal, parts: Sequence[tuple[str, Decimal, Fraction | None]]) -> str:
    """How parts (name, points, earned) add up to a whole, and how what is not applicable is re-scaled."""
    applicable = [(points, earned) for _, points, earned in parts if earned is not None]
    left_out = [f"{name}（{plain(points)} 分）" for name, points, earned in parts if earned is None]
    if not applicable:
        return "各部分均不适用，本项不计分，分值由同级其他项按比例承担"
    numbers = [earned for _, earned in applicable]
    total = sum(numbers, Fraction(0))
    if not left_out:
        terms = " + ".join(adding_up(numbers, Fraction(1)))
        return f"得分 = {terms} {equals(total)}" if len(applicable) > 1 else f"得分 {equals(total)}"
    base = sum((Fraction(points) for points, _ in applicable), Fraction(0))
    scaled = total * Fraction(whole) / base
    terms = " + ".join(adding_up(numbers, Fraction(whole) / base))
    return (
        f"{'、'.join(left_out)}不适用，其余按比例折算：得分 = ({terms}) ÷ {number_text(base)} × {plain(whole)} "
        f"{equals(scaled)}"
    )


def line_sentence(line: Line) -> str:
    """How one deduction or bonus was sized: 外部查处 2 × 1 + 隐瞒不报 4 × 1 = 6."""
    terms = " + ".join(f"{label} {number_text(points)} 分 × {count}" for label, points, count in line.terms)
    total = sum((points * count for _, points, count in line.terms), Fraction(0))
    capped = f"，最多 {number_text(line.cap)} 分" if line.cap is not None and total > line.cap else ""
    return f"{line.code} {line.name}：{terms} = {number_text(total)} 分{capped}，计 {number_text(line.amount)} 分"
