"""Made-up but plausible values: each institution has a standing of its own that shows in all its numbers."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from random import Random

from lianheng.engine.scoring.declared import Item
from lianheng.engine.scoring.scheme import Scheme as EngineScheme

# Sizes of what is counted, by the variable's name; anything else is a small number of matters.
WHOLES = {
    "members": (5, 9), "staff": (40, 260), "classes": (8, 48), "suppliers": (10, 60), "key_posts": (6, 40),
    "new_staff": (3, 20), "sampled": (20, 50), "metrics": (8, 20), "contract": (200, 900), "planned": (8, 24),
    "eligible": (60, 300), "all": (40, 200), "posts": (10, 60), "cases": (12, 80), "risks": (10, 40),
}  # fmt: skip
OTHER = (8, 24)
LETTERS = (("A", 0.9), ("B", 0.68), ("C", 0.5), ("D", 0.0))


def standing(rng: Random) -> float:
    """Return how well an institution does, 0 to 1: most do well, a few do not."""
    return min(0.985, max(0.3, rng.gauss(0.8, 0.11)))


def reported(scheme: EngineScheme, asked: Sequence[str], level: float, rng: Random) -> dict[str, str]:
    """Return measure code → text for every measure in `asked`."""
    values: dict[str, str] = {}
    for item in scheme.items:
        values |= _item_values(item, level, rng)
    return {code: text for code, text in values.items() if code in set(asked)}


def _item_values(item: Item, level: float, rng: Random) -> Mapping[str, str]:
    values: dict[str, str] = {}

    def put(key: str | Decimal, text: str) -> None:
        if isinstance(key, str):
            values.setdefault(item.variable(key).measure, text)

    for part in item.parts:
        share = min(1.0, max(0.0, rng.gauss(level, 0.12)))
        if part.rule == "Q":
            _ratio(item, part.operands, share, rng, put, values)
        elif part.rule == "G":
            put(part.operands[0], next(letter for letter, line in LETTERS if share >= line))
        elif part.rule == "F":
            put(part.operands[0], "yes" if share > 0.62 else "no")
        elif part.rule == "S":
            put(part.operands[0], str(round(62 + 36 * share, 1)))
            if len(part.operands) > 1:
                put(part.operands[1], "90")
    return values


def _ratio(item: Item, operands: Sequence[str | Decimal], share: float, rng: Random, put, values) -> None:  # type: ignore[no-untyped-def]
    numerator, whole = operands
    if isinstance(whole, str):
        known = values.get(item.variable(whole).measure)
        size = int(known) if known else rng.randint(*WHOLES.get(whole, OTHER))
        put(whole, str(size))
    else:
        size = int(whole)
    put(numerator, str(round(size * share)))
