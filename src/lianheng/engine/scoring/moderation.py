"""评分复核: two independent assessors of one item, and when a third person decides."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

# A gap of at most this share of the item's points is settled by the mean.
TOLERANCE = Fraction(1, 5)


@dataclass(frozen=True, slots=True)
class Moderation:
    """What counts for an item: `points` is None as long as a third person's score is awaited."""

    kind: str  # agreed | mean | third
    points: Decimal | None
    needs_third: bool


def moderate(
    points: Decimal | int, first: Decimal | int, second: Decimal | int, third: Decimal | int | None = None
) -> Moderation:
    """Settle the scores of two assessors.

    Parameters
    ----------
    points : what the item is worth, above 0.
    first, second : their scores, 0 to `points`.
    third : the third person's score, where the gap was too wide and it is there already; otherwise it is not used.

    Returns
    -------
    Equal scores are agreed; a gap of at most 20 % of the points gives the mean; over it the third person's score
    counts, and until it is there `points` is None and `needs_third` is True.

    Raises
    ------
    ValueError for a score outside 0 to `points`.

    References
    ----------
    Seed 004; standards catalogue, "Rules around the score".

    Example
    -------
    >>> moderate(10, 4, 6).points, moderate(10, 4, 7).needs_third, moderate(10, 4, 7, third=6).points
    (Decimal('5'), True, Decimal('6'))
    """
    for score in (first, second, third):
        if score is not None and not 0 <= score <= points:
            raise ValueError(f"评分 {score} 不在 0 到 {points} 之间")
    if first == second:
        return Moderation("agreed", Decimal(first), needs_third=False)
    if abs(Fraction(first) - Fraction(second)) <= TOLERANCE * Fraction(points):
        return Moderation("mean", _mean(Decimal(first), Decimal(second)), needs_third=False)
    return Moderation("third", None if third is None else Decimal(third), needs_third=third is None)


def _mean(first: Decimal, second: Decimal) -> Decimal:
    """The exact mean: halving adds at most one decimal place, whatever the caller's decimal context."""
    half = (Fraction(first) + Fraction(second)) / 2
    places = max(0, *(-int(score.as_tuple().exponent) for score in (first, second))) + 1
    scaled = int(half * 10**places)
    text = Decimal(f"{scaled}e-{places}")
    return Decimal(format(text, "f").rstrip("0").rstrip("."))
