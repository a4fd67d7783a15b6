"""Derives a score again from its explanation tree alone, with arithmetic of its own.

Nothing here calls the rule functions: whoever doubts a score can follow these few lines with pencil and paper, and the
tests hold batch and explanation against each other for every rule and edge case.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

Tree = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Recomputed:
    """What the tree amounts to: points by code (None: not applicable), steps by name, final score and grade."""

    points: dict[str, Fraction | None] = field(default_factory=dict)
    steps: dict[str, Fraction] = field(default_factory=dict)
    final: Decimal | None = None
    grade: str | None = None


def recompute(tree: Tree) -> Recomputed:
    """Follow a tree from its inputs to the grade.

    Parameters
    ----------
    tree : `Explanation.to_dict()`, also after a trip through JSON.

    Returns
    -------
    All points, steps, final score and grade. A tree that names missing values or errors, or in which nothing applies,
    gives no steps, no score and no grade.
    """
    if tree["missing"] or tree["errors"]:
        return Recomputed()
    points: dict[str, Fraction | None] = {}
    total = _rescaled(Fraction(100), [_node(child, points) for child in tree["categories"]])
    if total is None:
        return Recomputed(points)
    steps = {"list": total}
    quarters = [Fraction(quarter) for quarter in tree["quarters"]]
    if tree["daily"] and quarters:
        yearly, quarterly = Fraction(tree["daily"]["yearly"]), Fraction(tree["daily"]["quarterly"])
        total = yearly * total + quarterly * sum(quarters) / len(quarters)
    steps["mix"] = total
    total -= sum(_line(line) for line in tree["deductions"])
    steps["deductions"] = total
    total += sum(_line(line) for line in tree["bonus"])
    steps["bonus"] = total
    total = sorted([Fraction(0), total, Fraction(100)])[1]
    steps["clamp"] = total
    hundredths = _half_up(total)
    steps["rounded"] = Fraction(hundredths, 100)
    final = Decimal(f"{hundredths // 100}.{hundredths % 100:02d}")
    return Recomputed(points, steps, final, _grade(tree, final, steps["list"]))


def _half_up(value: Fraction) -> int:
    """Whole hundredths; a half goes up (nothing here is negative)."""
    whole, rest = divmod(value * 100, 1)
    return int(whole) + (rest * 2 >= 1)


def _node(node: Tree, points: dict[str, Fraction | None]) -> tuple[Fraction, Fraction | None]:
    """The worth of a category or item and what it earned; notes it under its code."""
    worth = Fraction(node["points"])
    if node["kind"] == "category":
        earned = _rescaled(worth, [_node(child, points) for child in node["children"]])
    elif node["basis"] == "zeroed":
        earned = Fraction(0)
    elif node["basis"] == "judged":
        earned = Fraction(node["judged"])
    else:
        earned = _rescaled(worth, [(Fraction(part["points"]), _part(part)) for part in node["children"]])
    points[node["code"]] = earned
    return worth, earned


def _rescaled(worth: Fraction, parts: list[tuple[Fraction, Fraction | None]]) -> Fraction | None:
    """What applies, stretched to the worth of the whole; None where nothing applies."""
    applicable = [(points, earned) for points, earned in parts if earned is not None]
    if not applicable:
        return None
    return sum((earned for _, earned in applicable), Fraction(0)) * worth / sum(points for points, _ in applicable)


def _part(part: Tree) -> Fraction | None:
    points = Fraction(part["points"])
    values = [entry["value"] for entry in part["inputs"]]
    if part["rule"] == "G":
        return points * Fraction({"A": 100, "B": 80, "C": 60, "D": 0}[values[0]], 100)
    if part["rule"] == "F":
        return points if values[0] == "是" else Fraction(0)
    numbers = [Fraction(value) for value in values]
    if part["rule"] == "Q":
        if numbers[1] == 0:
            return None
        return points * min(Fraction(1), numbers[0] / numbers[1])
    if part["rule"] == "S":
        index = numbers[0] if len(numbers) == 1 else min(Fraction(100), 100 * numbers[0] / numbers[1])
        return points * index / 100
    lost = sum(Fraction(entry["each"]) * number for entry, number in zip(part["inputs"], numbers, strict=True))
    return max(Fraction(0), points - lost)


def _line(line: Tree) -> Fraction:
    total = sum((Fraction(term["points"]) * term["count"] for term in line["terms"]), Fraction(0))
    return total if line["cap"] is None else min(Fraction(line["cap"]), total)


def _grade(tree: Tree, final: Decimal, list_total: Fraction) -> str:
    names = [grade["name"] for grade in tree["grades"]]
    reached = [grade["name"] for grade in tree["grades"] if final >= Decimal(grade["at_least"])]
    own = Fraction(_half_up(list_total), 100) if tree["scheme_kind"] == "list" else None
    given = tree["list_score"]
    list_score = own if own is not None else None if given is None else Fraction(given)
    caps = [veto["cap"] for veto in tree["event_vetoes"]]
    if list_score is not None:
        caps += [rule["cap"] for rule in tree["low_score_rules"] if list_score < Fraction(rule["below"])]
    worst: str = max([reached[0], *caps], key=names.index)
    return worst
