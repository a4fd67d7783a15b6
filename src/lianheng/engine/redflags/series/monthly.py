"""Monthly counts of a unit; months are numbers, so that gaps and calendar months are plain to see."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass

_MONTH = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})(?:\s*月)?(?:\s*[-/.]?\s*\d{1,2}\s*日?(?:[T ].*)?)?|(\d{4})(\d{2})(?:\d{2})?"
)


@dataclass(frozen=True, slots=True)
class Monthly:
    """Counts from `first` on, one a month; None where nothing was reported (which is not 0)."""

    unit: str
    first: int
    counts: tuple[int | None, ...]

    @property
    def whole(self) -> bool:
        """Whether no month lacks."""
        return None not in self.counts


def month_number(text: str) -> int:
    """The number of a month: 12 × year + month − 1.

    Raises
    ------
    ValueError where the text is no month.

    Example
    -------
    >>> [month_number(text) - 12 * 2024 for text in ("2024-03", "2024/3", "202403", "2024年3月", "2024-03-31")]
    [2, 2, 2, 2, 2]
    """
    found = _MONTH.fullmatch(text.strip())
    year, month = (int(part) for part in found.groups() if part) if found else (0, 0)
    if not found or not 1 <= month <= 12 or not 1900 <= year <= 2200:
        raise ValueError(f"{text!r} is not a month such as 2024-03, 2024/3, 202403 or 2024年3月")
    return 12 * year + month - 1


def month_name(number: int) -> str:
    """`2024-03`."""
    return f"{number // 12}-{number % 12 + 1:02d}"


def month_of(day: dt.date) -> int:
    """The number of the month that a day is in."""
    return 12 * day.year + day.month - 1


def make_series(unit: str, counts: Mapping[int, int], last: int | None = None, fill: int | None = None) -> Monthly:
    """A series from counts by month.

    Parameters
    ----------
    unit : its name.
    counts : count by number of month.
    last : where it should end; None: at its own last month.
    fill : what a month without a row means: None (nothing reported), or 0 where rows are events.

    Example
    -------
    >>> make_series("A", {24288: 3, 24290: 5}, last=24291).counts
    (3, None, 5, None)
    """
    if not counts:
        return Monthly(unit, last or 0, ())
    first = min(counts)
    end = max(max(counts), last if last is not None else first)
    return Monthly(unit, first, tuple(counts.get(month, fill) for month in range(first, end + 1)))
