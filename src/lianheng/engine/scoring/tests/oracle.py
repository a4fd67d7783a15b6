"""A naive score, all in fractions, from the plain declaration; it shares no code with the engine.

It knows only clean units: whoever has missing or contradictory values is not its business.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any


def naive_score(data: dict[str, Any], unit: Any) -> tuple[Fraction | None, str | None, str | None]:
    """The list score, the rounded final score as text and the grade without a class; all None for "no score"."""
    zeroed = {event.item for event in unit.events if event.kind == "D4"}
    total = whole(100, [(row["points"], node(row, unit, zeroed)) for row in data["categories"]])
    if total is None:
        return None, None, None
    score = total
    if data["daily"] and unit.quarters:
        mean = sum(Fraction(str(q)) for q in unit.quarters) / len(unit.quarters)
        score = Fraction(7, 10) * score + Fraction(3, 10) * mean
    score += adjustments(unit.events)
    score = min(max(score, Fraction(0)), Fraction(100))
    hundred = score * 100
    cents = hundred.__floor__() + (1 if hundred - hundred.__floor__() >= Fraction(1, 2) else 0)
    return total, f"{cents // 100}.{cents % 100:02d}", grade(data, unit, total, Fraction(cents, 100))


def whole(points: Any, parts: list[tuple[Any, Fraction | None]]) -> Fraction | None:
    got = [(Fraction(str(worth)), earned) for worth, earned in parts if earned is not None]
    if not got:
        return None
    return Fraction(str(points)) * sum(e for _, e in got) / sum(w for w, _ in got)


def node(row: dict[str, Any], unit: Any, zeroed: set[str]) -> Fraction | None:
    if "parts" not in row:
        below = row.get("items") or row["categories"]
        return whole(row["points"], [(child["points"], node(child, unit, zeroed)) for child in below])
    if row["code"] in zeroed:
        return Fraction(0)
    if row["code"] in unit.judged:
        return Fraction(str(unit.judged[row["code"]]))
    return whole(row["points"], [(part["points"], earned(part, row["code"], unit.values)) for part in row["parts"]])


def earned(part: dict[str, Any], code: str, values: dict[str, Any]) -> Fraction | None:
    slug = code.lower().replace(".", "_")

    def value(key: Any, room: str = "form") -> Any:
        return values.get(f"{room}.{slug}.{key}", key)

    points = Fraction(str(part["points"]))
    match part["rule"]:
        case "Q":
            x, y = (Fraction(str(value(part[key]))) for key in "xy")
            return None if x == y == 0 else points if x >= y else points * x / y
        case "G":
            return points * {"A": 10, "B": 8, "C": 6, "D": 0}[value(part["grade"])] / 10
        case "F":
            return points if value(part["yes"]) in (True, "是") else Fraction(0)
        case "D":
            lost = sum(Fraction(str(t["points"])) * int(value(t["count"], "events")) for t in part["terms"])
            return max(points - lost, Fraction(0))
        case _ if isinstance(part["index"], dict):
            rate, target = (Fraction(str(value(part["index"][key]))) for key in ("rate", "target"))
            return points * min(rate / target, Fraction(1))
        case _:
            return points * Fraction(str(value(part["index"]))) / 100


def adjustments(events: Any) -> Fraction:
    """Everything that is taken and given after the mix, with the caps of the test rules."""
    d1 = sum(
        4 if e.found == "concealed" else 0 if e.found == "self" and e.mended else 2 for e in events if e.kind == "D1"
    )
    d2 = Fraction(1, 2) * sum(e.days_overdue // 30 for e in events if e.kind == "D2")
    each = {"D3": 5, "D4": 5, "N-T2": 3}
    plain = sum(each.get(e.kind, 0) for e in events)
    bonus = min(5, 2 * sum(e.kind == "B1" for e in events))
    return Fraction(bonus) - min(10, d1) - min(Fraction(5), d2) - plain


def grade(data: dict[str, Any], unit: Any, total: Fraction, final: Fraction) -> str:
    names = ["优秀", "良好", "合格", "较差"]
    place = 0 if final >= 90 else 1 if final >= 80 else 2 if final >= 70 else 3
    kinds = {event.kind for event in unit.events}
    if "V1" in kinds:
        place = 3
    own = (
        unit.list_score if data["kind"] == "evaluation" else (total * 100 + Fraction(1, 2)).__floor__() / Fraction(100)
    )
    if "N-T1" in kinds or (own is not None and Fraction(str(own)) < 60):
        place = max(place, 2)
    return names[place]
