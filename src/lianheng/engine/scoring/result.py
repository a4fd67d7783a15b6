"""A unit's score: the exact fractions behind it, and the same told in numbers that people read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple

from lianheng.engine.scoring.declared import Item
from lianheng.engine.scoring.diagnosis import Missing
from lianheng.engine.scoring.rules import Share
from lianheng.engine.scoring.scheme import Scheme
from lianheng.engine.scoring.sheet import plain
from lianheng.engine.scoring.tally import Line, Tally, Veto


@lru_cache(maxsize=65536)
def hundredths(cents: int) -> Decimal:
    """A number of hundredths as a decimal with two places, whatever the decimal context.

    Example
    -------
    >>> hundredths(8005), hundredths(-3)
    (Decimal('80.05'), Decimal('-0.03'))
    """
    return Decimal(f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02d}")


def half_up(numerator: int, denominator: int) -> int:
    """The fraction in hundredths, ROUND_HALF_UP (a tie goes away from zero); the denominator is above 0.

    Example
    -------
    >>> half_up(80005, 1000), half_up(-1, 200), half_up(1, 3)
    (8001, -1, 33)
    """
    if numerator < 0:
        return -half_up(-numerator, denominator)
    return (200 * numerator + denominator) // (2 * denominator)


def rounded(value: Fraction) -> Decimal:
    """The exact value with two places, ROUND_HALF_UP."""
    return hundredths(half_up(value.numerator, value.denominator))


class Steps(NamedTuple):
    """The score after each stage as exact fractions (numerator, denominator)."""

    list: Share
    mix: Share
    deductions: Share
    bonus: Share
    clamp: Share


class Step(NamedTuple):
    """One stage of the score: its name, the exact value after it, and that value with two places."""

    name: str
    exact: Fraction
    rounded: Decimal


class ItemScore(NamedTuple):
    """One item's points: as computed, and as counted (None: not applicable, or not to be had).

    `basis` says where the counted points come from: computed, judged, zeroed, not_applicable, missing or error.
    """

    item: Item
    computed: Fraction | None
    earned: Fraction | None
    basis: str


class CategoryScore(NamedTuple):
    """One category's points after re-scaling; None where nothing in it applies or the unit has no score."""

    code: str
    name: str
    points: Decimal
    earned: Fraction | None


@dataclass(frozen=True, slots=True)
class Score:
    """One unit's score under one scheme, with every step.

    `final` is None where a value is missing, an input contradicts another, or nothing applies (see `state`).
    `threshold_grade` is the grade by thresholds, `grade` after the vetoes; the quota needs the class, see `Placing`.
    """

    scheme: Scheme
    unit: str
    computed: tuple[Share | None, ...]
    counted: tuple[Share | None, ...]
    category_shares: tuple[Share | None, ...]
    judged: Mapping[str, Any]
    tally: Tally
    vetoes: tuple[Veto, ...]
    missing: tuple[Missing, ...]
    errors: tuple[str, ...]
    exact_steps: Steps | None
    cents: int | None
    final: Decimal | None
    threshold_grade: str | None
    grade: str | None

    @property
    def state(self) -> str:
        """scored, error, missing or no_score."""
        if self.errors:
            return "error"
        if self.missing:
            return "missing"
        return "no_score" if self.cents is None else "scored"

    @property
    def deductions(self) -> tuple[Line, ...]:
        """Deductions after the list score, one line for each rule that took points."""
        return self.tally.deductions

    @property
    def bonus(self) -> tuple[Line, ...]:
        """Bonus lines."""
        return self.tally.bonus

    @property
    def items(self) -> tuple[ItemScore, ...]:
        """Points of each item, in the scheme's order."""
        failed = {missing.item for missing in self.missing}
        return tuple(
            ItemScore(
                item, _points(item.points, computed), _points(item.points, counted), self._basis(item, failed, counted)
            )
            for item, computed, counted in zip(self.scheme.items, self.computed, self.counted, strict=True)
        )

    @property
    def categories(self) -> tuple[CategoryScore, ...]:
        """Points of each category, each before those inside it."""
        return tuple(
            CategoryScore(category.code, category.name, category.points, _points(category.points, share))
            for category, share in zip(self.scheme.all_categories, self.category_shares, strict=True)
        )

    @property
    def list_total(self) -> Fraction | None:
        """The exact list score, before mix, deductions and bonus."""
        return None if self.exact_steps is None else Fraction(*self.exact_steps.list)

    @property
    def steps(self) -> tuple[Step, ...]:
        """list, mix, deductions, bonus, clamp, rounded; empty where there is no score."""
        if self.exact_steps is None or self.final is None:
            return ()
        exact = zip(Steps._fields, self.exact_steps, strict=True)
        steps = [Step(name, Fraction(*pair), hundredths(half_up(*pair))) for name, pair in exact]
        return (*steps, Step("rounded", Fraction(self.final), self.final))

    def _basis(self, item: Item, failed: set[str], counted: Share | None) -> str:
        if item.code in self.tally.zeroed:
            return "zeroed"
        if item.code in self.judged and counted is not None:
            return "judged"
        if counted is not None:
            return "computed"
        if item.code in failed:
            return "missing"
        # A message opens with the code of the item that it is about.
        return "error" if any(error.startswith(f"{item.code} ") for error in self.errors) else "not_applicable"

    def to_dict(self) -> dict[str, Any]:
        """The score as canonical JSON-ready data: numbers as text, exact ones as fractions, always in one order."""
        return {
            "scheme": self.scheme.id,
            "unit": self.unit,
            "state": self.state,
            "final": _text(self.final),
            "threshold_grade": self.threshold_grade,
            "grade": self.grade,
            "steps": [{"name": s.name, "exact": str(s.exact), "rounded": str(s.rounded)} for s in self.steps],
            "categories": [
                {"code": c.code, "points": plain(c.points), **_exact("earned", c.earned)} for c in self.categories
            ],
            "items": [
                {
                    "code": i.item.code,
                    "points": plain(i.item.points),
                    "basis": i.basis,
                    **_exact("computed", i.computed),
                    **_exact("earned", i.earned),
                }
                for i in self.items
            ],
            "deductions": [line_dict(line) for line in self.deductions],
            "bonus": [line_dict(line) for line in self.bonus],
            "vetoes": [{"code": v.code, "name": v.name, "cap": v.cap, "events": list(v.events)} for v in self.vetoes],
            "shown": [{"code": s.code, "name": s.name, "events": list(s.events)} for s in self.tally.shown],
            "missing": [{"item": m.item, "variable": m.variable, "measure": m.measure} for m in self.missing],
            "errors": list(self.errors),
        }


def line_dict(line: Line) -> dict[str, Any]:
    """A deduction or bonus line as JSON-ready data."""
    return {
        "code": line.code,
        "name": line.name,
        "terms": [{"label": label, "points": str(points), "count": count} for label, points, count in line.terms],
        "cap": None if line.cap is None else str(line.cap),
        "amount": str(line.amount),
        "events": list(line.events),
    }


def _points(points: Decimal, share: Share | None) -> Fraction | None:
    return None if share is None else Fraction(points) * Fraction(*share)


def _exact(key: str, value: Fraction | None) -> dict[str, str | None]:
    if value is None:
        return {f"{key}_exact": None, key: None}
    return {f"{key}_exact": str(value), key: str(rounded(value))}


def _text(value: Decimal | None) -> str | None:
    return None if value is None else str(value)
