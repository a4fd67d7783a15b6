"""The made-up district in which synthetic registers play: villages, people, accounts, days."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

# A division code that no place has: the registers ask for 12 digits.
_COUNTY = "430499"
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"


@dataclass(frozen=True, slots=True)
class Truth:
    """What was planted about one unit, and what a model should make of it.

    `expect` is `flag` (a real case), `check` (looks like one, a person's check rejects it: a flag is right, and not a
    hit), `explainable` (flagged with its explanation), `quiet` (must not be flagged) or `cannot_tell`. `unit` names the
    candidate by some of its keys or measures, `period` by the beginning of its period; `colour` is checked if given.
    """

    model: str
    unit: dict[str, str]
    kind: str
    expect: str
    period: str = ""
    colour: str = ""


@dataclass(slots=True)
class World:
    """What a generator draws from, and where it puts rows and truth. Everything follows from the seed.

    Example
    -------
    >>> one, other = World(1), World(1)
    >>> one.person() == other.person(), len(one.person()), one.person()[:6]
    (True, 18, '000000')
    """

    seed: int
    years: tuple[int, ...] = (2023, 2024)
    village_count: int = 20
    # Size of the quiet background; what is planted stays whole.
    background: float = 1.0
    chance: random.Random = field(init=False)
    tables: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    truth: list[Truth] = field(default_factory=list)
    _numbers: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)

    @property
    def last_year(self) -> int:
        """The year in which cases are planted unless they need several."""
        return self.years[-1]

    @property
    def villages(self) -> list[str]:
        """Village codes."""
        return [f"{_COUNTY}{1 + number // 10:03d}{200 + number % 10:03d}" for number in range(self.village_count)]

    def village_name(self, village: str) -> str:
        """A name for sentences."""
        return f"第{self.villages.index(village) + 1}村"

    def many(self, count: int) -> int:
        """A background count, scaled."""
        return max(1, round(count * self.background))

    def number(self, kind: str) -> int:
        """1, 2, 3 … of a kind."""
        self._numbers[kind] += 1
        return self._numbers[kind]

    def code(self, kind: str) -> str:
        """A code that occurs once: `P000001`."""
        return f"{kind}{self.number(kind):06d}"

    def day(self, year: int | None = None) -> dt.date:
        """Some day of a year (default: the last)."""
        first = dt.date(year or self.last_year, 1, 1)
        return first + dt.timedelta(days=self.chance.randrange(365))

    def person(self, born: dt.date | None = None) -> str:
        """The id of a new person: region 000000 and a check digit that is wrong, so that it can be nobody's."""
        while True:
            day = born or dt.date(1940, 1, 1) + dt.timedelta(days=self.chance.randrange(18000))
            serial = self.number(f"born {day}")
            if serial < 1000:
                break
            born = day + dt.timedelta(days=1)
        body = f"000000{day:%Y%m%d}{serial:03d}"
        right = sum(int(digit) * weight for digit, weight in zip(body, _WEIGHTS, strict=True)) % 11
        return body + _CHECK[(right + 1) % 10 if (right + 1) % 10 != right else (right + 2) % 10]

    def account(self) -> str:
        """A new bank account, of letters so that it can be nobody's."""
        return self.code("ACC")

    def put(self, register: str, **row: Any) -> None:
        """Add a row to a register."""
        self.tables.setdefault(register, []).append(row)

    def plant(self, model: str, kind: str, expect: str, *, period: str = "", colour: str = "", **unit: str) -> None:
        """Note what was planted about a unit."""
        self.truth.append(Truth(model, unit, kind, expect, period, colour))
