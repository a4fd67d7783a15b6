"""The seven rule codes of the standards catalogue, each as one small exact function.

A rule says which share of its points a part has earned. A share is a pair ``(numerator, denominator)`` of whole
numbers, never a float: the sum of thirds that lands on x.xx5 must round up on every machine, and whole numbers are
exact and fast. ``None`` means *not applicable*; a missing value never reaches a rule.

Batch scoring and explanation call these same functions.

References: standards catalogue, "How to read" (Q, G, F, D, S, V, B) and "Bonus and deduction rules".
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

Share = tuple[int, int]

ALL: Share = (1, 1)
NOTHING: Share = (0, 1)
GRADE_SHARES: dict[str, Share] = {"A": (1, 1), "B": (4, 5), "C": (3, 5), "D": (0, 1)}
CODES = ("Q", "G", "F", "D", "S", "V", "B")
PART_CODES = ("Q", "G", "F", "D", "S")


class RuleError(ValueError):
    """The inputs contradict each other, so no rule can be applied; the text is Chinese, for the person who mends it."""


def q(x: int, y: int) -> Share | None:
    """Ratio: the share min(1, x/y).

    Parameters
    ----------
    x, y : whole numbers, neither negative, brought to one scale if they had decimals.

    Returns
    -------
    The share, or None where x = y = 0 (nothing was due: not applicable).

    Raises
    ------
    RuleError where x > 0 = y.

    Example
    -------
    >>> q(16, 20), q(25, 20), q(0, 20), q(0, 0)
    ((16, 20), (1, 1), (0, 20), None)
    """
    if x < y:
        return (x, y)
    if y:
        return ALL
    if x:
        raise RuleError("分母为 0 而分子大于 0")
    return None


def g(grade: str) -> Share:
    """Grade: A 100 %, B 80 %, C 60 %, D nothing.

    Example
    -------
    >>> [g(grade) for grade in "ABCD"]
    [(1, 1), (4, 5), (3, 5), (0, 1)]
    """
    return GRADE_SHARES[grade]


def f(yes: bool) -> Share:
    """All or nothing.

    Example
    -------
    >>> f(True), f(False)
    ((1, 1), (0, 1))
    """
    return ALL if yes else NOTHING


def d(points: int, losses: Iterable[tuple[int, int]]) -> Share:
    """Deduction inside an item: start full, lose points for each confirmed event, never below zero.

    Parameters
    ----------
    points : what the part is worth, on the same whole-number scale as the losses.
    losses : pairs (points for one event, number of events); an empty list leaves the part full.

    Example
    -------
    >>> d(8, [(4, 1)]), d(8, [(4, 3)]), d(60, [(15, 2), (0, 9)])
    ((4, 8), (0, 1), (30, 60))
    """
    left = points
    for each, count in losses:
        left -= each * count
    if left == points:
        return ALL
    return (left, points) if left > 0 else NOTHING


def s(numerator: int, denominator: int = 1) -> Share:
    """Survey index: the index (0 to 100, given as a fraction) over 100.

    Example
    -------
    >>> s(85), s(171, 2)
    ((85, 100), (171, 200))
    """
    return (numerator, 100 * denominator)


def rescaled(rate: Fraction, target: Fraction) -> Fraction:
    """The index min(100, rate ÷ target × 100), computed before S (EC2.1: participation).

    Example
    -------
    >>> rescaled(Fraction(24), Fraction(30)), rescaled(Fraction(45), Fraction(30))
    (Fraction(80, 1), Fraction(100, 1))
    """
    if target <= 0:
        raise RuleError("目标值应大于 0")
    return min(Fraction(100), rate / target * 100)


def v(grade: int, caps: Iterable[int]) -> int:
    """Veto: the grade after the caps. Grades are numbered from the best (0) down, so a cap can only raise the number.

    Example
    -------
    >>> v(0, [2]), v(3, [2]), v(1, [])
    (2, 3, 1)
    """
    return max([grade, *caps])


def b(terms: Iterable[tuple[Fraction, int]], cap: Fraction | None = None) -> Fraction:
    """Bonus outside the 100 points: Σ points × count, at most the cap. Common deductions are sized the same way.

    Parameters
    ----------
    terms : pairs (points for one event, number of events); none gives 0.
    cap : the most that this rule can give (or, for a deduction, take); None for no cap.

    Example
    -------
    >>> b([(Fraction(2), 3)], Fraction(5)), b([(Fraction(1, 2), 3)])
    (Fraction(5, 1), Fraction(3, 2))
    """
    total = sum((points * count for points, count in terms), Fraction(0))
    return total if cap is None else min(cap, total)


def days_blocks(days: Iterable[int], length: int = 30) -> int:
    """D2's count: Σ⌊days overdue ÷ 30⌋, whole blocks of each finding by itself.

    Example
    -------
    >>> days_blocks([29, 30, 65])
    3
    """
    return sum(overdue // length for overdue in days)


def weighted(weights: Iterable[int], shares: Iterable[Share | None]) -> Share | None:
    """The share of a whole from the shares of its parts; what is not applicable is re-scaled away.

    Parameters
    ----------
    weights : points of the parts, whole numbers above 0 on one scale.
    shares : the shares of the parts, None where not applicable.

    Returns
    -------
    The exact share, or None if every part is None.

    Example
    -------
    >>> weighted([6, 8], [(16, 20), (1, 2)]), weighted([6, 8], [None, (1, 2)]), weighted([6], [None])
    ((352, 560), (8, 16), None)
    """
    numerator, denominator, applicable = 0, 1, 0
    for weight, share in zip(weights, shares, strict=True):
        if share is None:
            continue
        top, bottom = share
        applicable += weight
        if bottom == 1:
            numerator += weight * top * denominator
        else:
            numerator = numerator * bottom + weight * top * denominator
            denominator *= bottom
    return (numerator, denominator * applicable) if applicable else None
