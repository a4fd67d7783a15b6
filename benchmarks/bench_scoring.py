"""60,000 institutions, each on the list of its kind, from snapshot dicts in memory to ranked scores.

Inside the time: making the unit inputs from the snapshot's dicts, scoring with all steps, vetoes and events, ranking
each list with quotas, praise and interview lists. Outside: making the synthetic snapshot and checking the schemes.
"""

from __future__ import annotations

import random
import statistics
import time
from decimal import Decimal
from typing import Any

from lianheng.engine.scoring.scheme import Scheme
from lianheng.engine.scoring.score import Event, UnitInput, rank, score_all

UNITS, LISTS, RUNS = 60_000, 9, 7
LIMIT = 5.0
# Rules of the 13 items of a list, about as often as in the catalogue: ratios first, then deductions, grades, surveys.
RULES = ("Q", "Q", "D", "Q", "QD", "G", "Q", "D", "Q", "S", "QQ", "F", "D")
POINTS = (8, 8, 8, 7, 14, 6, 8, 8, 7, 6, 8, 6, 6)


def make_scheme(letter: str) -> Scheme:
    """A list of 4 categories and 13 items adding up to 100."""
    items = [_item(f"{letter}{n // 4 + 1}.{n % 4 + 1}", rules, points) for n, (rules, points) in enumerate(_rows())]
    categories = []
    for start in range(0, len(items), 4):
        held = items[start : start + 4]
        code = f"{letter}{start // 4 + 1}"
        categories.append({"code": code, "name": code, "points": sum(item["points"] for item in held), "items": held})
    return Scheme.from_dict(
        {
            "id": f"bench-{letter}",
            "list": letter,
            "name": letter,
            "points": 100,
            "kind": "list",
            "categories": categories,
            "negatives": [{"code": f"N-{letter}1", "name": "负面情形", "effect": "veto", "cap": "合格"}],
            "rules": {
                "deductions": [{"code": "D1", "outside": 2, "self": 0, "concealed": 4, "cap": 10}],
                "bonus": [{"code": "B1", "points": 2, "cap": 5}],
                "vetoes": [{"code": "V2", "when_list_score_below": 60, "cap": "合格"}],
            },
            "grades": [
                {"name": name, "at_least": line}
                for name, line in (("优秀", 90), ("良好", 80), ("合格", 70), ("较差", 0))
            ],
            "excellent_share": "0.30",
            "praise_share": "0.10",
        }
    )


def make_snapshot(scheme: Scheme, size: int, chance: random.Random) -> list[dict[str, Any]]:
    """Units as a snapshot holds them: plain dicts of values and rows of events."""
    return [_unit(scheme, f"{scheme.list}{n:05d}", chance) for n in range(size)]


def run() -> dict[str, Any]:
    """Median CPU seconds of seven runs after a warm-up."""
    chance = random.Random(20261122)
    schemes = [make_scheme(letter) for letter in "JXYCQMFWP"[:LISTS]]
    sizes = [UNITS // LISTS + (n < UNITS % LISTS) for n in range(LISTS)]
    snapshot = [(scheme, make_snapshot(scheme, size, chance)) for scheme, size in zip(schemes, sizes, strict=True)]
    times = [_timed(snapshot) for _ in range(RUNS + 1)][1:]
    return {"name": "scoring", "cpu_seconds": statistics.median(times), "limit": LIMIT, "n": UNITS}


def _timed(snapshot: list[tuple[Scheme, list[dict[str, Any]]]]) -> float:
    start = time.process_time()
    placed = 0
    for scheme, rows in snapshot:
        units = [UnitInput(row["unit"], row["values"], events=row["events"]) for row in rows]
        placed += sum(placing.final is not None for placing in rank(scheme, score_all(scheme, units)))
    elapsed = time.process_time() - start
    assert placed == UNITS
    return elapsed


def _rows() -> list[tuple[str, int]]:
    return list(zip(RULES, POINTS, strict=True))


def _item(code: str, rules: str, points: int) -> dict[str, Any]:
    halves = [points] if len(rules) == 1 else [points // 2, points - points // 2]
    parts: list[dict[str, Any]] = []
    variables: dict[str, Any] = {}
    for n, (rule, worth) in enumerate(zip(rules, halves, strict=True)):
        fields: dict[str, Any] = {
            "Q": {"x": f"x{n}", "y": f"y{n}"},
            "G": {"grade": f"x{n}"},
            "F": {"yes": f"x{n}"},
            "D": {"terms": [{"points": 2, "count": f"x{n}"}]},
            "S": {"index": f"x{n}"},
        }[rule]
        variables[f"x{n}"] = {"name": "数"}
        if rule == "Q":
            variables[f"x{n}"]["part_of"] = f"y{n}"
            variables[f"y{n}"] = {"name": "应有"}
        parts.append({"rule": rule, "points": worth, **fields})
    return {"code": code, "name": code, "points": points, "parts": parts, "variables": variables}


def _unit(scheme: Scheme, code: str, chance: random.Random) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for use in scheme.measures():
        if use.kind == "grade":
            values[use.code] = chance.choice("AABBC")
        elif use.kind == "yes_no":
            values[use.code] = chance.random() < 0.9
        elif use.kind == "count":
            values[use.code] = chance.choice((0, 0, 0, 0, 1, 2))
        elif use.kind == "index":
            values[use.code] = Decimal(chance.randrange(6000, 10001)) / 100
        elif use.part_of is not None:
            due = chance.randrange(1, 60)
            values[use.code] = due - min(due, chance.choice((0, 0, 0, 1, 2, 5)))
            values[scheme.item(use.item).variable(use.part_of).measure] = due
    events = [Event(f"{code}-1", "D1")] if chance.random() < 0.05 else []
    if chance.random() < 0.01:
        events.append(Event(f"{code}-2", f"N-{scheme.list}1"))
    return {"unit": code, "values": values, "events": events}


if __name__ == "__main__":
    result = run()
    print(f"{result['name']}: {result['n']} units in {result['cpu_seconds']:.2f} s CPU (limit {result['limit']:.0f} s)")
