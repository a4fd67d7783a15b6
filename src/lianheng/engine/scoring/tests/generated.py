"""Random schemes and units for property tests, rich in edge cases: zeros, ties, gaps, caps, vetoes, bad values."""

from __future__ import annotations

import random
from typing import Any

from lianheng.engine.scoring.score import Event, UnitInput
from lianheng.engine.scoring.tests.building import category, declare, item

HALF_POINTS = 200


def split(chance: random.Random, whole: int, most: int) -> list[int]:
    """A whole number cut into one to `most` positive pieces."""
    pieces = min(whole, chance.randint(1, most))
    cuts = sorted(chance.sample(range(1, whole), pieces - 1))
    return [stop - start for start, stop in zip([0, *cuts], [*cuts, whole], strict=True)]


def points(halves: int) -> str:
    """Half points as decimal text."""
    return f"{halves // 2}.{'5' if halves % 2 else '0'}"


def random_part(chance: random.Random, halves: int, n: int) -> dict[str, Any]:
    """A part of any rule; its variables carry its number."""
    rule = chance.choice("QQQGFDDSR")
    part: dict[str, Any] = {"rule": "S" if rule == "R" else rule, "points": points(halves)}
    if rule == "Q":
        return {**part, "x": f"x{n}", "y": chance.choice([f"y{n}", f"y{n}", "3", 2])}
    if rule == "D":
        counts = [f"n{n}", f"m{n}"][: chance.randint(1, 2)]
        return {**part, "terms": [{"points": chance.choice([0, 0.5, 1, "1.5", 3]), "count": key} for key in counts]}
    if rule == "R":
        return {**part, "index": {"rate": f"r{n}", "target": chance.choice([f"t{n}", 30])}}
    return {**part, {"G": "grade", "F": "yes", "S": "index"}[rule]: f"{rule.lower()}{n}"}


def random_declaration(chance: random.Random) -> dict[str, Any]:
    """A list, or an evaluation with three levels, that adds up to 100."""
    evaluation = chance.random() < 0.4
    tops = []
    for a, top in enumerate(split(chance, HALF_POINTS, 4), 1):
        groups = split(chance, top, 2) if evaluation else [top]
        made = []
        for b, group in enumerate(groups, 1):
            code = f"T{a}{'abc'[b]}" if evaluation else f"T{a}"
            items = []
            for c, worth in enumerate(split(chance, group, 4), 1):
                parts = [random_part(chance, part, n) for n, part in enumerate(split(chance, worth, 3), 1)]
                items.append(item(f"{code}.{c}", points(worth), *parts))
            made.append(category(code, points(group), *items))
        tops.append(category(f"T{a}", points(top), *made) if evaluation else made[0])
    daily = {"yearly": 0.7, "quarterly": 0.3} if evaluation else None
    return declare(*tops, kind="evaluation" if evaluation else "list", daily=daily)


def random_value(chance: random.Random, key: str, clean: bool) -> Any:
    """A value for a variable, by the letter that opens its name; not clean: now and then missing or bad."""
    if not clean and chance.random() < 0.03:
        return chance.choice([None, "", -1, "x", 1000, True, "0.5"])
    if key[0] in "xynmt":
        return chance.choice(
            [0, 0, 1, 1, 2, 3, 4, 6, 7, "1.5"] if key[0] in "xy" else [1, 2, 3] if key[0] == "t" else [0, 1, 2]
        )
    if key[0] == "g":
        return chance.choice("ABCD")
    if key[0] == "f":
        return chance.choice([True, False, "是", 0])
    return chance.choice([0, 100, 50, "66.665", 33.335, "0.005", 85])


def random_unit(chance: random.Random, scheme: Any, *, clean: bool) -> UnitInput:
    """A unit with values, judged points, events and quarters."""
    values = {use.code: random_value(chance, use.variable, clean) for use in scheme.measures()}
    for use in scheme.measures():
        # A ratio over nothing that still counts something is an error; keep those for the units that are not clean.
        if clean and use.variable[0] == "y" and values[use.code] == 0:
            values[use.code.replace(".y", ".x")] = 0
    judged = {
        entry.code: chance.choice([entry.points, 0, entry.points / 3])
        for entry in scheme.items
        if chance.random() < 0.08
    }
    codes = [entry.code for entry in scheme.items]
    events = [
        Event(
            f"e{n}",
            kind,
            chance.choice(["outside", "self", "concealed"]),
            chance.random() < 0.5,
            chance.choice(codes),
            chance.choice([0, 29, 30, 400]),
        )
        for n, kind in enumerate(
            chance.choices(
                ["D1", "D2", "D3", "D4", "B1", "V1", "N-T1", "N-T2", "N-T3"], k=chance.choice([0, 0, 1, 3, 9])
            )
        )
    ]
    quarters = [chance.choice([0, 55, 99.995, 100]) for _ in range(chance.choice([0, 0, 1, 3, 4]))]
    list_score = chance.choice([None, None, 59, "60"]) if scheme.kind == "evaluation" else None
    return UnitInput("u", values, judged, events, [str(q) for q in quarters], list_score)  # type: ignore[arg-type]
